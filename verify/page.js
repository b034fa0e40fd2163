"use strict";
// The counts are filters: press one to see its clients only.
(() => {
  const buttons = [...document.querySelectorAll(".counts button")];
  const show = (outcome) => {
    for (const b of buttons) b.setAttribute("aria-pressed", String(b.dataset.o === outcome));
    for (const c of document.querySelectorAll("details.case")) c.classList.toggle("hidden", outcome !== "" && !c.classList.contains(outcome));
    for (const r of document.querySelectorAll(".matrix tr[data-o]")) r.classList.toggle("hidden", outcome !== "" && !r.dataset.o.split(" ").includes(outcome));
  };
  for (const b of buttons) b.addEventListener("click", () => show(b.getAttribute("aria-pressed") === "true" ? "" : b.dataset.o));
  const open = () => {
    const c = location.hash && document.getElementById(location.hash.slice(1));
    if (c) { show(""); c.open = true; c.scrollIntoView(); }
  };
  addEventListener("hashchange", open);
  open();
})();
