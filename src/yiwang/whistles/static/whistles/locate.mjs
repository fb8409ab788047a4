// The device's position into the hidden fields lon, lat and accuracy of the form that the button stands in.

const DEGREE_DIGITS = 6;

function locate(button) {
  const form = button.closest("form");
  const said = form.querySelector("[data-located]");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      form.elements.lon.value = coords.longitude.toFixed(DEGREE_DIGITS);
      form.elements.lat.value = coords.latitude.toFixed(DEGREE_DIGITS);
      form.elements.accuracy.value = Math.round(coords.accuracy);
      said.textContent = button.dataset.found;
    },
    () => (said.textContent = button.dataset.refused),
    { enableHighAccuracy: true, timeout: 10000 },
  );
}

for (const button of document.querySelectorAll("[data-locate]")) {
  button.hidden = !("geolocation" in navigator);
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-locate]");
  if (button) {
    locate(button);
  }
});
