"use strict";
(() => {
  const left = 10, width = 1180, letter = 6.7;
  const all = [...document.getElementById("frames").children].map(g => {
    const rect = g.querySelector("rect"), x = +rect.getAttribute("x"), w = +rect.getAttribute("width");
    return {g, rect, x, w, y: +rect.getAttribute("y"), text: g.querySelector("text"), name: g.querySelector("title").textContent.split("\n")[0]};
  });
  const label = (f, x, w) => {
    const n = Math.floor((w - 6) / letter);
    const letters = [...f.name], s = letters.length <= n ? f.name : n < 3 ? "" : letters.slice(0, n - 1).join("") + "…";
    if (!f.text) {
      if (!s) return;
      f.text = f.g.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "text"));
      f.text.setAttribute("y", f.y + 12.5);
    }
    f.text.setAttribute("x", x + 3);
    f.text.textContent = s;
  };
  const zoom = to => {
    const scale = width / to.w, slack = 0.05; // the numbers are rounded
    for (const f of all) {
      const above = f.y < to.y && f.x <= to.x + slack && f.x + f.w >= to.x + to.w - slack;
      const inside = f.y >= to.y && f.x >= to.x - slack && f.x + f.w <= to.x + to.w + slack;
      f.g.style.display = above || inside ? "" : "none";
      f.g.classList.toggle("way", above);
      if (!above && !inside) continue;
      const x = above ? left : left + (f.x - to.x) * scale, w = above ? width : f.w * scale;
      f.rect.setAttribute("x", x);
      f.rect.setAttribute("width", w);
      label(f, x, w);
    }
  };
  const search = document.getElementById("search"), found = document.getElementById("found");
  const find = () => {
    const asked = prompt("Search for a part of a name, or a regular expression", "");
    if (asked === null) return;
    let test = s => s.includes(asked);
    try { const re = new RegExp(asked, "i"); test = s => re.test(s); } catch (e) { /* then it is a part of a name */ }
    // What is found below something found is no more time.
    const hits = all.filter(f => f.g.classList.toggle("found", asked !== "" && test(f.name)));
    const spans = hits.map(f => [f.x, f.x + f.w]).sort((a, b) => a[0] - b[0]);
    let sum = 0, end = 0;
    for (const [a, b] of spans) { sum += Math.max(0, b - Math.max(a, end)); end = Math.max(end, b); }
    found.textContent = asked === "" ? "" : hits.length + " found, " + (100 * sum / width).toFixed(1) + "% of all";
  };
  search.textContent = "search";
  search.addEventListener("click", find);
  addEventListener("keydown", e => {
    if (e.key === "Escape") zoom(all[0]);
    if (e.key === "/" || (e.ctrlKey || e.metaKey) && e.key === "f") { e.preventDefault(); find(); }
  });
  for (const f of all) f.g.addEventListener("click", () => zoom(f));
})();
