// What pack_weights wrote, read again, and the few functions that networks are made of.

function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

// IEEE half precision: a sign, five bits of exponent, ten of fraction.
function halvesOf(text) {
  const bytes = bytesOf(text), view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => {
    const bits = view.getUint16(2 * i, true);
    const sign = bits >> 15 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
    return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
  });
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PLACES = Object.fromEntries(Array.from(LETTERS, (letter, place) => [letter, place - 32]));

// The same nested names; a matrix becomes an array of rows, one for each output or token.
export function unpackWeights(packed) {
  if (packed.halves) return halvesOf(packed.halves);
  if (!packed.scales)
    return Object.fromEntries(Object.entries(packed).map(([name, part]) => [name, unpackWeights(part)]));
  const scales = halvesOf(packed.scales);
  const whole = packed.bytes ? new Int8Array(bytesOf(packed.bytes).buffer)
    : Int8Array.from(packed.letters, (letter) => PLACES[letter]);
  const columns = whole.length / scales.length;
  return Array.from(scales, (scale, row) =>
    Float32Array.from(whole.subarray(row * columns, (row + 1) * columns), (one) => one * scale));
}

// Of two vectors, or of the part of both from start to end. Vectors are of 64-bit numbers.
export function dotProduct(a, b, start = 0, end = a.length) {
  let sum = 0;
  for (let i = start; i < end; i++) sum += a[i] * b[i];
  return sum;
}

export function affine({ kernel, bias }, vector) {
  const found = new Float64Array(kernel.length);
  for (let i = 0; i < found.length; i++) found[i] = dotProduct(kernel[i], vector) + bias[i];
  return found;
}

export function sumOf(a, b) {
  const found = new Float64Array(a.length);
  for (let i = 0; i < found.length; i++) found[i] = a[i] + b[i];
  return found;
}

export function layerNorm({ scale, bias }, vector) {
  const mean = vector.reduce((sum, one) => sum + one, 0) / vector.length;
  const variance = vector.reduce((sum, one) => sum + (one - mean) ** 2, 0) / vector.length;
  const factor = 1 / Math.sqrt(variance + 1e-6); // Flax's epsilon
  return vector.map((one, i) => (one - mean) * factor * scale[i] + bias[i]);
}

export function softmax(scores) {
  const top = Math.max(...scores), powers = scores.map((one) => Math.exp(one - top));
  const total = powers.reduce((sum, one) => sum + one, 0);
  return powers.map((one) => one / total);
}

export function relu(x) {
  return Math.max(0, x);
}

// The approximation by tanh, which jax.nn.gelu takes unless told otherwise.
export function gelu(x) {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

export function sigmoid(x) {
  return 1 / (1 + Math.exp(-x));
}
