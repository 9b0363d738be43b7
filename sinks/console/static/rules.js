// A rule in plain words: checked as it is written, rehearsed beside it, then saved or taken back.

import { clock, make } from "./incidents.js";
import { ask, countWaiting, listen, toast } from "./live.js";

const CHECK_MS = 400;
const LOOK_MS = 500;
const APART_S = 3;
const JUDGES = { on: "The site judges by it.", off: "The site does not judge by it.", gone: "The site does not judge by it." };
const form = document.querySelector("form[data-rule]");
const found = document.querySelector("[data-found]");
const told = document.querySelector("[data-told]");
const bar = document.querySelector("[data-progress]");
const begin = document.querySelector("[data-rehearse]");
const cancel = document.querySelector("[data-cancel]");
let running = null;
let due = null;
let newest = 0;

const path = (name, step = "") => `/api/v1/rules/${encodeURIComponent(name)}${step}`;
const name = () => form.querySelector("[data-name]")?.value.trim() ?? form.dataset.rule;

/** What the form says, as the API takes it. */
function changes() {
  const said = {};
  for (const place of form.querySelectorAll("[data-lines]")) {
    const lines = place.value.split("\n").map((line) => line.trim()).filter(Boolean);
    const [field, sense] = place.dataset.lines.split(".");
    if (sense) said[field] = { ...said[field], [sense]: lines };
    else said[field] = lines;
  }
  for (const place of form.querySelectorAll("[data-text]")) said[place.dataset.text] = place.value.trim();
  if ("margin" in said && said.margin !== "" && Number.isFinite(Number(said.margin))) said.margin = Number(said.margin);
  const cameras = [...form.querySelectorAll("[data-camera]")];
  const chosen = cameras.filter((box) => box.checked).map((box) => box.value);
  if (cameras.length && chosen.length < cameras.length) said.cameras = chosen;
  return said;
}

function showFaults(faults) {
  for (const place of form.querySelectorAll("[data-fault]")) {
    const field = place.dataset.fault;
    const words = faults[field];
    place.textContent = words ?? "";
    place.hidden = words === undefined;
    form.querySelector(`[data-lines="${field}"], [data-text="${field}"]`)?.setAttribute("aria-invalid", words !== undefined);
  }
}

async function check() {
  const number = ++newest;
  if (!name()) return;
  try {
    const answer = await ask(path(name(), "/check"), { changes: changes() });
    if (number !== newest) return; // something else is written by now
    showFaults(answer.faults);
    form.querySelector("[data-notes]").replaceChildren(...answer.notes.map((words) => make("li", {}, words)));
  } catch (error) {
    if (number === newest) showFaults({ "": error.message });
  }
}

function checkSoon() {
  clearTimeout(due);
  due = setTimeout(check, CHECK_MS);
}

function done(words, to = location.pathname) {
  sessionStorage.setItem("said", words);
  location.assign(to);
}

async function save(event) {
  event.preventDefault();
  if (!name()) {
    showFaults({ name: "give it a name" });
    return;
  }
  const button = form.querySelector("[data-save]");
  if (!button) return;
  button.disabled = true;
  try {
    const answer = await ask(path(name()), { changes: changes(), after: Number(form.dataset.after) });
    done(`Saved: ${answer.says}. ${answer.notes.join(" ")}`, `/rules/${encodeURIComponent(name())}`);
  } catch (error) {
    toast(error.message, "critical");
    check();
  } finally {
    button.disabled = false;
  }
}

async function step(button, where, words) {
  button.disabled = true;
  try {
    const answer = await ask(where, { after: Number(button.dataset.after ?? form.dataset.after) });
    done(words(answer));
  } catch (error) {
    toast(error.message, "critical");
    button.disabled = false;
  }
}

// --- the rehearsal -------------------------------------------------------------------------------

function showRunning(one) {
  bar.hidden = cancel.hidden = one === null;
  begin.disabled = one !== null;
  if (one === null) return;
  told.textContent = `${one.stage} …`;
  if (one.part > 0) bar.value = one.part;
  else bar.removeAttribute("value");
}

async function rehearse() {
  found.replaceChildren();
  begin.disabled = true;
  try {
    const hours = Number(document.querySelector("[data-hours]").value);
    running = await ask("/api/v1/rehearsals", { rule: name(), changes: changes(), hours });
    while (running.state === "running") {
      showRunning(running);
      await new Promise((later) => setTimeout(later, LOOK_MS));
      running = await ask(`/api/v1/rehearsals/${running.id}`);
    }
    show(running);
  } catch (error) {
    told.textContent = error.message;
    check();
  }
  running = null;
  showRunning(null);
}

function show(one) {
  if (one.state !== "done") {
    told.textContent = one.state === "cancelled" ? "Cancelled." : one.trouble;
    return;
  }
  const sum = one.found.sum;
  told.textContent = `Over what was seen and heard from ${clock(one.found.begin)} to ${clock(one.found.end)}.`;
  const rows = one.found.rules.map((rule) => make("tr", {},
    make("th", { scope: "row" }, rule.camera), make("td", {}, rule.words.watched), make("td", {}, String(rule.alerts)),
    make("td", {}, rule.words.rate), make("td", {}, rule.words.promised),
    make("td", {}, make("span", { class: "promise", "data-verdict": rule.verdict }, rule.verdict))));
  const heads = ["Camera", "Watched", "Alerts", `Rate (${one.found.confidence_words} interval)`, "Promised", "The promise"];
  const table = make("table", { class: "table" },
    make("thead", {}, make("tr", {}, ...heads.map((words) => make("th", {}, words)))), make("tbody", {}, ...rows));
  const aDay = `In a day that would be ${count(sum.per_day)} alerts (${count(sum.interval_per_day[0])} to ${count(sum.interval_per_day[1])}), were all days like this.`;
  const parts = [make("p", { class: "sum" }, aDay), make("p", {}, one.found.sum_words), make("div", { class: "wide" }, table)];
  if (one.found.alerts.length) parts.push(make("ul", { class: "would-be" }, ...one.found.alerts.map((alert) => wouldBe(one.id, alert))));
  if (one.found.alerts_in_all > one.found.alerts.length) parts.push(make("p", { class: "soft" }, `The newest ${one.found.alerts.length} of ${one.found.alerts_in_all}.`));
  if (one.found.remarks.length) parts.push(make("ul", { class: "remarks" }, ...one.found.remarks.map((words) => make("li", {}, words))));
  found.replaceChildren(...parts);
}

/** A number of alerts, as exact as it is worth. */
function count(number) {
  return number >= 10 ? Math.round(number).toLocaleString("en") : String(Number(number.toPrecision(2)));
}

function wouldBe(id, alert) {
  const picture = make("div", { class: "picture" }, alert.picture ? "" : "no picture was kept near");
  if (alert.picture) {
    const src = `/api/v1/rehearsals/${id}/pictures/${encodeURIComponent(alert.picture)}`;
    picture.append(make("img", { src, loading: "lazy", alt: `${alert.camera} at ${clock(alert.start_time)}` }));
    const apart = alert.picture_after_s;
    if (Math.abs(apart) >= APART_S) picture.append(make("span", { class: "at" }, `${Math.round(Math.abs(apart))} s ${apart > 0 ? "later" : "earlier"}`));
  }
  return make("li", {}, picture, make("div", { class: "words" },
    make("span", { class: "name" }, `${alert.camera}, ${clock(alert.start_time)}`),
    make("span", {}, alert.words.evidence),
    make("span", { class: "soft" }, `for ${alert.words.lasted}; its like comes ${alert.words.rarity}`)));
}

// --- whether the site judges by it yet -----------------------------------------------------------

async function watchTaking(place) {
  while (place.dataset.revision !== place.dataset.inForce) {
    await new Promise((later) => setTimeout(later, LOOK_MS));
    const one = await ask(path(place.dataset.standing));
    place.dataset.revision = one.revision;
    place.dataset.inForce = one.revision_in_force;
    const words = one.trouble || (one.revision === one.revision_in_force ? JUDGES[one.state] : "The site is taking it over …");
    place.querySelector("[data-running]").textContent = words;
  }
}

if (form) {
  form.addEventListener("submit", save);
  form.addEventListener("input", checkSoon);
  form.querySelector("[data-off]")?.addEventListener("click", (event) => step(event.target, path(name(), "/off"), () => "Switched off."));
}
for (const button of document.querySelectorAll("[data-undo]")) {
  button.addEventListener("click", () => step(button, path(button.dataset.undo, "/undo"), (answer) => `Taken back. Now: ${answer.says}.`));
}
begin?.addEventListener("click", rehearse);
cancel?.addEventListener("click", () => running && ask(`/api/v1/rehearsals/${running.id}/cancel`, {}).catch((error) => toast(error.message, "critical")));
const standing = document.querySelector("[data-standing]");
if (standing) watchTaking(standing).catch(() => {});
const said = sessionStorage.getItem("said");
sessionStorage.removeItem("said");
if (said) toast(said);
listen();
countWaiting();
