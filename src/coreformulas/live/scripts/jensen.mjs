import { mount } from "./shared.mjs";
import { BLUE, ORANGE } from "./look.mjs";
import { axes, signed } from "./axes.mjs";

// Two points on log: the chord lies below the curve by the gap.
const X = [0, 10], Y = [-2.5, 2.7], LEAST = 0.1, MOST = 9.9;
const CURVE = Array.from({ length: 250 }, (_, i) => 0.08 + (i * 9.92) / 249).map((x) => [x, Math.log(x)]);

export function render(element, data) {
  let panel;
  const ends = { min: LEAST, max: MOST, step: 0.1, color: BLUE };
  const middle = ({ first, second, weight }) => [
    weight * first + (1 - weight) * second,
    weight * Math.log(first) + (1 - weight) * Math.log(second),
  ];
  const grips = (values) => [
    [values.first, Math.log(values.first)], [values.second, Math.log(values.second)], middle(values),
  ];
  mount(element, {
    controls: [
      { name: "first", label: "first point", value: data.first, ...ends },
      { name: "second", label: "second point", value: data.second, ...ends },
      { name: "weight", label: "weight of the first", min: 0, max: 1, step: 0.01, value: data.weight, color: ORANGE },
    ],
    key: [["log x", "currentColor"], ["chord", BLUE, "dash"], ["gap", ORANGE]],
    height: (width) => (width < 480 ? 250 : 320),
    compute(values) {
      const [mean, chord] = middle(values);
      return { mean, chord, shown: { gap: Math.log(mean) - chord } };
    },
    numbers: ({ gap }, values) => {
      const [mean, chord] = middle(values);
      return [
        ["log E[x] (nats)", signed(Math.log(mean), 3)],
        ["E[log x] (nats)", signed(chord, 3), BLUE],
        ["gap (nats)", signed(gap, 4), ORANGE],
      ];
    },
    describe: ({ gap }) => `gap log E[x] − E[log x] = ${gap.toFixed(4)} nats`,
    grips: (values) => grips(values).map(([x, y]) => panel.share(x, y)),
    point(at, values, held) {
      const [x, y] = panel.value(at);
      // What is nearest when the pointer comes down moves until it is lifted.
      const distance = ([a, b]) => Math.hypot((a - x) / 10, (b - y) / 5);
      const far = grips(values).map(distance);
      held.which ??= far.indexOf(Math.min(...far));
      if (held.which === 0) return { first: x };
      if (held.which === 1) return { second: x };
      const { first, second } = values;
      return first === second ? {} : { weight: (x - second) / (first - second) };
    },
    draw(view, { mean, chord }, values) {
      panel = axes(view, { x: X, y: Y, xLabel: "x", yLabel: "log x (nats)" });
      const [first, second, center] = grips(values);
      panel.curve(CURVE, view.ink);
      panel.curve([first, second], BLUE, { dash: [7, 4] });
      panel.curve([[mean, chord], [mean, Math.log(mean)]], ORANGE, { thick: 4 });
      panel.handle(...first, BLUE);
      panel.handle(...second, BLUE);
      panel.handle(...center, ORANGE);
    },
  });
}
