"use strict";
// The list of items: filtered, sorted, opened. Every text becomes a text node, so nothing in it is ever markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const STEP = 50;
  const body = document.getElementById("rows");
  const state = { filter: "all", words: "", category: "", sort: "index", down: false, shown: STEP };
  const FLAG_WORDS = { duplicate_of: "duplicate", no_reference: "no reference", empty_prediction: "empty answer" };

  const h = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === true) made.setAttribute(key, "");
      else if (value !== undefined && value !== null && value !== false) made.setAttribute(key, value);
    }
    made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  };
  const words = (name) => FLAG_WORDS[name] ?? name.replaceAll("_", " ");
  const tell = (value, signed = false) => {
    if (value === undefined || value === null) return "–";
    const size = Number(Math.abs(data.share ? 100 * value : value).toFixed(data.share ? 0 : data.digits));
    const sign = size === 0 ? "" : value < 0 ? "−" : signed ? "+" : "";
    return sign + size + (data.share && !signed ? " %" : "");
  };
  const METRICS = { em: "exact match", f1: "word F1", rouge_l: "ROUGE-L", chrf: "chrF", bleu: "BLEU" };
  const metric = (name, value) => `${METRICS[name] ?? words(name)} ${value.toFixed(["chrf", "bleu"].includes(name) ? 1 : 2)}`;

  const FILTERS = {
    all: { name: "All", keep: () => true, sort: ["index", false] },
    lowest: { name: "Lowest", keep: (item) => item.score !== undefined, sort: ["score", false] },
    unscored: { name: "Unscored", keep: (item) => item.score === undefined, sort: ["index", false] },
    changed: { name: "Most changed", keep: (item) => Boolean(item.change), sort: ["change", true] },
    lost: { name: "Lost", keep: (item) => item.verdict === "loss", sort: ["index", false] },
    inconsistent: { name: "Inconsistent", keep: (item) => item.consistent === false, sort: ["index", false] },
    flagged: { name: "Flagged", keep: (item) => (item.flags ?? []).length > 0, sort: ["index", false] },
  };
  const KEYS = {
    index: (item) => item.index,
    score: (item) => item.score,
    change: (item) => (item.change === undefined ? undefined : state.filter === "changed" ? Math.abs(item.change) : item.change),
  };
  const haystack = new Map();
  const textOf = (item) => {
    if (!haystack.has(item)) {
      const texts = [item.id, item.question, item.reference, ...item.answers.flatMap((answer) => [answer.text, answer.rationale])];
      haystack.set(item, texts.filter(Boolean).join("\n").toLowerCase());
    }
    return haystack.get(item);
  };

  const selected = () => {
    const { keep } = FILTERS[state.filter];
    const found = data.items.filter(
      (item) => keep(item) && (!state.category || item.category === state.category) && (!state.words || textOf(item).includes(state.words)),
    );
    const key = KEYS[state.sort];
    const way = state.down ? -1 : 1;
    // What has no value comes last, whichever way.
    return found.sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      if (x === undefined || y === undefined) return (x === undefined) - (y === undefined) || a.index - b.index;
      return way * (x - y) || a.index - b.index;
    });
  };

  const text = (content) => (content ? h("div", { class: "text", dir: "auto" }, content) : h("div", { class: "text empty" }, "nothing"));
  const part = (name, ...content) => h("div", { class: "part" }, h("h3", {}, name), ...content);
  const subpart = (name, ...content) => h("div", { class: "part" }, h("h4", {}, name), ...content);
  const tags = (list) => (list.length ? h("ul", { class: "tags" }, list.map(([name, kind]) => h("li", { class: `pill ${kind}` }, name))) : null);
  const verdictWords = { win: "win", tie: "tie", loss: "loss" };
  const kindOf = { win: "good", loss: "warn", tie: "" };

  const answerOf = (answer) => {
    const problem = answer.error ? [[`unscored: ${words(answer.error)}`, "bad"]] : [];
    const flags = (answer.flags ?? []).map((flag) => [words(flag), "warn"]);
    const criteria = Object.entries(answer.criteria ?? {}).map(([name, value]) => [`${words(name)} ${value}`, ""]);
    const metrics = Object.entries(answer.metrics ?? {}).map(([name, value]) => [metric(name, value), ""]);
    const unusual = answer.status && !["scored", "unscored"].includes(answer.status);
    const repeats = (answer.ratings ?? []).some((rating) => rating.repeat > 0);
    const status = unusual ? [[words(answer.status) + (answer.duplicate_of ? ` of ${answer.duplicate_of}` : ""), ""]] : [];
    return h(
      "article",
      { class: "answer" },
      h("header", {}, h("h3", {}, answer.model ?? "answer"), data.scored ? h("b", {}, tell(answer.score)) : null),
      text(answer.text),
      answer.rationale && !answer.ratings ? subpart("The judge says", text(answer.rationale)) : null,
      answer.error_detail ? subpart("What went wrong", text(answer.error_detail)) : null,
      ...(answer.ratings ?? []).map((rating) =>
        subpart(`${rating.judge}${repeats ? `, time ${rating.repeat + 1}` : ""}: ${rating.error ? words(rating.error) : tell(rating.score)}`, text(rating.rationale)),
      ),
      tags([...problem, ...status, ...flags, ...criteria]),
      tags(metrics),
    );
  };
  const pairOf = (pair) =>
    part(
      `${pair.candidate} against ${pair.baseline}: ${pair.verdict ? verdictWords[pair.verdict] : "no verdict"}${pair.consistent === false ? ", the two orders disagree" : ""}`,
      ...(pair.slots ?? []).map((slot) =>
        subpart(
          `${slot.first} shown first: ${slot.winner ? (slot.winner === "tie" ? "a tie" : `${slot.winner} preferred`) : words(slot.error ?? "unscored")}`,
          slot.rationale ? text(slot.rationale) : "",
        ),
      ),
    );
  const detailOf = (item) =>
    [
      part("Question", text(item.question)),
      item.reference ? part("Reference", text(item.reference)) : null,
      h("div", { class: "answers" }, item.answers.map(answerOf)),
      ...(item.pairs ?? []).map(pairOf),
      h("p", { class: "part small" }, h("a", { href: `#item-${item.index}` }, "Link to this item")),
    ].filter(Boolean);

  const stateOf = (item) => {
    if (item.verdict) return h("span", { class: `pill ${kindOf[item.verdict]}` }, verdictWords[item.verdict] + (item.consistent === false ? ", inconsistent" : ""));
    if (item.status === "unscored") return h("span", { class: "pill bad" }, "unscored");
    if (item.status !== "scored") return h("span", { class: "pill" }, words(item.status));
    return (item.flags ?? []).length ? h("span", { class: "pill warn" }, words(item.flags[0])) : "";
  };
  const heads = [...document.querySelectorAll(".items thead th")];
  // A narrow screen hides columns; a detail that spanned those too would make empty ones.
  const span = () => String(heads.filter((head) => head.offsetParent !== null).length);
  const rowsOf = (item) => {
    const id = `item-${item.index}`;
    const button = h("button", { class: "question", type: "button", "aria-expanded": "false", "aria-controls": id, dir: "auto" }, item.question || "(empty question)");
    const detail = h("tr", { class: "detail", id, hidden: true }, h("td", { colspan: span() }));
    const row = h(
      "tr",
      { class: "row" },
      h("td", { class: "c-index quiet" }, String(item.index + 1)),
      h("td", {}, button),
      data.categories.length ? h("td", { class: "c-category quiet" }, item.category ?? "") : null,
      data.scored ? h("td", { class: "c-score number" }, tell(item.score)) : null,
      data.changes ? h("td", { class: "c-score number" }, tell(item.change, true)) : null,
      h("td", { class: "c-state" }, stateOf(item)),
    );
    row.addEventListener("click", () => {
      if (String(window.getSelection())) return;
      const open = detail.hidden;
      if (open && !detail.firstChild.childNodes.length) detail.firstChild.append(...detailOf(item));
      detail.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
    });
    return [row, detail];
  };

  const count = document.getElementById("count");
  const more = document.getElementById("more");
  const nothing = document.getElementById("nothing");
  const show = () => {
    const found = selected();
    body.replaceChildren(...found.slice(0, state.shown).flatMap(rowsOf));
    count.textContent = `${found.length.toLocaleString("en")} of ${data.items.length.toLocaleString("en")} items`;
    more.hidden = found.length <= state.shown;
    nothing.hidden = found.length > 0;
    for (const head of document.querySelectorAll(".items th[data-sort]")) {
      if (head.dataset.sort === state.sort) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    for (const chip of document.querySelectorAll("#filters button")) chip.setAttribute("aria-pressed", String(chip.dataset.filter === state.filter));
  };
  const change = (changes) => {
    Object.assign(state, { shown: STEP }, changes);
    show();
  };

  // A link such as report.html#item-12 opens that item, whatever is filtered.
  const follow = () => {
    const named = /^#item-(\d+)$/.exec(window.location.hash);
    const place = named ? [...data.items].sort((a, b) => a.index - b.index).findIndex((item) => item.index === Number(named[1])) : -1;
    if (place < 0) return;
    for (const control of document.querySelectorAll("#search, #category")) control.value = "";
    change({ filter: "all", words: "", category: "", sort: "index", down: false, shown: Math.max(STEP, place + 1) });
    const button = document.querySelector(`#rows [aria-controls="item-${named[1]}"]`);
    button.click();
    button.scrollIntoView({ block: "start" });
    button.focus({ preventScroll: true });
  };

  for (const [key, filter] of Object.entries(FILTERS)) {
    const many = data.items.filter(filter.keep).length;
    if (!many || (key !== "all" && key !== "lowest" && many === data.items.length && key !== "changed")) continue;
    const chip = h("button", { type: "button", "data-filter": key, "aria-pressed": "false" }, key === "all" || key === "lowest" ? filter.name : `${filter.name} ${many}`);
    chip.addEventListener("click", () => change({ filter: key, sort: filter.sort[0], down: filter.sort[1] }));
    document.getElementById("filters").append(chip);
  }
  for (const head of document.querySelectorAll(".items th[data-sort]")) {
    head.firstElementChild.addEventListener("click", () =>
      change({ sort: head.dataset.sort, down: state.sort === head.dataset.sort ? !state.down : head.dataset.sort === "change" }),
    );
  }
  document.getElementById("search").addEventListener("input", (event) => change({ words: event.target.value.trim().toLowerCase() }));
  document.getElementById("category")?.addEventListener("change", (event) => change({ category: event.target.value }));
  more.firstElementChild.addEventListener("click", () => change({ shown: state.shown + STEP }));
  document.getElementById("explorer").hidden = false;
  window.matchMedia("(max-width: 760px)").addEventListener("change", () => {
    for (const cell of document.querySelectorAll(".items tr.detail td")) cell.setAttribute("colspan", span());
  });
  if (data.start in FILTERS && data.items.some(FILTERS[data.start].keep)) state.filter = data.start, [state.sort, state.down] = FILTERS[data.start].sort;
  show();
  window.addEventListener("hashchange", follow);
  follow();
})();
