// Search in the archive: the words are in the page's address, the moments come from the API.

import { clock, make } from "./incidents.js";
import { ask, countWaiting, listen } from "./live.js";

const form = document.querySelector("[data-search]");
const told = document.querySelector("[data-told]");
const notices = document.querySelector("[data-notices]");
const onwards = document.querySelector("[data-on]");
const SENSES = { video: "seen", audio: "heard" };
const FITS = {
  clearly: "stands out clearly", somewhat: "stands out somewhat",
  hardly: "hardly stands out", unknown: "too little to compare with",
};
const KINDS = { "": "pictures and sounds", video: "pictures", audio: "sounds" };
/** A moment that lasts no longer is not worth a word, in seconds. */
const SHORT_S = 5;
/** A picture so far out of its moment may show something else, in seconds. */
const OUT_S = 1;

function took(seconds) {
  const s = Math.round(seconds);
  return s < 120 ? `${s} s` : s < 7200 ? `${Math.round(s / 60)} min` : `${Math.round(s / 3600)} h`;
}

function notice(text) {
  notices.append(make("p", { class: "notice" }, text));
}

function moment(one) {
  const where = one.view === "whole" ? one.camera : `${one.camera}, ${one.view}`;
  const away = one.picture ? one.picture.at - one.at : 0;
  const picture = make("div", { class: "picture" }, one.thumbnail ? "" : "no picture was kept near this time");
  if (one.thumbnail) {
    const words = `${one.camera} at ${clock(one.picture.at)}`;
    picture.append(make("img", { alt: words, loading: "lazy", src: one.thumbnail }));
    if (one.picture.at < one.begin - OUT_S || one.picture.at > one.end + OUT_S) {
      picture.append(make("span", { class: "away" }, `picture ${took(Math.abs(away))} ${away > 0 ? "later" : "earlier"}`));
    }
  }
  const lasts = one.end - one.begin;
  const sigma = one.unusual === null ? "" : make("span", { class: "sigma" }, `${one.unusual.toFixed(1)} σ`);
  return make("li", { class: "moment" }, make("a", { href: one.timeline }, picture,
    make("div", { class: "words" },
      make("span", { class: "name" }, `${SENSES[one.sense]} at ${where}`),
      make("time", { class: "at", datetime: new Date(one.at * 1000).toISOString() },
        clock(one.at) + (lasts > SHORT_S ? `, for ${took(lasts)}` : "")),
      make("span", { class: "fits", "data-fits": one.stands_out }, FITS[one.stands_out], " ", sigma))));
}

function say(found) {
  const compared = Object.values(found.searched).reduce((sum, n) => sum + n, 0);
  const cameras = Object.values(found.searched).filter((n) => n > 0).length;
  if (!compared) {
    told.textContent = found.reaches_back_to === null
      ? "Nothing is archived of these cameras yet: the archive fills while the site runs."
      : `Nothing is archived of this time. The archive reaches back to ${clock(found.reaches_back_to)}: look at another time.`;
    return;
  }
  const clear = found.moments.filter((m) => m.stands_out === "clearly").length;
  const best = clear ? `${clear} ${clear === 1 ? "moment stands" : "moments stand"} out clearly` : "nothing stands out clearly; these come closest";
  told.textContent = `${compared.toLocaleString("en")} ${KINDS[form.elements.sense.value]} of ${cameras} `
    + `${cameras === 1 ? "camera" : "cameras"} searched, ${clock(found.since)} to ${clock(found.until)}: ${best}.`;
}

function warn(found) {
  for (const [sense, words] of Object.entries(found.unknown_words)) {
    const model = sense === "video" ? "sight" : "sound";
    notice(`The ${model} model never met: ${words.join(", ")}. What such words find is chance: say it in other words, or give the site a model from the hub.`);
  }
  if (found.back_to !== null) {
    notice(`The time for a search was over: searched back to ${clock(found.back_to)} only. Search the time before, or fewer cameras.`);
  }
  if (found.other_models.length) {
    notice(`Part of this time was archived with another model (${found.other_models.join(", ")}) and cannot be compared with words of this one.`);
  }
  if (found.damaged) notice(`${found.damaged} damaged places of the archive were passed over.`);
}

async function search() {
  const wanted = new URLSearchParams(location.search);
  const text = (wanted.get("words") ?? "").trim();
  if (!text) return;
  const until = Number(wanted.get("until")) || Date.now() / 1000;
  const since = Math.max(0, until - Number(wanted.get("hours") || 24) * 3600);
  const only = (name) => (wanted.get(name) ? [wanted.get(name)] : []);
  told.textContent = "Searching …";
  told.toggleAttribute("data-busy", true);
  try {
    const found = await ask("/api/v1/search", {
      text, since, until, senses: only("sense"), cameras: only("camera"),
    });
    say(found);
    warn(found);
    for (const section of document.querySelectorAll("[data-moments]")) {
      const its = found.moments.filter((m) => m.sense === section.dataset.moments);
      section.querySelector("ul").replaceChildren(...its.map(moment));
      section.hidden = !its.length;
    }
    const before = new URLSearchParams(wanted);
    before.set("until", found.back_to ?? since);
    onwards.querySelector("[data-earlier]").href = `/search?${before}`;
    before.delete("until");
    onwards.querySelector("[data-now]")?.setAttribute("href", `/search?${before}`);
    onwards.hidden = false;
  } catch (error) {
    told.textContent = "";
    notices.append(make("p", { class: "notice bad" }, error.message));
  } finally {
    told.removeAttribute("data-busy");
  }
}

form?.addEventListener("submit", () => {
  // New words are looked for up to now, unless they are the same as before.
  const field = form.elements.words;
  if (field.value !== field.defaultValue) form.elements.until?.remove();
});
if (form) search();
listen();
countWaiting();
