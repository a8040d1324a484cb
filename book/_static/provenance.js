// A reported number opens a card with where it comes from. Without this script it is a link to the
// page that lists them all. Nothing is fetched: published.js brought the facts.
(() => {
  "use strict";

  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  const dashed = (id) => id.replaceAll("_", "-");

  const root = () => document.documentElement.dataset.content_root || "./";

  // The numbers that words on a method tell of, each in the list of all.
  const listOf = (analyses) => {
    const ids = (analyses || "").split(" ").filter((id) => id);
    if (ids.length < 2) return "";
    const list = element("span");
    ids.forEach((id, i) => {
      if (i) list.append(", ");
      list.append(element("a", id, { href: `${root()}numbers.html#num-${dashed(id)}` }));
    });
    return list;
  };

  // The facts of a number, or of one value of a table, in the card's order.
  const factsOf = (link) => {
    const all = window.COMPENDIUM;
    const number = all.numbers[link.dataset.num];
    if (number) {
      return {
        title: number.label,
        value: number.value,
        run: number.run,
        cell: number.cell,
        listed: `numbers.html#num-${dashed(link.dataset.num)}`,
        facts: [
          ["Interval", number.interval && `${number.interval} (${number.level} confidence)`],
          ["n", number.n],
          ["Events", number.events],
          ["p", number.p],
          ["Method", number.method || "as counted or given"],
          ["Id", link.dataset.num],
          ["Analyses", listOf(link.dataset.analyses)],
        ],
      };
    }
    const table = all.tables[link.dataset.table];
    return {
      title: link.dataset.where,
      value: link.textContent,
      run: table.run,
      cell: table.cell,
      listed: `numbers.html#listed-${dashed(link.dataset.table)}`,
      facts: [["Table", `${link.dataset.table}, row ${link.dataset.row}`]],
    };
  };

  const card = element("dialog", "", { class: "provenance", "aria-labelledby": "provenance-title" });
  let opener = null;

  const fill = (link) => {
    const { title, value, run, cell, listed, facts } = factsOf(link);
    const made = window.COMPENDIUM.runs[run];
    const place = element("a", `${made.title}, cell ${cell}`, {
      href: `${root()}notebooks/${run}.html#cell-${cell}`,
    });
    const list = element("dl");
    const rows = [
      ...facts,
      ["Made in", place],
      ["Study", made.synthetic ? `${made.study} (SYNTHETIC)` : made.study],
      ["Data", `fingerprint ${made.fingerprint}`],
      ["Package", `${made.package_version}, commit ${made.commit || "not recorded"}`],
    ];
    for (const [name, fact] of rows) {
      if (fact === null || fact === undefined || fact === "") continue;
      const shown = element("dd");
      shown.append(fact instanceof Node ? fact : String(fact));
      list.append(element("dt", name), shown);
    }
    const parameters = element("ul");
    for (const [name, value_] of Object.entries(made.parameters)) {
      parameters.append(element("li", `${name} = ${JSON.stringify(value_)}`));
    }
    const details = element("details");
    details.append(element("summary", "Parameters in effect"), parameters);
    const close = element("button", "✕", { type: "button", class: "close", "aria-label": "Close" });
    close.addEventListener("click", () => card.close());
    const more = element("p");
    more.append(element("a", "In the list of all numbers", { href: root() + listed }));
    card.replaceChildren(
      close, // first, so that it has the focus
      element("h2", title, { id: "provenance-title" }),
      element("p", value, { class: "value" }),
      list,
      details,
      more,
    );
  };

  // Below the number where there is room, else above it; never off the window.
  const placeBy = (link) => {
    const at = link.getBoundingClientRect();
    const size = card.getBoundingClientRect();
    const left = Math.min(Math.max(16, at.left), window.innerWidth - size.width - 16);
    const below = at.bottom + 8;
    const fits = below + size.height < window.innerHeight - 8;
    const top = fits ? below : Math.max(8, at.top - size.height - 8);
    card.style.left = `${Math.max(8, left)}px`;
    card.style.top = `${Math.min(top, Math.max(8, window.innerHeight - size.height - 8))}px`;
  };

  const open = (link) => {
    opener = link;
    fill(link);
    link.setAttribute("aria-expanded", "true");
    card.showModal();
    placeBy(link);
  };

  // A table is one stop of the Tab key; arrows walk its links, from cell to cell and within one.
  const linksIn = (cell) => (cell ? [...cell.querySelectorAll("a[href]")] : []);

  const beside = (from, rows, [down, across]) => {
    const cell = from.closest("td, th");
    const within = linksIn(cell);
    const next = within[within.indexOf(from) + across];
    if (across && next) return next;
    let row = rows.indexOf(cell.parentElement) + down;
    let column = cell.cellIndex + across;
    while (rows[row] && rows[row].cells[column]) {
      const links = linksIn(rows[row].cells[column]);
      if (links.length) return across < 0 ? links.at(-1) : links[0];
      row += down;
      column += across;
    }
    return null;
  };

  const walk = (event) => {
    const from = event.target.closest("article table a[href]");
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    if (!from || !(event.key in step) || event.altKey || event.ctrlKey || event.metaKey) return;
    const rows = [...from.closest("table").rows];
    const to = from.closest("td, th") && beside(from, rows, step[event.key]);
    if (!to) return;
    event.preventDefault();
    from.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  };

  const oneStop = (table) => {
    const links = [...table.rows].flatMap(linksIn);
    if (!links.length) return;
    links.forEach((link, i) => {
      link.tabIndex = i ? -1 : 0;
    });
    // The theme makes what scrolls a stop of its own; here the links are the way to scroll.
    const frame = table.closest(".pst-scrollable-table-container");
    if (frame) {
      frame.classList.replace("pst-scrollable-table-container", "table-scroll");
      frame.removeAttribute("tabindex");
    }
  };

  // A formula that is wider than the page is reached, and scrolled, by keys.
  const reachFormulas = () => {
    for (const formula of document.querySelectorAll('mjx-container[display="true"]')) {
      if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
      else formula.removeAttribute("tabindex");
    }
  };

  const ready = () => {
    document.body.append(card);
    document.querySelectorAll("article table").forEach(oneStop);
    window.addEventListener("resize", reachFormulas);
    window.addEventListener("load", () => {
      const drawn = window.MathJax && window.MathJax.startup && window.MathJax.startup.promise;
      if (drawn) drawn.then(reachFormulas);
    });
    for (const link of document.querySelectorAll("a.traced")) {
      link.setAttribute("aria-haspopup", "dialog");
    }
    card.addEventListener("close", () => {
      if (opener) opener.removeAttribute("aria-expanded");
      if (opener) opener.focus();
    });
    card.addEventListener("click", (event) => {
      if (event.target === card) card.close();
      if (event.target.closest("a")) {
        opener = null;
        card.close();
      }
    });
    // The theme takes Escape for its search field before the browser closes a dialog.
    card.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      card.close();
    });
    document.addEventListener("keydown", walk);
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a.traced");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !window.COMPENDIUM) return;
      event.preventDefault();
      open(link);
    });
    openTarget();
    window.addEventListener("hashchange", openTarget);
  };

  // A link to a cell shows its code.
  const openTarget = () => {
    const cell = location.hash && document.getElementById(location.hash.slice(1));
    const code = cell && cell.querySelector("details.above-input");
    if (code) code.open = true;
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
  else ready();
})();
