// Charts: draws each .frame-chart-canvas from the ECharts options beside it (interface.components.Chart).

import * as echarts from "../vendor/echarts/echarts.esm.min.mjs";

const COLOURS = ["#1559b7", "#c2600a", "#2b8a3e", "#862e9c", "#c92a2a", "#0b7285"];

function draw(element) {
  const options = JSON.parse(document.getElementById(element.dataset.chart).textContent);
  const fontSize = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.8;
  const chart = echarts.init(element, null, { renderer: "svg" });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  chart.setOption({ color: COLOURS, animation: !still, textStyle: { fontSize }, grid: { top: 24, left: 44, right: 16, bottom: 32 }, ...options });
  new ResizeObserver(() => chart.resize()).observe(element);
}

/** Draw every chart inside an element that is not drawn yet. */
export function drawAll(root = document) {
  for (const element of root.querySelectorAll("[data-chart]:not([data-drawn])")) {
    element.dataset.drawn = "true";
    draw(element);
  }
}

drawAll();
document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
