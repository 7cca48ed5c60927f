/* Draws what a table beside it says: the columns whose heads are of class
   "plot", a point a row. Without it, or without Chart.js, the table is all. */
"use strict";
(function () {
	const css = (name) => getComputedStyle(document.documentElement)
	    .getPropertyValue(name).trim();
	const charts = [];

	function columns(table) {
		const heads = [...table.tHead.rows[0].cells];
		return heads.flatMap((head, at) => head.classList
		    .contains("plot") ? [{ at, name: head.textContent
		    .trim() }] : []);
	}

	function read(table, column) {
		return [...table.tBodies[0].rows].map((row) => {
			const data = row.cells[column.at].querySelector("data");
			return data ? Number(data.value) : null;
		});
	}

	/* as the table writes it: 5400 is "1 h 30 min" there */
	function words(table) {
		const known = new Map();
		for (const data of table.querySelectorAll("data"))
			known.set(Number(data.value), data.textContent.trim());
		return known;
	}

	function duration(s) {
		if (s >= 172800)
			return Math.round(s / 86400) + " d";
		if (s >= 5400)
			return Math.round(s / 3600) + " h";
		return Math.round(s / 60) + " min";
	}

	/* whole minutes, hours or days between two lines */
	function step(series) {
		const most = Math.max(...series.flatMap((s) => s.data));
		return [60, 300, 900, 1800, 3600, 7200, 14400, 28800, 86400,
		    172800, 604800].find((s) => most / s <= 7) || 2592000;
	}

	function draw(place, table) {
		const kind = place.dataset.kind;
		const colours = [css("--main"), css("--warm"), css("--edge")];
		const cols = columns(table);
		const seconds = cols.some((c) => c.name === "90 %");
		const before = cols.length - 1;
		const known = words(table);
		const tick = (v) => seconds ? duration(v) :
		    Number.isInteger(v) ? String(v) : v.toFixed(1);
		const last = place.dataset.last !== undefined;
		const series = cols.map((c, i) => ({
			label: c.name, data: read(table, c),
			borderColor: colours[i === before && !last ? 2 : i % 2],
			backgroundColor: kind === "bar" ?
			    colours[i === before && !last ? 2 : i % 2] :
			    colours[0] + "22",
			borderDash: i === before && !last ? [4, 4] : [],
			borderWidth: kind === "bar" ? 0 : 2,
			pointRadius: 0, pointHitRadius: 12, tension: 0.25,
			fill: kind === "line" && (seconds ? i === 1 ? "-1" :
			    false : i === 0 && !last),
			spanGaps: false, maxBarThickness: 28,
		}));
		const canvas = document.createElement("canvas");

		canvas.setAttribute("role", "img");
		canvas.setAttribute("aria-label", table.caption.textContent
		    .trim() + ". The same is in the table below.");
		place.replaceChildren(canvas);
		return new Chart(canvas, {
			type: kind,
			data: { labels: [...table.tBodies[0].rows].map((row) =>
			    row.cells[0].textContent.trim()),
			    datasets: series },
			options: {
				animation: false, maintainAspectRatio: false,
				responsive: true,
				interaction: { mode: "index", intersect: false },
				scales: {
					x: { ticks: { color: css("--dim"),
					    maxRotation: 0, autoSkipPadding: 12 },
					    grid: { display: false } },
					y: { beginAtZero: true, ticks: {
					    color: css("--dim"), precision: 0,
					    stepSize: seconds ? step(series) :
					    undefined, callback: tick },
					    grid: { color: css("--line") } },
				},
				plugins: {
					legend: { display: cols.length > 1,
					    labels: { color: css("--text"),
					    boxWidth: 12, boxHeight: 12 } },
					tooltip: { callbacks: { label: (item) =>
					    " " + item.dataset.label + ": " +
					    (known.get(item.raw) || item
					    .formattedValue) } },
				},
			},
		});
	}

	function drawAll() {
		while (charts.length > 0)
			charts.pop().destroy();
		for (const place of document.querySelectorAll(".chart")) {
			const table = document.getElementById(place.dataset.of ||
			    "data");
			if (table && table.tBodies[0].rows.length > 1) {
				place.classList.add("drawn");
				charts.push(draw(place, table));
			}
		}
	}

	if (window.Chart === undefined)
		return;
	Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
	drawAll();
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change",
	    drawAll);
})();
