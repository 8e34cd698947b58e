import { mount, curve, word, BLUE, ORANGE } from "./shared.mjs";

// z ~ N(0, 1), x | z ~ N(a z + b, s^2): the posterior is Gaussian, so all three are closed forms.
export function render(element, { a, b, s, x }) {
  const total = a ** 2 + s ** 2, center = (a * (x - b)) / total, variance = s ** 2 / total;
  const evidence = -0.5 * (Math.log(2 * Math.PI * total) + (x - b) ** 2 / total);
  const bell = (z, mean, v) => Math.exp(-((z - mean) ** 2) / (2 * v)) / Math.sqrt(2 * Math.PI * v);
  mount(element, {
    controls: [
      { name: "mean", label: "mean of q", min: -3, max: 3, step: 0.05, value: 0 },
      { name: "width", label: "width of q", min: 0.1, max: 2, step: 0.05, value: 1 },
    ],
    compute({ mean, width }) {
      const v = width ** 2;
      const miss = (x - a * mean - b) ** 2 + a ** 2 * v;
      const fit = -0.5 * (Math.log(2 * Math.PI * s ** 2) + miss / s ** 2);
      const prior = 0.5 * (v + mean ** 2 - 1 - Math.log(v));
      const kl = 0.5 * (v / variance + (mean - center) ** 2 / variance - 1 - Math.log(v / variance));
      return { shown: { elbo: fit - prior, kl, evidence } };
    },
    describe: (n) =>
      `ELBO ${n.elbo.toFixed(3)} + KL(q‖posterior) ${n.kl.toFixed(3)} = log p(x) ${n.evidence.toFixed(3)} nats`,
    point: ([at]) => ({ mean: 8 * at - 4 }),
    draw(view, { shown }, { mean, width }) {
      for (const [m, v, color] of [[center, variance, view.ink], [mean, width ** 2, BLUE]]) {
        const line = [];
        for (let z = -4; z <= 4; z += 0.04) line.push([(z + 4) / 8, 0.4 + 0.6 * Math.min(1, bell(z, m, v))]);
        curve(view, line, color);
      }
      // Downward lengths share one scale: the ELBO ends where the KL begins.
      const low = Math.min(-8, shown.elbo * 1.02), at = (n) => 0.98 * (1 - n / low) + 0.01;
      view.pen.lineWidth = 12;
      curve(view, [[at(low), 0.2], [at(shown.elbo), 0.2]], BLUE);
      curve(view, [[at(shown.elbo), 0.2], [at(evidence), 0.2]], ORANGE);
      curve(view, [[at(low), 0.06], [at(evidence), 0.06]], view.ink);
      word(view, "ELBO", [0.01, 0.25], BLUE);
      word(view, "KL", [at(evidence) + 0.01, 0.18], ORANGE);
      word(view, "log p(x)", [0.01, 0.11]);
      word(view, "q", [0.02, 0.92], BLUE);
      word(view, "posterior", [0.06, 0.92]);
    },
  });
}
