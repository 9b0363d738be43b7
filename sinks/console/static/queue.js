// The queue: kept in order and up to date without a reload, worked with the keyboard.

import { ask, countWaiting, listen, on, toast } from "./live.js";
import { act, byTime, row, urgency } from "./incidents.js";

const list = document.querySelector("[data-incidents]");
const more = document.querySelector("[data-more]");
const nothing = document.querySelector("[data-nothing]");
const mayAct = document.body.dataset.mayAct === "yes";
const known = new Map();
const wanted = new URLSearchParams(location.search);
for (const state of wanted.has("state") ? [] : ["waiting", "acknowledged"]) wanted.append("state", state);
const compare = wanted.get("order") === "time" ? byTime : urgency;
const PAGE = 100;

function fits(incident) {
  const one = (name, value) => !wanted.getAll(name).filter(Boolean).length || wanted.getAll(name).includes(value);
  const modality = wanted.get("modality");
  return !incident.canary && one("camera", incident.camera) && one("rule", incident.rule)
    && one("severity", incident.severity) && one("state", incident.state)
    && (!modality || (incident.senses[modality] ?? 0) >= 0.2)
    && incident.start_time >= Number(wanted.get("after") || 0)
    && incident.start_time < Number(wanted.get("before") || Infinity);
}

function put(incident, fresh) {
  const old = list.querySelector(`[data-id="${CSS.escape(incident.id)}"]`);
  const chosen = old?.getAttribute("aria-current") === "true";
  const focused = old?.contains(document.activeElement);
  if (!fits(incident)) {
    known.delete(incident.id);
    if (chosen) step(1) || step(-1);
    old?.remove();
    return;
  }
  known.set(incident.id, incident);
  const made = row(incident, { mayAct });
  if (fresh && !old) made.dataset.fresh = "";
  old?.remove();
  // Few rows change places: the first that comes after this one is looked for from the top.
  let next = list.firstElementChild;
  while (next && compare(known.get(next.dataset.id), incident) <= 0) next = next.nextElementSibling;
  list.insertBefore(made, next);
  if (chosen) choose(made, focused);
}

async function load(offset) {
  const query = new URLSearchParams(wanted);
  for (const [name, value] of [...query]) if (!value) query.delete(name, value);
  query.set("limit", PAGE);
  query.set("offset", offset);
  const { incidents } = await ask(`/api/v1/incidents?${query}`);
  if (offset === 0) {
    known.clear();
    list.replaceChildren();
  }
  for (const incident of incidents) {
    if (known.has(incident.id)) continue;
    known.set(incident.id, incident);
    list.append(row(incident, { mayAct }));
  }
  more.hidden = incidents.length < PAGE;
  nothing.hidden = known.size > 0;
  list.removeAttribute("aria-busy");
}

const current = () => list.querySelector("[aria-current=true]");

function choose(item, focus = true) {
  current()?.removeAttribute("aria-current");
  item.setAttribute("aria-current", "true");
  if (focus) item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const now = current();
  const item = now ? (by > 0 ? now.nextElementSibling : now.previousElementSibling) : list.firstElementChild;
  if (item) choose(item);
  return Boolean(item);
}

const KEYS = {
  j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
  Enter: (id) => location.assign(`/incidents/${encodeURIComponent(id)}`),
  a: (id) => mayAct && act(id, "acknowledge"),
  c: (id) => mayAct && act(id, "confirmed"),
  f: (id) => mayAct && act(id, "false_alarm"),
  "?": () => document.querySelector("dialog").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
  if (event.key === "Enter" && event.target.closest("a, button")) return;
  const act_ = KEYS[event.key];
  const id = current()?.dataset.id;
  if (!act_ || (act_.length && !id)) return;
  event.preventDefault();
  act_(id);
});
list.addEventListener("focusin", (event) => {
  const item = event.target.closest(".incident");
  if (item && item !== current()) choose(item, false);
});
for (const control of document.querySelectorAll(".filters select, .filters input")) {
  control.addEventListener("change", () => control.form.requestSubmit());
}
new IntersectionObserver(([seen]) => {
  if (seen.isIntersecting && !more.hidden) load(known.size).catch((error) => toast(error.message, "critical"));
}).observe(more);
more.addEventListener("click", () => load(known.size));

on("incident", (incident) => {
  const isNew = !known.has(incident.id);
  put(incident, isNew);
  nothing.hidden = known.size > 0;
  if (isNew && known.has(incident.id) && incident.type === "new") {
    toast(`${incident.severity}: ${incident.rule} at ${incident.camera}`, incident.severity);
  }
});
on("anew", () => load(0));
load(0).then(() => listen(), (error) => toast(error.message, "critical"));
countWaiting();
