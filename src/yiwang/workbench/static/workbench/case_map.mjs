// The map of cases: a click on a cluster lists its cases beside the map, and layers are switched on and off.

import { mapOf } from "../interface/map.mjs";

const MAP = "map-cases";
const CIRCLE = "cases-circle";
const CELLS = 8;
const FINE_CELLS = 64;
const FINE_ZOOM = 16;
const panel = document.getElementById("cluster");

function tileX(lon, z) {
  return ((lon + 180) / 360) * 2 ** z;
}

function tileY(lat, z) {
  const radians = (lat * Math.PI) / 180;
  return ((1 - Math.asinh(Math.tan(radians)) / Math.PI) / 2) * 2 ** z;
}

function lonOf(x, z) {
  return (x / 2 ** z) * 360 - 180;
}

function latOf(y, z) {
  return (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / 2 ** z))) * 180) / Math.PI;
}

/** The box of the cell that a cluster stands for: west, south, east, north. */
function cellBox(lon, lat, zoom) {
  const z = Math.max(0, Math.floor(zoom));
  const cells = z >= FINE_ZOOM ? FINE_CELLS : CELLS;
  const column = Math.floor(tileX(lon, z) * cells);
  const top = Math.floor(tileY(lat, z));
  const [north, south] = [latOf(top, z), latOf(top + 1, z)];
  const height = (north - south) / cells;
  const row = Math.floor((lat - south) / height);
  return [lonOf(column / cells, z), south + row * height, lonOf((column + 1) / cells, z), south + (row + 1) * height];
}

function listCluster(map, feature) {
  const { lon, lat } = feature.properties;
  const box = cellBox(lon, lat, map.getZoom());
  const mark = panel.dataset.url.includes("?") ? "&" : "?";
  globalThis.htmx.ajax("GET", `${panel.dataset.url}${mark}box=${box.join(",")}`, { target: panel, swap: "innerHTML" });
}

function start(map) {
  map.on("click", CIRCLE, (event) => listCluster(map, event.features[0]));
  for (const box of document.querySelectorAll("[data-layer]")) {
    box.addEventListener("change", () => {
      for (const layer of map.getStyle().layers) {
        if (layer.source === box.dataset.layer) {
          map.setLayoutProperty(layer.id, "visibility", box.checked ? "visible" : "none");
        }
      }
    });
  }
}

const ready = mapOf(MAP);
if (ready?.loaded()) {
  start(ready);
} else {
  document.addEventListener("map:ready", (event) => start(event.detail.map), { once: true });
}
