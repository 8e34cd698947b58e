import { mount } from "./shared.mjs";
import { BLUE, ORANGE } from "./look.mjs";
import { axes, signed } from "./axes.mjs";

// The softmax of one query, a block of keys at a time: maximum, sum and output so far.
export function render(element, { scores, values, block }) {
  const count = scores.length, blocks = Math.ceil(count / block), size = values[0].length;
  const zero = values[0].map(() => 0);
  const add = (list, weight, vector) => list.map((one, c) => one + weight * vector[c]);
  // states[k]: after k blocks; with what the state before was multiplied, and the block's own sum.
  const states = [{ m: -Infinity, l: 0, a: zero, factor: 1, fresh: 0 }];
  for (let k = 0; k < blocks; k++) {
    const last = states[k], keys = scores.map((_, i) => i).slice(k * block, (k + 1) * block);
    const m = Math.max(last.m, ...keys.map((i) => scores[i]));
    const factor = k ? Math.exp(last.m - m) : 1; // nothing is there yet to be multiplied
    let fresh = 0, a = last.a.map((one) => factor * one);
    for (const i of keys) {
      const weight = Math.exp(scores[i] - m);
      fresh += weight;
      a = add(a, weight, values[i]);
    }
    states.push({ m, l: factor * last.l + fresh, a, factor, fresh });
  }
  const output = ({ l, a }) => a.map((one) => one / l);
  const final = output(states[blocks]);
  const reach = Math.max(...final.map(Math.abs), ...states.slice(1).flatMap(output).map(Math.abs));
  const text = (state) => (state.l ? `(${output(state).map((one) => signed(one, 2)).join(", ")})` : "none yet");
  mount(element, {
    controls: [{ name: "seen", label: "blocks seen", min: 0, max: blocks, step: 1, value: 1,
      say: (n) => `${n} of ${blocks}`, color: ORANGE }],
    key: [["block just read", ORANGE, "box"], ["read before, rescaled", BLUE, "box"],
      ["before rescaling", BLUE, "dash"], ["softmax over all keys", "currentColor", "dash"]],
    play: { name: "seen", every: 1200, steps: true },
    height: (width) => (width < 480 ? 330 : 300),
    compute({ seen }) {
      const state = states[seen], { m, l, factor, fresh } = state;
      const shown = { m, l, factor, fresh, kept: l - fresh };
      if (seen) output(state).forEach((one, c) => { shown[`output${c + 1}`] = one; });
      return { state, before: states[Math.max(0, seen - 1)], shown };
    },
    numbers: (n, { seen }) => [
      ["maximum m", seen ? signed(n.m, 2) : "−∞"],
      ["earlier ×", n.factor.toFixed(4), BLUE],
      ["m + log l", seen ? signed(n.m + Math.log(n.l), 3) : "−∞"],
      ["sum l", n.l.toFixed(3)],
      ["earlier part", n.kept.toFixed(3), BLUE],
      ["this block’s", n.fresh.toFixed(3), ORANGE],
    ],
    describe: (n, { seen }) =>
      `${seen} of ${blocks} blocks: maximum ${seen ? signed(n.m, 2) : "−∞"}, what was there times ${n.factor.toFixed(4)}, ` +
      `sum ${n.l.toFixed(3)}, output ${text(states[seen])}` +
      (seen === blocks ? ", which is that of the softmax over all keys" : ""),
    draw(view, { state, before }, { seen }) {
      const wide = view.width >= 480, across = wide ? 0.6 * view.width : view.width;
      const tall = wide ? view.height : 185, rest = wide ? [across, 0] : [0, tall];
      const panel = axes(view, { x: [0.3, count + 0.7], y: [0, 1.05], frame: [0, 0, across, tall], xLabel: "key",
        yLabel: "weight e^(s − m), not yet divided by l", xTicks: scores.map((_, i) => [i + 1, String(i + 1)]) });
      const bar = (i, from, to, color, strength = 0.9) =>
        panel.area([[i + 0.6, to], [i + 1.4, to]], color, { base: from, strength });
      const outline = (i, high, color) =>
        panel.curve([[i + 0.6, 0], [i + 0.6, high], [i + 1.4, high], [i + 1.4, 0]], color, { dash: [4, 3], thick: 1.5 });
      scores.forEach((score, i) => {
        const at = Math.floor(i / block) + 1, high = Math.exp(score - state.m);
        if (at > seen) return;
        bar(i, 0, high, at === seen ? ORANGE : BLUE);
        if (at < seen) outline(i, Math.exp(score - before.m), BLUE);
      });
      const part = axes(view, { x: [0.4, size + 0.6], y: [-1.1 * reach, 1.1 * reach],
        frame: [...rest, view.width - rest[0], view.height - rest[1]], xLabel: "coordinate", yLabel: "output a / l",
        xTicks: zero.map((_, c) => [c + 1, String(c + 1)]) });
      const out = seen ? output(state) : zero;
      out.forEach((one, c) => {
        part.area([[c + 0.7, one], [c + 1.3, one]], ORANGE, { strength: 0.9 });
        part.curve([[c + 0.6, final[c]], [c + 1.4, final[c]]], view.ink, { dash: [7, 4] });
      });
    },
  });
}
