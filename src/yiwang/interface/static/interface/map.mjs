// Maps: draws each .frame-map-canvas from the JSON beside it (interface.components.MapView).
// There are no tiles from outside: a plain ground, and vector tiles or GeoJSON of this product.

import * as maplibre from "../vendor/maplibre/maplibre-gl.mjs";

const STYLES = new URL("../vendor/maplibre/maplibre-gl.css", import.meta.url);
const GROUND = "#f1f3f5";
const FONT = "Noto Sans CJK SC";
const MARK = "#c92a2a";
const maps = new Map();

function addStyles() {
  if (!document.querySelector(`link[href="${STYLES.pathname}"]`)) {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = STYLES.pathname;
    document.head.append(link);
  }
}

function sourceOf(layer) {
  if (layer.geojson) {
    return { type: "geojson", data: layer.geojson };
  }
  return { type: "vector", tiles: [new URL(layer.tiles, location.origin).href.replace(/%7B/g, "{").replace(/%7D/g, "}")] };
}

function drawn(layer) {
  const from = { source: layer.name, ...(layer.geojson ? {} : { "source-layer": layer.name }) };
  const id = (part) => `${layer.name}-${part}`;
  const line = { id: id("line"), type: "line", ...from, paint: { "line-color": layer.colour, "line-width": 1.2 } };
  if (layer.kind === "areas") {
    const fill = { "fill-color": layer.colour, "fill-opacity": 0.08 };
    return [{ id: id("fill"), type: "fill", ...from, paint: fill }, line];
  }
  if (layer.kind === "lines") {
    return [line];
  }
  const count = ["coalesce", ["get", "count"], 1];
  const radius = layer.kind === "clusters" ? ["step", count, 6, 2, 12, 20, 16, 200, 22] : 6;
  const paint = { "circle-color": layer.colour, "circle-radius": radius, "circle-stroke-color": "#fff", "circle-stroke-width": 1.5 };
  const circles = [{ id: id("circle"), type: "circle", ...from, paint }];
  if (layer.kind === "clusters") {
    const layout = { "text-field": ["to-string", count], "text-size": 12, "text-font": [FONT], "text-allow-overlap": true };
    const many = [">", count, 1];
    circles.push({ id: id("count"), type: "symbol", ...from, filter: many, layout, paint: { "text-color": "#fff" } });
  }
  return circles;
}

function labelled(layer) {
  if (!layer.text) {
    return [];
  }
  // Boundaries carry one label point an area, as a polygon's own label would stand once in every tile.
  const points = layer.kind === "areas" ? `${layer.name}-label` : layer.name;
  const from = { source: layer.name, ...(layer.geojson ? {} : { "source-layer": points }) };
  const layout = { "text-field": ["get", layer.text], "text-size": 12, "text-font": [FONT] };
  const paint = { "text-color": "#212529", "text-halo-color": "#fff", "text-halo-width": 1.5 };
  return [{ id: `${layer.name}-text`, type: "symbol", ...from, layout, paint }];
}

function style(view) {
  const ground = { id: "ground", type: "background", paint: { "background-color": GROUND } };
  return {
    version: 8,
    sources: Object.fromEntries(view.layers.map((layer) => [layer.name, sourceOf(layer)])),
    layers: [ground, ...view.layers.flatMap(drawn), ...view.layers.flatMap(labelled)],
  };
}

/** West, south, east, north of all GeoJSON coordinates, or null when there are none. */
function extent(view) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const walk = (part) => {
    if (typeof part[0] === "number") {
      box[0] = Math.min(box[0], part[0]);
      box[1] = Math.min(box[1], part[1]);
      box[2] = Math.max(box[2], part[0]);
      box[3] = Math.max(box[3], part[1]);
    } else {
      part.forEach(walk);
    }
  };
  for (const { geojson } of view.layers.filter((layer) => layer.geojson)) {
    for (const feature of geojson.features ?? [geojson]) {
      walk((feature.geometry ?? feature).coordinates);
    }
  }
  return Number.isFinite(box[0]) ? box : null;
}

function camera(view) {
  if (view.point && !view.bounds) {
    return { center: view.point, zoom: 15 };
  }
  const bounds = view.bounds ?? extent(view);
  return bounds ? { bounds, fitBoundsOptions: { padding: 24 } } : {};
}

/** Features with a link open it; the pointer shows which do. */
function openOnClick(map, layer) {
  const target = `${layer.name}-${layer.kind === "areas" ? "fill" : layer.kind === "lines" ? "line" : "circle"}`;
  map.on("click", target, (event) => {
    const { id, count, lon, lat } = event.features[0].properties;
    if (count > 1) {
      map.easeTo({ center: lon === undefined ? event.lngLat : [lon, lat], zoom: map.getZoom() + 2 });
    } else if (id !== undefined) {
      location.assign(layer.link.replace("{id}", encodeURIComponent(id)));
    }
  });
  map.on("mouseenter", target, () => (map.getCanvas().style.cursor = "pointer"));
  map.on("mouseleave", target, () => (map.getCanvas().style.cursor = ""));
}

/** A click fills in two form fields, and typing into them moves the mark. */
function pickWith(map, name, mark) {
  const fields = ["lon", "lat"].map((part) => document.querySelector(`[name="${name}_${part}"]`));
  if (fields.some((field) => field === null)) {
    return;
  }
  map.on("click", ({ lngLat }) => {
    mark.setLngLat(lngLat).addTo(map);
    [lngLat.lng, lngLat.lat].forEach((value, index) => {
      fields[index].value = value.toFixed(6);
      fields[index].dispatchEvent(new Event("change", { bubbles: true }));
    });
  });
  for (const field of fields) {
    field.addEventListener("input", () => {
      const [lon, lat] = fields.map((each) => Number.parseFloat(each.value));
      if (Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(lat) <= 90) {
        mark.setLngLat([lon, lat]).addTo(map);
        map.easeTo({ center: [lon, lat] });
      }
    });
  }
}

/** The map drawn in an element with this id, for page modules that add to it. */
export function mapOf(id) {
  return maps.get(id);
}

/** Ask for the tiles of one layer again, after something in it has changed. */
export function refresh(id, layerName, version) {
  const source = maps.get(id)?.getSource(layerName);
  if (source?.setTiles) {
    source.setTiles(source.tiles.map((tiles) => `${tiles.replace(/[?&]v=[^&]*$/, "")}${tiles.includes("?") ? "&" : "?"}v=${version}`));
  }
}

function draw(element) {
  const view = JSON.parse(document.getElementById(element.dataset.map).textContent);
  const map = new maplibre.Map({
    container: element,
    style: style(view),
    attributionControl: false,
    dragRotate: false,
    locale: { "NavigationControl.ZoomIn": element.dataset.zoomIn, "NavigationControl.ZoomOut": element.dataset.zoomOut },
    ...camera(view),
  });
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new maplibre.ScaleControl(), "bottom-left");
  const mark = new maplibre.Marker({ color: MARK });
  if (view.point) {
    mark.setLngLat(view.point).addTo(map);
  }
  if (view.pick) {
    pickWith(map, view.pick, mark);
  }
  view.layers.filter((layer) => layer.link).forEach((layer) => openOnClick(map, layer));
  map.on("load", () => element.dispatchEvent(new CustomEvent("map:ready", { bubbles: true, detail: { map } })));
  map.once("idle", () => (element.dataset.idle = "true"));
  maps.set(element.id, map);
}

/** Draw every map inside an element that is not drawn yet. */
export function drawAll(root = document) {
  for (const element of root.querySelectorAll("[data-map]:not([data-drawn])")) {
    element.dataset.drawn = "true";
    try {
      draw(element);
    } catch (error) {
      element.textContent = element.dataset.failed;
      console.error(error);
    }
  }
}

addStyles();
drawAll();
document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
