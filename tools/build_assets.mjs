// Copies the front-end packages that the product serves itself from node_modules to
// src/yiwang/interface/static/vendor/. Quick, repeatable, offline once `npm ci` has run.

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const packages = join(root, "node_modules");
const vendor = join(root, "src", "yiwang", "interface", "static", "vendor");

// Where each served file comes from. Source maps are left out, so their mentions are cut off too.
const FILES = {
  "htmx/htmx.min.js": "htmx.org/dist/htmx.min.js",
  "tabler/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
  "tabler/tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
  "tabler-icons/tabler-icons.min.css": "@tabler/icons-webfont/dist/tabler-icons.min.css",
  "tabler-icons/fonts/tabler-icons.woff2": "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2",
  "maplibre/maplibre-gl.mjs": "maplibre-gl/dist/maplibre-gl.mjs",
  "maplibre/maplibre-gl-shared.mjs": "maplibre-gl/dist/maplibre-gl-shared.mjs",
  "maplibre/maplibre-gl-worker.mjs": "maplibre-gl/dist/maplibre-gl-worker.mjs",
  "maplibre/maplibre-gl.css": "maplibre-gl/dist/maplibre-gl.css",
  "echarts/echarts.esm.min.mjs": "echarts/dist/echarts.esm.min.mjs",
};

const SOURCE_MAP = /\n?(\/\/# sourceMappingURL=\S+|\/\*# sourceMappingURL=[^*]+\*\/)\s*$/;
// Every browser the product supports reads woff2: the other formats of the icon font are not served.
const OTHER_FONTS = /,\s*url\("[^"]+\.(?:woff|ttf)[^"]*"\)\s*format\("[^"]+"\)/g;

/** The text of one package file as it is served. */
function served(name, text) {
  const plain = text.replace(SOURCE_MAP, "\n");
  return name.startsWith("tabler-icons/") ? plain.replace(OTHER_FONTS, "") : plain;
}

/** Version of each package, written beside the files: an equal stamp means nothing is to be done. */
function stamp() {
  const names = [...new Set(Object.values(FILES).map((path) => path.match(/^(@[^/]+\/)?[^/]+/)[0]))];
  const versions = names.sort().map((name) => {
    const manifest = join(packages, name, "package.json");
    if (!existsSync(manifest)) {
      throw new Error(`${name} is not installed: run 'npm ci' first (make setup does).`);
    }
    return `${name} ${JSON.parse(readFileSync(manifest, "utf8")).version}`;
  });
  const script = statSync(fileURLToPath(import.meta.url)).size;
  return [...versions, `build_assets ${script}`, ""].join("\n");
}

const wanted = stamp();
const mark = join(vendor, "VERSIONS.txt");
const complete = Object.keys(FILES).every((name) => existsSync(join(vendor, name)));
if (complete && existsSync(mark) && readFileSync(mark, "utf8") === wanted) {
  console.log("Front-end files are up to date.");
} else {
  rmSync(vendor, { recursive: true, force: true });
  for (const [name, source] of Object.entries(FILES)) {
    const target = join(vendor, name);
    mkdirSync(dirname(target), { recursive: true });
    if (name.endsWith(".woff2")) {
      cpSync(join(packages, source), target);
    } else {
      writeFileSync(target, served(name, readFileSync(join(packages, source), "utf8")));
    }
  }
  writeFileSync(mark, wanted);
  console.log(`${Object.keys(FILES).length} front-end files copied to ${vendor.slice(root.length + 1)}.`);
}
