// Orders about what is armed: sent, and the page shown anew as the site then stands.

import { ask, countWaiting, listen, toast } from "./live.js";

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
const said = sessionStorage.getItem("said");
sessionStorage.removeItem("said");
if (said) toast(said);
listen();
countWaiting();
