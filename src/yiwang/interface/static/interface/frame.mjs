// Entry module of every page: what the frame itself does. Maps and charts load their own modules.

import "./htmx_rules.mjs";
import "./confirm.mjs";
import { follow } from "./live.mjs";

const WIDE = matchMedia("(min-width: 992px)");
const RESUBMIT_MS = 3000;

/** Filters stand open where there is room, and can be folded away on a phone. */
function unfoldFilters() {
  for (const details of document.querySelectorAll(".frame-filters > details")) {
    if (WIDE.matches) {
      details.open = true;
    }
  }
}

/** A long menu shows where one is. */
function showCurrentEntry() {
  if (WIDE.matches) {
    document.querySelector(".frame-menu .nav-item.active")?.scrollIntoView({ block: "nearest" });
  }
}

/** A second click within three seconds does not send a form twice. */
function sendOnce(event) {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) {
    return;
  }
  const now = Date.now();
  if (now - Number(form.dataset.sentAt ?? 0) < RESUBMIT_MS) {
    event.preventDefault();
    return;
  }
  form.dataset.sentAt = String(now);
}

document.addEventListener("submit", sendOnce);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-back]")) {
    history.back();
  } else if (event.target.closest("[data-print]")) {
    window.print();
  }
});
WIDE.addEventListener("change", unfoldFilters);
unfoldFilters();
showCurrentEntry();
follow();
