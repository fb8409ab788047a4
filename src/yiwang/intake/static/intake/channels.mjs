// What the channel pages do besides htmx: to the line that is wrong, and copying a secret or an example.

const SAID_MS = 2000;
const editor = document.getElementById("id_text");

/** Select a line of the editor and bring it into view. */
function show(number) {
  const lines = editor.value.split("\n");
  const before = lines.slice(0, number - 1).join("\n");
  const start = before.length + (number > 1 ? 1 : 0);
  editor.focus();
  editor.setSelectionRange(start, start + (lines[number - 1] ?? "").length);
  editor.scrollTop = (editor.scrollHeight / lines.length) * Math.max(0, number - 5);
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  source.select();
  try {
    await navigator.clipboard.writeText(source.value);
  } catch {
    return;
  }
  const words = button.innerHTML;
  button.textContent = button.dataset.copied;
  setTimeout(() => (button.innerHTML = words), SAID_MS);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-line], [data-copy]");
  if (button && "line" in button.dataset) {
    show(Number(button.dataset.line));
  } else if (button) {
    copy(button);
  }
});
