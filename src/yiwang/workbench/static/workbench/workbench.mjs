// What the workbench's pages do besides htmx: pickers, phrases, check-all, dependent fields, location, copying.

const SEARCH_WAIT_MS = 200;
const DEGREE_DIGITS = 6;

function option(choice, index, list) {
  const item = document.createElement("li");
  item.id = `${list.id}_${index}`;
  item.setAttribute("role", "option");
  item.dataset.value = choice.value;
  item.dataset.label = choice.label;
  const label = document.createElement("span");
  label.textContent = choice.label;
  const hint = document.createElement("small");
  hint.textContent = choice.hint;
  item.append(label, hint);
  return item;
}

/** A search box whose choices come from the server; arrow keys, Enter and Escape work. */
class Picker {
  constructor(root) {
    this.root = root;
    this.chosen = root.querySelector(".picker-chosen");
    this.input = root.querySelector('input[type="search"]');
    this.list = root.querySelector(".picker-list");
    this.active = -1;
    this.asked = 0;
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("focus", () => this.later());
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      this.choose(event.target.closest("[role=option]"));
    });
    this.chosen.addEventListener("click", (event) => event.target.closest("button")?.closest("li").remove());
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.search(), SEARCH_WAIT_MS);
  }

  async search() {
    const turn = ++this.asked;
    const answer = await fetch(`${this.root.dataset.picker}?q=${encodeURIComponent(this.input.value)}`);
    if (!answer.ok || turn !== this.asked) {
      return;
    }
    const { choices } = await answer.json();
    if (document.activeElement === this.input) {
      this.show(choices);
    }
  }

  show(choices) {
    this.list.replaceChildren(...choices.map((choice, index) => option(choice, index, this.list)));
    if (choices.length === 0 && this.input.value) {
      const nothing = document.createElement("li");
      nothing.className = "text-secondary";
      nothing.textContent = this.root.dataset.nothing;
      this.list.append(nothing);
    }
    this.active = -1;
    const isOpen = this.list.childElementCount > 0;
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  press(event) {
    const options = [...this.list.querySelectorAll("[role=option]")];
    if (event.key === "Escape") {
      this.close();
    } else if (event.key === "Enter" && !this.list.hidden) {
      event.preventDefault();
      this.choose(options[Math.max(this.active, 0)]);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.active = (this.active + step + options.length) % Math.max(options.length, 1);
      options.forEach((each, index) => each.setAttribute("aria-selected", String(index === this.active)));
      options[this.active]?.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", options[this.active]?.id ?? "");
    }
  }

  choose(picked) {
    if (!picked) {
      return;
    }
    if (!("multiple" in this.root.dataset)) {
      this.chosen.replaceChildren();
    }
    const item = document.createElement("li");
    const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: this.root.dataset.name, value: picked.dataset.value });
    const label = document.createElement("span");
    label.textContent = picked.dataset.label;
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "btn-close" });
    remove.setAttribute("aria-label", `${this.root.dataset.remove} ${picked.dataset.label}`);
    item.append(hidden, label, remove);
    this.chosen.append(item);
    this.input.value = "";
    this.close();
  }
}

/** Put a phrase where the caret is. */
function insertPhrase(button) {
  const field = document.getElementById(button.dataset.into);
  const start = field.selectionStart ?? field.value.length;
  field.setRangeText(button.dataset.phrase, start, field.selectionEnd ?? start, "end");
  field.focus();
}

/** Show what belongs to the chosen way to finish, and only that. */
function showWhen(group) {
  const chosen = group.querySelector('input[name="then"]:checked')?.value;
  for (const part of group.querySelectorAll("[data-when]")) {
    part.hidden = !part.dataset.when.split(" ").includes(chosen);
  }
}

/** Fill in the point from where the device is. */
function locate(button) {
  const said = document.querySelector("[data-located]");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      for (const [name, value] of [["place_lon", coords.longitude], ["place_lat", coords.latitude]]) {
        const field = document.querySelector(`[name="${name}"]`);
        field.value = value.toFixed(DEGREE_DIGITS);
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
      said.textContent = `${coords.latitude.toFixed(5)}, ${coords.longitude.toFixed(5)}`;
    },
    () => (said.textContent = button.dataset.refused),
    { enableHighAccuracy: true, timeout: 10000 },
  );
}

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  field.select();
  await navigator.clipboard?.writeText(field.value).catch(() => null);
  button.textContent = button.dataset.done;
}

document.querySelectorAll("[data-picker]").forEach((root) => new Picker(root));
for (const group of document.querySelectorAll(".then")) {
  group.addEventListener("change", () => showWhen(group));
  showWhen(group);
}
for (const button of document.querySelectorAll("[data-locate]")) {
  button.hidden = !("geolocation" in navigator);
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-phrase], [data-locate], [data-copy]");
  if (button?.dataset.phrase) {
    insertPhrase(button);
  } else if (button && "locate" in button.dataset) {
    locate(button);
  } else if (button?.dataset.copy) {
    copy(button);
  }
});
document.addEventListener("change", (event) => {
  if ("checkAll" in event.target.dataset) {
    const boxes = event.target.closest("form").querySelectorAll('input[name="case"]');
    boxes.forEach((box) => (box.checked = event.target.checked));
  }
});
