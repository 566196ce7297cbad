/* What the pages do with scripts: live messages, completions, evidence beside the messages. They read without. */
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

/* Adds an item once, at the end; one that is there already is only brought in sight where it is to be followed. */
function add(html, follow) {
  const item = element(html);
  const id = Number(item.dataset.id || 0);
  const there = id && document.getElementById(item.id);
  if (there) { if (follow) toNew(there); return; }
  const stick = follow || atEnd();
  const line = item.querySelector(".text")?.textContent.trim();
  const waiting = [...log.querySelectorAll(".waiting")].find((w) => w.textContent.trim() === line);
  if (waiting && item.classList.contains("typed")) waiting.remove();
  log.append(item);
  if (id) log.dataset.last = Math.max(id, Number(log.dataset.last));
  if (stick) toNew(item);
}

/* A correction: the message is there already, and says something else now. */
function replace(html) {
  const item = element(html);
  const old = document.getElementById(item.id);
  const fresh = Number(item.dataset.id) > Number(log.dataset.last);
  if (!old && fresh) add(html, false); /* it came and was corrected while this page was away */
  else if (old && old.outerHTML !== item.outerHTML) old.replaceWith(item);
}

function tell(what) {
  const trouble = composer.querySelector(".trouble");
  trouble.dataset.what = what;
  trouble.textContent = what ? trouble.dataset[what] : "";
  trouble.hidden = !what;
}

/* Pages in the background are cut off: a browser opens six connections to one host, over all its tabs. */
let stream = null;

function listen() {
  if (stream || document.hidden) return;
  stream = new EventSource(`${log.dataset.events}?after=${log.dataset.last}`);
  stream.addEventListener("message", (event) => add(event.data, false));
  stream.addEventListener("edit", (event) => replace(event.data));
  stream.addEventListener("open", () => {
    log.dataset.open = "yes";
    if (composer.querySelector(".trouble").dataset.what === "offline") tell("");
  });
  stream.addEventListener("error", () => {
    delete log.dataset.open;
    tell(stream && stream.readyState === EventSource.CLOSED ? "anew" : "offline");
  });
}

function deafen() {
  if (stream) stream.close();
  stream = null;
}

if (log) {
  const target = /^#(m\d+|now)$/.test(location.hash) && document.getElementById(location.hash.slice(1));
  const begin = () => { if (target || log.lastElementChild) toNew(target || log.lastElementChild); };
  if (location.hash === "#end") history.replaceState(null, "", location.pathname + location.search);
  begin();
  addEventListener("load", begin); /* the browser has been to the address's fragment by then */
  listen();
  document.addEventListener("visibilitychange", () => (document.hidden ? deafen() : listen()));
  addEventListener("pagehide", deafen);
  addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
}

addEventListener("beforeprint", () => {
  for (const notes of document.querySelectorAll("details.notes")) notes.open = true;
});

/* ---- sending ---- */

/* Stories, channels and the channel's own choices, after a command that changed them. */
async function refresh() {
  const answer = await fetch(location.pathname);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of [".side", ".topic"]) {
    const fresh = page.querySelector(part);
    if (answer.ok && fresh) document.querySelector(part).replaceWith(document.importNode(fresh, true));
  }
  deafen();
  listen();
}

async function send(form) {
  const line = form.querySelector("#line");
  const body = new URLSearchParams(new FormData(form));
  const text = line ? line.value : "";
  let waiting = null;
  if (line) {
    line.value = "";
    waiting = document.createElement("li");
    waiting.className = "message typed waiting";
    waiting.innerHTML = '<span class="face">…</span><div class="bubble"><div class="text"><p></p></div></div>';
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
    waiting?.remove();
    for (const item of told.items) add(item, true);
    tell("");
    if (told.changed) refresh();
    if (!line && told.ok) form.closest(".message").remove();
  } catch (error) {
    waiting?.remove();
    if (line && !line.value) line.value = text;
    tell(error.message === "403" ? "anew" : "failed");
  }
  composer.querySelector("#line").focus();
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
const typed = [];
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
  const kept = list.children[chosen]?.dataset.text; /* somebody may have gone to one while this was under way */
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
  const still = found.findIndex((c) => c.text === kept);
  if (still >= 0) choose(still);
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
    else if (event.key === "ArrowUp" && !open && typed.length && past < typed.length - 1) {
      event.preventDefault(); line.value = typed[++past];
    } else if (event.key === "ArrowDown" && !open && past >= 0) {
      event.preventDefault(); line.value = --past >= 0 ? typed[past] : "";
    } else if (event.key === "Enter") { asked++; clearTimeout(timer); typed.unshift(line.value); past = -1; hide(); }
  });
  if (matchMedia("(hover: hover)").matches && !location.hash) line.focus({ preventScroll: true });
}

/* ---- evidence ---- */

const panel = document.querySelector(".panel");
const covers = matchMedia("(max-width: 60rem)");
let opener = null;

/* What lies beneath can't be reached while the panel covers it. */
function cover() {
  const over = !panel.hidden && covers.matches;
  for (const part of document.querySelectorAll(".side, main")) part.inert = over;
}

async function show(link) {
  const answer = await fetch(link.pathname + link.search);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const article = page.querySelector(".evidence");
  if (!answer.ok || !article) { location.href = link.href; return; }
  const inside = panel.querySelector(".inside");
  inside.replaceChildren(document.importNode(article, true));
  if (panel.hidden) history.pushState({ evidence: true }, "");
  panel.hidden = false;
  opener = link;
  cover();
  panel.querySelector("button").focus({ preventScroll: true });
  const cited = inside.querySelector("mark");
  if (cited) inside.scrollTop = cited.offsetTop - inside.offsetTop - inside.clientHeight / 3;
}

function hideEvidence() {
  if (panel.hidden) return;
  panel.hidden = true;
  cover();
  const back = opener;
  opener = null;
  setTimeout(() => { if (back?.isConnected) back.focus(); }); /* after the browser's own going back */
}

if (panel) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.cite");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    show(link).catch(() => { location.href = link.href; });
  });
  panel.querySelector("button").addEventListener("click", () => history.back());
  addEventListener("keydown", (event) => { if (event.key === "Escape" && !panel.hidden) history.back(); });
  addEventListener("popstate", hideEvidence);
  covers.addEventListener("change", cover);
} else if (location.hash === "#sentence") {
  document.getElementById("sentence")?.scrollIntoView({ block: "center" });
}
