// Runs in the page: what a screen reader would call the element that has the focus; empty when none has it.
(() => {
  const one = document.activeElement;
  return !one || one === document.body ? "" : (one.getAttribute("aria-label") ?? one.textContent).trim();
})();
