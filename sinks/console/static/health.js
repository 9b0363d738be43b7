// The health page: its numbers are asked for anew every few seconds.

import { countWaiting, listen } from "./live.js";

const place = document.querySelector("[data-health]");

async function again() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/api/v1/health/part");
    // Made by the same template as the page: every value in it is escaped.
    if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
  } catch {
    // The header says that the line is lost.
  }
}

/** Who reads a wide table stays where they are in it. */
function show(nodes) {
  const wide = () => [...place.querySelectorAll(".wide")];
  const before = new Map(wide().map((one) => [one.ariaLabel, { left: one.scrollLeft, focused: one === document.activeElement }]));
  place.replaceChildren(...nodes);
  for (const one of wide()) {
    const { left, focused } = before.get(one.ariaLabel) ?? {};
    if (left) one.scrollLeft = left;
    if (focused) one.focus({ preventScroll: true });
  }
}
setInterval(again, 3000);
listen();
countWaiting();
