import { mount } from "./shared.mjs";
import { BLUE, GREEN, ORANGE, PINK } from "./look.mjs";
import { axes } from "./axes.mjs";
import { unpackRange } from "./ranges.mjs";

// Two recorded trainings side by side: samples, the discriminator's field, and the modes found.
const LINES = [PINK, GREEN];

export function render(element, { stops, means, extent, side, runs }) {
  const last = stops.length - 1, modes = means.length, count = side ** 2;
  const films = runs.map(({ name, samples, field, found, quality }) => {
    const points = unpackRange(samples), judged = unpackRange(field);
    const each = points.length / (2 * stops.length);
    return {
      name,
      quality,
      found,
      covered: found.map((one) => one.filter(Boolean).length),
      points: stops.map((_, k) => Array.from({ length: each }, (__, i) => {
        const at = 2 * (k * each + i);
        return [points[at], points[at + 1]];
      })),
      fields: stops.map((_, k) => judged.subarray(k * count, (k + 1) * count)),
    };
  });
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  const tile = document.createElement("canvas"); // the field, one pixel for each of its squares
  [tile.width, tile.height] = [side, side];
  let chart;
  mount(element, {
    controls: [{ name: "stop", label: "steps of training", min: 0, max: last, step: 1, value: last,
      say: (k) => stops[k] }],
    key: [["sample", "currentColor", "dot"], ["mode found", GREEN, "ring"], ["mode missed", PINK, "missing"],
      ["D near 1: “real”", BLUE, "box"], ["D near 0: “fake”", ORANGE, "box"]],
    play: { name: "stop", every: 400, steps: true },
    height: (width) => Math.min(width / 2 + 16, 330) + 150,
    compute: ({ stop }) => ({ shown: Object.fromEntries(films.flatMap(({ covered, quality }, i) => [
      [`covered${i + 1}`, covered[stop]], [`quality${i + 1}`, quality[stop]],
    ])) }),
    numbers: (_, { stop }) => films.flatMap(({ name, covered, quality }, i) => [
      [`${name}: modes`, `${covered[stop]} of ${modes}`, LINES[i]],
      [`${name}: high quality`, percent(quality[stop]), LINES[i]],
    ]),
    describe: (_, { stop }) => `after ${stops[stop]} steps: ` + films.map(({ name, covered, quality }) =>
      `${name} finds ${covered[stop]} of ${modes} modes, ${percent(quality[stop])} of the samples of high quality`).join("; "),
    point(at) {
      const [steps, y] = chart.value(at);
      if (y > modes + 2) return {}; // above the chart
      const far = stops.map((one) => Math.abs(one - steps));
      return { stop: far.indexOf(Math.min(...far)) };
    },
    draw(view, _, { stop }) {
      const low = 150, high = view.height - low, half = view.width / 2;
      films.forEach((film, i) => {
        const plane = axes(view, { x: [-extent, extent], y: [-extent, extent], frame: [i * half, 0, half, high],
          yLabel: film.name, same: true, xTicks: [[-1, "−1"], [0, "0"], [1, "1"]], yTicks: [[-1, "−1"], [0, "0"], [1, "1"]] });
        paintField(view, plane, tile, film.fields[stop]);
        drawPoints(view, plane, film.points[stop]);
        means.forEach(([x, y], k) => ring(view, plane, [x, y], film.found[stop][k]));
      });
      chart = axes(view, { x: [0, stops[last]], y: [0, modes + 0.4], frame: [0, high, view.width, low],
        xLabel: "steps of training", yLabel: "modes found", yTicks: [[0, "0"], [modes / 2, String(modes / 2)], [modes, String(modes)]] });
      films.forEach(({ covered }, i) =>
        chart.curve(covered.map((one, k) => [stops[k], one]), LINES[i], i ? {} : { dash: [6, 3] }));
      chart.curve([[stops[stop], 0], [stops[stop], modes + 0.4]], view.ink, { thick: 1 });
      films.forEach(({ covered }, i) => chart.dot(stops[stop], covered[stop], LINES[i]));
    },
  });
}

// Blue where the discriminator says real, orange where it says fake, nothing where it cannot tell.
function paintField(view, plane, tile, field) {
  const colors = [view.paint(ORANGE), view.paint(BLUE)].map((hex) =>
    [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)));
  const pen = tile.getContext("2d"), side = tile.width, image = pen.createImageData(side, side);
  field.forEach((chance, i) => {
    const at = 4 * ((side - 1 - Math.floor(i / side)) * side + (i % side));
    image.data.set(colors[chance > 0.5 ? 1 : 0], at);
    image.data[at + 3] = 150 * Math.abs(2 * chance - 1);
  });
  pen.putImageData(image, 0, 0);
  view.pen.drawImage(tile, ...plane.inner);
}

function drawPoints({ pen, ink, narrow }, plane, points) {
  const size = narrow ? 1.6 : 2.4;
  pen.fillStyle = ink;
  pen.globalAlpha = 0.75;
  for (const [x, y] of points) {
    const [across, down] = plane.place(x, y);
    pen.fillRect(across - size / 2, down - size / 2, size, size);
  }
  pen.globalAlpha = 1;
}

function ring({ pen, paint, narrow }, plane, mean, found) {
  pen.strokeStyle = paint(found ? GREEN : PINK);
  pen.setLineDash(found ? [] : [4, 3]);
  pen.lineWidth = 2;
  pen.beginPath();
  pen.arc(...plane.place(...mean), narrow ? 6 : 9, 0, 7);
  pen.stroke();
  pen.setLineDash([]);
}
