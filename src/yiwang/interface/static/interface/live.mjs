// Live feed: the page names topics, the server hands out a ticket for them, and the stream says only which
// topic has moved to which version. The page then asks again, under its own permission.
//
// Elements say what they follow with data-live="topic"; each gets the event `refresh` when it moves
// (htmx: hx-trigger="refresh").
//
// What moved while no stream was open is never told: so after a break every element is told once, and what it
// asks compares versions (an element whose version has not moved is answered with nothing).

const TICKET = document.querySelector('meta[name="live-ticket"]')?.content;
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 60000;
const GATHER_MS = 250;
//: A first stream that opens later than this after the page was made may have missed something too.
const FRESH_MS = 5000;

const seen = new Map();
const due = new Set();
let wait = FIRST_WAIT_MS;
let gathering = null;
let hasListened = false;

function topics() {
  return [...new Set([...document.querySelectorAll("[data-live]")].map((element) => element.dataset.live))];
}

function tell() {
  gathering = null;
  for (const topic of due) {
    for (const element of document.querySelectorAll(`[data-live="${CSS.escape(topic)}"]`)) {
      element.dispatchEvent(new CustomEvent("refresh", { bubbles: false, detail: { topic } }));
    }
  }
  due.clear();
}

function moved(event) {
  const { topic, version } = JSON.parse(event.data);
  if (seen.get(topic) === version) {
    return;
  }
  seen.set(topic, version);
  due.add(topic);
  gathering ??= setTimeout(tell, GATHER_MS);
}

/** Something may have been missed: every followed element looks again. */
function lookAgain() {
  topics().forEach((topic) => due.add(topic));
  gathering ??= setTimeout(tell, GATHER_MS);
}

async function connect() {
  const wanted = topics();
  if (wanted.length === 0) {
    return;
  }
  const query = new URLSearchParams(wanted.map((topic) => ["topic", topic]));
  const answer = await fetch(`${TICKET}?${query}`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) {
    retry(answer?.status);
    return;
  }
  const { url } = await answer.json();
  const stream = new EventSource(url);
  stream.addEventListener("open", () => {
    wait = FIRST_WAIT_MS;
    if (hasListened || performance.now() > FRESH_MS) {
      lookAgain();
    }
    hasListened = true;
  });
  stream.addEventListener("message", moved);
  stream.addEventListener("error", () => {
    stream.close();
    retry();
  });
}

/** Ask for a new ticket after a growing pause; a refusal is final until the page is opened again. */
function retry(status) {
  if (status === 401 || status === 403 || status === 404) {
    return;
  }
  setTimeout(connect, wait + Math.random() * 1000);
  wait = Math.min(wait * 2, LONGEST_WAIT_MS);
}

/** Start to follow what the page's elements name; does nothing on a page that names nothing. */
export function follow() {
  if (TICKET) {
    connect();
    addEventListener("pageshow", (event) => event.persisted && lookAgain());
  }
}
