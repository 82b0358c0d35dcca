"use strict";
// Without this script the page shows everything; with it, what the reader asks for.
(() => {
  const form = document.getElementById("filter");
  if (!form) return;
  const findings = [...document.querySelectorAll(".finding")].map((element) => ({
    element,
    text: element.textContent.toLowerCase(),
    details: element.querySelector("details"),
  }));
  const groups = [...document.querySelectorAll(".group")];
  const search = document.getElementById("text");
  const fold = document.getElementById("fold");
  const number = new Intl.NumberFormat("en");

  // Choices of one kind widen the result, kinds and words narrow it.
  function apply() {
    const chosen = {};
    for (const box of form.querySelectorAll("input:checked")) (chosen[box.name] ??= new Set()).add(box.value);
    const kinds = Object.entries(chosen);
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { element, text } of findings) {
      const match = kinds.every(([kind, values]) => values.has(element.dataset[kind])) && words.every((w) => text.includes(w));
      element.hidden = !match;
      shown += match;
    }
    for (const group of groups) {
      const visible = group.querySelectorAll(".finding:not([hidden])").length;
      group.hidden = visible === 0;
      group.querySelector(".count").textContent = number.format(visible);
    }
    document.getElementById("empty").hidden = shown > 0;
    document.getElementById("shown").textContent = `${number.format(shown)} of ${number.format(findings.length)} shown`;
  }

  function visible() {
    return findings.filter(({ element }) => !element.hidden);
  }

  function foldAll() {
    const collapse = visible().some(({ details }) => details.open);
    for (const { details } of visible()) details.open = !collapse;
    label();
  }

  function label() {
    fold.textContent = visible().some(({ details }) => details.open) ? "Collapse all" : "Expand all";
  }

  // step moves the focus to the next or previous finding that is shown.
  function step(by) {
    const all = visible();
    const at = all.findIndex(({ element }) => element.contains(document.activeElement));
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
    next?.element.querySelector("summary").focus();
    next?.element.scrollIntoView({ block: "nearest" });
  }

  const refresh = () => { apply(); label(); };
  form.addEventListener("input", refresh);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(refresh));
  fold.addEventListener("click", foldAll);
  let due;
  document.addEventListener("toggle", () => { cancelAnimationFrame(due); due = requestAnimationFrame(label); }, true);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target === search;
    if (event.key === "Escape") form.reset();
    else if (typing) return;
    else if (event.key === "/") { event.preventDefault(); search.focus(); }
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
  });
  addEventListener("beforeprint", () => { for (const { details } of findings) details.open = true; });
  form.hidden = false;
  refresh();
})();
