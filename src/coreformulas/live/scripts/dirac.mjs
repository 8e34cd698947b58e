import { mount, curve, dot, word, BLUE, ORANGE } from "./shared.mjs";

// Simultaneous steps on the Dirac-GAN's minimax game with the R1 penalty.
export function render(element, { steps }) {
  const place = ([theta, psi]) => [(theta + 3) / 6, (psi + 3) / 6];
  mount(element, {
    controls: [
      { name: "step", label: "step size", min: 0.01, max: 1, step: 0.01, value: 0.1 },
      { name: "gamma", label: "R1 penalty", min: 0, max: 3, step: 0.05, value: 0 },
      { name: "theta", label: "start θ", min: -3, max: 3, step: 0.05, value: 1 },
      { name: "psi", label: "start ψ", min: -3, max: 3, step: 0.05, value: 0 },
    ],
    compute({ step, gamma, theta, psi }) {
      const path = [[theta, psi]];
      for (let i = 0; i < steps; i++) {
        const slope = 1 / (1 + Math.exp(-theta * psi));
        [theta, psi] = [theta + step * psi * slope, psi - step * (theta * slope + gamma * psi)];
        path.push([theta, psi]);
      }
      const root = gamma ** 2 - 1;
      const real = 1 - (step * gamma) / 2 + (root > 0 ? (step * Math.sqrt(root)) / 2 : 0);
      const other = 1 - (step * gamma) / 2 - (root > 0 ? (step * Math.sqrt(root)) / 2 : 0);
      const imaginary = root < 0 ? (step * Math.sqrt(-root)) / 2 : 0;
      const radius = Math.max(Math.hypot(real, imaginary), Math.hypot(other, imaginary));
      return { path, shown: { real, other, imaginary, radius, lastTheta: theta, lastPsi: psi } };
    },
    describe: (n) =>
      `eigenvalues ${n.imaginary ? `${n.real.toFixed(3)} ± ${n.imaginary.toFixed(3)}i` : `${n.real.toFixed(3)}, ${n.other.toFixed(3)}`}; ` +
      `spectral radius ${n.radius.toFixed(4)}: ${n.radius < 1 ? "converges" : "does not converge"}`,
    point: ([x, y]) => ({ theta: 6 * x - 3, psi: 3 - 6 * y }),
    draw(view, { path }) {
      view.pen.lineWidth = 1.5;
      curve(view, path.map(place), BLUE);
      dot(view, place(path[0]), ORANGE);
      dot(view, [0.5, 0.5], view.ink);
      word(view, "θ →", [0.93, 0.03]);
      word(view, "ψ ↑", [0.01, 0.93]);
    },
  });
}
