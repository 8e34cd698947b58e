import { unpackRange } from "./ranges.mjs";

// Square images of counts, dark on light in both themes, as coreformulas.plotting.image_grid has them.
const PAPER = 240, INK = 16; // gray levels

// Images in one row of numbers, cut into lists of `pixels` each.
export function unpackImages(packed, pixels) {
  const values = unpackRange(packed);
  return Array.from({ length: values.length / pixels }, (_, i) => values.subarray(i * pixels, (i + 1) * pixels));
}

// A square image: its corner and its side in pixels of the page. Made small and drawn large, so that
// no seams show between pixels whatever the screen's are.
let small = null;
export function picture({ pen }, counts, most, [left, top], size) {
  const side = Math.sqrt(counts.length);
  small ??= document.createElement("canvas");
  if (small.width !== side || small.height !== side) small.width = small.height = side;
  const brush = small.getContext("2d"), image = brush.createImageData(side, side);
  counts.forEach((count, i) => {
    const gray = PAPER + ((INK - PAPER) * count) / most;
    image.data.set([gray, gray, gray, 255], 4 * i);
  });
  brush.putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(small, left, top, size, size);
}
