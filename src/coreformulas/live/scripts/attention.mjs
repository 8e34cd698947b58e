import { mount } from "./shared.mjs";
import { BLUE, ORANGE } from "./look.mjs";
import { button, make } from "./controls.mjs";
import { unpackWeights } from "./networks.mjs";
import { translate } from "./translator.mjs";
import { numeralOf, readNumber } from "./number_names.mjs";

const LEFT = 84, TOP = 44, ROW = 18; // pixels: of the words, of the marks above the map, of a word
const SLICE = 4; // milliseconds of a frame for a translation; what is left of it waits for the next

// A trained translator reads the name of a number; a map shows where one of its heads looks.
export function render(element, data) {
  const weights = unpackWeights(data.weights);
  const code = new Map(data.english.map((word, token) => [word, token]));
  function* translated(typed) {
    const read = readNumber(typed, data.longest);
    if (read.fault) return read;
    const found = yield* translate(weights, read.words.map((word) => code.get(word)), data);
    const marks = found.tokens.map((token) => data.chinese[token].replace(/[<>]/g, ""));
    const written = marks.filter((mark) => mark !== "end").join("");
    return { ...read, marks, written, looks: found.looks.map((layers) => layers.at(-1)) };
  }

  let now = advance(translated(data.examples[0]), Infinity).value;
  let map = now, going = null; // the last map stays while there is a fault
  const character = { name: "character", label: "character that is written", min: 1, max: map.marks.length,
    step: 1, value: Math.min(3, map.marks.length), color: ORANGE, say: (n) => `${map.marks[n - 1]}, ${n} of ${map.marks.length}` };
  const form = makeForm(data, (typed) => follow(going = translated(typed)));
  function follow(work) {
    if (work !== going) return; // something else was typed
    const { done, value } = advance(work, SLICE);
    form.busy(!done);
    if (!done) return requestAnimationFrame(() => follow(work));
    now = value;
    if (!now.fault) {
      map = now;
      character.max = map.marks.length;
    }
    refresh();
  }
  let step = 1, wide = 1;
  const { refresh } = mount(element, {
    controls: [character,
      { name: "head", label: "head", min: 1, max: data.heads, step: 1, value: data.head,
        say: (n) => `${n} of ${data.heads}${data.names[n - 1] ? `, ${data.names[n - 1]}` : ""}` }],
    key: [["attention weight, from 0 to 1", BLUE, "box"], ["character being written", ORANGE, "box"]],
    play: { name: "character", every: 700 },
    height: () => TOP + ROW * map.words.length + 4,
    compute({ character: place, head }) {
      const look = map.looks[place - 1][head - 1];
      const right = !now.fault && now.number !== null && now.written === numeralOf(now.number);
      return { look, shown: { fault: now.fault || "", written: now.written || "", right: Number(right), look } };
    },
    describe({ look }, { character: place, head }) {
      if (now.fault) return `The map is that of “${map.words.join(" ")}”.`;
      const order = look.map((_, i) => i).sort((i, j) => look[j] - look[i]).slice(0, 2);
      const top = order.filter((i) => look[i] >= 0.05)
        .map((i) => `“${map.words[i]}” (${Math.round(100 * look[i])} %)`);
      return `Writing ${map.marks[place - 1]}, head ${head} looks at ${top.join(" and ") || "no word in particular"}.`;
    },
    point: ([x]) => ({ character: Math.floor((x * wide - LEFT) / step) + 1 }),
    draw(view, _, { character: place, head }) {
      wide = view.width;
      step = Math.min(60, (wide - LEFT - 4) / map.marks.length);
      form.show(now, place, view.paint);
      drawMap(view, map, { step, place, head, shade: now.fault ? 0.3 : 1 });
    },
  });
  element.prepend(form.element);
}

// Take steps of some work for so many milliseconds, but one at least.
function advance(work, milliseconds) {
  const end = performance.now() + milliseconds;
  let step = work.next();
  while (!step.done && performance.now() < end) step = work.next();
  return step;
}

function drawMap({ pen, ink, paint }, { words, marks, looks }, { step, place, head, shade }) {
  const say = (text, x, y, color, size) => {
    pen.font = `${size}px sans-serif`;
    pen.fillStyle = color;
    pen.fillText(text, x, y);
  };
  pen.save();
  pen.globalAlpha = shade;
  pen.textBaseline = "middle";
  say("read ↓", 0, TOP - 13, ink, 12);
  say("written →", LEFT, 8, ink, 12);
  words.forEach((one, i) => say(one, 0, TOP + ROW * (i + 0.5), ink, 13));
  pen.textAlign = "center";
  marks.forEach((mark, j) => {
    const left = LEFT + step * j, size = mark.length > 1 ? 10 : Math.min(16, step + 1);
    say(mark, left + step / 2, TOP - 12, j === place - 1 ? paint(ORANGE) : ink, size);
    pen.fillStyle = paint(BLUE);
    looks[j][head - 1].forEach((weight, i) => {
      pen.globalAlpha = shade * weight;
      pen.fillRect(left, TOP + ROW * i, step - 1, ROW - 1);
    });
    pen.globalAlpha = shade;
  });
  pen.strokeStyle = ink;
  pen.lineWidth = 0.5;
  pen.strokeRect(LEFT, TOP, step * marks.length, ROW * words.length);
  pen.strokeStyle = paint(ORANGE);
  pen.lineWidth = 2;
  pen.strokeRect(LEFT + step * (place - 1), TOP, step, ROW * words.length);
  pen.restore();
}

// The field to type in, examples, and the translation in words.
function makeForm({ examples, trained }, typed) {
  const element = make("div"), label = make("label", "", "A number below 10¹², in digits or words");
  const input = make("input"), output = make("output"), row = make("div", "live-row live-buttons");
  Object.assign(input, { type: "text", name: "number", value: examples[0], autocomplete: "off", spellcheck: false });
  input.style.cssText = "grid-column:1/-1;width:100%;box-sizing:border-box;font:inherit;padding:0.3em 0.5em;" +
    "color:inherit;background:transparent;border:1px solid currentColor;border-radius:0.4em";
  input.addEventListener("input", () => typed(input.value));
  output.style.cssText = "display:block;min-height:4.2em";
  row.append(...examples.map((text) => button(text, () => { input.value = text; typed(text); })));
  label.append(input);
  element.append(label, row, output);
  let before = null, marks = [];
  const busy = (still) => output.setAttribute("aria-busy", String(still));
  return { element, busy, show(now, place, paint) {
    // Said anew only when it has changed, not at each step through the map.
    if (now !== before) {
      before = now;
      input.setAttribute("aria-invalid", String(Boolean(now.fault)));
      const numeral = make("span");
      numeral.lang = "zh";
      numeral.style.fontSize = "1.5em";
      marks = [...(now.written || "")].map((mark) => make("span", "", mark));
      numeral.append(...marks);
      output.replaceChildren(...(now.fault ? [`⚠ ${now.fault}`] : [`${now.words.join(" ")} → `, numeral, verdict(now, trained)]));
    }
    marks.forEach((mark, j) => { mark.style.color = j === place - 1 ? paint(ORANGE) : ""; });
  } };
}

function verdict({ words, number, name, written }, trained) {
  if (number === null) return ": in this order the words are no number’s name.";
  const exact = numeralOf(number), taught = name === words.join(" ");
  return (exact === written ? ", which is right." : `, which is wrong; right is ${exact}.`) +
    (number >= 10 ** trained ? ` It was trained on numbers of up to ${trained} digits.` : "") +
    (taught ? "" : ` It was taught to read “${name}”.`);
}
