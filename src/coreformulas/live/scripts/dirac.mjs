import { mount } from "./shared.mjs";
import { BLUE, ORANGE } from "./look.mjs";
import { axes, signed } from "./axes.mjs";

// Simultaneous steps on the Dirac-GAN's minimax game with the R1 penalty.
const CIRCLE = Array.from({ length: 97 }, (_, i) => [Math.cos((i * Math.PI) / 48), Math.sin((i * Math.PI) / 48)]);

// Eigenvalues of a step at the equilibrium: 1 + step * (-gamma ± √(gamma² - 1)) / 2.
function eigenvalues(step, gamma) {
  const root = gamma ** 2 - 1, center = 1 - (step * gamma) / 2;
  const apart = (step * Math.sqrt(Math.abs(root))) / 2;
  const [real, other, imaginary] = root > 0 ? [center + apart, center - apart, 0] : [center, center, apart];
  const radius = Math.max(Math.hypot(real, imaginary), Math.hypot(other, imaginary));
  return { real, other, imaginary, radius };
}

export function render(element, { steps }) {
  let plane;
  const say = (n) =>
    n.imaginary ? `${signed(n.real, 3)} ± ${n.imaginary.toFixed(3)}i` : `${signed(n.real, 3)}, ${signed(n.other, 3)}`;
  const ending = (n) => (n.radius < 1 ? "converges" : "does not converge");
  const place = { min: -3, max: 3, step: 0.05, color: ORANGE };
  mount(element, {
    controls: [
      { name: "step", label: "step size", min: 0.01, max: 1, step: 0.01, value: 0.1 },
      { name: "gamma", label: "R1 penalty, γ", min: 0, max: 3, step: 0.05, value: 0 },
      { name: "theta", label: "start θ", value: 1, ...place },
      { name: "psi", label: "start ψ", value: 0, ...place },
      { name: "taken", label: "steps taken", min: 0, max: steps, step: 1, value: steps, color: BLUE },
    ],
    key: [["path", BLUE], ["start", ORANGE, "dot"], ["equilibrium", "currentColor", "dot"],
      ["unit circle", "currentColor", "dash"], ["eigenvalues of a step", BLUE, "dot"]],
    play: { name: "taken", every: 16 },
    height: (width) => 0.58 * width + 26,
    compute({ step, gamma, theta, psi, taken }) {
      const path = [[theta, psi]];
      for (let i = 0; i < taken; i++) {
        const slope = 1 / (1 + Math.exp(-theta * psi));
        [theta, psi] = [theta + step * psi * slope, psi - step * (theta * slope + gamma * psi)];
        path.push([theta, psi]);
      }
      return { path, shown: { ...eigenvalues(step, gamma), lastTheta: theta, lastPsi: psi } };
    },
    numbers: (n) => [
      ["eigenvalues of a step", say(n), BLUE],
      ["largest modulus", `${n.radius.toFixed(4)}, ${n.radius < 1 ? "converges" : "diverges"}`],
      ["distance at the end", Math.hypot(n.lastTheta, n.lastPsi).toFixed(3)],
    ],
    describe: (n) => `eigenvalues ${say(n)}; spectral radius ${n.radius.toFixed(4)}: ${ending(n)}`,
    grips: ({ theta, psi }) => [plane.share(theta, psi)],
    point(at) {
      const [theta, psi] = plane.value(at);
      return { theta, psi };
    },
    draw(view, { path, shown }) {
      const left = 0.6 * view.width, tall = view.height;
      plane = axes(view, { x: [-3, 3], y: [-3, 3], frame: [0, 0, left, tall], xLabel: "θ", yLabel: "ψ", same: true });
      plane.curve(path, BLUE, { thick: 1.5 });
      plane.dot(0, 0, view.ink, 4);
      plane.dot(...path.at(-1), BLUE, 4);
      plane.handle(...path[0], ORANGE);
      const values = axes(view, { x: [-2.2, 1.6], y: [-1.9, 1.9], frame: [left, 0, view.width - left, tall],
        xLabel: "real part", yLabel: "imaginary part", same: true });
      values.curve(CIRCLE, view.ink, { dash: [4, 3], thick: 1.5 });
      values.dot(shown.real, shown.imaginary, BLUE);
      values.dot(shown.other, -shown.imaginary, BLUE);
    },
  });
}
