import { make } from "./controls.mjs";

// What a figure draws on: how large it is, and a fresh view of it for each frame.

// Pixels of the drawing. Asked here alone: between a change of the page and its next frame the answer
// would make the browser lay out the page once more.
export function measure(canvas, height) {
  const width = canvas.clientWidth;
  if (!width) return null;
  if (height) {
    const pixels = `${Math.round(typeof height === "function" ? height(width) : height)}px`;
    if (canvas.style.height !== pixels) canvas.style.height = pixels;
  }
  const tall = canvas.clientHeight, ratio = window.devicePixelRatio || 1;
  return { width, tall, ratio };
}

export function prepare(canvas, area, theme, still) {
  const { width, tall, ratio } = area, size = width < 480 ? 13 : 15;
  const wide = Math.round(width * ratio), high = Math.round(tall * ratio);
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, tall);
  pen.font = `${size}px sans-serif`;
  pen.lineWidth = 2;
  pen.lineJoin = "round";
  pen.textAlign = "left";
  const view = { pen, width, height: tall, size, narrow: width < 480, ...theme };
  // What is the same in every frame: drawn once for a size and a theme, then copied.
  view.still = (draw) => {
    const kept = JSON.stringify([area, theme.ink]);
    if (still.kept !== kept) {
      still.kept = kept;
      still.canvas = Object.assign(make("canvas"), { width: wide, height: high });
      const other = still.canvas.getContext("2d");
      other.scale(ratio, ratio);
      draw({ ...view, pen: other });
    }
    pen.drawImage(still.canvas, 0, 0, width, tall);
  };
  return view;
}
