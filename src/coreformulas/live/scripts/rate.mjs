import { mount } from "./shared.mjs";
import { BLUE, ORANGE } from "./look.mjs";
import { axes, signed } from "./axes.mjs";
import { picture, unpackImages } from "./pixels.mjs";

const GAP = 5, HIGH = 330; // pixels between images, and of the plane

// Kept models, one for each beta: where they lie in the plane of rate and distortion, what they make.
export function render(element, { betas, rate, distortion, active, units, bound, most, pixels, rows }) {
  const kept = rows.map(({ title, images }) => ({ title, images: images.map((one) => unpackImages(one, pixels)) }));
  const across = kept[0].images[0].length;
  const loss = betas.map((_, i) => rate[i] + distortion[i]), best = Math.min(...loss);
  const x = [0, 1.1 * Math.max(...rate)];
  const y = [Math.min(...distortion) - 8, Math.max(...distortion) + 12];
  let plane;
  mount(element, {
    controls: [{ name: "place", label: "price of a nat, β", min: 0, max: betas.length - 1, step: 1,
      value: betas.indexOf(1), color: ORANGE, say: (i) => betas[i] }],
    key: [["trained models, by β", BLUE], ["slope −β", ORANGE, "dash"], ["best ELBO", "currentColor"],
      ["best bound on −log p(x)", "currentColor", "dash"]],
    play: { name: "place", every: 900 },
    height: (width) => layout(width, across, kept.length).height,
    compute({ place }) {
      const cost = betas.map((_, j) => distortion[j] + betas[place] * rate[j]);
      const others = cost.filter((_, j) => j !== place);
      return { shown: { beta: betas[place], rate: rate[place], distortion: distortion[place],
        elbo: -loss[place], lost: loss[place] - best, ahead: Math.min(...others) - cost[place],
        active: active[place] } };
    },
    numbers: (n) => [
      ["rate (nats)", n.rate.toFixed(1)],
      ["+ distortion", n.distortion.toFixed(1)],
      ["= −ELBO (nats)", (-n.elbo).toFixed(1)],
      ["above the best", n.lost.toFixed(1)],
      ["active units", `${n.active} of ${units}`],
      ["others cost", `${n.ahead < 0 ? "" : "+"}${signed(n.ahead, 1)} or more`],
    ],
    describe: (n) =>
      `β ${n.beta}: rate ${n.rate.toFixed(1)} + distortion ${n.distortion.toFixed(1)} = −ELBO ${(-n.elbo).toFixed(1)} nats per image, ` +
      `${n.lost.toFixed(1)} above the best; ${n.active} of ${units} units active; ` +
      `at this price the best other model costs ${Math.abs(n.ahead).toFixed(1)} nats ${n.ahead < 0 ? "less" : "more"}`,
    point(at) {
      const [r, d] = plane.value(at);
      if (r > x[1] || d < y[0]) return {}; // on the images
      const away = betas.map((_, i) => Math.hypot((rate[i] - r) / x[1], (distortion[i] - d) / (y[1] - y[0])));
      return { place: away.indexOf(Math.min(...away)) };
    },
    draw(view, { shown }, { place }) {
      const { frame, side, at } = layout(view.width, across, kept.length);
      plane = axes(view, { x, y, frame, xLabel: "rate (nats per image)", yLabel: "distortion (nats per image)" });
      const falling = (cost, slope, color, style) => plane.curve([[0, cost], [x[1], cost - slope * x[1]]], color, style);
      for (let level = 10 * Math.ceil(y[0] / 10); level < y[1] + x[1]; level += 10) falling(level, 1, view.faint, { thick: 1 });
      falling(best, 1, view.ink, { thick: 1.5 });
      falling(bound, 1, view.ink, { thick: 1.5, dash: [3, 4] });
      falling(shown.distortion + shown.beta * shown.rate, shown.beta, ORANGE, { dash: [8, 4] });
      plane.curve(betas.map((_, i) => [rate[i], distortion[i]]), BLUE);
      betas.forEach((beta, i) => {
        plane.dot(rate[i], distortion[i], BLUE, 4);
        plane.word(String(beta), rate[i], distortion[i], { shift: [7, -7], color: i === place ? ORANGE : BLUE });
      });
      plane.handle(rate[place], distortion[place], ORANGE);
      kept.forEach(({ title, images }, row) => {
        const [left, top] = at(row);
        view.pen.fillStyle = view.ink;
        view.pen.textAlign = "left";
        view.pen.fillText(title, left, top - 6);
        images[images.length > 1 ? place : 0].forEach((counts, i) =>
          picture(view, counts, most, [left + i * (side + GAP), top], side));
      });
    },
  });
}

// The plane, and rows of images beside it, or below it on a phone.
function layout(width, across, rows) {
  const wide = width >= 600, room = wide ? 0.42 * width : width, caption = wide ? 30 : 26;
  const side = Math.min(56, Math.floor((room + GAP) / across - GAP)), images = across * (side + GAP) - GAP;
  const high = rows * (side + caption);
  return { side, frame: [0, 0, wide ? width - images - 24 : width, HIGH], height: wide ? Math.max(HIGH, high) : HIGH + high,
    at: (row) => [wide ? width - images : 0, (wide ? 0 : HIGH) + caption - 4 + row * (side + caption)] };
}
