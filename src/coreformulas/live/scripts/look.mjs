// Colors for both themes, and the style of what stands around the drawing.
export const BLUE = "#3b8bc2", ORANGE = "#d9730d", GREEN = "#1d9d76", PINK = "#b5679a";

// Each color as it is on a light page and on a dark one: enough contrast on both.
const SHADES = {
  [BLUE]: ["#0072b2", "#56b4e9"],
  [ORANGE]: ["#c9510c", "#ff9d5c"],
  [GREEN]: ["#007a59", "#3fc79a"],
  [PINK]: ["#a8508b", "#e39fc6"],
};

// What changes in most frames is laid out by itself (contain), without the page around it. It has no
// size of its own then: controls.mjs widens values and heightens numbers.
export const STYLE = `
.coreformulas-live { position: relative; font-size: 1rem; line-height: 1.4; }
.coreformulas-live canvas { display: block; width: 100%; touch-action: pan-y; cursor: default; }
.coreformulas-live canvas[data-drags] { cursor: crosshair; }
.coreformulas-live .live-row { display: flex; flex-wrap: wrap; gap: 0.3rem 0.9rem; align-items: center; }
.coreformulas-live .live-buttons { gap: 0.4rem 0.6rem; margin: 0.6rem 0; }
.coreformulas-live .live-keys { margin-bottom: 0.4rem; }
.coreformulas-live .live-key { display: inline-flex; gap: 0.45em; align-items: center; font-size: 0.85em; }
.coreformulas-live .live-key svg { flex: none; }
.coreformulas-live .live-numbers { display: grid; gap: 0.2rem 1rem; margin: 0.5rem 0; padding: 0;
  grid-template-columns: repeat(auto-fit, minmax(min(9.5rem, 45%), 1fr)); }
.coreformulas-live .live-threes { grid-template-columns: repeat(3, minmax(0, 1fr)); }
.coreformulas-live .live-number { border-left: 3px solid currentColor; padding-left: 0.5em; min-width: 0; }
.coreformulas-live .live-number span { display: block; font-size: 0.85em; }
.coreformulas-live .live-number b { display: block; height: 1.4em; font-variant-numeric: tabular-nums; font-weight: 600; }
.coreformulas-live .live-said { margin: 0.3rem 0; font-variant-numeric: tabular-nums; min-height: 2.8em; }
.coreformulas-live .live-heard { position: absolute; top: 0; left: 0; width: 1px; height: 1px; contain: strict;
  clip-path: inset(50%); white-space: nowrap; margin: 0; }
.coreformulas-live .live-controls { display: grid; gap: 0.2rem 1.6rem; margin-top: 0.3rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); }
.coreformulas-live .live-many { grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); }
.coreformulas-live label { display: block; margin: 0; font-weight: inherit; }
.coreformulas-live label span { font-variant-numeric: tabular-nums; }
.coreformulas-live label span + span { float: right; height: 1.4em; text-align: right; white-space: nowrap; }
.coreformulas-live input[type="range"] { display: block; width: 100%; height: 2rem; margin: 0; clear: both;
  touch-action: pan-y; }
.coreformulas-live :is(.live-number b, label span + span, input[type="range"]) { contain: size layout; }
.coreformulas-live button { font: inherit; font-size: 0.9em; color: inherit; background: none; cursor: pointer;
  border: 1px solid currentColor; border-radius: 0.4em; padding: 0.2em 0.8em; min-height: 2.2rem; }
.coreformulas-live button:hover { text-decoration: underline; }
.coreformulas-live :is(button, input):focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
`;

// What the page looks like now: the color of its text tells light from dark.
export function themeOf(element) {
  const ink = getComputedStyle(element).color;
  const [red, green, blue] = ink.match(/[\d.]+/g).map(Number);
  const dark = 0.299 * red + 0.587 * green + 0.114 * blue > 128;
  const paint = (color) => SHADES[color]?.[dark ? 1 : 0] ?? color;
  return { ink, dark, paint, faint: dark ? "rgb(255 255 255 / 16%)" : "rgb(0 0 0 / 12%)" };
}

// While a figure is in use the page may leave out what is not in view (see book.css).
const MOVING = "data-coreformulas-moving";
export function tellPage(moving) {
  document.documentElement.toggleAttribute(MOVING, moving);
}

// Calls `look` again when the reader changes the theme, of the book or of JupyterLab.
export function watchTheme(look) {
  let late = 0;
  const changed = (records) => {
    if (records.every?.(({ attributeName }) => attributeName === MOVING)) return;
    look();
    clearTimeout(late);
    late = setTimeout(look, 400); // pages fade from one theme to the other
  };
  const observer = new MutationObserver(changed);
  for (const part of [document.documentElement, document.body])
    observer.observe(part, { attributes: true });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}
