// Boxes that scroll can be reached by the keyboard. The theme sees to code when a page is opened or
// its window changes; here come formulas and derivations, and whatever was folded away.
(() => {
  const BOXES = 'article pre, .katex-display, .derivation td.formula, .cell_output .output';
  const update = () => {
    const boxes = [...document.querySelectorAll(BOXES)];
    const scrolls = boxes.map((box) => box.scrollWidth > box.clientWidth);
    boxes.forEach((box, i) => {
      if (scrolls[i]) box.tabIndex = 0;
      else box.removeAttribute('tabindex');
    });
  };
  let waiting;
  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(update, 350); // after the theme, which waits for 300
  };
  window.addEventListener('load', later);
  window.addEventListener('resize', later);
  document.addEventListener('toggle', later, true);
  document.addEventListener('click', (event) => {
    if (event.target.closest('.toggle, .toggle-button, [role=tab]')) later();
  });
  document.fonts?.ready.then(later);
})();
