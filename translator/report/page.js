"use strict";
(() => {
const D = JSON.parse(document.getElementById("data").textContent);
const $ = id => document.getElementById(id);
const body = document.body, cards = $("cards"), mid = $("mid"), search = $("search");
const verdictOf = new Set(), severityOf = new Set();
D.src = D.src || []; D.out = D.out || [];

// Lines: each side counts its lines over all its files.
const sides = {};
for (const id of ["src", "out"]) {
  const chunks = $(id) ? [...$(id).querySelectorAll(".c")] : [];
  sides[id] = {chunks, starts: chunks.map(c => +c.dataset.l)};
}
function el(id, n) {
  const {chunks, starts} = sides[id];
  let a = 0, b = starts.length;
  while (a < b) { const m = (a + b) >> 1; if (starts[m] <= n) a = m + 1; else b = m; }
  return a ? chunks[a - 1].children[n - starts[a - 1]] : undefined;
}
function number(p) { let i = 0, c = p.parentNode; i = Array.prototype.indexOf.call(c.children, p); return +c.dataset.l + i; }
function place(id, n) {
  const f = D[id].findLast(f => f.base <= n);
  return (D[id].length > 1 ? f.name.split("/").pop() + ":" : "line ") + (n - f.base + 1);
}

const to = new Map(), back = new Map(), said = new Map();
for (const [s, ...o] of D.links) {
  to.set(s, o);
  for (const x of o) { if (!back.has(x)) back.set(x, []); back.get(x).push(s); }
}
D.groups.forEach((g, i) => { g.i = i; for (const l of g.l || []) { if (!said.has(l)) said.set(l, []); said.get(l).push(i); } });
for (const l of new Set([...to.keys(), ...said.keys()])) { const p = el("src", l); if (p) p.classList.add("k"); }
for (const [l, gs] of said) { const p = el("src", l); if (p) p.dataset.s = Math.max(...gs.map(i => D.groups[i].s)); }
for (const l of back.keys()) { const p = el("out", l); if (p) p.classList.add("k"); }

// Cards are made as they come into view.
let list = [], made = 0, current = -1, nodes = new Map();
const more = new IntersectionObserver(es => { if (es.some(e => e.isIntersecting)) make(60); }, {root: mid, rootMargin: "900px"});
const end = document.createElement("div");
function h(tag, cls, text) { const e = document.createElement(tag); if (cls) e.className = cls; if (text !== undefined) e.textContent = text; return e; }
function chip(text, cls, go) { const b = h("button", cls, text); b.type = "button"; b.onclick = e => { e.stopPropagation(); go(); }; return b; }
function chips(g, box, n) {
  box.textContent = "";
  const lines = [...new Set(g.l || [])];
  for (const l of lines.slice(0, n)) box.append(chip(place("src", l), "", () => show(l, g.i)));
  for (const a of (g.a || []).slice(0, n)) box.append(h("span", "", a));
  const rest = lines.length - n;
  if (rest > 0) box.append(chip(rest + " more", "", () => chips(g, box, n + 200)));
  const named = (g.a || []).length;
  if (named && g.n > named) box.append(h("span", "", "and " + (g.n - named) + " more"));
  if (g.n > 1) return;
  (g.p || []).forEach((p, i) => {
    const x = g.o[i];
    box.append(x < 0 ? h("span", "", p) : chip(p, "o", () => {
      if (lines.length) show(lines[0], g.i); else { dark(); current = g.i; mark(); }
      const e = el("out", x); light([e], "on"); into(e);
    }));
  });
  const places = (g.q || 0) - (g.p || []).length;
  if (places > 0) box.append(h("span", "", "and " + places + " more places"));
}
function card(g) {
  const c = h("article", "card S" + g.s), t = h("div", "t");
  c.tabIndex = 0;
  t.append(h("b", "", "S" + g.s), h("code", "", g.c));
  if (g.n > 1) t.append(h("span", "", g.n + " times"));
  t.append(h("span", "v " + g.v, g.v));
  c.append(t, h("p", "", g.m));
  if (g.w) c.append(h("p", "d", "Clients: " + g.w));
  if (g.f) c.append(h("p", "d", "Can differ: " + g.f));
  if (g.r) c.append(h("p", "r", "To do: " + g.r));
  const box = h("div", "chips"); chips(g, box, 8); if (box.firstChild) c.append(box);
  c.onclick = () => { if (!String(getSelection())) choose(g.i); };
  c.onkeydown = e => { if (e.key === "Enter" && e.target === c) choose(g.i); };
  return c;
}
function make(n) {
  const f = document.createDocumentFragment();
  for (; n-- > 0 && made < list.length; made++) { const c = card(D.groups[list[made]]); nodes.set(list[made], c); f.append(c); }
  cards.insertBefore(f, end);
  if (made >= list.length) more.unobserve(end); else { more.unobserve(end); more.observe(end); }
}
function text(g) {
  if (g.t === undefined) g.t = [g.c, g.m, g.r, g.w, g.f, ...(g.p || []), ...(g.a || []), ...(g.l || []).map(l => { const p = el("src", l); return p ? p.textContent : ""; })].join("\n").toLowerCase();
  return g.t;
}
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  list = []; let n = 0, total = D.left;
  for (const g of D.groups) {
    total += g.n;
    if (verdictOf.size && !verdictOf.has(g.v) || severityOf.size && !severityOf.has(g.s)) continue;
    if (words.length && !words.every(w => text(g).includes(w))) continue;
    list.push(g.i); n += g.n;
  }
  $("shown").textContent = n + " of " + total + (list.length < n ? " in " + list.length + " groups" : "") + (D.left ? "; " + D.left + " are in report.txt only" : "");
  made = 0; nodes = new Map(); cards.textContent = ""; cards.append(end); mid.scrollTop = 0;
  if (!list.length) cards.insertBefore(h("p", "empty", total ? "No finding fits." : "No findings."), end);
  make(60); mark();
  body.classList.toggle("pick", verdictOf.size > 0);
  for (const p of picked) p.classList.remove("picked");
  picked = verdictOf.size && $("src") ? [...$("src").querySelectorAll([...verdictOf].map(v => "p." + v).join(","))] : [];
  for (const p of picked) p.classList.add("picked");
}
let picked = [], lit = [];
function light(ps, cls) { for (const p of ps) if (p) { p.classList.add(cls); lit.push(p); } }
function dark() { for (const p of lit) p.classList.remove("on", "near"); lit = []; }
function into(p) { if (p) p.scrollIntoView({block: "center"}); }
function mark() { for (const [i, c] of nodes) c.classList.toggle("on", i === current); }
function reveal(i) {
  const at = list.indexOf(i);
  if (at < 0) return false;
  while (made <= at) make(60);
  current = i; mark(); nodes.get(i).scrollIntoView({block: "nearest"});
  return true;
}
// show goes to a line of the source and to what it became.
let here = -1;
function show(l, group) {
  dark(); here = l;
  const p = el("src", l); light([p], "on"); into(p);
  const o = to.get(l) || []; light(o.map(x => el("out", x)), "on"); if (o.length) into(el("out", o[0]));
  const gs = said.get(l) || [];
  if (group === undefined) group = gs.find(i => list.includes(i));
  if (group !== undefined) reveal(group); else { current = -1; mark(); }
}
function choose(i) {
  const g = D.groups[i]; current = i; mark();
  if (g.l && g.l.length) { show(g.l[0], i); light(g.l.slice(1, 2000).map(l => el("src", l)), "near"); } else { dark(); reveal(i); }
}
if ($("src")) $("src").onclick = e => {
  const p = e.target.closest(".c p"); if (!p || String(getSelection())) return;
  show(number(p));
};
if ($("out")) $("out").onclick = e => {
  const p = e.target.closest(".c p"); if (!p || String(getSelection())) return;
  let n = number(p); const s = back.get(n); if (!s) return;
  show(s[0]); light(s.slice(1).map(l => el("src", l)), "near"); light([p], "on"); 
};
for (const [id, set, key] of [["verdicts", verdictOf, "v"], ["severities", severityOf, "s"]]) $(id).onclick = e => {
  const b = e.target.closest("button"); if (!b) return;
  const v = key === "s" ? +b.dataset.s : b.dataset.v, on = !set.has(v);
  if (on) set.add(v); else set.delete(v);
  b.setAttribute("aria-pressed", on); filter();
};
for (const s of document.querySelectorAll("h2 select")) s.onchange = () => $(s.value).scrollIntoView();
let wait; search.oninput = () => { clearTimeout(wait); wait = setTimeout(filter, 120); };
const linked = [...new Set([...to.keys(), ...said.keys()])].sort((a, b) => a - b);
document.addEventListener("keydown", e => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key === "Escape") {
    search.value = ""; search.blur(); verdictOf.clear(); severityOf.clear(); dark(); current = here = -1;
    for (const b of document.querySelectorAll(".row button")) b.setAttribute("aria-pressed", false);
    filter(); return;
  }
  if (/^(INPUT|SELECT)$/.test(e.target.tagName)) return;
  if (e.key === "/") { e.preventDefault(); search.focus(); search.select(); }
  const d = {j: 1, k: -1}[e.key];
  if (d && list.length) choose(list[Math.min(list.length - 1, Math.max(0, list.indexOf(current) + d))]);
  const s = {n: 1, p: -1}[e.key];
  if (s && linked.length) {
    const x = s > 0 ? linked.find(l => l > here) : linked.findLast(l => l < here);
    if (x !== undefined) show(x);
  }
});
addEventListener("beforeprint", () => make(list.length));
filter();
})();
