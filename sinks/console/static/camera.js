// One camera's page: its picture and state are live, the rest is as it was asked for.

import { countWaiting, listen, on } from "./live.js";
import { keepLive } from "./pictures.js";

keepLive(document.querySelectorAll("[data-camera]"));
const state = document.querySelector("[data-its-state]");
on("cameras", (states) => {
  const told = states[state.dataset.itsState];
  if (!told) return;
  state.dataset.state = told.state;
  state.textContent = told.state;
  document.querySelector("[data-detail]").textContent = told.detail;
});
on("site", () => location.reload());
listen();
countWaiting();
