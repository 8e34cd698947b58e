import { mount, word, BLUE, ORANGE } from "./shared.mjs";

// Scores of unit variance per coordinate grow with the root of d_k; the scaled ones do not.
export function render(element, { scores }) {
  const softmax = (list) => {
    const top = Math.max(...list), e = list.map((s) => Math.exp(s - top));
    const sum = e.reduce((a, b) => a + b, 0);
    return e.map((one) => one / sum);
  };
  const entropy = (p) => -p.reduce((sum, one) => sum + (one > 0 ? one * Math.log(one) : 0), 0);
  mount(element, {
    controls: [{ name: "exponent", label: "d_k", min: 0, max: 10, step: 1, value: 6, say: (n) => 2 ** n }],
    compute({ exponent }) {
      const raw = softmax(scores.map((s) => s * Math.sqrt(2 ** exponent))), scaled = softmax(scores);
      return { raw, scaled, shown: {
        largestRaw: Math.max(...raw), entropyRaw: entropy(raw),
        largestScaled: Math.max(...scaled), entropyScaled: entropy(scaled) } };
    },
    describe: (n) =>
      `without scaling: largest weight ${n.largestRaw.toFixed(3)}, entropy ${n.entropyRaw.toFixed(3)} nats; ` +
      `with: ${n.largestScaled.toFixed(3)}, ${n.entropyScaled.toFixed(3)} nats`,
    draw(view, { raw, scaled }) {
      const bars = (list, left, color) => list.forEach((p, i) => {
        const step = 0.45 / list.length;
        view.pen.fillStyle = color;
        view.pen.fillRect((left + i * step) * view.width, (1 - 0.85 * p) * view.height,
          0.8 * step * view.width, 0.85 * p * view.height);
      });
      bars(raw, 0.02, ORANGE);
      bars(scaled, 0.53, BLUE);
      word(view, "without scaling", [0.02, 0.92], ORANGE);
      word(view, "divided by √d_k", [0.53, 0.92], BLUE);
    },
  });
}
