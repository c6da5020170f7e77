// Draws the charts of a report from the data in the page, with Observable Plot. Text goes in as text.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  // As wide as the page is: text keeps its size on a phone, where a picture of a wide chart would shrink it.
  const width = Math.max(280, Math.min(1000, document.querySelector("main").clientWidth - 40));
  const kinds = {domain: ["measured", "published", "disturbed"], range: ["var(--measured)", "var(--published)", "var(--disturbed)"]};
  const longest = (texts) => Math.max(0, ...texts.map((text) => text.length));
  // Room for labels of about 6 pixels a letter, cut where they would leave none for the bars.
  const shorten = (text, letters) => (text.length > letters ? text.slice(0, letters - 1) + "…" : text);
  const mostRoom = Math.min(420, 0.45 * width), mostLetters = Math.floor((mostRoom - 16) / 6.2);
  const labelRoom = (texts) => Math.min(mostRoom, 16 + 6.2 * longest(texts));
  const figures = (value) => (value === 0 ? "0" : Number(value).toPrecision(4).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, ""));
  let drawn = 0;

  function draw(id, caption, rows, plot) {
    const figure = document.getElementById("chart-" + id);
    if (!figure || rows.length === 0) return;
    const title = document.createElement("figcaption");
    title.textContent = caption;
    const chart = Plot.plot({width, marginBottom: 44, style: {background: "none", fontSize: "12px"}, ariaLabel: caption, ...plot(rows)});
    figure.append(title, chart);
    ++drawn;
  }

  // Horizontal bars with their figures, those given first on top.
  function bars(rows, label, value, unit, options = {}) {
    const named = rows.map((row, index) => ({...row, name: shorten(row[label], mostLetters), index}));
    return {
      marginLeft: labelRoom(named.map((row) => row.name)),
      marginRight: 60,
      x: {label: unit, grid: true, nice: true},
      // Names may be alike once they are shortened: places are not.
      y: {type: "band", label: null, domain: named.map((row) => row.index), tickFormat: (index) => named[index].name},
      color: {...kinds, legend: options.legend ?? false},
      marks: [
        Plot.barX(named, {x: value, y: "index", fill: options.fill ?? "var(--measured)", title: (row) => `${row[label]}\n${figures(row[value])} ${unit}`}),
        Plot.text(named, {x: value, y: "index", text: (row) => figures(row[value]), textAnchor: "start", dx: 5}),
        Plot.ruleX([0]),
      ],
    };
  }

  // Lines with points and a legend of names.
  function lines(rows, x, y, series, xOptions, yOptions, options = {}) {
    return {
      marginLeft: 60,
      height: 380,
      x: {grid: true, inset: 10, ...xOptions},
      y: {grid: true, ...yOptions},
      color: {legend: true, type: "categorical"},
      marks: [
        Plot.line(rows, {x, y, stroke: series, strokeWidth: 2, title: series, ...options}),
        ...(options.points ? [Plot.dot(rows, {x, y, fill: series, r: 4, title: (row) => `${row[series]}\n${figures(row[y])}`})] : []),
      ],
    };
  }

  const machines = data.machines;
  const currency = machines.map((row) => row.currency).find(Boolean) ?? "";
  draw("throughput", "Throughput, images per second", machines, (rows) => bars(rows, "label", "images_per_second", "images/s", {fill: "kind", legend: true}));
  draw("cost", "Cost of 1000 images", machines.filter((row) => row.cost !== null),
       (rows) => bars(rows, "label", "cost", `${currency} for 1000 images`, {fill: "kind", legend: true}));

  const measured = machines.filter((row) => row.kind === "measured" && row.cost !== null && row.p50_ms !== null);
  draw("pareto", "Cost against latency: the line joins those that no other configuration beats", measured, (rows) => ({
    marginLeft: 60,
    marginRight: 40,
    height: 420,
    r: {type: "identity"},
    x: {label: `${currency} for 1000 images`, grid: true, nice: true},
    y: {label: "p50 of a call, ms", grid: true, nice: true, zero: true},
    color: {legend: true, type: "categorical"},
    marks: [
      Plot.line(rows.filter((row) => row.pareto).sort((a, b) => a.cost - b.cost), {x: "cost", y: "p50_ms", stroke: "var(--measured)", strokeWidth: 1.5}),
      Plot.dot(rows, {x: "cost", y: "p50_ms", r: (row) => (row.pareto ? 6 : 3), fill: "label",
                      title: (row) => `${row.label}\n${figures(row.cost)} ${currency}, ${figures(row.p50_ms)} ms` + (row.agreement === null ? "" : `, agreement ${figures(row.agreement)}`)}),
    ],
  }));

  const quantiles = data.latency.flatMap(({label, quantiles}) => quantiles.map((ms, percent) => ({label: shorten(label, Math.min(90, Math.floor(width / 8))), ms, percent})));
  draw("distribution", "Latency: which share of the calls takes at most so long", quantiles,
       (rows) => lines(rows, "ms", "percent", "label", {label: "ms", nice: true, zero: false}, {label: "% of the calls"}, {curve: "step-after"}));
  for (const [id, caption, unit] of [["threads", "Throughput by threads of a network", "threads"], ["cores", "Throughput by networks side by side", "networks"],
                                     ["batches", "Throughput by pictures a call", "pictures"]]) {
    const ticks = [...new Set(data[id].map((row) => row.x))].sort((a, b) => a - b);
    draw(id, caption, data[id], (rows) => lines(rows, "x", "images_per_second", "line", {label: unit, ticks, tickFormat: "d"}, {label: "images/s", zero: true, nice: true}, {points: true}));
  }

  const longestFirst = (rows) => [...rows].sort((a, b) => b.ms - a.ms);
  data.profiles.forEach((profile, index) => {
    draw("stages" + index, "Milliseconds of a call, by part", profile.stages, (rows) => bars(rows, "name", "ms", "ms"));
    draw("steps" + index, "Milliseconds of a call, by step", longestFirst(profile.steps).slice(0, 20), (rows) => bars(rows, "name", "ms", "ms"));
  });
  document.body.dataset.charts = drawn;
})();
