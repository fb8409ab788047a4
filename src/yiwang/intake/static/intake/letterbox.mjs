// What a public form does besides htmx: the device's position into the form, a point taken back, a place chosen early.

const DEGREE_DIGITS = 6;
const fields = () => ["place_lon", "place_lat"].map((name) => document.querySelector(`[name="${name}"]`));

function fill(values) {
  fields().forEach((field, index) => {
    field.value = values[index];
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  fields()[1].dispatchEvent(new Event("change", { bubbles: true }));
}

function locate(button) {
  const said = document.querySelector("[data-located]");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      said.textContent = "";
      fill([coords.longitude.toFixed(DEGREE_DIGITS), coords.latitude.toFixed(DEGREE_DIGITS)]);
    },
    () => (said.textContent = button.dataset.refused),
    { enableHighAccuracy: true, timeout: 10000 },
  );
}

for (const button of document.querySelectorAll("[data-locate]")) {
  button.hidden = !("geolocation" in navigator);
}
// A place chosen before the page was ready (a slow phone, the way back to a filled form) is asked for now.
window.addEventListener("load", () => {
  const chosen = [...document.querySelectorAll("#letter-place select")].findLast((select) => select.value);
  const below = document.querySelector("#letter-place select:disabled");
  if (chosen && below) {
    chosen.dispatchEvent(new Event("change", { bubbles: true }));
  }
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-locate], [data-clear-place]");
  if (button && "locate" in button.dataset) {
    locate(button);
  } else if (button) {
    fill(["", ""]);
  }
});
