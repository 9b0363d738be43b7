// Incidents as rows: made of text nodes alone, so that nothing in them is ever markup.

import { ask, toast } from "./live.js";

const RANK = { critical: 3, warning: 2, info: 1 };
const ORDER = { waiting: 0, acknowledged: 1, done: 2 };
const STATES = { waiting: "waiting", acknowledged: "looked after by", done: "" };
const SENSES = { video: "seen", audio: "heard" };
const ZONE = { timeZone: document.body.dataset.zone };
const DAY = new Intl.DateTimeFormat("sv", ZONE);
const TIME = new Intl.DateTimeFormat("sv", { ...ZONE, timeStyle: "medium" });
const EXACT = new Intl.DateTimeFormat("sv", { ...ZONE, hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "longOffset" });

/** Make an element; `parts` are elements or text. */
export function make(tag, attributes = {}, ...parts) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...parts.filter((part) => part !== null && part !== ""));
  return made;
}

/** Let words stand where a picture or clip is not there: evidence goes before its incident does. */
export function orWords(shown, words, attributes = {}) {
  const gone = () => shown.replaceWith(make("div", { class: "gone", ...attributes }, words));
  // What failed before we listen tells nobody any more.
  const failed = shown.tagName === "VIDEO" ? shown.error : shown.complete && !shown.naturalWidth;
  if (failed && shown.isConnected) gone(); else shown.addEventListener("error", gone, { once: true });
  return shown;
}

/** A time of day at the site where it is today there, else with its date. */
export function clock(seconds) {
  const at = seconds * 1000;
  const day = DAY.format(at);
  const time = TIME.format(at);
  // In the hour that comes twice, when clocks are put back, with the distance from UTC.
  const twice = [-3600e3, -1800e3, 1800e3, 3600e3].some((by) => TIME.format(at + by) === time);
  return (day === DAY.format(Date.now()) ? "" : `${day} `) + (twice ? EXACT.format(at) : time);
}

export function stateWords(incident) {
  if (incident.verdict) {
    return `${incident.verdict === "confirmed" ? "confirmed" : "false alarm"}, says ${incident.verdict_by}`;
  }
  if (incident.acknowledged_by) return `${STATES.acknowledged} ${incident.acknowledged_by}`;
  return incident.escalated_at ? "nobody looks after it" : STATES.waiting;
}

/** Urgent first, as the API sorts them. */
export function urgency(a, b) {
  return ORDER[a.state] - ORDER[b.state]
    || (a.escalated_at ? 0 : 1) - (b.escalated_at ? 0 : 1)
    || RANK[b.severity] - RANK[a.severity]
    || byTime(a, b);
}

export function byTime(a, b) {
  return b.start_time - a.start_time || (a.id < b.id ? 1 : -1);
}

export function row(incident, { mayAct }) {
  const senses = Object.entries(incident.senses)
    .filter(([, share]) => share >= 0.2)
    .map(([sense]) => SENSES[sense] ?? sense);
  const link = `/incidents/${encodeURIComponent(incident.id)}`;
  const title = make("div", { class: "title" },
    make("span", { class: "severity", "data-severity": incident.severity }, incident.severity), " ",
    make("a", { href: link }, `${incident.rule} at ${incident.camera}`));
  const meta = make("div", { class: "meta" },
    make("time", { datetime: new Date(incident.start_time * 1000).toISOString() }, clock(incident.start_time)),
    make("span", {}, incident.end_time === null ? "going on" : "over"),
    senses.length ? make("span", {}, senses.join(" and ")) : "",
    incident.missing.length ? make("span", {}, `without ${incident.missing.map((m) => SENSES[m] === "heard" ? "sound" : "sight").join(", ")}`) : "",
    make("span", { class: "words", "data-escalated": incident.escalated_at && incident.state === "waiting" ? "" : null }, stateWords(incident)),
    incident.assigned_to ? make("span", {}, `for ${incident.assigned_to}`) : "",
    incident.notes ? make("span", {}, `${incident.notes} note${incident.notes > 1 ? "s" : ""}`) : "");
  const thumb = incident.thumb
    ? orWords(
      make("img", { class: "thumb", alt: "", loading: "lazy", src: `/api/v1/incidents/${encodeURIComponent(incident.id)}/media/thumb.jpg` }),
      "no picture any more", { class: "thumb gone" })
    : make("span", { class: "thumb", "aria-hidden": "true" });
  const act = make("div", { class: "do" });
  if (mayAct && incident.state !== "done") {
    if (incident.state === "waiting") act.append(button(incident, "acknowledge", "Acknowledge", "a"));
    act.append(button(incident, "confirmed", "Confirm", "c"), button(incident, "false_alarm", "False alarm", "f"));
  }
  return make("article", {
    class: "incident", "data-id": incident.id, "data-severity": incident.severity,
    "data-state": incident.state, tabindex: "-1",
  }, thumb, make("div", {}, title, meta, incident.why ? make("div", { class: "why" }, incident.why) : ""), act);
}

/** What belongs to one happening, as one item: the most urgent, and the others behind it. */
export function situation(incidents, options, open = false) {
  const [head, ...others] = incidents;
  const item = make("li", { class: "situation", "data-situation": head.situation }, row(head, options));
  if (others.length) {
    const names = others.map((one) => one.camera === head.camera ? one.rule : `${one.rule} at ${one.camera}`);
    const more = make("details", {},
      make("summary", {}, `and ${names.slice(0, 4).join(", ")}${names.length > 4 ? ` and ${names.length - 4} more` : ""}`),
      make("ul", { class: "incidents" }, ...others.map((one) => make("li", {}, row(one, options)))));
    more.open = open;
    item.append(more);
  }
  return item;
}

/** Incidents by what they belong to, each sorted, as a list sorted by the first of each. */
export function situations(incidents, compare) {
  const groups = new Map();
  for (const incident of [...incidents].sort(compare)) {
    groups.set(incident.situation, [...(groups.get(incident.situation) ?? []), incident]);
  }
  return [...groups.values()];
}

function button(incident, what, words, key) {
  const made = make("button", { type: "button", class: "button", "data-do": what, "aria-keyshortcuts": key },
    words, make("kbd", { "aria-hidden": "true" }, key));
  made.addEventListener("click", () => act(incident.id, what));
  return made;
}

/** Do something with an incident; what comes of it arrives over the live line. */
export async function act(id, what, body = {}) {
  const path = `/api/v1/incidents/${encodeURIComponent(id)}`;
  try {
    if (what === "confirmed" || what === "false_alarm") return await ask(`${path}/verdict`, { verdict: what });
    return await ask(`${path}/${what}`, body);
  } catch (error) {
    toast(error.message, "critical");
    return null;
  }
}
