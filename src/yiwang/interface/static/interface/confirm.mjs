// Asks before a form or button marked with data-confirm, or an htmx request with hx-confirm, goes out.

const dialog = document.getElementById("confirm");
const agreed = new WeakSet();

/**
 * Ask a question in the page's dialog.
 * @param {string} question
 * @returns {Promise<boolean>} whether it was confirmed
 */
export function ask(question) {
  dialog.querySelector("#confirm-text").textContent = question;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "confirm"), { once: true });
  });
}

dialog.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) {
    dialog.close(button.value);
  }
});

document.addEventListener(
  "submit",
  async (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (!question || agreed.delete(form)) {
      return;
    }
    const submitter = event.submitter;
    event.preventDefault();
    event.stopPropagation();
    if (await ask(question)) {
      agreed.add(form);
      form.requestSubmit(submitter);
    }
  },
  true,
);

document.addEventListener("htmx:confirm", async (event) => {
  const { question, issueRequest } = event.detail;
  if (!question) {
    return;
  }
  event.preventDefault();
  if (await ask(question)) {
    issueRequest(true);
  }
});
