// One camera's page: its picture is live, the rest is as it was asked for.

import { countWaiting, listen } from "./live.js";
import { keepLive } from "./pictures.js";

keepLive(document.querySelectorAll("[data-camera]"));
listen();
countWaiting();
