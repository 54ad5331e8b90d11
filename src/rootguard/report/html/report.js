// Texts of others (account names, reasons) reach the page as text nodes only.
const $ = (id) => document.getElementById(id);
const { accounts, management, marks: MARKS, rules } = JSON.parse($("matrix-data").textContent);

const WORST_FIRST = Object.keys(MARKS).join("");
const WRONG = [MARKS.n[1], MARKS.e[1]];
const SEVERITIES = ["critical", "high", "medium", "low"];
const ACCOUNT_ID = /^#?(\d{12})$/;

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}
const say = (text) => { $("said").textContent = text; };
const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
const severityTag = (rule) => element("span", { className: `severity s${SEVERITIES.indexOf(rule.severity)}` }, rule.severity);
const sign = (code, rule) => element("span", {
  className: `sign ${code} c${SEVERITIES.indexOf(rule.severity)}`, role: "img", "aria-label": MARKS[code][1],
}, MARKS[code][0]);

// ---- What is shown: a state, its address, and the rows that fit ----

const matrix = $("matrix");
const body = matrix.tBodies[0];
const headings = [...matrix.tHead.rows[0].cells];
const rows = [...body.rows];
const entries = accounts.map(([id, name, standing, code, codes], rank) => (
  { id, name, standing, code, codes, rank, row: rows[rank], text: `${name} ${id}`.toLowerCase() }
));
const byId = new Map(entries.map((entry) => [entry.id, entry]));
const byRow = new Map(entries.map((entry) => [entry.row, entry]));
const columnOf = new Map(rules.map((rule, column) => [rule.name, column]));
const compareNames = new Intl.Collator("en", { numeric: true }).compare;

const state = { q: "", result: new Set(), severity: new Set(), rule: new Set(), sort: "risk", turned: false };
let framework = "";
const detail = $("detail");
let opened = null; // what the detail shows: { entry, column }
let sorted = [...entries];
let columns = headings.map((_, index) => index);

const CHOICES = {
  result: Object.values(MARKS).map(([, word]) => word), severity: SEVERITIES, rule: rules.map((rule) => rule.name),
};

function address() {
  const parts = new URLSearchParams();
  if (state.q) parts.set("q", state.q);
  for (const name of Object.keys(CHOICES)) {
    if (state[name].size) parts.set(name, CHOICES[name].filter((each) => state[name].has(each)).join(","));
  }
  if (state.sort !== "risk" || state.turned) parts.set("sort", (state.turned ? "-" : "") + state.sort);
  if (framework) parts.set("framework", framework);
  if (opened) parts.set("account", opened.entry.id);
  if (opened && opened.column >= 0) parts.set("detail", rules[opened.column].name);
  return parts.toString().replaceAll("%2C", ",");
}
function remember() {
  const wanted = address();
  if (location.hash.slice(1) !== wanted) history.replaceState(null, "", `#${wanted}`);
}
function recall() {
  const fragment = location.hash.slice(1);
  const isPlace = fragment !== "" && !fragment.includes("="); // a section or an account, and the view stays
  const parts = new URLSearchParams(isPlace ? address() : fragment);
  state.q = parts.get("q") ?? "";
  for (const [name, choices] of Object.entries(CHOICES)) {
    state[name] = new Set((parts.get(name) ?? "").split(",").filter((each) => choices.includes(each)));
  }
  const sort = (parts.get("sort") ?? "risk").match(/^(-?)(.*)$/);
  const sortable = columnOf.has(sort[2]) || sort[2] === "account";
  state.sort = sortable ? sort[2] : "risk";
  state.turned = sort[1] === "-";
  chooseFramework(parts.get("framework"));
  const entry = byId.get(isPlace ? fragment : parts.get("account"));
  showControls();
  showMatrix();
  if (isPlace && address()) remember();
  if (entry) open(entry, columnOf.get(parts.get("detail")) ?? -1);
  else if (detail.open) detail.close();
}
function chooseFramework(key) {
  const radios = [...document.querySelectorAll("input[name=framework]")];
  const radio = radios.find((each) => each.value === key) ?? radios[0];
  if (radio) radio.checked = true;
  framework = radio && radio !== radios[0] ? key : "";
}

function fits({ text, codes }, words, wanted, places) {
  if (!words.every((word) => text.includes(word))) return false;
  return !wanted || places.some((place) => wanted.includes(codes[place]));
}
function wantedPlaces() {
  const { rule, severity } = state;
  const wants = (each) => (!rule.size || rule.has(each.name)) && (!severity.size || severity.has(each.severity));
  return rules.flatMap((each, place) => (wants(each) ? [place] : []));
}
function sort() {
  const column = columnOf.get(state.sort);
  const keys = {
    account: (a, b) => compareNames(a.name, b.name) || compareNames(a.id, b.id),
    risk: (a, b) => a.rank - b.rank,
  };
  const byColumn = (a, b) => WORST_FIRST.indexOf(a.codes[column]) - WORST_FIRST.indexOf(b.codes[column]);
  const compare = keys[state.sort] ?? byColumn;
  const sense = state.turned ? -1 : 1;
  const before = sorted;
  sorted = [...entries].sort((a, b) => sense * compare(a, b) || a.rank - b.rank);
  if (sorted.some((entry, index) => entry !== before[index])) body.append(...sorted.map((entry) => entry.row));
  for (const heading of headings) {
    const chosen = heading.dataset.sort === state.sort;
    heading.setAttribute("aria-sort", chosen ? (state.turned ? "descending" : "ascending") : "none");
  }
}
function showMatrix() {
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  const narrowed = state.result.size || state.rule.size || state.severity.size;
  const results = Object.keys(MARKS).filter((code) => !state.result.size || state.result.has(MARKS[code][1]));
  const wanted = narrowed ? results.filter((code) => code !== "x").join("") : "";
  const places = wantedPlaces();
  const counts = {};
  let shown = 0;
  sort();
  for (const entry of entries) {
    entry.shown = fits(entry, words, wanted, places);
    entry.row.hidden = !entry.shown;
    if (!entry.shown) continue;
    shown += 1;
    for (const place of places) counts[entry.codes[place]] = (counts[entry.codes[place]] ?? 0) + 1;
  }
  showColumns();
  const found = [["n", plural(counts.n ?? 0, "violation")], ["e", `${counts.e?.toLocaleString("en")} not seen`], ["m", `${counts.m?.toLocaleString("en")} not looked into`]];
  $("shown").textContent = [
    shown === entries.length ? plural(shown, "account") : `${shown.toLocaleString("en")} of ${plural(entries.length, "account")}`,
    ...found.flatMap(([code, words]) => (counts[code] ? [words] : [])),
  ].join(", ");
  $("nothing").hidden = shown > 0;
  matrix.parentElement.hidden = shown === 0;
  if (!active.isConnected || active.closest("tr").hidden || !columns.includes(active.cellIndex)) makeActive(headings[0]);
  hideTip();
}
function showColumns() {
  const gone = (rule) => state.severity.size > 0 && !state.severity.has(rule.severity);
  SEVERITIES.forEach((severity, rank) => matrix.classList.toggle(`without-${rank}`, gone({ severity })));
  columns = [0, 1, ...rules.flatMap((rule, place) => (gone(rule) ? [] : [place + 2]))];
  matrix.style.setProperty("--rules", Math.max(1, columns.length - 2));
}
function showControls() {
  $("text").value = state.q;
  for (const box of $("filter").querySelectorAll("input[name]")) box.checked = state[box.name].has(box.value);
  $("wrong").checked = state.result.size === WRONG.length && WRONG.every((word) => state.result.has(word));
  $("rules-chosen").hidden = !state.rule.size;
  $("rules-chosen").replaceChildren(...[...state.rule].map((name) => element("button", {
    type: "button", "aria-label": `No longer only ${name}`,
    onclick() { state.rule.delete(name); change(); $("text").focus(); },
  }, `rule ${name} ✕`)));
}
function change() { showControls(); showMatrix(); remember(); }
function clear() {
  Object.assign(state, { q: "", result: new Set(), severity: new Set(), rule: new Set() });
  change();
  $("text").focus();
}

$("text").addEventListener("input", () => { state.q = $("text").value.trim(); showMatrix(); remember(); });
$("filter").addEventListener("submit", (event) => event.preventDefault());
$("filter").addEventListener("change", ({ target }) => {
  if (target.name) state[target.name][target.checked ? "add" : "delete"](target.value);
  else if (target.id === "wrong") state.result = new Set(target.checked ? WRONG : []);
  change();
});
$("clear").addEventListener("click", clear);
$("nothing").querySelector("button").addEventListener("click", clear);
document.querySelector(".choice")?.addEventListener("change", ({ target }) => { chooseFramework(target.value); remember(); });

// ---- The matrix as a grid: one stop for Tab, arrows inside ----

let active = headings[0];
function makeActive(cell) {
  active.tabIndex = -1;
  active = cell;
  cell.tabIndex = 0;
}
function focusCell(cell) {
  makeActive(cell);
  cell.focus();
}
function visibleRow(from, step, times = 1) {
  const shown = [matrix.tHead.rows[0], ...sorted.filter((entry) => entry.shown).map((entry) => entry.row)];
  const place = shown.indexOf(from) + step * times;
  return shown[Math.min(Math.max(place, 0), shown.length - 1)];
}
function moved(cell, event) {
  const row = cell.parentElement;
  const place = columns.indexOf(cell.cellIndex);
  const at = (index, line = row) => line.cells[columns[Math.min(Math.max(index, 0), columns.length - 1)]];
  const far = event.ctrlKey || event.metaKey;
  const moves = {
    ArrowLeft: () => at(place - 1), ArrowRight: () => at(place + 1),
    ArrowUp: () => at(place, visibleRow(row, -1)), ArrowDown: () => at(place, visibleRow(row, 1)),
    PageUp: () => at(place, visibleRow(row, -1, 10)), PageDown: () => at(place, visibleRow(row, 1, 10)),
    Home: () => at(0, far ? visibleRow(row, -1, Infinity) : row),
    End: () => at(columns.length, far ? visibleRow(row, 1, Infinity) : row),
  };
  return moves[event.key]?.();
}
function use(cell) {
  const heading = cell.dataset.sort;
  if (heading) {
    state.turned = state.sort === heading && !state.turned;
    state.sort = heading;
    change();
    say(`Sorted by ${heading}${state.turned ? ", turned" : ""}`);
  } else {
    open(byRow.get(cell.parentElement), cell.cellIndex - 2);
  }
}
function prepareGrid() {
  matrix.setAttribute("role", "grid");
  matrix.setAttribute("aria-readonly", "true");
  matrix.setAttribute("aria-rowcount", entries.length + 1);
  for (const part of [matrix.tHead, body]) part.setAttribute("role", "rowgroup");
  for (const row of matrix.rows) row.setAttribute("role", "row");
  for (const cell of matrix.querySelectorAll("td")) cell.setAttribute("role", "gridcell");
  for (const cell of matrix.querySelectorAll("tbody th")) cell.setAttribute("role", "rowheader");
  for (const cell of headings) cell.setAttribute("role", "columnheader");
  makeActive(headings[0]);
}
const cellOf = (event) => (event.target instanceof Element ? event.target.closest("#matrix :is(th, td)") : null);
matrix.addEventListener("keydown", (event) => {
  const cell = cellOf(event);
  if (!cell || event.altKey) return;
  const target = moved(cell, event);
  if (target) focusCell(target);
  else if (event.key === "Enter" || event.key === " ") use(cell);
  else return;
  event.preventDefault();
});
matrix.addEventListener("click", (event) => {
  const cell = cellOf(event);
  if (!cell || !getSelection().isCollapsed) return;
  makeActive(cell);
  use(cell);
});

// ---- The reason of a cell, when it is pointed at or focused ----

const tip = $("tip");
let tipped = null;
let dismissed = false; // by Escape, until the pointer moves: what the tip uncovers is not pointed at
function hideTip() {
  tipped?.removeAttribute("aria-describedby");
  tipped = null;
  tip.hidden = true;
}
function tipOf(cell) {
  const rule = rules[cell.cellIndex - 2];
  if (!rule) return [];
  const entry = byRow.get(cell.parentElement);
  if (!entry) return [element("strong", {}, rule.title), `${rule.name}, ${rule.severity}`];
  unpack();
  const result = resultOf(entry, cell.cellIndex - 2);
  return [element("strong", {}, `${rule.name} ${MARKS[entry.codes[cell.cellIndex - 2]][1]}`), result?.reason ?? ""];
}
function showTip(cell) {
  if (cell === tipped) return;
  hideTip();
  const told = cell ? tipOf(cell) : [];
  if (!told.length) return;
  tipped = cell;
  tip.replaceChildren(...told);
  tip.hidden = false;
  cell.setAttribute("aria-describedby", "tip");
  placeTip();
}
function placeTip() {
  const box = tipped.getBoundingClientRect();
  const { width, height } = tip.getBoundingClientRect();
  const below = box.bottom + height + 4 < innerHeight;
  tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
  tip.style.top = `${below ? box.bottom + 2 : Math.max(8, box.top - height - 2)}px`;
}
matrix.addEventListener("pointerover", (event) => { if (!dismissed) showTip(cellOf(event)); });
document.addEventListener("pointermove", ({ movementX, movementY }) => { dismissed &&= !(movementX || movementY); });
matrix.addEventListener("focusin", (event) => showTip(cellOf(event)));
matrix.addEventListener("focusout", hideTip);
matrix.addEventListener("pointerleave", (event) => { if (event.relatedTarget !== tip) hideTip(); });
tip.addEventListener("pointerleave", (event) => { if (!matrix.contains(event.relatedTarget)) hideTip(); });
addEventListener("scroll", () => {
  if (tipped?.matches(":hover, :focus")) placeTip();
  else hideTip();
}, { capture: true, passive: true });

// ---- Reasons and evidence: large, so deflated in the file until somebody wants them ----

let known = null;
let unpacking;
let damage = "";
const unpack = () => { unpacking ??= inflate().then(tellAgain); };
async function inflate() {
  try {
    const packed = Uint8Array.from(atob($("detail-data").textContent), (sign) => sign.charCodeAt(0));
    known = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
  } catch {
    damage = globalThis.DecompressionStream
      ? "The evidence cannot be read, as this file is damaged: copy it again, or audit again."
      : "This browser cannot unpack the evidence: open the file in a newer one.";
  }
}
function tellAgain() {
  if (opened) tell();
  const cell = tipped;
  if (!cell) return;
  hideTip();
  showTip(cell);
}
function resultOf(entry, column) {
  if (!known) return null;
  const { accounts: all, places, unseen, words } = known;
  const [observations, results] = all[entry.rank];
  if (!results[column]) return null;
  const [reason, why, ...seen] = results[column];
  const observed = (number) => {
    const [place, value, time] = observations.slice(number * 3, number * 3 + 3);
    const [action, account = entry.id, region, member] = places[place].map((word) => words[word]);
    return { action, account, region, member, value: words[value], time: words[time] };
  };
  return {
    reason: words[reason],
    unseen: why < 0 ? null : unseen[why].map((word) => words[word]),
    evidence: seen.map(observed),
  };
}

// ---- One account, in full ----

function copyButton(text, what) {
  const button = element("button", { type: "button", className: "copy", "aria-label": `Copy ${what}` }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
      say(`Copied ${what}`);
    } catch {
      button.textContent = "Not allowed";
      say("The browser does not let this page copy");
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  return button;
}
function evidenceTables(evidence) {
  const calls = new Map();
  for (const each of evidence) {
    const call = [each.action, each.account, each.region, each.time].join(" ");
    if (!calls.has(call)) calls.set(call, []);
    calls.get(call).push(each);
  }
  return [...calls.values()].map((members) => element("table", { className: "evidence" },
    element("caption", {}, element("code", {}, members[0].action),
      element("span", { className: "note" }, ` of account ${members[0].account} in ${members[0].region}, ${members[0].time}`)),
    element("tbody", {}, ...members.map(({ member, value }) => element("tr", {},
      element("th", { scope: "row" }, member), element("td", {}, value))))));
}
function unseenPart([kind, action, account, region, code, problem, advice]) {
  const asked = action ? `${action} of account ${account} in ${region}` : kind;
  return [
    element("h3", {}, "What could not be seen"),
    element("p", {}, element("code", {}, asked), code ? ` answered ${code}` : ""),
    element("p", { className: "problem" }, problem),
    ...(advice ? [element("p", { className: "advice" }, element("strong", {}, "What to do: "), advice)] : []),
  ];
}
function fixPart(rule, entry) {
  const commands = rule.commands.map((command) => command.replace(/\bACCOUNT_ID\b/g, entry.id));
  const noSession = entry.id === management && commands.some((command) => command.includes(" assume-root "));
  return [
    element("h3", {}, "How to fix it"),
    element("p", {}, rule.fix),
    element("h4", {}, "In the console"),
    element("ol", {}, ...rule.console.map((step) => element("li", {}, step))),
    element("h4", {}, "With the aws CLI; what is still in capitals is yours to fill in"),
    ...(noSession ? [element("p", { className: "note" },
      "This is the management account: no session of sts assume-root opens there, so take the way through the console.")] : []),
    ...commands.map((command) => element("div", { className: "command" }, element("code", {}, command), copyButton(command, "the command"))),
    element("h4", {}, "In the whole organization"),
    element("p", {}, rule.organization),
  ];
}
function verdictPart(entry, column, isOpen) {
  const rule = rules[column];
  const code = entry.codes[column];
  const result = resultOf(entry, column);
  const summary = element("summary", {}, sign(code, rule),
    element("span", { className: "title" }, code === "n" ? rule.finding : rule.title), severityTag(rule),
    element("span", { className: "reason" }, result?.reason ?? MARKS[code][1]));
  const inside = element("div", { className: "inside" });
  const part = element("details", { className: "verdict", open: isOpen }, summary, inside);
  const fill = () => {
    if (inside.firstChild) return;
    if (result?.unseen) inside.append(...unseenPart(result.unseen));
    if (code === "n") inside.append(...fixPart(rule, entry));
    inside.append(element("h3", {}, "What AWS said"));
    if (result?.evidence.length) inside.append(...evidenceTables(result.evidence));
    else inside.append(element("p", { className: "note" }, damage || "Nothing that may be told was read for this."));
    inside.append(element("p", {}, element("a", { href: rule.page, rel: "noreferrer" }, rule.name), ", what it asks and why"));
  };
  if (isOpen) fill();
  part.addEventListener("toggle", fill);
  return part;
}
function open(entry, column = -1) {
  opened = { entry, column };
  hideTip();
  $("detail-name").replaceChildren(element("bdi", {}, entry.name || "Account"), " ", element("span", { className: "id" }, entry.id));
  $("previous").disabled = !neighbour(-1);
  $("next").disabled = !neighbour(1);
  if (!detail.open) {
    detail.showModal();
    $("detail-name").focus();
  }
  detail.scrollTop = 0;
  tell();
  remember();
}
function toldOf({ standing, codes, code }, column) {
  if (code === "x") return [element("p", {}, `The account is ${standing}: it was not looked into.`)];
  if (code === "m") return [element("p", {}, "The audit was interrupted before this account was looked into.")];
  unpack();
  if (!known && !damage) return [element("p", { className: "note" }, "Unpacking the evidence…")];
  const order = rules.map((_, place) => place).sort((a, b) => WORST_FIRST.indexOf(codes[a]) - WORST_FIRST.indexOf(codes[b]));
  const wrong = [...codes].filter((each) => each === "n" || each === "e").length;
  return [
    ...(damage ? [element("p", { className: "problem", role: "alert" }, damage)] : []),
    element("p", { className: "note" }, `${standing}; ${wrong} of ${plural(codes.length, "rule")} violated or not seen`),
    ...order.map((place) => verdictPart(opened.entry, place, place === column)),
  ];
}
function tell() {
  const { entry, column } = opened;
  const content = $("detail-content");
  const focused = document.activeElement;
  if (focused.disabled || content.contains(focused)) $("detail-name").focus(); // before what has the focus is gone
  content.replaceChildren(element("p", {}, copyButton(entry.id, "the account's id")), ...toldOf(entry, column));
  const chosen = content.querySelector("details[open]");
  if (!chosen) return;
  if (document.activeElement === $("detail-name")) chosen.firstChild.focus({ preventScroll: true });
  chosen.scrollIntoView({ block: "start" });
}
function neighbour(step) {
  const shown = sorted.filter((entry) => entry.shown);
  const place = shown.indexOf(opened.entry);
  return place < 0 ? undefined : shown[place + step];
}
function step(by) {
  const entry = neighbour(by);
  if (entry) open(entry, opened.column);
}
$("previous").addEventListener("click", () => step(-1));
$("next").addEventListener("click", () => step(1));
$("close").addEventListener("click", () => detail.close());
detail.addEventListener("click", (event) => { if (event.target === detail) detail.close(); });
detail.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "n") step(1);
  if (event.key === "p") step(-1);
});
detail.addEventListener("close", () => {
  const { entry, column } = opened;
  opened = null;
  remember();
  if (matrix.contains(document.activeElement) && entry.shown) focusCell(entry.row.cells[Math.max(column + 2, 0)] ?? entry.row.cells[0]);
});

// ---- The rest of the page ----

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a.account") : null;
  const entry = link && byId.get(link.hash.slice(1));
  if (!entry) return;
  event.preventDefault();
  open(entry, columnOf.get(link.closest("[data-rule]")?.dataset.rule) ?? -1);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    dismissed = true;
    hideTip();
  }
  if (event.key !== "/" || detail.open || event.target.matches("input[type=search]")) return;
  event.preventDefault();
  $("text").focus();
  $("text").select();
});

// As in frameworks.py: a control holds where all its rules do, and never where one was left out.
function controlState(codes, complete) {
  if (codes.includes("n")) return "n";
  if (!complete || codes.some((code) => code === "e" || code === "m")) return "e";
  return codes.every((code) => code === "a") ? "a" : "p";
}
const accountLink = ({ id, name }) => element("li", {},
  element("a", { className: "account", href: `#${id}` }, element("bdi", {}, name), " ", element("span", { className: "id" }, id)));
function listAccounts(part) {
  if (part.querySelector("ul")) return;
  const places = part.dataset.columns.split(" ").map(Number);
  const complete = part.dataset.complete === "yes";
  const found = { n: [], e: [] };
  for (const entry of entries) {
    if (entry.code !== "x") found[controlState(places.map((place) => entry.codes[place]), complete)]?.push(entry);
  }
  for (const [code, heading] of [["n", "Fails"], ["e", "Not seen"]]) {
    if (found[code].length) part.append(element("h3", {}, heading), element("ul", { className: "accounts" }, ...found[code].map(accountLink)));
  }
  const names = places.map((place) => rules[place].name);
  part.append(element("button", { type: "button", onclick() {
    Object.assign(state, { q: "", severity: new Set(), rule: new Set(names), result: new Set(WRONG) });
    change();
    $("accounts").scrollIntoView();
    $("text").focus({ preventScroll: true });
  } }, "Show them above"));
}
for (const part of document.querySelectorAll("details[data-columns]")) part.addEventListener("toggle", () => listAccounts(part));

const THEMES = { auto: "light dark", light: "light", dark: "dark" };
let theme;
function setTheme(name) {
  theme = Object.hasOwn(THEMES, name) ? name : "auto";
  document.documentElement.style.colorScheme = THEMES[theme];
  $("theme").textContent = `Theme: ${theme}`;
}
function kept(use) { // a browser may refuse a file its storage
  try { return use(localStorage); } catch { return null; }
}
$("theme").addEventListener("click", () => {
  const names = Object.keys(THEMES);
  setTheme(names[(names.indexOf(theme) + 1) % names.length]);
  kept((storage) => storage.setItem("rootguard theme", theme));
});
$("print").addEventListener("click", () => print());

document.documentElement.classList.add("js");
$("filter").hidden = false;
document.querySelector(".tools").hidden = false;
setTheme(kept((storage) => storage.getItem("rootguard theme")));
prepareGrid();
addEventListener("hashchange", recall);
recall();
