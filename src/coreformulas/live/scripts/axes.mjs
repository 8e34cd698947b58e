// Axes with ticks and labels inside a rectangle of the canvas, and drawing in their units.
const TICK_GAP = 4; // pixels between a tick's number and its axis

// Round steps, 1, 2 or 5 times a power of ten, about `count` of them.
export function ticks([low, high], count) {
  const rough = (high - low) / Math.max(count, 1), power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  const found = [];
  for (let i = first; i <= last; i++) found.push([i * step, signed(i * step, digits)]);
  return found;
}

// A number with a minus sign as wide as its plus.
export function signed(value, digits) {
  const text = value.toFixed(digits);
  return Number(text) < 0 ? text.replace("-", "−") : text.replace("-", "");
}

// `frame` is [left, top, width, height] in pixels, labels included. `same` gives both axes one
// scale. Ticks are [value, text] pairs; without them, round numbers. `room` is what the numbers of
// y get at least, so that panels above each other begin at the same place.
export function axes(view, { x, y, frame, xLabel = "", yLabel = "", xTicks, yTicks, same = false, room: least = 14 }) {
  const { pen } = view, [left, top, width, height] = frame ?? [0, 0, view.width, view.height];
  const line = view.size + 4, above = yLabel ? 1.5 * line : line / 2;
  const below = (xTicks?.length === 0 ? 0 : line) + (xLabel ? line : 0) + 2;
  yTicks ??= ticks(y, (height - above - below) / 34);
  const room = Math.max(least, ...yTicks.map(([, text]) => pen.measureText(text).width)) + TICK_GAP + 2;
  xTicks ??= ticks(x, (width - room - 10) / 45);
  const end = Math.max(10, ...xTicks.slice(-1).map(([value, text]) =>
    pen.measureText(text).width / 2 - (width * (x[1] - value)) / (x[1] - x[0])));
  let inner = [left + room, top + above, width - room - end, height - above - below];
  if (same) inner = fitted(inner, x, y);
  const panel = makePanel(view, inner, x, y);
  frameOf(view, panel, xTicks, yTicks, line);
  pen.fillStyle = view.ink;
  pen.textAlign = "left";
  if (yLabel) pen.fillText(yLabel, inner[0] - room, inner[1] - line / 2);
  pen.textAlign = "right";
  if (xLabel) pen.fillText(xLabel, inner[0] + inner[2], inner[1] + inner[3] + below - 5);
  pen.textAlign = "left";
  return panel;
}

// The largest rectangle inside, centered, in which one unit is as long in x as in y.
function fitted([left, top, width, height], x, y) {
  const scale = Math.min(width / (x[1] - x[0]), height / (y[1] - y[0]));
  const [w, h] = [scale * (x[1] - x[0]), scale * (y[1] - y[0])];
  return [left + (width - w) / 2, top + (height - h) / 2, w, h];
}

function frameOf({ pen, ink, faint }, panel, xTicks, yTicks, line) {
  const [left, top, width, height] = panel.inner, bottom = top + height;
  pen.lineWidth = 1;
  pen.strokeStyle = faint;
  pen.beginPath();
  for (const [value] of xTicks) { const at = panel.place(value, 0)[0]; pen.moveTo(at, top); pen.lineTo(at, bottom); }
  for (const [value] of yTicks) { const at = panel.place(0, value)[1]; pen.moveTo(left, at); pen.lineTo(left + width, at); }
  pen.stroke();
  pen.strokeStyle = ink;
  pen.beginPath();
  pen.moveTo(left, top);
  pen.lineTo(left, bottom);
  pen.lineTo(left + width, bottom);
  pen.stroke();
  pen.fillStyle = ink;
  pen.textAlign = "center";
  for (const [value, text] of xTicks) pen.fillText(text, panel.place(value, 0)[0], bottom + line - 2);
  pen.textAlign = "right";
  for (const [value, text] of yTicks) pen.fillText(text, left - TICK_GAP, panel.place(0, value)[1] + line / 4);
}

// What `axes` returns: `place` and `value` go between units and pixels, the rest draws.
function makePanel(view, inner, x, y) {
  const { pen } = view, [left, top, width, height] = inner;
  const place = (a, b) => [
    left + ((a - x[0]) / (x[1] - x[0])) * width,
    top + ((y[1] - b) / (y[1] - y[0])) * height,
  ];
  const trace = (points) => {
    pen.beginPath();
    for (const [a, b] of points) pen.lineTo(...place(a, b));
  };
  const inside = (draw) => {
    pen.save();
    pen.beginPath();
    pen.rect(left - 1, top - 1, width + 2, height + 2);
    pen.clip();
    draw();
    pen.restore();
  };
  return {
    inner,
    place,
    // From a pointer's [x, y], shares of the canvas from its top left, to units of the axes.
    value: ([a, b]) => [
      x[0] + ((a * view.width - left) / width) * (x[1] - x[0]),
      y[1] - ((b * view.height - top) / height) * (y[1] - y[0]),
    ],
    // From units to such shares: where a handle is.
    share(a, b) {
      const [across, down] = place(a, b);
      return [across / view.width, down / view.height];
    },
    curve(points, color, { dash = [], thick = 2 } = {}) {
      inside(() => {
        pen.strokeStyle = view.paint(color);
        pen.lineWidth = thick;
        pen.setLineDash(dash);
        trace(points);
        pen.stroke();
      });
    },
    area(points, color, { base = 0, strength = 0.18 } = {}) {
      inside(() => {
        pen.fillStyle = view.paint(color);
        pen.globalAlpha = strength;
        trace([[points[0][0], base], ...points, [points.at(-1)[0], base]]);
        pen.fill();
      });
    },
    dot(a, b, color, radius = 5) {
      pen.fillStyle = view.paint(color);
      pen.beginPath();
      pen.arc(...place(a, b), radius, 0, 7);
      pen.fill();
    },
    // A dot with a ring around it: it can be dragged.
    handle(a, b, color) {
      this.dot(a, b, color, 6);
      pen.strokeStyle = view.paint(color);
      pen.lineWidth = 1.5;
      pen.beginPath();
      pen.arc(...place(a, b), 11, 0, 7);
      pen.stroke();
    },
    // Text beside a point, moved where it would leave the panel.
    word(text, a, b, { color, shift = [0, 0], align = "left" } = {}) {
      const [across, down] = place(a, b), long = pen.measureText(text).width;
      const start = across + shift[0] - { left: 0, center: long / 2, right: long }[align];
      pen.fillStyle = color ? view.paint(color) : view.ink;
      pen.textAlign = "left";
      pen.fillText(
        text,
        Math.min(Math.max(start, left + 2), Math.max(left + width - long - 2, left + 2)),
        Math.min(Math.max(down + shift[1], top + view.size), top + height - 4),
      );
    },
  };
}
