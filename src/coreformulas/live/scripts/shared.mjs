import { STYLE, tellPage, themeOf, watchTheme } from "./look.mjs";
import { button, keyOf, make, numbersOf, slider, write } from "./controls.mjs";
import { measure, prepare } from "./surface.mjs";
export { BLUE, ORANGE } from "./look.mjs";

// One live figure: a drawing, its key, its numbers and its controls. A figure brings
//   controls   [{name, label, min, max, step, value, say?, color?}], one slider for each;
//   compute    (values) => {shown: {numbers that tests and readers see}, ...};
//   describe   (shown, values) => the sentence that assistive technology reads;
//   draw       (view, computed, values); view has pen, width, height, ink, paint(color), still(draw), ...;
// and, where it needs them,
//   key        [[text, color, "line" | "dash" | "dot" | "ring" | "missing" | "box"]], above the drawing;
//   numbers    (shown, values) => [[name, text, color?]], beneath it instead of the sentence;
//   height     of the drawing in pixels, or (width) => pixels; 240 without it;
//   point      ([x, y], values, held) => values to change; x, y are shares of the drawing from its
//              top left, and held is an object that lasts as long as the pointer is down;
//   grips      (values) => [[x, y]]: where a finger takes hold. Elsewhere a finger scrolls the page
//              when it moves up or down; without grips it does so everywhere;
//   buttons    [{text, values}], to set several sliders at once;
//   play       {name, every, steps?}: a button that moves this slider by a step every so many
//              milliseconds; with steps, also one step back and one forward.
export function mount(element, figure) {
  element.dataset.ready = "yes";
  const values = {}, canvas = make("canvas"), heard = make("p", "live-heard");
  canvas.setAttribute("aria-hidden", "true");
  canvas.style.height = "240px";
  heard.setAttribute("aria-live", "polite");
  const said = figure.numbers ? numbersOf() : null, sentence = make("p", "live-said");
  sentence.setAttribute("aria-hidden", "true"); // the same words as those that are heard
  const key = figure.key ? keyOf(figure.key) : null;
  const sliders = figure.controls.map((control) => {
    values[control.name] = control.value;
    return slider(control, (value, rest) => set({ [control.name]: value }, rest));
  });
  const bySlider = Object.fromEntries(sliders.map((one) => [one.control.name, one]));

  let planned = false, resting = true, drawn = "", theme, size;
  const still = {};
  const plan = () => {
    if (!planned) { planned = true; requestAnimationFrame(paint); }
  };
  // Change values; `rest` is whether this is the end of the movement and worth being read out.
  function set(wanted, rest) {
    for (const [name, value] of Object.entries(wanted))
      if (name in bySlider) {
        const { input } = bySlider[name];
        input.value = value; // the slider keeps it in its range and on its steps
        values[name] = Number(input.value);
      }
    resting = rest;
    plan();
  }
  function paint() {
    planned = false;
    const wanted = JSON.stringify([values, resting, theme.ink, size]);
    if (drawn === wanted) return; // a finger moves many times within one step of a slider
    drawn = wanted;
    const computed = figure.compute(values);
    note(element.dataset, { ...values, ...computed.shown });
    for (const one of sliders) one.show(values[one.control.name]);
    const words = figure.describe(computed.shown, values);
    if (said) said.show(figure.numbers(computed.shown, values), theme.paint);
    else write(sentence, words);
    if (resting) write(heard, words);
    if (size) figure.draw(prepare(canvas, size, theme, still), computed, values);
  }
  const look = () => {
    theme = themeOf(element);
    size = measure(canvas, figure.height);
    said?.fit(size?.width);
    for (const part of [key, ...sliders]) part?.tint(theme.paint);
    element.style.colorScheme = theme.dark ? "dark" : "light";
    plan();
  };

  const style = make("style", "", STYLE);
  const controls = make("div", `live-controls${sliders.length > 3 ? " live-many" : ""}`);
  controls.append(...sliders.map((one) => one.label));
  const row = buttonsOf(figure, values, set);
  // JupyterLab would take the arrow keys for its notebook; it asks whatever has the focus.
  for (const part of [row, controls])
    for (const one of part.querySelectorAll("input, button"))
      one.setAttribute("data-lm-suppress-shortcuts", "true");
  element.replaceChildren(
    ...[style, key?.row, canvas, said ? said.list : sentence, heard, row, controls].filter(Boolean),
  );
  if (figure.point) follow(canvas, figure, values, set);
  tellWhileUsed(element);
  look();
  paint();
  new ResizeObserver(look).observe(canvas); // also when the page first gives the figure its colors
  watchTheme(look);
  // For a figure whose drawing follows more than its sliders: the ends of these may have moved too.
  return { refresh() {
    for (const { input, control } of sliders) input.max = control.max;
    drawn = "";
    set({ ...values }, true);
    size = measure(canvas, figure.height);
  } };
}

function tellWhileUsed(element) {
  const say = (used) => tellPage(used || element.contains(document.activeElement));
  for (const kind of ["focusin", "pointerdown"]) element.addEventListener(kind, () => say(true));
  for (const kind of ["pointerup", "pointercancel"]) element.addEventListener(kind, () => say(false));
  element.addEventListener("focusout", ({ relatedTarget }) => {
    if (!element.contains(relatedTarget)) tellPage(false);
  });
}

// Leave the state where tests, and other scripts of the page, can read it.
function note(dataset, state) {
  for (const [name, value] of Object.entries(state)) {
    const text = String(value);
    if (dataset[name] !== text) dataset[name] = text;
  }
}

function buttonsOf(figure, values, set) {
  const row = make("div", "live-row live-buttons");
  if (figure.play) {
    const { name, steps } = figure.play, play = player(figure.play, figure.controls, values, set);
    const { step } = figure.controls.find((control) => control.name === name);
    const by = (text, says, change) => {
      const made = button(text, () => set({ [name]: values[name] + change }, true));
      made.setAttribute("aria-label", says);
      return made;
    };
    row.append(...(steps ? [by("◂", "one step back", -step), play, by("▸", "one step forward", step)] : [play]));
  }
  for (const { text, values: wanted } of figure.buttons ?? [])
    row.append(button(text, () => set(wanted, true)));
  const first = { ...values };
  row.append(button("Reset", () => set(first, true)));
  return row;
}

// A button that moves one slider from where it is to its end, or from the start when it is there.
function player({ name, every }, controls, values, set) {
  const control = controls.find((one) => one.name === name); // its ends may move
  let last = null, shown = null;
  const made = button("▶ Play", () => {
    if (last !== null) return stop();
    last = performance.now();
    if (values[name] >= control.max) set({ [name]: control.min }, false);
    made.textContent = "❚❚ Pause";
    shown = values[name];
    requestAnimationFrame(move);
  });
  function stop() {
    last = null;
    made.textContent = "▶ Play";
    set({}, true);
  }
  function move(now) {
    if (last === null || !made.isConnected) return;
    if (values[name] !== shown) return stop(); // somebody took the slider
    if (now - last >= every) {
      last = now;
      set({ [name]: values[name] + control.step }, false);
      shown = values[name];
      if (shown >= control.max) return stop();
    }
    requestAnimationFrame(move);
  }
  return made;
}

// The pointer in the drawing: a click or tap sets, a drag moves. A finger that moves up or down from
// anywhere but a grip scrolls the page, and then nothing has moved here.
const REACH = 30; // pixels around a grip
function follow(canvas, figure, values, set) {
  canvas.dataset.drags = "yes";
  let held = null, before = null;
  const at = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  };
  const grips = (event) => {
    const [x, y] = at(event), { clientWidth: width, clientHeight: height } = canvas;
    return (figure.grips?.(values) ?? []).some(
      ([a, b]) => Math.hypot((x - a) * width, (y - b) * height) < REACH,
    );
  };
  const move = (event) => set(figure.point(at(event), values, held) ?? {}, false);
  canvas.addEventListener("touchstart", (event) => {
    if (grips(event.touches[0])) event.preventDefault();
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    [held, before] = [{}, { ...values }];
    if (event.pointerType !== "touch" || grips(event)) move(event);
  });
  canvas.addEventListener("pointermove", (event) => { if (held) move(event); });
  canvas.addEventListener("pointerup", (event) => {
    if (!held) return;
    move(event);
    held = null;
    set({}, true);
  });
  canvas.addEventListener("pointercancel", () => {
    if (held) set(before, true);
    held = null;
  });
}

// Lines, dots and words of drawings without axes: x and y from 0 to 1, from the bottom left.
export function curve(view, points, color) {
  view.pen.strokeStyle = view.paint(color);
  view.pen.beginPath();
  for (const [x, y] of points) view.pen.lineTo(x * view.width, (1 - y) * view.height);
  view.pen.stroke();
}
export function dot(view, [x, y], color) {
  view.pen.fillStyle = view.paint(color);
  view.pen.beginPath();
  view.pen.arc(x * view.width, (1 - y) * view.height, 5, 0, 7);
  view.pen.fill();
}
export function word(view, said, [x, y], color = view.ink) {
  view.pen.fillStyle = view.paint(color);
  view.pen.fillText(said, x * view.width, (1 - y) * view.height);
}
