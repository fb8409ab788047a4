// Single keys on the panel of proposals: off until the person switches them on, never while typing.

const STORED = "yiwang.triage.keys";
const isOn = () => localStorage.getItem(STORED) === "1";
const isTyping = (target) => target.closest?.("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-triage-keys]")) {
    localStorage.setItem(STORED, event.target.checked ? "1" : "0");
  }
});
document.addEventListener("htmx:afterSettle", () => {
  for (const box of document.querySelectorAll("[data-triage-keys]")) {
    box.checked = isOn();
  }
});
document.addEventListener("keydown", (event) => {
  if (!isOn() || event.ctrlKey || event.altKey || event.metaKey || event.repeat || isTyping(event.target)) {
    return;
  }
  const found = document.querySelector(`[data-triage-form] [data-triage-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (found) {
    event.preventDefault();
    found.click();
  }
});
