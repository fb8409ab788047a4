// The device's position into the fields that the button names (data-lon, data-lat); the map is the other way.

const DEGREE_DIGITS = 6;

function fill(name, value) {
  const field = document.querySelector(`[name="${name}"]`);
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function locate(button) {
  const said = document.querySelector("[data-whistle-located]");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      fill(button.dataset.lon, coords.longitude.toFixed(DEGREE_DIGITS));
      fill(button.dataset.lat, coords.latitude.toFixed(DEGREE_DIGITS));
      fill("accuracy", Math.round(coords.accuracy));
      said.textContent = `${button.dataset.found} ±${Math.round(coords.accuracy)} m`;
    },
    () => (said.textContent = button.dataset.refused),
    { enableHighAccuracy: true, timeout: 10000 },
  );
}

for (const button of document.querySelectorAll("[data-whistle-locate]")) {
  button.hidden = !("geolocation" in navigator);
  button.addEventListener("click", () => locate(button));
}
// A point picked on the map has no accuracy of a phone.
document.querySelector(".frame-map-canvas")?.addEventListener("click", () => fill("accuracy", ""));
