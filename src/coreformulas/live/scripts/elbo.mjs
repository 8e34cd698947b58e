import { mount } from "./shared.mjs";
import { BLUE, ORANGE } from "./look.mjs";
import { axes, signed } from "./axes.mjs";

// z ~ N(0, 1), x | z ~ N(a z + b, s^2): the posterior is Gaussian, so all three are closed forms.
export function render(element, { a, b, s, x }) {
  const total = a ** 2 + s ** 2, center = (a * (x - b)) / total, variance = s ** 2 / total;
  const evidence = -0.5 * (Math.log(2 * Math.PI * total) + (x - b) ** 2 / total);
  const bell = (z, mean, v) => Math.exp(-((z - mean) ** 2) / (2 * v)) / Math.sqrt(2 * Math.PI * v);
  const most = 1.6 * bell(center, center, variance);
  const grid = Array.from({ length: 241 }, (_, i) => -4 + i / 30);
  const line = (mean, v) => grid.map((z) => [z, bell(z, mean, v)]);
  const posterior = line(center, variance);
  let panel;
  mount(element, {
    controls: [
      { name: "mean", label: "mean of q", min: -3, max: 3, step: 0.05, value: 0, color: BLUE },
      { name: "width", label: "standard deviation of q", min: 0.1, max: 2, step: 0.05, value: 1, color: BLUE },
    ],
    key: [
      ["posterior p(z | x)", "currentColor", "dash"], ["q(z)", BLUE],
      ["log p(x)", "currentColor", "box"], ["KL", ORANGE, "box"], ["ELBO", BLUE, "box"],
    ],
    buttons: [{ text: "Prior", values: { mean: 0, width: 1 } }],
    height: (width) => (width < 480 ? 310 : 360),
    compute({ mean, width }) {
      const v = width ** 2;
      const miss = (x - a * mean - b) ** 2 + a ** 2 * v;
      const fit = -0.5 * (Math.log(2 * Math.PI * s ** 2) + miss / s ** 2);
      const prior = 0.5 * (v + mean ** 2 - 1 - Math.log(v));
      const kl = 0.5 * (v / variance + (mean - center) ** 2 / variance - 1 - Math.log(v / variance));
      return { shown: { elbo: fit - prior, kl, evidence } };
    },
    numbers: (n) => [
      ["ELBO (nats)", signed(n.elbo, 3), BLUE],
      ["+ KL (nats)", signed(n.kl, 3), ORANGE],
      ["= log p(x) (nats)", signed(n.evidence, 3)],
    ],
    describe: (n) =>
      `ELBO ${n.elbo.toFixed(3)} + KL(q‖posterior) ${n.kl.toFixed(3)} = log p(x) ${n.evidence.toFixed(3)} nats`,
    point: (at) => ({ mean: panel.value(at)[0] }),
    draw(view, { shown }, { mean, width }) {
      const upper = view.height - 110;
      panel = axes(view, { x: [-4, 4], y: [0, most], frame: [0, 0, view.width, upper],
        xLabel: "z", yLabel: "density" });
      const q = line(mean, width ** 2);
      panel.area(q, BLUE);
      panel.curve(posterior, view.ink, { dash: [7, 4] });
      panel.curve(q, BLUE);
      // From zero to the left, as all are negative: log p(x) and the KL together are the ELBO.
      const low = shown.elbo < -12 ? 10 * Math.floor(shown.elbo / 10 - 0.1) : -12;
      const bars = axes(view, { x: [low, Math.max(0, evidence)], y: [0, 2], yTicks: [],
        frame: [0, upper, view.width, 110], xLabel: "nats" });
      const bar = (from, to, level, color) =>
        bars.area([[from, level + 0.8], [to, level + 0.8]], color, { base: level + 0.15, strength: 0.9 });
      bar(evidence, 0, 1, view.ink);
      bar(shown.elbo, evidence, 1, ORANGE);
      bar(shown.elbo, 0, 0, BLUE);
    },
  });
}
