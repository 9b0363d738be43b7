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

// --- how the line stands, and what does not work ---

/** Those that matter to whoever works with alerts; all are on the health page. */
const TROUBLES = ["alerts", "scores", "desk", "canary"];
const RETRY_MS = 3000;
let connected = null;
let lineTrouble = "";
/** Why the page does not show what it should; empty where it does. */
let missing = "";
let troubles = {};

function say() {
  const told = lineTrouble ? [`The site does not answer, and nothing here is live: ${lineTrouble}`] : [];
  if (missing) told.push(`The alerts cannot be shown, and it is tried again: ${missing}`);
  for (const what of TROUBLES) {
    // Both come from Redis: one reason is told once.
    if (troubles[what] && !(what === "scores" && troubles.alerts)) told.push(troubles[what]);
  }
  write("[data-line]", connected === false ? "line lost, trying again …" : told.length ? "not live" : connected ? "live" : "", told.length > 0 || !connected);
  const place = document.querySelector("[data-troubles]");
  if (!place || [...place.children].map((one) => one.textContent).join() === told.join()) return;
  place.replaceChildren(...told.map((text) => {
    const one = document.createElement("p");
    one.className = "notice bad";
    one.textContent = text;
    return one;
  }));
}

function write(where, text, lost) {
  const place = document.querySelector(where);
  if (!place || place.textContent === text) return;
  place.textContent = text;
  place.toggleAttribute("data-lost", lost);
}

on("line", (told) => { lineTrouble = told.trouble; say(); });
on("troubles", (told) => { troubles = told; say(); });

/** Begin to listen, after the change that the page already shows, once the page's script hears. */
export function listen() {
  // A form whose script is not there yet would be sent by the browser itself, and what is in it lost.
  for (const button of document.querySelectorAll("[data-scripted]")) button.disabled = false;
  connect();
}

function connect() {
  source = new EventSource(`/api/v1/live?after=${seq}`);
  source.onopen = () => { connected = true; say(); };
  source.onerror = () => {
    connected = false;
    say();
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
  if (await answers()) connect();
  else setTimeout(again, RETRY_MS);
}

/** Whether the console answers; whose session has ended signs in. */
async function answers() {
  const answer = await fetch("/api/v1/incidents?limit=1").catch(() => null);
  if (answer?.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  return answer !== null && answer.status !== 401;
}

/** Load what the page shows, then listen, and load it anew when the line says so. */
export async function begin(load) {
  await loaded(load);
  on("anew", () => loaded(load));
  listen();
}

async function loaded(load) {
  for (;;) {
    try {
      await load();
      missing = "";
      say();
      return;
    } catch (error) {
      // An empty page would say that nothing waits.
      missing = error.message;
      say();
      await answers();
      await new Promise((later) => setTimeout(later, RETRY_MS));
    }
  }
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
  keepCounts("", (counts) => {
    badge.textContent = counts.waiting;
    badge.hidden = counts.waiting === 0;
    document.title = document.title.replace(/^(\(\d+\) )?/, counts.waiting ? `(${counts.waiting}) ` : "");
  });
}

/** Call `show(counts)`, by state, now and with each change of what `query` asks for. */
export function keepCounts(query, show) {
  let due = null;
  const count = async () => {
    due = null;
    show((await ask(`/api/v1/incidents?limit=1${query}`)).counts);
  };
  const soon = () => { due ??= setTimeout(() => count().catch(() => {}), 300); };
  on("incident", soon);
  on("anew", soon);
  soon();
}
