// Pages that only show the line's state and the number of waiting alerts.

import { countWaiting, listen } from "./live.js";

listen();
countWaiting();
