// Short notices at the edge of the page. Their words come from the page, so that they are translated.

const VISIBLE_MS = 8000;
const place = document.getElementById("toasts");

/**
 * Show a notice; a problem stays until it is closed.
 * @param {string} text what to say
 * @param {"info" | "problem"} kind how serious it is
 */
export function toast(text, kind = "info") {
  const notice = document.createElement("div");
  notice.className = `toast show frame-toast frame-toast-${kind}`;
  notice.setAttribute("role", kind === "problem" ? "alert" : "status");
  const body = document.createElement("div");
  body.className = "toast-body";
  body.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn-close";
  close.setAttribute("aria-label", place.dataset.close);
  close.addEventListener("click", () => notice.remove());
  notice.append(body, close);
  place.append(notice);
  if (kind !== "problem") {
    setTimeout(() => notice.remove(), VISIBLE_MS);
  }
}

/** A sentence that the page keeps for the modules: `offline`, `failed`. */
export function phrase(name) {
  return place.dataset[name];
}
