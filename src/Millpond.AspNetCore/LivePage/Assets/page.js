"use strict";
(() => {
  const base = document.body.dataset.base;
  const $ = (id) => document.getElementById(id);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  let latest = null;              // the current snapshot
  let chosen = null;              // the name of the engine that is shown
  let range = "fine";
  let paused = false;
  let source = null;
  let polling = 0;
  let charts = [];
  let announced = "";
  const samples = new Map();      // engine → { fine, coarse }, each a map of columns
  const spans = { fine: 300, coarse: 3600 };
  const sorts = {};               // table → { key, descending }

  // ---- words ----

  const time = (ms) => ms < 0.05 ? "0 ms" : ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${ms.toFixed(0)} ms`
    : ms < 60000 ? `${(ms / 1000).toFixed(ms < 10000 ? 1 : 0)} s` : ms < 3600000 ? `${(ms / 60000).toFixed(0)} min` : `${(ms / 3600000).toFixed(1)} h`;
  const rate = (value) => value >= 100 ? value.toFixed(0) : value >= 10 || value === 0 ? value.toFixed(0) : value.toFixed(1);
  const percent = (share) => `${(100 * share).toFixed(0)}\u00a0%`;
  const count = (value) => value.toLocaleString("en");
  const ago = (at, now) => new Date(now) - new Date(at) < 1000 ? "just now" : `${time(new Date(now) - new Date(at))} ago`;

  // ---- elements: text only, never markup ----

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== null) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }

  function set(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  // Replaces the children only if something changed, so that a selection survives the next second.
  function fill(parent, children) {
    const old = [...parent.children];
    children.forEach((child, i) => {
      if (!old[i]) parent.append(child);
      else if (!old[i].isEqualNode(child)) old[i].replaceWith(child);
    });
    old.slice(children.length).forEach((child) => child.remove());
  }

  // ---- the sections ----

  function showVerdict(engine) {
    const { severity, text, remedy, state, wait } = engine.verdict;
    $("verdict").dataset.severity = severity;
    $("verdict").dataset.state = state;
    set($("engine"), `${engine.name} · ${engine.provider} · ${engine.server}`);
    const end = text.indexOf(". ") + 1;
    const [first, rest] = end > 0 ? [text.slice(0, end), text.slice(end + 1)] : [text, ""];
    const colon = first.indexOf(":") + 1;
    fill($("headline"), [make("b", {}, first.slice(0, colon)), make("span", {}, first.slice(colon))]);
    [...$("headline").childNodes].filter((node) => node.nodeType === 3).forEach((node) => node.remove());
    set($("detail"), rest);
    set($("remedy"), remedy ?? "");
    $("remedy").hidden = !remedy;
    set($("wait"), wait);
    document.title = `${severity === "ok" ? "" : "● "}${first.slice(0, Math.max(0, colon - 1))} · Millpond`;
    const news = `${engine.name}: ${state}`;
    if (announced !== news) {
      announced = news;
      set($("announce"), text);
    }
  }

  function showPool(engine) {
    const kinds = [["executing", engine.executing, "Executing"], ["idle", engine.heldIdle, "Held idle"],
      ["opening", engine.opening, "Opening"]];
    const used = engine.executing + engine.heldIdle + engine.opening;
    kinds.push(["free", Math.max(0, engine.permits - used), "Free"]);
    const many = engine.permits > 60;
    $("permits").className = many ? "many" : "";
    const cells = kinds.flatMap(([kind, n]) => many
      ? (n ? [[kind, n]] : [])
      : Array.from({ length: n }, () => [kind, 1]));
    fill($("permits"), cells.map(([kind]) => make("i", { "data-kind": kind })));
    if (many) cells.forEach(([, n], i) => { $("permits").children[i].style.flexGrow = n; });
    $("permits").setAttribute("aria-label", kinds.map(([, n, name]) => `${name}: ${n}`).join(", "));
    fill($("permit-legend"), [...kinds, ["waiting", engine.waiting, "Waiting"]].map(([kind, n, name]) =>
      make("li", {}, make("i", { "data-kind": kind }), name, make("b", {}, count(n)))));
  }

  function showGauges(engine) {
    const tone = (value, warning, critical) => value >= critical ? "critical" : value >= warning ? "warning" : undefined;
    const refused = engine.rejectedPerSecond + engine.timedOutPerSecond;
    const gauges = [
      ["In use", `${engine.inUse}`, ` of ${engine.permits}`, engine.inUse >= engine.permits ? "warning" : undefined],
      ["Waiting", count(engine.waiting), engine.waiting ? ` oldest ${time(engine.oldestWaitMs)}` : "",
        tone(engine.oldestWaitMs, 25, 250)],
      ["Wait, p99", time(engine.waitP99Ms), ` p50 ${time(engine.waitP50Ms)}`, tone(engine.waitP99Ms, 25, 250)],
      ["Hold, p99", time(engine.useP99Ms), ` p50 ${time(engine.useP50Ms)}`],
      ["Held idle", percent(engine.heldIdleShare), " of pool time", tone(engine.heldIdleShare, 0.4, 2)],
      ["Sessions", rate(engine.sessionsPerSecond), " per s"],
      ["Refused", rate(refused), ` per s, ${count(engine.rejected + engine.timedOut)} in all`, tone(refused, 0.001, 1)],
      ["Thread pool lag", time(engine.resumeLagMs), ` ${count(engine.threadPoolQueue)} queued`, tone(engine.resumeLagMs, 50, 250)],
    ];
    if (engine.hasWriter) {
      gauges.splice(2, 0, ["Waiting to write", count(engine.waitingToWrite), "", tone(engine.waitingToWrite, 5, 1e9)]);
    }
    fill($("gauges"), gauges.map(([name, value, more, state]) => make("div", {},
      make("dt", {}, name), make("dd", { "data-tone": state }, value, make("small", {}, more)))));
  }

  function showTable(id, columns, rows, empty) {
    const table = $(id);
    const sort = sorts[id];
    if (!table.tHead) {
      const head = make("tr", {}, ...columns.map((column) => {
        const cell = make("th", { scope: "col", class: column.number ? "n" : undefined });
        if (!column.sort) cell.append(column.name);
        else {
          const button = make("button", { type: "button" }, column.name);
          button.addEventListener("click", () => {
            const now = sorts[id];
            sorts[id] = { key: column.name, descending: now?.key === column.name ? !now.descending : true };
            show();
          });
          cell.append(button);
        }
        return cell;
      }));
      table.append(make("thead", {}, head), make("tbody"));
    }
    [...table.tHead.rows[0].cells].forEach((cell, i) => {
      if (sort?.key === columns[i].name) cell.setAttribute("aria-sort", sort.descending ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    const by = columns.find((column) => column.name === sort?.key)?.sort;
    const order = sort?.descending ? -1 : 1;
    const sorted = by
      ? [...rows].sort((a, b) => order * (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0))
      : rows;
    fill(table.tBodies[0], sorted.length
      ? sorted.map((row) => make("tr", {}, ...columns.map((column) => {
        const cell = make("td", { class: column.number ? "n" : column.style });
        cell.append(...[column.cell(row)].flat().filter((part) => part !== null));
        return cell;
      })))
      : [make("tr", {}, make("td", { class: "none", colspan: columns.length }, empty))]);
  }

  function showHolders(engine) {
    fill($("costs"), engine.costs.map((cost) => {
      const idle = make("i", { "data-kind": "idle" });
      const executing = make("i", { "data-kind": "executing" });
      const row = make("div", { class: "cost" }, make("code", { title: cost.operation }, cost.operation),
        make("div", { class: "track", "aria-hidden": "true", "data-executing": (cost.share * (1 - cost.idleShare)).toFixed(3),
          "data-idle": (cost.share * cost.idleShare).toFixed(3) }, executing, idle),
        make("span", {}, make("b", {}, percent(cost.share)), ` of pool time, ${percent(cost.idleShare)} of it idle`));
      return row;
    }));
    for (const track of document.querySelectorAll(".track")) {
      track.children[0].style.width = `${100 * track.dataset.executing}%`;
      track.children[1].style.width = `${100 * track.dataset.idle}%`;
    }
    showTable("holders", [
      { name: "Operation", cell: (row) => [make("code", {}, row.operation), row.callSite ? make("small", {}, row.callSite) : null],
        sort: (row) => row.operation },
      { name: "State", cell: (row) => [make("em", { "data-state": row.isExecuting ? "executing" : "idle" },
        row.isExecuting ? "executing" : "held idle"), make("small", {}, `for ${time(row.inStateMs)}${row.isWriter ? ", writes" : ""}`)],
        sort: (row) => row.inStateMs },
      { name: "Held", number: true, cell: (row) => time(row.heldMs), sort: (row) => row.heldMs },
      { name: "Idle", number: true, cell: (row) => percent(row.heldMs ? Math.min(1, row.idleMs / row.heldMs) : 0),
        sort: (row) => row.idleMs },
      { name: "Commands", number: true, cell: (row) => count(row.commands), sort: (row) => row.commands },
      { name: "Current or last command", style: "sql", cell: (row) => make("code", {}, row.lastCommand ?? "–") },
      { name: "Session and trace", cell: (row) => [`#${row.sessionId}`, row.traceId ? make("small", {}, row.traceId.slice(0, 16)) : null] },
    ], engine.holders, "Nobody holds a connection.");
    const groups = Map.groupBy(engine.waiters, (row) => `${row.waitsToWrite}${row.operation}`);
    showTable("waiters", [
      { name: "Operation", cell: (row) => make("code", {}, row.operation) },
      { name: "For", cell: (row) => row.waitsToWrite ? "the write permit" : "a connection" },
      { name: "Sessions", number: true, cell: (row) => count(row.sessions) },
      { name: "Longest wait", number: true, cell: (row) => time(row.waitedMs) },
    ], [...groups.values()].map((rows) => ({ ...rows[0], sessions: rows.length,
      waitedMs: Math.max(...rows.map((row) => row.waitedMs)) })).sort((a, b) => b.waitedMs - a.waitedMs), "Nobody waits.");
    const waiting = engine.waiting + engine.waitingToWrite;
    set($("waiters-title"), waiting > engine.waiters.length && engine.waiters.length
      ? `Who waits (the first ${engine.waiters.length} of ${count(waiting)})` : "Who waits");
    set($("holders-title"), engine.inUse > engine.holders.length && engine.holders.length >= 100
      ? `Who holds the connections (the first 100 of ${count(engine.inUse)})` : "Who holds the connections");
  }

  function showFindings(engine, now) {
    set($("findings-title"), engine.findings.length ? `Findings (${engine.findings.length})` : "Findings");
    fill($("findings"), engine.findings.length
      ? engine.findings.map((one) => make("li", {},
        make("p", { class: "head" }, make("b", {}, one.id), `${count(one.count)} ×`, make("span", {}, ago(one.lastSeen, now))),
        make("p", {}, one.message), make("p", {}, one.remedy),
        ...one.sites.map((site) => make("p", { class: "site" }, make("code", {}, site)))))
      : [make("li", {}, "None: no leak, no shared or nested session, no synchronous call, no repeated statement.")]);
  }

  function showLedger(engine) {
    showTable("ledger", [
      { name: "Operation", cell: (row) => make("code", {}, row.operation), sort: (row) => row.operation },
      { name: "Share of pool time", number: true, cell: (row) => percent(row.share), sort: (row) => row.share },
      { name: "Held idle", number: true, cell: (row) => percent(row.idleShare), sort: (row) => row.idleShare },
      { name: "Sessions", number: true, cell: (row) => count(row.sessions), sort: (row) => row.sessions },
      { name: "Hold, mean", number: true, cell: (row) => time(row.meanMs), sort: (row) => row.meanMs },
      { name: "Hold, p99", number: true, cell: (row) => time(row.p99Ms), sort: (row) => row.p99Ms },
      { name: "Rolled back", number: true, cell: (row) => count(row.rollbacks), sort: (row) => row.rollbacks },
      { name: "Refused", number: true, cell: (row) => count(row.rejections), sort: (row) => row.rejections },
      { name: "Retries", number: true, cell: (row) => count(row.retries), sort: (row) => row.retries },
    ], engine.operations, "No session has ended yet.");
  }

  function showCapacity(engine) {
    const said = [];
    if (engine.advice) {
      const { needed, neededWithoutIdle, waitMs } = engine.advice;
      said.push(`The load of the last hour needs ${needed} ${needed === 1 ? "connection" : "connections"} ` +
        `(99 of 100 sessions wait less than ${time(waitMs)})` +
        (neededWithoutIdle < needed ? `, and ${neededWithoutIdle} if none was held idle` : "") + `; the pool has ${engine.permits}.`);
    }
    const limit = engine.serverLimit;
    if (limit?.advice) said.push(limit.advice);
    else if (limit && !limit.isBehindPooler) {
      said.push(`The server has room for ${limit.usable} connections (${limit.name}); ` +
        `${limit.workers} ${limit.workers === 1 ? "worker" : "workers"} may open ${limit.wanted}.`);
    }
    set($("capacity"), said.join(" "));
    $("black-box").href = `${base}black-box.json?engine=${encodeURIComponent(engine.name)}`;
    $("json").href = `${base}snapshot.json`;
  }

  function showEngines() {
    const nav = $("engines");
    nav.hidden = latest.engines.length < 2;
    latest.engines.forEach((engine, i) => {
      let button = nav.children[i];
      if (!button) {
        button = make("button", { type: "button" });
        button.addEventListener("click", () => { chosen = button.textContent; show(); drawCharts(); });
        nav.append(button);
      }
      set(button, engine.name);
      button.dataset.severity = engine.verdict.severity;
      button.setAttribute("aria-pressed", engine.name === chosen);
    });
  }

  function show() {
    if (!latest || !latest.engines.length) return;
    const ranks = ["ok", "warning", "critical"];
    chosen = latest.engines.some((engine) => engine.name === chosen) ? chosen
      : [...latest.engines].sort((a, b) => ranks.indexOf(b.verdict.severity) - ranks.indexOf(a.verdict.severity))[0].name;
    const engine = latest.engines.find((one) => one.name === chosen);
    set($("process"), `${latest.application} · ${latest.environment} · process ${latest.processId} · up ` +
      time(new Date(latest.at) - new Date(latest.startedAt)));
    showEngines();
    showVerdict(engine);
    showPool(engine);
    showGauges(engine);
    showHolders(engine);
    showFindings(engine, latest.at);
    showLedger(engine);
    showCapacity(engine);
  }

  // ---- charts ----

  const views = [
    { title: "Connections", stacked: true, unit: (v) => v.toFixed(0), whole: true, limit: true, series: [
      ["Executing", "executing", "--executing"], ["Held idle", "heldIdle", "--idle"], ["Opening", "opening", "--opening"]] },
    { title: "Waiting sessions", unit: (v) => v.toFixed(0), whole: true, series: [["Waiting", "waiting", "--waiting", true]] },
    { title: "Wait and hold time", unit: time, series: [
      ["Wait p99", "waitP99Ms", "--waiting"], ["Wait p50", "waitP50Ms", "--waiting", false, [4, 4]],
      ["Hold p99", "useP99Ms", "--executing"], ["Hold p50", "useP50Ms", "--executing", false, [4, 4]]] },
    { title: "Sessions per second", unit: rate, series: [
      ["Served", "sessions", "--executing", true], ["Refused", "refused", "--waiting", true]] },
  ];

  const clock = (at) => {
    const date = new Date(at * 1000);
    return `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
  };

  const permits = () => latest?.engines.find((engine) => engine.name === chosen)?.permits ?? 0;

  function columnsOf(view) {
    const data = samples.get(chosen)?.[range] ?? { at: [] };
    const raw = view.series.map(([, key]) => data[key] ?? []);
    // Stacked from the top, so that each area covers the lower part of the one before.
    const drawn = view.stacked ? raw.map((_, i) => data.at.map((_, at) =>
      raw.slice(0, raw.length - i).reduce((sum, column) => sum + column[at], 0))) : [...raw];
    if (view.limit) drawn.push(data.at.map(permits));
    return { at: data.at, raw, drawn };
  }

  function buildChart(view) {
    const legend = make("ul", { class: "legend" });
    const values = view.series.map(([name, , color]) => {
      const value = make("b", {}, "–");
      const swatch = make("i");
      swatch.style.background = css(color);
      legend.append(make("li", {}, swatch, name, value));
      return value;
    });
    const canvas = make("div", { class: "canvas", role: "img" });
    const box = make("div", { class: "chart" }, make("h3", {}, view.title), legend, canvas);
    $("charts").append(box);
    const order = view.stacked ? [...view.series].reverse() : view.series;
    const axis = { stroke: css("--soft"), grid: { stroke: css("--line"), width: 1 }, ticks: { show: false },
      font: "12px system-ui, sans-serif" };
    const chart = { view, values, canvas, columns: columnsOf(view) };
    const read = (index) => chart.columns.raw.forEach((column, i) => {
      const value = column[index ?? column.length - 1];
      set(values[i], value === undefined ? "–" : view.unit(value));
    });
    chart.plot = new uPlot({
      width: Math.max(200, canvas.clientWidth), height: 145, legend: { show: false },
      cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
      padding: [8, 14, 0, 0],
      scales: {
        x: { time: true, range: (_, min, max) => { const end = max ?? Date.now() / 1000; return [end - spans[range], end]; } },
        y: { range: (_, min, max) => {
          const limit = view.limit ? permits() : 0;
          return [0, Math.max(view.whole ? 2 : view.unit === time ? 5 : 1, limit * 1.12, (max ?? 0) * 1.1)];
        } },
      },
      axes: [
        { ...axis, values: (_, splits) => splits.map(clock), incrs: range === "fine" ? [60, 120, 300] : [600, 900, 1200, 1800], size: 26 },
        { ...axis, size: 62, values: (_, splits) => splits.map(view.unit), incrs: view.whole
          ? [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] : undefined },
      ],
      series: [{}, ...order.map(([label, , color, filled, dash]) => ({
        label, stroke: css(color), width: view.stacked ? 0 : 1.75, dash, points: { show: false },
        fill: view.stacked ? css(color) : filled ? `${css(color)}26` : undefined })),
        ...view.limit ? [{ label: "Pool", stroke: css("--soft"), width: 1.5, dash: [3, 4], points: { show: false } }] : []],
      hooks: { setCursor: [(plot) => read(plot.cursor.idx)] },
    }, [chart.columns.at, ...chart.columns.drawn], canvas);
    chart.read = read;
    read();
    return chart;
  }

  function drawCharts() {
    charts.forEach((chart) => chart.plot.destroy());
    $("charts").replaceChildren();
    charts = views.map(buildChart);
    describeCharts();
  }

  function updateCharts() {
    if (!charts.length) return drawCharts();
    charts.forEach((chart) => {
      chart.columns = columnsOf(chart.view);
      chart.plot.setData([chart.columns.at, ...chart.columns.drawn]);
      if (chart.plot.cursor.idx == null || chart.plot.cursor.left < 0) chart.read();
    });
    describeCharts();
  }

  function describeCharts() {
    charts.forEach(({ view, columns, canvas }) => canvas.setAttribute("aria-label",
      `${view.title}, last ${range === "fine" ? "5" : "60"} minutes. ` + view.series.map(([name], i) => {
        const column = columns.raw[i];
        return column.length ? `${name}: now ${view.unit(column.at(-1))}, at most ${view.unit(Math.max(...column))}` : name;
      }).join("; ")));
  }

  function addSamples(all) {
    for (const { engine, fine, coarse } of all) {
      if (!samples.has(engine)) samples.set(engine, { fine: { at: [] }, coarse: { at: [] } });
      const known = samples.get(engine);
      for (const [name, added] of [["fine", fine], ["coarse", coarse]]) {
        const columns = known[name];
        const newest = columns.at.at(-1) ?? 0;
        const from = added.at.findIndex((at) => at > newest);
        if (from < 0) continue;
        const oldest = added.at.at(-1) - spans[name] - 10;
        const skip = columns.at.findIndex((at) => at >= oldest);
        for (const key of Object.keys(added)) {
          const kept = skip < 0 ? [] : (columns[key] ?? []).slice(skip);
          columns[key] = [...kept, ...added[key].slice(from)];
        }
      }
    }
  }

  // ---- the stream ----

  function receive(message) {
    latest = message.snapshot;
    addSamples(message.charts);
    if (!paused) {
      show();
      updateCharts();
    }
  }

  function state(name, text) {
    $("link").dataset.state = name;
    set($("link"), text);
  }

  function connect() {
    source = new EventSource(`${base}events`);
    source.onopen = () => { clearTimeout(polling); state("live", paused ? "Paused" : "Live"); };
    source.onmessage = (event) => receive(JSON.parse(event.data));
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) {
        // Refused: too many viewers, or a server that is just starting behind a proxy.
        state("lost", "Polling");
        clearTimeout(polling);
        polling = setTimeout(poll, 1000);
      } else state("lost", "Reconnecting");
    };
  }

  async function poll() {
    try {
      const answer = await fetch(`${base}snapshot.json`, { cache: "no-store" });
      if (answer.ok) receive({ snapshot: await answer.json(), charts: [] });
    } catch {
      state("lost", "Reconnecting");
    }
    polling = setTimeout(connect, 4000);
  }

  $("pause").addEventListener("click", () => {
    paused = !paused;
    set($("pause"), paused ? "Resume" : "Pause");
    if ($("link").dataset.state === "live") set($("link"), paused ? "Paused" : "Live");
    if (!paused && latest) { show(); updateCharts(); }
  });
  for (const button of document.querySelectorAll("[data-range]")) {
    button.addEventListener("click", () => {
      range = button.dataset.range;
      document.querySelectorAll("[data-range]").forEach((one) => one.setAttribute("aria-pressed", one === button));
      drawCharts();
    });
  }
  new ResizeObserver(() => charts.forEach(({ plot, canvas }) => {
    if (canvas.clientWidth > 0 && canvas.clientWidth !== plot.width) plot.setSize({ width: canvas.clientWidth, height: 145 });
  })).observe($("charts"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawCharts);
  connect();
})();
