// Sliders, a canvas and a line of numbers; each figure brings compute, draw and describe.
export function mount(element, figure) {
  element.dataset.ready = "yes";
  const values = {};
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true"); // the line of numbers says what it shows
  canvas.style.cssText = "display:block;width:100%;height:240px;touch-action:none";
  const text = document.createElement("p");
  text.setAttribute("aria-live", "polite");
  text.style.cssText = "font-variant-numeric:tabular-nums;margin:0.3em 0";
  const inputs = figure.controls.map((control) => {
    const label = document.createElement("label");
    label.style.cssText = "display:flex;gap:0.6em;align-items:center;flex-wrap:wrap";
    const caption = document.createElement("span");
    caption.style.minWidth = "11em";
    const input = document.createElement("input");
    input.type = "range";
    for (const key of ["min", "max", "step", "value", "name"]) input[key] = control[key];
    input.style.cssText = "flex:1;min-width:8em";
    input.addEventListener("input", () => { values[control.name] = Number(input.value); plan(); });
    values[control.name] = Number(input.value);
    label.append(caption, input);
    return { control, input, caption, label };
  });
  element.replaceChildren(canvas, text, ...inputs.map((item) => item.label));

  let planned = false;
  function plan() {
    if (!planned) { planned = true; requestAnimationFrame(paint); }
  }
  function paint() {
    planned = false;
    const numbers = figure.compute(values);
    for (const [key, value] of Object.entries({ ...values, ...numbers.shown }))
      element.dataset[key] = String(value);
    for (const { control, input, caption } of inputs) {
      const said = control.say ? control.say(values[control.name]) : values[control.name];
      caption.textContent = `${control.label}: ${said}`;
      input.setAttribute("aria-valuetext", `${said}`);
    }
    const said = figure.describe(numbers.shown, values);
    if (text.textContent !== said) text.textContent = said;
    const ratio = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (!width) return;
    const fine = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== fine[0] || canvas.height !== fine[1]) [canvas.width, canvas.height] = fine;
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = "13px sans-serif";
    pen.lineWidth = 2;
    figure.draw({ pen, width, height, ink: getComputedStyle(element).color }, numbers, values);
  }
  function drag(event) {
    if (!figure.point || !(event.buttons & 1)) return;
    const box = canvas.getBoundingClientRect();
    const at = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    const wanted = figure.point(at, values);
    for (const { control, input } of inputs)
      if (control.name in wanted) {
        input.value = wanted[control.name]; // the slider keeps it in its range
        values[control.name] = Number(input.value);
      }
    plan();
  }
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    drag(event);
  });
  canvas.addEventListener("pointermove", drag);
  new ResizeObserver(plan).observe(canvas);
  new MutationObserver(plan).observe(document.documentElement, { attributes: true });
  paint();
}
export const BLUE = "#3b8bc2", ORANGE = "#d9730d";
export function curve(view, points, color) {
  view.pen.strokeStyle = color;
  view.pen.beginPath();
  for (const [x, y] of points) view.pen.lineTo(x * view.width, (1 - y) * view.height);
  view.pen.stroke();
}
export function dot(view, [x, y], color) {
  view.pen.fillStyle = color;
  view.pen.beginPath();
  view.pen.arc(x * view.width, (1 - y) * view.height, 5, 0, 7);
  view.pen.fill();
}
export function word(view, said, [x, y], color = view.ink) {
  view.pen.fillStyle = color;
  view.pen.fillText(said, x * view.width, (1 - y) * view.height);
}
