"use strict";
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.addEventListener("click", async () => {
    const said = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy || button.previousElementSibling.textContent);
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

// A narrow page begins with lists; what is unfolded at first elsewhere would push them out of sight.
const NARROW = 700;
if (innerWidth < NARROW) for (const each of document.querySelectorAll("#each-cause ~ .fold, .part")) each.open = false;

// Who follows a link to something folded wants it unfolded.
function unfold() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (!target) return;
  for (let each = target; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
  if (target.matches(".folded > h2")) target.parentElement.querySelector("details").open = true;
  target.scrollIntoView();
}
addEventListener("hashchange", unfold);

// One class of a verb's colour is enough to read it from the style sheet.
// What curves may take of A4 and of Letter, between any browser's margins.
const PAPER_PX = 760;
const onPaper = () => document.documentElement.classList.contains("paper");

const colours = new Map();
function verbColour(verb) {
  if (!colours.has(verb)) {
    const probe = document.createElement("i");
    probe.className = "v-other v-" + verb;
    document.body.append(probe);
    colours.set(verb, getComputedStyle(probe).backgroundColor);
    probe.remove();
  }
  return colours.get(verb);
}

class Course {
  constructor(figure) {
    this.figure = figure;
    this.data = JSON.parse(figure.querySelector(".data").textContent);
    this.place = figure.querySelector(".plots");
    this.told = figure.querySelector("output");
    this.x = this.data.ok.map((_, index) => Math.min((index + 0.5) * this.data.bin_s, this.data.length_s));
    this.range = [0, this.data.length_s];
    this.at = null;
    this.plots = [];
    this.buttons = [...figure.querySelectorAll("[data-zoom]")];
    for (const button of this.buttons) button.addEventListener("click", () => this.zoom(button.dataset.zoom));
    this.offer();
    this.place.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.fit()).observe(this.place);
  }

  // Where there is nothing more to see, a button says so.
  offer() {
    const [low, high] = this.range, first = low <= 0, last = high >= this.data.length_s;
    const idle = { out: first && last, whole: first && last, left: first, right: last };
    for (const button of this.buttons) button.disabled = idle[button.dataset.zoom] ?? false;
  }

  width() { return onPaper() ? PAPER_PX : Math.floor(this.place.clientWidth); }

  fit() {
    const width = this.width();
    if (!width) return;
    if (!this.plots.length) this.build();
    else if (width !== this.plots[0].width) for (const plot of this.plots) plot.setSize({ width, height: plot.height });
  }

  build() {
    for (const plot of this.plots) plot.destroy();
    this.plots = [];
    this.place.replaceChildren();
    const d = this.data;
    this.curves("latency of answered calls (logarithmic)", 190, [
      { label: "p50", values: d.p50_ms, stroke: css("--p50") }, { label: "p99", values: d.p99_ms, stroke: css("--p99") },
    ], { log: true, unit: " ms" });
    this.stack("operations a second", 150, ["ok", "info", "fail"].map((label) => ({ label, values: d[label], fill: css("--" + label) })), "/s");
    if (d.parts.length) {
      this.stack("where the time of a turn and its operation went, mean ms", 190, d.parts.map((label, index) => (
        { label, values: d.time_ms[index], fill: css("--t" + index) })).filter((each) => each.values.some((value) => value > 0)), " ms");
    }
    if (d.owned.length) this.lanes("which host ran which actor, a line an actor", d.owned.length, 10, { byRow: true,
      bars: d.owned.flatMap(([actor, stays], row) => stays.map(([start, end, host]) => ({ row, start, end, fill: css("--h" + host % 8), said: actor + " on " + d.hosts[host] }))),
      key: d.hosts.map((host, index) => [host, css("--h" + index % 8)]) });
    if (d.faults.length) this.lanes("faults", Math.max(...d.faults.map((fault) => fault[5])) + 1, 16, { byRow: false, key: [],
      bars: d.faults.map(([start, end, verb, target, took, row]) => ({ row, start, end, fill: verbColour(verb), pale: !took, said: verb + " " + target + (took ? "" : " (no effect)"), label: verb + " " + target })) });
  }

  options(title, height, series, scales, hooks, axes) {
    const grid = { stroke: css("--line"), width: 1 }, stroke = css("--soft"), font = "11px system-ui, sans-serif";
    return {
      title, width: this.width(), height, series, padding: [6, 24, 0, 0], // half of the last label is to the right of its tick
      scales: { x: { time: false, range: (plot, low, high) => this.within(low, high) }, ...scales },
      axes: [{ stroke, grid, ticks: grid, font, size: 30, values: (plot, splits) => splits.map((value) => value + " s") },
        { stroke, grid, ticks: grid, font, size: 60, ...axes }],
      cursor: { sync: { key: this.figure.parentElement.parentElement.id, setSeries: false }, drag: { x: true, y: false } },
      legend: { live: true },
      hooks: {
        ...hooks,
        setCursor: [(plot) => this.place.classList.toggle("read", plot.cursor.left >= 0)],
        setScale: [(plot, key) => { if (key === "x") this.follow(plot); }],
      },
    };
  }

  // All that the data spans means the whole of the part, to its edges.
  within(low, high) {
    const all = low == null || (low <= this.x[0] && high >= this.x[this.x.length - 1]);
    return all ? [0, this.data.length_s] : [low, high];
  }

  // The other plots of the part show the same seconds.
  follow(from) {
    const { min, max } = from.scales.x;
    if (this.following || min == null || (min === this.range[0] && max === this.range[1])) return;
    this.range = [min, max];
    this.offer();
    this.following = true;
    for (const plot of this.plots) if (plot !== from) plot.setScale("x", { min, max });
    this.following = false;
  }

  behind(plot) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath(); ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height); ctx.clip();
    for (const [start, end, verb, , took] of this.data.faults) {
      const left = plot.valToPos(start, "x", true), right = plot.valToPos(end, "x", true);
      ctx.globalAlpha = took ? 0.16 : 0.06; ctx.fillStyle = verbColour(verb);
      ctx.fillRect(left, bbox.top, Math.max(right - left, 1), bbox.height);
    }
    ctx.globalAlpha = 1; ctx.fillStyle = css("--deviates");
    for (const at of this.data.known_s) {
      const [left, right] = [at, at + this.data.bin_s].map((each) => plot.valToPos(each, "x", true));
      ctx.fillRect(left, bbox.top, Math.max(right - left, 1), 4 * devicePixelRatio);
    }
    ctx.fillStyle = css("--violated");
    for (const at of this.data.breaches_s) ctx.fillRect(plot.valToPos(at, "x", true) - 1, bbox.top, 2, 10 * devicePixelRatio);
    ctx.restore();
  }

  add(options, data) { this.plots.push(new uPlot(options, data, this.place)); }

  curves(title, height, lines, { log, unit }) {
    const series = [{ label: "time", value: (plot, value) => value == null ? "" : value.toFixed(1) + " s" },
      ...lines.map((line) => ({ label: line.label, stroke: line.stroke, width: 1.6, points: { show: false }, spanGaps: false, value: (plot, value) => value == null ? "none" : value + unit }))];
    const any = lines.some((line) => line.values.some((value) => value > 0));
    const scales = { y: log && any ? { distr: 3, log: 10 } : { range: [0, 1] } };
    this.add(this.options(title, height, series, scales, { drawClear: [(plot) => this.behind(plot)] }, {
      values: (plot, splits) => splits.map((value) => value == null ? "" : value >= 1000 ? value / 1000 + " s" : value + " ms"),
      filter: log && any ? (plot, splits) => splits.map((value) => Math.abs(Math.log10(value) % 1) < 1e-9 ? value : null) : undefined,
    }), [this.x, ...lines.map((line) => line.values.map((value) => log && !(value > 0) ? null : value))]);
  }

  // Drawn from the top of the stack down, so that each area covers what is not its own.
  stack(title, height, layers, unit) {
    let below = this.x.map(() => 0);
    const tops = layers.map((layer) => below = below.map((value, index) => value + (layer.values[index] ?? 0)));
    const series = [{ label: "time", value: (plot, value) => value == null ? "" : value.toFixed(1) + " s" }];
    const data = [this.x];
    for (let index = layers.length - 1; index >= 0; index--) {
      const layer = layers[index];
      series.push({ label: layer.label, fill: layer.fill, stroke: layer.fill, width: 0.5, points: { show: false }, paths: uPlot.paths.stepped({ align: 0 }),
        value: (plot, value, at, bin) => bin == null || layer.values[bin] == null ? "none" : Number(layer.values[bin].toPrecision(3)) + unit });
      data.push(tops[index]);
    }
    const most = Math.max(1e-3, ...tops[tops.length - 1] ?? [1]);
    this.add(this.options(title, height, series, { y: { range: [0, most * 1.08] } }, { draw: [(plot) => this.behind(plot)] }, {}), data);
  }

  lanes(title, rows, height, { byRow, bars, key }) {
    const series = [{ label: "time", value: (plot, value) => value == null ? "" : value.toFixed(1) + " s" },
      { label: byRow ? "under the pointer" : "then", class: "readout", stroke: "transparent", points: { show: false }, value: (plot, value, at, bin) => {
        if (bin == null) return "";
        const now = plot.posToVal(plot.cursor.left, "x"), row = Math.floor(plot.cursor.top / plot.over.clientHeight * rows);
        const there = bars.filter((bar) => bar.start <= now && now <= bar.end);
        const seen = (byRow ? there.filter((bar) => bar.row === row) : there).map((bar) => bar.said);
        return seen.length > 6 ? seen.slice(0, 6).join(", ") + " and " + (seen.length - 6) + " more" : seen.join(", ") || "none";
      } }];
    const paint = (plot) => {
      const { ctx, bbox } = plot, ratio = devicePixelRatio, each = bbox.height / rows;
      ctx.save();
      ctx.beginPath(); ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height); ctx.clip();
      ctx.font = `${10 * ratio}px system-ui, sans-serif`; ctx.textBaseline = "middle"; ctx.textAlign = "left";
      for (const bar of bars) {
        const left = plot.valToPos(bar.start, "x", true), right = Math.max(plot.valToPos(bar.end, "x", true), left + 2 * ratio);
        const top = bbox.top + bar.row * each + 0.1 * each;
        ctx.globalAlpha = bar.pale ? 0.4 : 1; ctx.fillStyle = bar.fill;
        ctx.fillRect(left, top, right - left, 0.8 * each);
        if (bar.label) {
          ctx.globalAlpha = 1;
          const inside = ctx.measureText(bar.label).width + 6 * ratio < right - left;
          ctx.fillStyle = css("--on-fault");
          if (inside) ctx.fillText(bar.label, Math.max(left, bbox.left) + 3 * ratio, top + 0.42 * each);
        }
      }
      ctx.restore();
    };
    const options = this.options(title, rows * height + 62, series, { y: { range: [0, 1] } }, { draw: [paint] }, { values: () => [], splits: () => [] });
    this.add(options, [this.x, this.x.map(() => 0)]);
    if (key.length) {
      const list = document.createElement("p");
      list.className = "key";
      for (const [said, colour] of key) {
        const swatch = document.createElement("span");
        swatch.className = "swatch"; swatch.style.background = colour;
        list.append(swatch, said + " ");
      }
      this.place.append(list);
    }
  }

  zoom(how) {
    let [low, high] = this.range;
    const middle = this.at == null ? (low + high) / 2 : Math.min(Math.max(this.x[this.at], low), high), span = high - low;
    if (how === "in") [low, high] = [middle - span / 4, middle + span / 4];
    if (how === "out") [low, high] = [middle - span, middle + span];
    if (how === "left") [low, high] = [low - span / 2, high - span / 2];
    if (how === "right") [low, high] = [low + span / 2, high + span / 2];
    if (how === "whole") [low, high] = [0, this.data.length_s];
    const wide = Math.min(Math.max(high - low, this.data.bin_s), this.data.length_s);
    low = Math.min(Math.max(low, 0), this.data.length_s - wide);
    if (this.plots.length) this.plots[0].setScale("x", { min: low, max: low + wide });
  }

  key(event) {
    const zooms = { "+": "in", "=": "in", "-": "out", "0": "whole" };
    if (zooms[event.key]) this.zoom(zooms[event.key]);
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") this.move(event.key === "ArrowRight" ? 1 : -1);
    else return;
    event.preventDefault();
  }

  move(step) {
    const last = this.x.length - 1;
    this.at = this.at == null ? Math.max(this.x.findIndex((value) => value >= this.range[0]), 0) : Math.min(Math.max(this.at + step, 0), last);
    const d = this.data, say = (value, unit) => value == null ? "none" : value + unit;
    for (const plot of this.plots) plot.setCursor({ left: plot.valToPos(this.x[this.at], "x"), top: 10 }, false);
    this.told.textContent = `At ${this.x[this.at].toFixed(1)} s: p50 ${say(d.p50_ms[this.at], " ms")}, p99 ${say(d.p99_ms[this.at], " ms")}; ` +
      `${d.ok[this.at]} ok, ${d.info[this.at]} info, ${d.fail[this.at]} fail a second.`;
  }
}

const courses = [...document.querySelectorAll("figure.course")].map((figure) => new Course(figure));
function redraw() {
  colours.clear();
  for (const course of courses) if (course.plots.length) course.build();
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  redraw();
});
// On paper all is unfolded but further examples of the same, and light; the screen is afterwards as it was.
let unfolded = [];
addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("details:not([open], .further)")];
  for (const each of unfolded) each.open = true;
  document.documentElement.classList.add("paper");
  colours.clear();
  for (const course of courses) course.build();
});
addEventListener("afterprint", () => {
  document.documentElement.classList.remove("paper");
  redraw();
  for (const each of unfolded) each.open = false;
  unfolded = [];
});
unfold();
