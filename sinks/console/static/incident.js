// One alert's card: acts, notes, and what changes while it is open.

import { ask, countWaiting, listen, on, toast } from "./live.js";
import { act, clock, make, orWords, stateWords } from "./incidents.js";

const { incident: id } = document.body.dataset;
const mayAct = document.body.dataset.mayAct === "yes";
const state = document.querySelector("[data-state-words]");
const notes = document.querySelector("[data-notes]");
let shownNotes = notes.children.length;

const acts = [...document.querySelectorAll("[data-do]")];
const change = document.querySelector("[data-change]");
// A verdict that stands is changed on purpose only: buttons and keys come back when asked for.
let changing = false;
function offer(now) {
  const settled = now === "done" && !changing;
  for (const button of acts) {
    button.hidden = button.dataset.do === "acknowledge" ? now !== "waiting" : settled;
  }
  if (change) change.hidden = !settled;
}
for (const button of acts) {
  button.addEventListener("click", () => {
    // What comes of it comes over the live line, perhaps before the answer.
    changing = false;
    act(id, button.dataset.do);
  });
}
change?.addEventListener("click", () => {
  changing = true;
  offer("done");
  acts.find((button) => !button.hidden).focus();
});
const assigned = document.querySelector("[data-assign]");
assigned?.addEventListener("change", (event) => {
  act(id, "assign", { to: event.target.value || null });
});
document.querySelector("[data-note]")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = event.target.elements.text;
  if (field.value.trim() && await act(id, "notes", { text: field.value })) field.value = "";
});

function watchOver(clip) {
  if (clip.tagName === "VIDEO") orWords(clip, "The clip is not to be had: it is too old and was deleted, or the site does not answer.", { class: "none", "data-clip": "" });
}
watchOver(document.querySelector("[data-clip]"));
for (const picture of document.querySelectorAll(".shot")) orWords(picture, "no picture any more");

async function readNotes() {
  const told = await ask(`/api/v1/incidents/${encodeURIComponent(id)}`);
  notes.replaceChildren(...told.notes.map((note) => make("li", {},
    make("strong", {}, note.by), ` ${clock(note.at)}\n`, note.text)));
  shownNotes = told.notes.length;
}

on("incident", (incident) => {
  if (incident.id !== id) return;
  state.textContent = stateWords(incident);
  if (assigned) assigned.value = incident.assigned_to ?? "";
  offer(incident.state);
  document.querySelector("[data-over]").textContent = incident.end_time === null ? "going on" : `until ${clock(incident.end_time)}`;
  if (incident.notes !== shownNotes) readNotes().catch((error) => toast(error.message, "critical"));
  const clip = document.querySelector("[data-clip]");
  if (incident.clip && clip.tagName !== "VIDEO") {
    const video = make("video", {
      "data-clip": "", controls: "", preload: "metadata",
      src: `/api/v1/incidents/${encodeURIComponent(id)}/media/clip.mp4`,
    });
    clip.replaceWith(video);
    watchOver(video);
  }
});

const KEYS = { a: "acknowledge", c: "confirmed", f: "false_alarm" };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, video")) return;
  if (event.key === "n" && mayAct) {
    document.querySelector("[data-note] textarea").focus();
    event.preventDefault();
  } else if (event.key === "Escape") {
    location.assign("/queue");
  } else if (mayAct && KEYS[event.key] && !event.repeat) {
    const button = acts.find((one) => one.dataset.do === KEYS[event.key]);
    if (change.hidden || event.key === "a") button.click();
    else toast("There is a verdict already: press “Change the verdict” first.");
  }
});
on("anew", () => location.reload());
listen();
countWaiting();
