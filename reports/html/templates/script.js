"use strict";
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.addEventListener("click", async () => {
    const said = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "copied";
    } catch {
      const chosen = document.createRange();
      chosen.selectNodeContents(button.previousElementSibling);
      getSelection().removeAllRanges();
      getSelection().addRange(chosen);
      button.textContent = "selected";
    }
    setTimeout(() => { button.textContent = said; }, 1500);
  });
}
for (const chart of document.querySelectorAll(".course")) {
  const series = JSON.parse(chart.dataset.series);
  const svg = chart.querySelector("svg");
  const cursor = svg.querySelector(".cursor");
  const told = chart.closest("figure").querySelector("output");
  const say = (value, unit) => value === null ? "none" : value + unit;
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * series.width;
    const seconds = (x - series.left) / (series.right - series.left) * series.length;
    const bin = Math.floor(seconds / series.bin);
    if (bin < 0 || bin >= series.ok.length) return;
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
    cursor.setAttribute("visibility", "visible");
    told.textContent = `At ${seconds.toFixed(1)} s: p50 ${say(series.p50[bin], " ms")}, p99 ${say(series.p99[bin], " ms")}, ` +
      `${series.ok[bin]} ok, ${series.info[bin]} info, ${series.fail[bin]} fail per second.`;
  });
  svg.addEventListener("pointerleave", () => {
    cursor.setAttribute("visibility", "hidden");
    told.textContent = "";
  });
}
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("details")) each.open = true;
});
const target = location.hash && document.getElementById(location.hash.slice(1));
if (target) target.scrollIntoView();
