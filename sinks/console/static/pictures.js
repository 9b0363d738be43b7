// Live pictures: only those on the screen, one request at a time for each.

import { clock } from "./incidents.js";

const PICTURE_MS = 2000;
const visible = new Set();
const busy = new Set();

async function show(place) {
  const shown = place.querySelector("[data-picture]");
  if (!shown || busy.has(place) || document.hidden) return;
  busy.add(place);
  try {
    const answer = await fetch(`/api/v1/cameras/${encodeURIComponent(place.dataset.camera)}/picture.jpg`);
    if (answer.status !== 200) {
      const why = answer.status === 204 ? {} : await answer.json();
      place.querySelector("[data-no-picture]").textContent = why.detail ?? "no picture now";
      shown.hidden = true;
      place.querySelector("[data-at]").textContent = "";
      return;
    }
    const old = shown.src;
    shown.src = URL.createObjectURL(await answer.blob());
    if (old.startsWith("blob:")) URL.revokeObjectURL(old);
    shown.hidden = false;
    place.querySelector("[data-at]").textContent = clock(Number(answer.headers.get("x-captured-at")));
  } catch {
    // The line is lost: the header says so, and the next turn tries again.
  } finally {
    busy.delete(place);
  }
}

/** Keep the pictures in these places live. `onSeen(place, seen)` tells what is on the screen. */
export function keepLive(places, onSeen = () => {}) {
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) { visible.add(entry.target); show(entry.target); } else visible.delete(entry.target);
      onSeen(entry.target, entry.isIntersecting);
    }
  });
  for (const place of places) watcher.observe(place);
  setInterval(() => { for (const place of visible) show(place); }, PICTURE_MS);
}
