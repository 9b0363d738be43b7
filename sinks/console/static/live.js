// The one line to the console: server-sent events, and requests that change something.

const csrf = document.querySelector("meta[name=csrf-token]")?.content ?? "";
const handlers = new Map();
let seq = Number(document.body.dataset.seq ?? 0);
let source = null;

/** Call `handle(data)` for each event of a kind. */
export function on(kind, handle) {
  handlers.set(kind, [...(handlers.get(kind) ?? []), handle]);
}

function tell(kind, data) {
  for (const handle of handlers.get(kind) ?? []) handle(data);
}

function say(text, lost) {
  const place = document.querySelector("[data-line]");
  if (!place || place.textContent === text) return;
  place.textContent = text;
  place.toggleAttribute("data-lost", lost);
}

/** Begin to listen, after the change that the page already shows. */
export function listen() {
  source = new EventSource(`/api/v1/live?after=${seq}`);
  source.onopen = () => say("live", false);
  source.onerror = () => {
    say("line lost, trying again …", true);
    // A browser gives up on an answer that is no stream; a broken line it opens again by itself.
    if (source.readyState === EventSource.CLOSED) setTimeout(again, 2000);
  };
  for (const kind of ["incident", "scores", "cameras", "health", "troubles", "line", "anew", "site"]) {
    source.addEventListener(kind, (event) => {
      if (event.lastEventId && (kind === "incident" || kind === "anew")) {
        const number = Number(event.lastEventId);
        if (kind === "incident" && number <= seq) return; // known already
        seq = number;
      }
      tell(kind, JSON.parse(event.data));
    });
  }
}

async function again() {
  source.close();
  try {
    const answer = await fetch("/api/v1/incidents?limit=1");
    if (answer.status === 401) {
      location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
      return;
    }
  } catch {
    setTimeout(again, 3000);
    return;
  }
  listen();
}

/** Ask the API. Throws an Error whose message is for people. */
export async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify(body),
  };
  const answer = await fetch(path, options);
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    throw new Error(typeof told.detail === "string" ? told.detail : `refused (${answer.status})`);
  }
  return told;
}

/** Show a short message; `severity` only colours it. */
export function toast(text, severity = "") {
  let place = document.querySelector(".toasts");
  if (!place) {
    place = document.createElement("div");
    place.className = "toasts";
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  const shown = document.createElement("p");
  shown.className = "toast";
  shown.dataset.severity = severity;
  shown.textContent = text;
  place.append(shown);
  setTimeout(() => shown.remove(), 8000);
}

/** Keep the number of waiting alerts in the page's header right. */
export function countWaiting() {
  const badge = document.querySelector("[data-waiting]");
  if (!badge) return;
  let due = null;
  const count = async () => {
    due = null;
    const { counts } = await ask("/api/v1/incidents?limit=1");
    badge.textContent = counts.waiting;
    badge.hidden = counts.waiting === 0;
    document.title = document.title.replace(/^(\(\d+\) )?/, counts.waiting ? `(${counts.waiting}) ` : "");
  };
  const soon = () => { due ??= setTimeout(() => count().catch(() => {}), 300); };
  on("incident", soon);
  on("anew", soon);
  soon();
}
