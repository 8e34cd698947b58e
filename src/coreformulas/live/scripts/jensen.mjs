import { mount, curve, dot, word, BLUE, ORANGE } from "./shared.mjs";

// Two points on log: the chord lies below the curve by the gap.
export function render(element, data) {
  const place = (x, y) => [x / 10, (y + 2.5) / 5.2];
  mount(element, {
    controls: [
      { name: "first", label: "first point", min: 0.1, max: 9.9, step: 0.1, value: data.first },
      { name: "second", label: "second point", min: 0.1, max: 9.9, step: 0.1, value: data.second },
      { name: "weight", label: "weight of the first", min: 0, max: 1, step: 0.01, value: data.weight },
    ],
    compute({ first, second, weight }) {
      const mean = weight * first + (1 - weight) * second;
      const chord = weight * Math.log(first) + (1 - weight) * Math.log(second);
      return { mean, chord, shown: { gap: Math.log(mean) - chord } };
    },
    describe: ({ gap }) => `gap log E[x] − E[log x] = ${gap.toFixed(4)} nats`,
    point([x], { first, second }) {
      const at = 10 * x;
      return Math.abs(at - first) < Math.abs(at - second) ? { first: at } : { second: at };
    },
    draw(view, { mean, chord }, { first, second }) {
      const log = [];
      for (let x = 0.08; x <= 10; x += 0.04) log.push(place(x, Math.log(x)));
      curve(view, log, view.ink);
      const ends = [first, second].map((x) => place(x, Math.log(x)));
      curve(view, ends, BLUE);
      curve(view, [place(mean, chord), place(mean, Math.log(mean))], ORANGE);
      for (const end of ends) dot(view, end, BLUE);
      word(view, "log x", [0.9, 0.82]);
      word(view, "gap", [Math.min(mean / 10 + 0.02, 0.92), (chord + 2.2) / 5.2], ORANGE);
    },
  });
}
