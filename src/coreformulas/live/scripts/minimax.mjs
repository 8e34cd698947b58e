import { mount } from "./shared.mjs";
import { BLUE, GREEN, ORANGE } from "./look.mjs";
import { axes, signed } from "./axes.mjs";

// A generator that makes N(mean, width^2) against data from two bells, and the best discriminator.
const LEAST = -Math.log(4), FINE = 0.02, REACH = 22, MOST = 0.9;
const GRID = Array.from({ length: 2 * (REACH / FINE) + 1 }, (_, i) => i * FINE - REACH);
const SHOWN = [-5, 5];
const bell = (x, mean, width) =>
  -0.5 * ((x - mean) / width) ** 2 - Math.log(width) - 0.5 * Math.log(2 * Math.PI);
const both = (a, b) => Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b))); // log(e^a + e^b)

export function render(element, { width: s, apart, start }) {
  const logP = (x, d) => both(bell(x, -d / 2, s), bell(x, d / 2, s)) - Math.log(2);
  const logQ = (x, { mean, width }) => bell(x, mean, width);
  const best = (x, values) => 1 / (1 + Math.exp(logQ(x, values) - logP(x, values.apart)));
  let panel;
  mount(element, {
    controls: [
      { name: "mean", label: "mean of q", min: -4, max: 4, step: 0.05, value: start.mean, color: BLUE },
      { name: "width", label: "standard deviation of q", min: 0.5, max: 3, step: 0.05, value: start.width, color: BLUE },
      { name: "apart", label: "distance of the two bells of p", min: 0, max: 5, step: 0.1, value: apart },
    ],
    key: [["data, p(x)", "currentColor", "dash"], ["generator, q(x)", BLUE], ["D*(x) = p / (p + q)", GREEN],
      ["2 JSD", ORANGE, "box"]],
    buttons: [
      { text: "q = p", values: { apart: 0, mean: 0, width: s } },
      { text: "Cover both", values: { apart: 3, mean: 0, width: 1.7 } },
      { text: "Far away", values: { apart: 3, mean: -4, width: 0.5 } },
    ],
    height: (width) => (width < 480 ? 365 : 420),
    // Quadrature from the two definitions; that they agree is the point, and is not used.
    compute(values) {
      let value = 0, jsd = 0;
      for (const x of GRID) {
        const one = logP(x, values.apart), other = logQ(x, values), sum = both(one, other);
        const p = Math.exp(one), q = Math.exp(other), mixture = sum - Math.log(2);
        value += FINE * (p * (one - sum) + q * (other - sum)); // log D* and log(1 - D*)
        if (p > 0) jsd += (FINE / 2) * p * (one - mixture);
        if (q > 0) jsd += (FINE / 2) * q * (other - mixture);
      }
      return { shown: { value, jsd, fooled: best(values.mean, values) } };
    },
    numbers: (n) => [
      ["V(D*, G) (nats)", signed(n.value, 3)],
      ["2 JSD − log 4", signed(2 * n.jsd + LEAST, 3), ORANGE],
      ["JSD (nats)", signed(n.jsd, 3), ORANGE],
      ["D* at the mean of q", n.fooled.toFixed(3), GREEN],
    ],
    describe: (n) =>
      `JSD ${n.jsd.toFixed(3)} nats; V(D*, G) = 2 JSD − log 4 = ${n.value.toFixed(3)} nats; ` +
      `D* at the mean of q ${n.fooled.toFixed(3)}`,
    grips: (values) => [panel.share(...peak(values))],
    point(at) {
      const [x, y] = panel.value(at);
      return { mean: x, width: 1 / (Math.max(y, 1e-3) * Math.sqrt(2 * Math.PI)) };
    },
    draw(view, { shown }, values) {
      const low = 74, room = 30, middle = Math.round(0.44 * (view.height - low)), high = view.height - low - middle;
      const frame = (top, tall) => [0, top, view.width, tall];
      panel = axes(view, { x: SHOWN, y: [0, MOST], frame: frame(0, high), yLabel: "density", room });
      const line = (f) => Array.from({ length: 201 }, (_, i) => -5 + i / 20).map((x) => [x, f(x)]);
      const q = line((x) => Math.exp(logQ(x, values)));
      panel.area(q, BLUE);
      panel.curve(line((x) => Math.exp(logP(x, values.apart))), view.ink, { dash: [7, 4] });
      panel.curve(q, BLUE);
      panel.handle(...peak(values), BLUE);
      const judge = axes(view, { x: SHOWN, y: [0, 1], frame: frame(high, middle), xLabel: "x",
        yLabel: "probability of real", yTicks: [[0, "0"], [0.5, "½"], [1, "1"]], room });
      judge.curve(line((x) => best(x, values)), GREEN);
      const game = axes(view, { x: [LEAST, 0], y: [0, 1], frame: frame(high + middle, low), xLabel: "V(D*, G) (nats)",
        xTicks: [[LEAST, "−log 4"], [-1, "−1"], [-0.5, "−0.5"], [0, "0"]], yTicks: [] });
      game.area([[LEAST, 0.85], [shown.value, 0.85]], ORANGE, { base: 0.15, strength: 0.9 });
    },
  });
}

// The top of q's bell, or the top of the panel.
function peak({ mean, width }) {
  return [mean, Math.min(1 / (width * Math.sqrt(2 * Math.PI)), MOST)];
}
