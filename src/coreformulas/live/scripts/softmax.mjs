import { mount } from "./shared.mjs";
import { BLUE, ORANGE } from "./look.mjs";
import { axes } from "./axes.mjs";

// Scores of unit variance per coordinate grow with the root of d_k; the scaled ones do not.
export function render(element, { scores }) {
  const softmax = (list) => {
    const top = Math.max(...list), e = list.map((s) => Math.exp(s - top));
    const sum = e.reduce((a, b) => a + b, 0);
    return e.map((one) => one / sum);
  };
  const entropy = (p) => -p.reduce((sum, one) => sum + (one > 0 ? one * Math.log(one) : 0), 0);
  const count = scores.length, keys = scores.map((_, i) => [i, String(i + 1)]);
  let panel;
  mount(element, {
    controls: [{ name: "exponent", label: "size of a head, d_k", min: 0, max: 10, step: 1, value: 6, say: (n) => 2 ** n }],
    key: [["softmax of q·k", ORANGE, "box"], ["softmax of q·k / √d_k", BLUE, "box"]],
    play: { name: "exponent", every: 700 },
    height: (width) => (width < 480 ? 230 : 280),
    compute({ exponent }) {
      const raw = softmax(scores.map((s) => s * Math.sqrt(2 ** exponent))), scaled = softmax(scores);
      return { raw, scaled, shown: {
        largestRaw: Math.max(...raw), entropyRaw: entropy(raw),
        largestScaled: Math.max(...scaled), entropyScaled: entropy(scaled) } };
    },
    numbers: (n) => [
      ["largest, unscaled", n.largestRaw.toFixed(3), ORANGE],
      ["entropy, unscaled (nats)", n.entropyRaw.toFixed(3), ORANGE],
      ["largest, scaled", n.largestScaled.toFixed(3), BLUE],
      ["entropy, scaled (nats)", n.entropyScaled.toFixed(3), BLUE],
    ],
    describe: (n) =>
      `without scaling: largest weight ${n.largestRaw.toFixed(3)}, entropy ${n.entropyRaw.toFixed(3)} nats; ` +
      `with: ${n.largestScaled.toFixed(3)}, ${n.entropyScaled.toFixed(3)} nats`,
    draw(view, { raw, scaled }) {
      panel = axes(view, { x: [-0.6, count - 0.4], y: [0, 1], xTicks: keys, xLabel: "key", yLabel: "weight" });
      const bar = (p, from, to, color) => panel.area([[from, p], [to, p]], color, { strength: 0.9 });
      raw.forEach((p, i) => bar(p, i - 0.36, i - 0.02, ORANGE));
      scaled.forEach((p, i) => bar(p, i + 0.02, i + 0.36, BLUE));
    },
  });
}
