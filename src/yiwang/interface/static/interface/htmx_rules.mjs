// How htmx behaves on every page: the CSRF header, forms with errors, and answers that are problems.

import { phrase, toast } from "./toast.mjs";

const INVALID = 422;
const SAFE = new Set(["get", "head"]);
const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";

document.addEventListener("htmx:configRequest", (event) => {
  if (!SAFE.has(event.detail.verb)) {
    event.detail.headers["X-CSRFToken"] = token;
  }
});

// A form that comes back with its errors (422) is shown in place; other failures leave the page as it is.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === INVALID) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

// The server names a known problem in HX-Trigger; htmx raises it as this event.
document.addEventListener("problem", (event) => toast(event.detail.detail, "problem"));

document.addEventListener("htmx:responseError", (event) => {
  if (!event.detail.xhr.getResponseHeader("HX-Trigger")?.includes('"problem"')) {
    toast(phrase("failed"), "problem");
  }
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => toast(phrase("offline"), "problem"));
}
