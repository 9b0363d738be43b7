// The health page: its numbers are asked for anew every few seconds.

import { countWaiting, listen } from "./live.js";

const place = document.querySelector("[data-health]");

async function again() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/api/v1/health/part");
    // Made by the same template as the page: every value in it is escaped.
    if (answer.ok) place.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
  } catch {
    // The header says that the line is lost.
  }
}
setInterval(again, 3000);
listen();
countWaiting();
