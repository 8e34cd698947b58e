// What pack_range wrote, read again: numbers in one row.
export function unpackRange({ low, high, bytes }) {
  const scale = (high - low) / 255;
  return Float32Array.from(atob(bytes), (letter) => low + scale * letter.charCodeAt(0));
}
