/* What the pages do with scripts: live messages, completions, evidence beside the messages. They read without. */
"use strict";

const log = document.querySelector(".log[data-events]");
const scroll = document.querySelector(".scroll");
const composer = document.querySelector(".composer");

/* ---- messages ---- */

const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 160;
const toEnd = () => { scroll.scrollTop = scroll.scrollHeight; };

/* The beginning of what was added last in sight: a long briefing is read from its first line. */
function toNew(item) {
  const tall = item.offsetHeight > scroll.clientHeight - 40;
  if (tall) scroll.scrollTop = item.offsetTop - scroll.offsetTop - 8; else toEnd();
}

function element(html) {
  const box = document.createElement("template");
  box.innerHTML = html;
  return box.content.firstElementChild;
}

/* Adds an item once, in the order of its id; what only the asker sees goes to the end. */
function add(html, follow) {
  const item = element(html);
  const id = Number(item.dataset.id || 0);
  const there = id && document.getElementById(item.id);
  if (there) { if (follow) toNew(there); return; }
  const stick = follow || atEnd();
  log.append(item);
  if (id) log.dataset.last = Math.max(id, Number(log.dataset.last));
  if (stick) toNew(item);
}

if (log) {
  const hash = location.hash && document.getElementById(location.hash.slice(1));
  if (hash) toNew(hash);
  else if (log.lastElementChild) toNew(log.lastElementChild);
  const stream = new EventSource(`${log.dataset.events}?after=${log.dataset.last}`);
  const trouble = composer.querySelector(".trouble");
  stream.addEventListener("message", (event) => add(event.data, false));
  stream.addEventListener("open", () => {
    log.dataset.open = "yes";
    if (trouble.dataset.what === "offline") trouble.hidden = true;
  });
  stream.addEventListener("error", () => {
    trouble.dataset.what = "offline";
    trouble.textContent = trouble.dataset.offline;
    trouble.hidden = false;
  });
  addEventListener("pagehide", () => stream.close());
}

/* ---- sending ---- */

async function send(form) {
  const trouble = composer.querySelector(".trouble");
  const line = form.querySelector("#line");
  const body = new URLSearchParams(new FormData(form));
  const text = line ? line.value : "";
  if (line) line.value = "";
  let waiting = null;
  if (line && log) {
    waiting = document.createElement("li");
    waiting.className = "message typed waiting";
    waiting.innerHTML = '<span class="face" aria-hidden="true">…</span><div class="bubble"><div class="text"><p></p></div></div>';
    waiting.querySelector("p").textContent = text;
    waiting.setAttribute("aria-hidden", "true");
    log.append(waiting);
    toEnd();
  }
  try {
    const answer = await fetch(form.getAttribute("action"), {
      method: "POST", body, headers: { Accept: "application/json" },
    });
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    if (waiting) waiting.remove();
    for (const item of told.items) add(item, true);
    trouble.hidden = true;
    if (!line) form.closest(".message").remove();
  } catch {
    if (waiting) waiting.remove();
    if (line && !line.value) line.value = text;
    trouble.dataset.what = "failed";
    trouble.textContent = trouble.dataset.failed;
    trouble.hidden = false;
  }
  if (!line) composer.querySelector("#line").focus();
}

if (log) {
  document.addEventListener("submit", (event) => {
    if (event.target.matches(".composer, .questions")) {
      event.preventDefault();
      hide();
      send(event.target);
    }
  });
}

/* ---- completions ---- */

const line = document.getElementById("line");
const list = document.getElementById("completions");
const history = [];
let past = -1;
let asked = 0;
let chosen = -1;

function hide() {
  if (!list) return;
  list.hidden = true;
  list.replaceChildren();
  chosen = -1;
  line.setAttribute("aria-expanded", "false");
  line.removeAttribute("aria-activedescendant");
}

function choose(index) {
  const items = list.children;
  if (!items.length) return;
  chosen = (index + items.length) % items.length;
  for (const [i, item] of [...items].entries()) item.setAttribute("aria-selected", String(i === chosen));
  line.setAttribute("aria-activedescendant", items[chosen].id);
  items[chosen].scrollIntoView({ block: "nearest" });
}

function take(item) {
  line.value = item.dataset.text;
  hide();
  line.focus();
  if (!/\s$/.test(line.value) && /:"?[^\s"]*"?$/.test(line.value) === false) return;
  ask();
}

async function ask() {
  const text = line.value;
  const mine = ++asked;
  if (!text.startsWith("/")) { hide(); return; }
  let found = [];
  try {
    const answer = await fetch(`${composer.dataset.complete}?line=${encodeURIComponent(text)}`, {
      headers: { Accept: "application/json" },
    });
    found = answer.ok ? await answer.json() : [];
  } catch { /* the line can be typed without */ }
  if (mine !== asked) return;
  found = found.filter((c) => c.text.trim() !== text.trim());
  if (!found.length) { hide(); return; }
  list.replaceChildren(...found.map((c, i) => {
    const item = document.createElement("li");
    item.id = `completion-${i}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.dataset.text = c.text;
    const label = document.createElement("span");
    label.textContent = c.label;
    const hint = document.createElement("span");
    hint.className = "hint";
    hint.textContent = c.hint;
    item.append(label, hint);
    return item;
  }));
  chosen = -1;
  line.removeAttribute("aria-activedescendant");
  list.hidden = false;
  line.setAttribute("aria-expanded", "true");
}

if (log && line) {
  line.setAttribute("role", "combobox");
  line.setAttribute("aria-autocomplete", "list");
  line.setAttribute("aria-expanded", "false");
  line.setAttribute("aria-controls", "completions");
  let timer = 0;
  line.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 60); });
  line.addEventListener("blur", () => setTimeout(hide, 150));
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const item = event.target.closest("li");
    if (item) take(item);
  });
  line.addEventListener("keydown", (event) => {
    const open = !list.hidden;
    if (event.key === "ArrowDown" && open) { event.preventDefault(); choose(chosen + 1); }
    else if (event.key === "ArrowUp" && open) { event.preventDefault(); choose(chosen < 0 ? -1 : chosen - 1); }
    else if (event.key === "Tab" && open && !event.shiftKey) { event.preventDefault(); take(list.children[Math.max(chosen, 0)]); }
    else if (event.key === "Enter" && open && chosen >= 0) { event.preventDefault(); take(list.children[chosen]); }
    else if (event.key === "Escape" && open) { event.preventDefault(); event.stopPropagation(); hide(); }
    else if (event.key === "ArrowUp" && !open && history.length && past < history.length - 1) {
      event.preventDefault(); line.value = history[++past];
    } else if (event.key === "ArrowDown" && !open && past >= 0) {
      event.preventDefault(); line.value = --past >= 0 ? history[past] : "";
    } else if (event.key === "Enter") { asked++; clearTimeout(timer); history.unshift(line.value); past = -1; hide(); }
  });
  if (matchMedia("(hover: hover)").matches && !location.hash) line.focus({ preventScroll: true });
}

/* ---- evidence ---- */

const panel = document.querySelector(".panel");
let opener = null;

async function open(link) {
  const answer = await fetch(link.pathname);
  if (!answer.ok) { location.href = link.href; return; }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const article = page.querySelector(".evidence");
  if (!article) { location.href = link.href; return; }
  const inside = panel.querySelector(".inside");
  inside.replaceChildren(document.importNode(article, true));
  panel.hidden = false;
  opener = link;
  const cited = inside.querySelector("mark");
  panel.querySelector("button").focus({ preventScroll: true });
  if (cited) inside.scrollTop = cited.offsetTop - inside.offsetTop - inside.clientHeight / 3;
}

function close() {
  panel.hidden = true;
  if (opener && opener.isConnected) opener.focus({ preventScroll: false });
  opener = null;
}

if (panel) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.cite");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link).catch(() => { location.href = link.href; });
  });
  panel.querySelector("button").addEventListener("click", close);
  addEventListener("keydown", (event) => { if (event.key === "Escape" && !panel.hidden) close(); });
} else if (location.hash === "#sentence") {
  const cited = document.getElementById("sentence");
  if (cited) cited.scrollIntoView({ block: "center" });
}
