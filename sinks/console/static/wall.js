// The wall: live pictures, states, and scores as moving lines.

import { ask, begin, countWaiting, on, toast } from "./live.js";
import { situation, situations, urgency } from "./incidents.js";
import { keepLive } from "./pictures.js";

const SPAN_S = 120;
const LOWEST = -5;
const HIGHEST = 2;
/** States in which a camera gives nothing to score. */
const AWAY = ["offline", "refused", "unknown"];
const tiles = new Map([...document.querySelectorAll("[data-camera]")].map((tile) => [tile.dataset.camera, tile]));
const lines = new Map([...tiles.keys()].map((camera) => [camera, []]));
const mayAct = document.body.dataset.mayAct === "yes";
const visible = new Set();
const style = getComputedStyle(document.documentElement);
const colour = (name) => style.getPropertyValue(name).trim();

keepLive(tiles.values(), (tile, seen) => {
  if (seen) { visible.add(tile.dataset.camera); draw(tile.dataset.camera); } else visible.delete(tile.dataset.camera);
});

// --- scores: how far above the line at which the nearest rule alerts ---

on("scores", (byCamera) => {
  for (const [camera, rules] of Object.entries(byCamera)) {
    const kept = lines.get(camera);
    if (!kept) continue;
    let nearest = null;
    for (const [rule, told] of Object.entries(rules)) {
      if (told.score === null || told.threshold === undefined) continue;
      const over = told.score - told.threshold;
      if (!nearest || over > nearest.both) {
        const sense = (name) => told.senses?.[name] === undefined ? null : told.senses[name] - told.threshold;
        nearest = { at: told.at, rule, both: over, video: sense("video"), audio: sense("audio"), heard: told.heard, missing: told.missing };
      }
    }
    if (!nearest) continue;
    kept.push(nearest);
    while (kept.length && kept[0].at < nearest.at - SPAN_S) kept.shift();
    const words = tiles.get(camera).querySelector("[data-words]");
    const heard = nearest.heard ? `hears: ${nearest.heard}. ` : "";
    const without = nearest.missing?.length ? ` Missing: ${nearest.missing.map((m) => m === "audio" ? "sound" : "sight").join(", ")}.` : "";
    const text = `${heard}Nearest rule: ${nearest.rule}.${without}`;
    if (words.textContent !== text) words.textContent = text;
    if (visible.has(camera)) draw(camera);
  }
});

function draw(camera) {
  const canvas = tiles.get(camera).querySelector("canvas");
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const kept = lines.get(camera);
  if (!kept.length) return;
  const newest = kept.at(-1).at;
  const x = (at) => width * (1 - (newest - at) / SPAN_S);
  const y = (over) => height * (1 - (Math.min(Math.max(over, LOWEST), HIGHEST) - LOWEST) / (HIGHEST - LOWEST));
  const stroke = (name, kind, thick, dash) => {
    pen.strokeStyle = colour(name);
    pen.lineWidth = thick;
    pen.setLineDash(dash);
    pen.beginPath();
    let open = false;
    for (const point of kept) {
      const value = kind === null ? 0 : point[kind];
      if (value === null) { open = false; continue; }
      if (open) pen.lineTo(x(point.at), y(value)); else pen.moveTo(x(point.at), y(value));
      open = true;
    }
    pen.stroke();
  };
  pen.strokeStyle = colour("--critical");
  pen.lineWidth = 1.5;
  pen.setLineDash([2, 5]);
  pen.beginPath();
  pen.moveTo(0, y(0));
  pen.lineTo(width, y(0));
  pen.stroke();
  stroke("--sight", "video", 1.5, []);
  stroke("--sound", "audio", 1.5, [6, 4]);
  stroke("--both", "both", 2.5, []);
}

// --- states and alerts ---

on("cameras", (states) => {
  for (const [camera, told] of Object.entries(states)) {
    const state = tiles.get(camera)?.querySelector("[data-state]");
    if (!state) continue;
    state.dataset.state = told.state;
    state.textContent = told.state;
    state.title = told.detail;
    const less = tiles.get(camera).querySelector("[data-less]");
    less.textContent = told.less;
    less.hidden = !told.less;
    tiles.get(camera).querySelector("[data-detail]").textContent = told.detail;
    if (AWAY.includes(told.state)) {
      // What was scored last is not of the last two minutes for long.
      lines.get(camera).length = 0;
      tiles.get(camera).querySelector("[data-words]").textContent = "";
      draw(camera);
    }
  }
});

const list = document.querySelector("[data-incidents]");
const nothing = document.querySelector("[data-nothing]");
const rest = document.querySelector("[data-rest]");
const open = new Map();
const SHOWN = 20;

function show() {
  const every = situations(open.values(), urgency);
  const groups = every.slice(0, SHOWN);
  const unfolded = new Set([...list.querySelectorAll("details[open]")].map((d) => d.parentElement.dataset.situation));
  list.replaceChildren(...groups.map((group) => situation(group, { mayAct }, unfolded.has(group[0].situation))));
  nothing.hidden = groups.length > 0;
  rest.hidden = every.length <= SHOWN;
  rest.textContent = `The ${SHOWN} most urgent: the others are in the queue.`;
  const alarms = new Set([...open.values()].filter((i) => i.state === "waiting").map((i) => i.camera));
  for (const [camera, tile] of tiles) tile.toggleAttribute("data-alarm", alarms.has(camera));
}

on("incident", (incident) => {
  if (incident.canary) return;
  const known = open.has(incident.id);
  if (incident.state === "done") open.delete(incident.id); else open.set(incident.id, incident);
  if (!known && incident.type === "new") toast(`${incident.severity}: ${incident.rule} at ${incident.camera}`, incident.severity);
  show();
});

async function load() {
  const { incidents } = await ask("/api/v1/incidents?state=waiting&state=acknowledged&limit=500");
  open.clear();
  for (const incident of incidents) open.set(incident.id, incident);
  show();
}
// Other cameras, or other rights to them.
on("site", () => location.reload());
begin(load);
countWaiting();
