import { BLUE } from "./look.mjs";

// Sliders, buttons, the key and the numbers: the parts of a figure beside its drawing.
export function make(kind, name, text = "") {
  const made = document.createElement(kind);
  if (name) made.className = name;
  if (text) made.textContent = text;
  return made;
}

// A text that changes, in the node where it stands: a new node would have the page look at its rules
// for all that is around it.
export function write(element, text) {
  if (!element.firstChild) element.append(text);
  else if (element.firstChild.data !== text) element.firstChild.data = text;
}

// A slider with its name and value above it. `changed(value, rest)`: rest is false in mid-drag.
export function slider(control, changed) {
  const label = make("label"), value = make("span");
  const input = document.createElement("input");
  input.type = "range";
  for (const key of ["min", "max", "step", "value", "name"]) input[key] = control[key];
  let held = false, widest = 0, before = null;
  input.addEventListener("pointerdown", () => { held = true; });
  input.addEventListener("input", () => changed(Number(input.value), !held));
  input.addEventListener("change", () => { held = false; changed(Number(input.value), true); });
  value.setAttribute("aria-hidden", "true"); // aria-valuetext says it
  label.append(make("span", "", control.label), value, input);
  return {
    control,
    label,
    input,
    show(number) {
      const said = String(control.say ? control.say(number) : number).replace("-", "−");
      if (Number(input.value) !== number) input.value = number;
      if (before === said) return;
      before = said;
      write(value, said);
      input.setAttribute("aria-valuetext", said);
      const wide = [...said].reduce((sum, sign) => sum + (sign > "\u2e7f" ? 2 : 1), 0);
      if (wide > widest) value.style.width = `${widest = wide}ch`;
    },
    tint(paint) { input.style.accentColor = paint(control.color ?? BLUE); },
  };
}

export function button(text, press) {
  const made = make("button", "", text);
  made.type = "button";
  made.addEventListener("click", press);
  return made;
}

// What each line, dash, dot or box of the drawing stands for.
const MARKS = {
  line: '<line x1="0" y1="6" x2="22" y2="6" stroke-width="2.5" stroke="currentColor"/>',
  dash: '<line x1="0" y1="6" x2="22" y2="6" stroke-width="2.5" stroke="currentColor" stroke-dasharray="5 3"/>',
  dot: '<circle cx="11" cy="6" r="4.5" fill="currentColor"/>',
  ring: '<circle cx="11" cy="6" r="4.5" fill="none" stroke-width="2" stroke="currentColor"/>',
  missing: '<circle cx="11" cy="6" r="4.5" fill="none" stroke-width="2" stroke="currentColor" stroke-dasharray="3 2"/>',
  box: '<rect x="3" y="0" width="16" height="12" fill="currentColor"/>',
};
export function keyOf(entries) {
  const row = make("div", "live-row live-keys"), marks = [];
  for (const [text, color, mark = "line"] of entries) {
    const entry = make("span", "live-key");
    entry.innerHTML = `<svg width="22" height="12" aria-hidden="true">${MARKS[mark]}</svg>`;
    entry.append(text);
    row.append(entry);
    marks.push([entry.firstChild, color]);
  }
  return { row, tint: (paint) => { for (const [mark, color] of marks) mark.style.color = paint(color); } };
}

// Numbers in boxes that keep their places while the numbers change: [[name, text, color?], ...].
export function numbersOf() {
  const list = make("div", "live-numbers"), boxes = [];
  let width = 0; // of the figure
  list.setAttribute("aria-hidden", "true"); // the sentence for assistive technology says them
  const fit = (wide) => {
    if (wide === width) return;
    width = wide;
    for (const part of boxes) {
      part.longest = 0;
      part.text.style.height = "";
    }
  };
  return { list, fit, show(entries, paint) {
    if (!boxes.length && entries.length % 3 === 0 && entries.flat().every((text) => !(text?.length > 16)))
      list.classList.add("live-threes"); // short enough for three in a row on a phone
    while (boxes.length < entries.length) {
      const box = make("div", "live-number"), name = make("span"), text = make("b");
      box.append(name, text);
      list.append(box);
      boxes.push({ box, name, text, longest: 0 });
    }
    entries.forEach(([name, text, color], i) => {
      const part = boxes[i];
      write(part.name, name);
      write(part.text, text);
      if (width && text.length > part.longest) {
        part.longest = text.length;
        part.text.style.height = `${part.text.scrollHeight}px`;
      }
      const tint = color ? paint(color) : "";
      if (part.tint !== tint) part.box.style.borderColor = part.tint = tint;
    });
  } };
}
