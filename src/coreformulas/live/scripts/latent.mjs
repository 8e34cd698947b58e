import { mount } from "./shared.mjs";
import { BLUE, GREEN, ORANGE, PINK } from "./look.mjs";
import { axes, signed } from "./axes.mjs";
import { affine, gelu, sigmoid, unpackWeights } from "./networks.mjs";
import { picture, unpackImages } from "./pixels.mjs";

// A code is drawn as its digit; the colors repeat and only help to tell neighbors apart.
const COLORS = [BLUE, ORANGE, GREEN, PINK];
const GRAY = [4, 12]; // counts between paper and ink
const GAP = 16;
const OUTER = Math.sqrt(-2 * Math.log(0.05)); // this circle holds 95 % of N(0, I) in the plane
const CIRCLE = Array.from({ length: 97 }, (_, i) => (i * Math.PI) / 48).map((t) => [OUTER * Math.cos(t), OUTER * Math.sin(t)]);

// A plane of the codes of real images; the decoder makes an image of any point in it.
export function render(element, { decoder, codes, labels, images, most, reach }) {
  const layers = Object.values(unpackWeights(decoder).layers);
  const real = unpackImages(images, layers.at(-1).bias.length);
  const range = [-reach, reach];
  const axis = { min: -reach, max: reach, step: 0.05, value: 0, say: (n) => signed(n, 2) };
  let plane;
  mount(element, {
    controls: [{ name: "first", label: "z₁", ...axis }, { name: "second", label: "z₂", ...axis }],
    key: [["z, to be moved", "currentColor", "dot"], ["nearest test image", "currentColor", "ring"],
      ["95 % of the prior", "currentColor", "dash"]],
    height: (width) => layout(width, 15).height,
    compute({ first, second }) {
      let vector = [first, second];
      layers.forEach((layer, i) => { vector = affine(layer, i ? vector.map(gelu) : vector); });
      const expected = vector.map((logit) => most * sigmoid(logit));
      const away = codes.map(([x, y]) => Math.hypot(x - first, y - second));
      const nearest = away.indexOf(Math.min(...away));
      return { shown: { expected, nearest, distance: away[nearest], label: labels[nearest],
        dark: expected.reduce((sum, count) => sum + count, 0),
        gray: expected.filter((count) => count >= GRAY[0] && count <= GRAY[1]).length } };
    },
    numbers: ({ expected, dark, gray, label, distance }) => [
      ["dark cells", `${Math.round(dark)} of ${most * expected.length}`],
      ["gray pixels", `${gray} of ${expected.length}`],
      ["nearest image", `a ${label}, at ${distance.toFixed(2)}`],
    ],
    describe: ({ expected, dark, gray, label, distance }, { first, second }) =>
      `z = (${signed(first, 2)}, ${signed(second, 2)}): ${Math.round(dark)} of ${most * expected.length} cells expected dark, ` +
      `${gray} of ${expected.length} pixels gray; the nearest test image is a ${label}, ${distance.toFixed(2)} away`,
    grips: ({ first, second }) => [plane.share(first, second)],
    point(at) {
      const [first, second] = plane.value(at);
      return { first, second };
    },
    draw(view, { shown }, { first, second }) {
      const { frame, side, place } = layout(view.width, view.size);
      plane = axes(view, { x: range, y: range, frame, xLabel: "z₁", yLabel: "z₂", same: true });
      plane.curve(CIRCLE, view.ink, { dash: [5, 4], thick: 1 });
      view.still((layer) => drawCodes(layer, plane, codes, labels));
      drawRing(view, plane, codes[shown.nearest], 10);
      plane.handle(first, second, view.ink);
      const captions = ["expected at z", `nearest: a ${shown.label}`];
      [shown.expected, real[shown.nearest]].forEach((counts, i) => {
        const [left, top] = place(i);
        view.pen.fillStyle = view.ink;
        view.pen.textAlign = "left";
        view.pen.fillText(captions[i], left, top - 6);
        picture(view, counts, most, [left, top], side);
      });
    },
  });
}

// The plane, and the two images beside it, or below it on a phone.
function layout(width, size) {
  const wide = width >= 480, caption = size + 12, side = wide ? Math.min(150, Math.round(0.24 * width)) : Math.min(120, Math.round(0.36 * width));
  const plane = wide ? width - side - GAP : width, height = Math.min(plane, 460);
  const place = (i) => wide ? [plane + GAP, caption + i * (side + caption)]
    : [Math.round(width / 2) + (i ? GAP : -GAP - side), height + caption];
  return { side, place, frame: [0, 0, plane, height], height: height + (wide ? 0 : caption + side) };
}

function drawCodes({ pen, paint, narrow }, plane, codes, labels) {
  pen.save();
  pen.font = `bold ${narrow ? 10 : 12}px sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  codes.forEach(([x, y], i) => {
    pen.fillStyle = paint(COLORS[labels[i] % COLORS.length]);
    pen.fillText(labels[i], ...plane.place(x, y));
  });
  pen.restore();
}

function drawRing({ pen, ink }, plane, [x, y], radius) {
  pen.strokeStyle = ink;
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.arc(...plane.place(x, y), radius, 0, 7);
  pen.stroke();
}
