// The queue: kept in order and up to date without a reload, worked with the keyboard.

import { ask, begin, countWaiting, keepCounts, on, toast } from "./live.js";
import { act, byTime, situation, situations, urgency } from "./incidents.js";

const list = document.querySelector("[data-incidents]");
const more = document.querySelector("[data-more]");
const nothing = document.querySelector("[data-nothing]");
const mayAct = document.body.dataset.mayAct === "yes";
const known = new Map();
const wanted = new URLSearchParams(location.search);
for (const state of wanted.has("state") ? [] : ["waiting", "acknowledged"]) wanted.append("state", state);
const compare = wanted.get("order") === "time" ? byTime : urgency;
const PAGE = 100;
/** The last that was asked for, as it was then: what lies beyond it may be known from the live line, or not. */
let reached = null;

function fits(incident) {
  const one = (name, value) => !wanted.getAll(name).filter(Boolean).length || wanted.getAll(name).includes(value);
  const modality = wanted.get("modality");
  return !incident.canary && one("camera", incident.camera) && one("rule", incident.rule)
    && one("severity", incident.severity) && one("state", incident.state)
    && (!modality || (incident.senses[modality] ?? 0) >= 0.2)
    && incident.start_time >= Number(wanted.get("after") || 0)
    && incident.start_time < Number(wanted.get("before") || Infinity);
}

// Draw one happening anew, in its place among the others.
function place(name, fresh = "") {
  const old = list.querySelector(`[data-situation="${CSS.escape(name)}"]`);
  const chosen = current()?.closest("[data-situation]") === old ? current()?.dataset.id : null;
  const focused = old?.contains(document.activeElement);
  const open = old?.querySelector("details")?.open ?? false;
  const [group] = situations([...known.values()].filter((one) => one.situation === name), compare);
  if (!group) {
    if (chosen) step(1) || step(-1);
    old?.remove();
    return;
  }
  const made = situation(group, { mayAct }, open);
  old?.remove();
  insert(made, group[0]);
  if (fresh) find(fresh).dataset.fresh = "";
  const again = chosen && (find(chosen) ?? made.querySelector(".incident"));
  if (again) choose(again, focused);
}

function insert(made, first) {
  let before = list.lastElementChild;
  while (before && compare(known.get(head(before)), first) > 0) before = before.previousElementSibling;
  if (before) before.after(made); else list.prepend(made);
}

const find = (id) => list.querySelector(`[data-id="${CSS.escape(id)}"]`);
const head = (item) => item.querySelector(".incident").dataset.id;

function put(incident, fresh) {
  const before = known.get(incident.id)?.situation;
  if (fits(incident)) known.set(incident.id, incident); else known.delete(incident.id);
  place(incident.situation, fresh && known.has(incident.id) ? incident.id : "");
  if (before && before !== incident.situation) place(before);
}

async function load() {
  reached = null;
  await loadMore();
}

async function loadMore() {
  const offset = reached ? [...known.values()].filter((one) => compare(one, reached) <= 0).length : 0;
  const query = new URLSearchParams(wanted);
  for (const [name, value] of [...query]) if (!value) query.delete(name, value);
  query.set("limit", PAGE);
  query.set("offset", offset);
  const { incidents } = await ask(`/api/v1/incidents?${query}`);
  if (!reached) {
    known.clear();
    list.replaceChildren();
  }
  for (const incident of incidents) known.set(incident.id, incident);
  reached = incidents.at(-1) ?? reached;
  const names = new Set(incidents.map((incident) => incident.situation));
  for (const group of situations([...known.values()].filter((one) => names.has(one.situation)), compare)) {
    const old = list.querySelector(`[data-situation="${CSS.escape(group[0].situation)}"]`);
    const made = situation(group, { mayAct });
    old?.remove();
    insert(made, group[0]);
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
  // What is folded away has no place on the page.
  const rows = [...list.querySelectorAll(".incident")].filter((item) => item.offsetParent !== null);
  const now = rows.indexOf(current());
  const item = rows[now < 0 ? 0 : now + by];
  if (item) choose(item);
  return Boolean(item);
}

/** A verdict by a key, where there is none yet. */
function judge(id, verdict) {
  if (known.get(id)?.state !== "done") act(id, verdict);
  else toast("There is a verdict already: it is changed on the alert's own page.");
}

const KEYS = {
  j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
  Enter: (id) => location.assign(`/incidents/${encodeURIComponent(id)}`),
  a: (id) => mayAct && act(id, "acknowledge"),
  c: (id) => mayAct && judge(id, "confirmed"),
  f: (id) => mayAct && judge(id, "false_alarm"),
  "?": () => document.querySelector("dialog").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
  if (event.key === "Enter" && event.target.closest("a, button")) return;
  const act_ = KEYS[event.key];
  const id = current()?.dataset.id;
  if (!act_ || (act_.length && !id)) return;
  event.preventDefault();
  // A key that is held down would act on one alert after the other.
  if (event.repeat && act_.length) return;
  act_(id);
});
list.addEventListener("focusin", (event) => {
  const item = event.target.closest(".incident");
  if (item && item !== current()) choose(item, false);
});
for (const control of document.querySelectorAll(".filters select, .filters input")) {
  control.addEventListener("change", () => control.form.requestSubmit());
}
function showMore() {
  loadMore().catch((error) => toast(error.message, "critical"));
}

new IntersectionObserver(([seen]) => {
  if (seen.isIntersecting && !more.hidden) showMore();
}).observe(more);
more.addEventListener("click", showMore);

on("incident", (incident) => {
  const isNew = !known.has(incident.id);
  put(incident, isNew);
  nothing.hidden = known.size > 0;
  if (isNew && known.has(incident.id) && incident.type === "new") {
    toast(`${incident.severity}: ${incident.rule} at ${incident.camera}`, incident.severity);
  }
});
begin(load);
countWaiting();
const anyState = new URLSearchParams([...wanted].filter(([name, value]) => name !== "state" && value));
keepCounts(`&${anyState}`, (counts) => {
  for (const place of document.querySelectorAll("[data-count]")) place.textContent = counts[place.dataset.count];
});
