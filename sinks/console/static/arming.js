// Orders about what is armed: sent, and the page shown anew as the site then stands.

import { ask, countWaiting, listen, toast } from "./live.js";

const LOOK_MS = 3000;
const changed = document.querySelector("[data-changed]");

for (const form of document.querySelectorAll("[data-order]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const order = Object.fromEntries(new FormData(form));
    if ("place" in order) {
      const [kind, name] = order.place.split(/:(.*)/);
      delete order.place;
      if (kind) order[kind] = name;
    }
    if ("for_s" in order) order.for_s = order.for_s ? Number(order.for_s) : null;
    try {
      const { outcome } = await ask(form.dataset.order, order);
      sessionStorage.setItem("said", outcome);
      location.reload();
    } catch (error) {
      toast(error.message, "critical");
    }
  });
}
// The schedule and colleagues change what is in force, and the page would go on to say what was.
async function look() {
  if (document.hidden) return;
  const { trouble, standing } = JSON.parse(changed.dataset.changed);
  try {
    const now = await ask("/api/v1/arming");
    changed.hidden = !trouble && JSON.stringify(now) === JSON.stringify(standing);
  } catch (error) {
    // Where the console itself does not answer, the header says that the line is lost.
    if (!(error instanceof TypeError)) changed.hidden = error.message === trouble;
  }
}
look();
setInterval(look, LOOK_MS);

const said = sessionStorage.getItem("said");
sessionStorage.removeItem("said");
if (said) toast(said);
listen();
countWaiting();
