/* Workbench: the one script. Everything works without it; it adds keys, drag and drop, and live views.
   Sections: start, undo, keys, drafts, menus, choosing, filters, search, find, preview, files, board, live. No page-specific code beyond the board's drag and drop. */
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const csrf = () => $('meta[name="csrf-token"]')?.content ?? "";

  /* -- start --------------------------------------------------------------------------- */
  document.addEventListener("htmx:configRequest", (event) => {
    const { verb, headers, formData } = event.detail;
    if (verb !== "get") headers["X-CSRF-Token"] = csrf();
    else for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
  });
  document.addEventListener("htmx:afterSettle", (event) => { openTarget(); showFirstError(event.target); });
  /* The form of one field: it opens under the hand, and whoever leaves it, saved or not, stands on the way to it again. */
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    const asked = detail.requestConfig?.elt, form = asked?.closest?.("[data-edit]");
    if (asked?.matches?.("a.change, a.cell")) $("details.change[open] form :is(input:not([type=hidden]), select, textarea, button)")?.focus({ preventScroll: true });
    if (form && !$(".refusal, .has-error")) $(`#field-${form.dataset.edit} :is(a.change, .change > summary), #row-${form.dataset.of} a.cell[data-field=${form.dataset.edit}]`)?.focus({ preventScroll: true });
    // The menu of a step that was left out or taken back is gone: the keys go on from its tick, or from where steps are added.
    if (asked?.matches?.(".step-menu form") && !$(".refusal, .has-error")) ($(`#${asked.closest("[data-item]").id} .tick`) ?? $("#add-step > summary"))?.focus({ preventScroll: true });
  });
  // What was just written has the focus, so that the keys go on from there, while its form keeps its place.
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (!detail.requestConfig?.elt?.matches?.("#notes form[action$='/notes']") || $(".refusal, .has-error")) return;
    const note = $$("#note-list .note").at(-1);
    note.tabIndex = -1;
    note.focus({ preventScroll: true });
  });
  // In a row of a list the form comes from the task's page, below what it changes.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.cell");
    if (!link || !window.htmx || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    $$("a.cell + details.change").forEach((box) => box.remove());
    htmx.ajax("GET", link.getAttribute("href").split("#")[0], { source: link, target: link, swap: "afterend", select: `#edit-${link.dataset.field}` });
  });
  // What is shown once is copied by a button, where the browser lets a page do that.
  for (const button of $$("[data-copy]")) button.hidden = !navigator.clipboard;
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    await navigator.clipboard.writeText(field.value);
    button.textContent = "Copied";
  });
  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-close]")?.closest("details");
    if (!box || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    closeField(box);
  });
  /** What was typed is gone with the form: the next look at it is at what is. */
  function closeField(box) {
    const form = $("form[data-edit]", box);
    if (form?.closest("details") !== box) return;
    const cell = box.previousElementSibling?.matches("a.cell") ? box.previousElementSibling : null;
    if (cell) { box.remove(); return cell.focus({ preventScroll: true }); }
    form.reset();
    box.open = false;
    $("summary", box)?.focus({ preventScroll: true });
  }
  /* What is typed while a fresh form is on its way goes along into it. */
  const answerIn = (field) => field.matches("[type=checkbox], [type=radio]") ? "checked" : "value";
  document.addEventListener("htmx:beforeRequest", ({ detail, target }) => {
    const fields = $$("input:not([type=hidden], [type=file]), textarea, select", target.closest("form") ?? document.createElement("form"));
    detail.xhr.asked = fields.filter((field) => field.id).map((field) => [field, field[answerIn(field)]]);
  });
  /* Presses may follow one another faster than pages come: none comes between press and release, none is put in the
     place of one that is gone, and none that is older than what is shown takes its place. */
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target.id !== "main" || !(live.isOlder(detail.serverResponse) || live.isPressed())) return;
    detail.shouldSwap = false;
    live.whenReleased(() => swapMain(detail));
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    // What was put in place is out of it, too, once it is: of the others no listener has heard.
    if (detail.target.id === "main" && !detail.target.isConnected && !detail.xhr.rooms && detail.xhr.status) live.whenReleased(() => swapMain(detail));
  });
  /* So it is with what shows anew by itself what a form would do, such as a preview: what was pressed in it brings its own answer. */
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const { target, xhr, requestConfig } = detail;
    if (target.id === "main" || target !== requestConfig.elt || !detail.shouldSwap || !live.isPressed()) return;
    detail.shouldSwap = false;
    live.whenReleased(() => {
      if (!target.isConnected || $(".htmx-request", target)) return;
      window.htmx.swap(target, xhr.response, { swapStyle: "innerHTML" }, { eventInfo: { xhr, requestConfig } });
    });
  });
  function swapMain({ xhr, requestConfig }) {
    if (live.isOlder(xhr.response)) return;
    remember(xhr);
    window.htmx.swap("#main", xhr.response, { swapStyle: "outerHTML" }, { select: "#main", eventInfo: { xhr, requestConfig } });
  }
  document.addEventListener("htmx:beforeSwap", ({ detail }) => remember(detail.xhr));
  function remember(xhr) {
    xhr.rooms = $$("[data-room][id]").map((room) => [room.id, heightOf(room)]);
    xhr.pressed = placeOf(document.activeElement);
    xhr.typed = (xhr.asked ?? []).filter(([field, before]) => field[answerIn(field)] !== before).map(([field]) => field);
  }
  document.addEventListener("htmx:afterSwap", ({ detail: { xhr }, target }) => {
    if (target.id === "main") live.shows(xhr.response);
    for (const [id, height] of xhr?.rooms ?? []) keepRoom(document.getElementById(id), height);
    xhr?.pressed?.();
  });
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    for (const field of detail.xhr?.typed ?? []) {
      const fresh = document.getElementById(field.id);
      if (!fresh || fresh === field) continue;
      fresh[answerIn(fresh)] = field[answerIn(field)];
      fresh.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (detail.xhr) detail.xhr.typed = [];
  });
  // Of an outline that is longer than the window the part that is open is in view.
  document.addEventListener("DOMContentLoaded", () => {
    const open = $(".outline [aria-current]"), outline = open?.closest(".outline");
    if (outline) outline.scrollTop = open.offsetTop - outline.clientHeight / 2;
  });
  /* What closes a task takes much off its page, what is done with is gone from the inbox: what is left keeps its place
     until the page is loaded again. */
  const inboxList = () => $$("#inbox-list").find((list) => list.checkVisibility());
  document.addEventListener("submit", ({ target }) => {
    if (!target.closest("#actions, #bulk, [data-keeps-place]") && !inboxList()) return;
    const rooms = $$("#task-head, [data-room][id], main .panel[id]:not(.inbox-item)").map((room) => [room.id, heightOf(room)]);
    sessionStorage.setItem("rooms", JSON.stringify([location.pathname, rooms, linesNow(), scrollY]));
  });
  function keepRooms() {
    const [path, rooms, lines, top] = JSON.parse(sessionStorage.getItem("rooms") ?? "[]");
    sessionStorage.removeItem("rooms");
    if (path !== location.pathname || !$(".message, #bulk > .refusal")) return;
    for (const [id, height] of rooms) keepRoom(document.getElementById(id), height);
    stood = lines;
    keepLines();
    if (!location.hash) scrollTo({ top, behavior: "instant" });
  }
  let stood = [];  // the lines of the inbox, gone or not: name, place in the list, height, words
  const linesOf = (list) => new Map($$("[data-item], .group-head, .inbox-fold > summary, section > p, .inbox-list > p", list).filter((line) => line.checkVisibility()).map((line) => [line.id || ($("h2, h3", line) ?? line).textContent, line]));
  const topOf = (line) => ($("a", line) ?? line).getBoundingClientRect().top;
  function linesNow() {
    const list = inboxList();
    if (!list) return [];
    const start = list.getBoundingClientRect().top, now = linesOf(list);
    const gone = stood.filter(([name]) => !now.has(name));
    const here = [...now].map(([name, line]) => [name, topOf(line) - start, heightOf(line), line.matches("[data-item]") ? $("a", line).textContent : ""]);
    return [...gone, ...here].sort((one, other) => one[1] - other[1]);
  }
  /** Fills the gaps of lines that are gone, and says there what they were. */
  function keepLines() {
    const list = stood.length && inboxList();
    if (!list) return;
    const now = linesOf(list), start = list.getBoundingClientRect().top;
    let gone = [];
    for (const [name, top, height, words] of stood) {
      const line = now.get(name);
      if (!line) { gone.push([top, words]); continue; }
      if (heightOf(line) > height) Object.assign(line.style, { height: `${height}px`, overflow: "hidden" });
      const isLow = () => start + top - topOf(line);
      if (isLow() < 1) continue;
      const gap = made(line.matches("li") ? "li" : "div", { className: "gap", ariaHidden: "true" });
      line.before(gap);
      for (let height = isLow(), times = 2; times; times -= 1, height += isLow()) gap.style.height = `${height}px`;
      const first = gap.getBoundingClientRect().top - start;
      for (const [place, said] of gone) if (said) gap.append(Object.assign(made("p", { textContent: `✓ ${said}` }), { style: `top: ${place - first}px` }));
      gone = [];
    }
  }
  document.addEventListener("DOMContentLoaded", () => {
    keepRooms();
    openTarget();
    showFirstError();
    for (const log of $$("[data-log]")) log.scrollTop = log.scrollHeight;  // who comes late reads on from its end
    live.begin();
  });
  addEventListener("hashchange", openTarget);
  // A browser heeds no autofocus where the address has an anchor, and until all is loaded it puts the focus there.
  // What was just saved has the focus where nothing asks for it, so that the keys go on from there.
  addEventListener("load", () => {
    const place = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const next = location.hash && ($("[autofocus]") ?? ($(".message") && place));
    if (!next) return;
    if (next === place && next.tabIndex < 0) next.tabIndex = -1;
    next.focus({ preventScroll: true });
  });

  /** Opens the <details> around the address's anchor, so that a link to a closed form leads into it.
      The form that changes again what was just saved stays closed. */
  function openTarget(event) {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return findTarget();
    for (let box = target.closest("details"); box; box = box.parentElement?.closest("details")) box.open = true;
    const isSaved = !event && $(".message");
    const inner = target.matches("details") ? target : $(isSaved ? "details.edit:not(.again)" : "details.edit", target);
    if (inner) inner.open = true;
    if (!event && target.matches(".field-of") && $(".message")) $("a.change", target)?.focus({ preventScroll: true });
  }
  /** A list that is shown in part is asked for the page that holds the address's anchor. */
  function findTarget() {
    const rest = location.hash.length > 1 && $("a[data-rest]");
    if (rest) return location.replace(`${rest.pathname}${rest.search}${location.hash}`);
    const list = $("[data-anchors]"), [kind, id] = location.hash.slice(1).split(/-(.*)/s);
    const asked = new URLSearchParams(location.search);
    if (!id || kind !== list?.dataset.anchors || asked.get(kind) === id) return;
    asked.set(kind, id);
    location.replace(`${location.pathname}?${asked}${location.hash}`);
  }
  function showFirstError(root = document) {
    const error = $(".refusal, .has-error", root);
    if (!error) return;
    for (let box = error.closest("details"); box; box = box.parentElement?.closest("details")) box.open = true;
    ($("[aria-invalid]", error) ?? error).scrollIntoView({ block: "center" });
    $("[aria-invalid]", error)?.focus({ preventScroll: true });
  }
  // What an answer says that leaves the page as it is: what is typed there stays.
  document.addEventListener("refused", (event) => toast(event.detail.reasons));

  let toastTimer;
  const made = (tag, facts) => Object.assign(document.createElement(tag), facts);
  function toast(reasons) {
    const list = document.createElement("ul");
    for (const reason of reasons) list.append(made("li", { textContent: reason }));
    show("alert", 4000 + 2500 * reasons.length, list);
  }
  function show(role, milliseconds, ...nodes) {
    const box = $("#toast");
    box.setAttribute("role", role);
    box.classList.toggle("toast-good", role === "status");
    box.replaceChildren(...nodes);
    box.hidden = false;
    clearTimeout(toastTimer);
    toastTimer = setTimeout(hush, milliseconds);
  }
  function hush() {
    const box = $("#toast");
    if (!box) return;
    box.hidden = true;
    box.replaceChildren();
  }

  /* -- undo: offered for ten seconds, beside the message or in the toast ------------------- */
  const UNDO_FOR = 10000;
  document.addEventListener("DOMContentLoaded", () => {
    for (const form of $$("[data-undo]")) setTimeout(() => endUndo(form), UNDO_FOR);
  });
  /** Its place stays as it is, and whoever stands on the button keeps it until they leave it. */
  function endUndo(form) {
    if (form.contains(document.activeElement)) form.addEventListener("focusout", () => endUndo(form), { once: true });
    else { withdrawUndo(form); form.classList.add("is-over-now"); }
  }
  function withdrawUndo(form) { for (const button of $$("[data-key]", form)) delete button.dataset.key; }
  /** Says what was done without leaving the page, where that can be undone. */
  function tellDone({ said, act_id: act }) {
    if (!act) return;
    $$("[data-undo]").forEach(withdrawUndo);
    const undo = made("button", { type: "button", textContent: "Undo " });
    undo.dataset.key = "z";
    undo.append(made("kbd", { textContent: "z", ariaHidden: "true" }));
    undo.addEventListener("click", () => undoAct(act), { once: true });
    show("status", UNDO_FOR, made("p", { textContent: said }), undo);
  }
  async function undoAct(act) {
    try {
      const body = new URLSearchParams({ csrf_token: csrf() });
      const answer = await fetch(`/acts/${act}/undo`, { method: "POST", body, headers: { Accept: "application/json" } });
      const { said, error } = await answer.json();
      if (answer.ok) show("status", 4000, made("p", { textContent: said }));
      else toast([error.message]);
    } catch {
      toast(["The server did not answer. Check your connection, then look whether it was undone."]);
    }
    live.refresh();
  }

  /* -- keys ---------------------------------------------------------------------------- */
  let prefix = "", prefixTimer;
  const isTyping = (node) => node?.isContentEditable || node?.matches?.("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select");

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const near = $("button", event.target.closest?.("[data-sends]") ?? document.createElement("p"));
      if (near) { event.preventDefault(); return near.click(); }
      const form = event.target.form ?? event.target.closest?.("form");
      if (form && !form.matches("[data-choose]")) {
        event.preventDefault();
        const button = $("[data-ctrl-enter]", form) ?? [...form.elements].find((one) => one.matches("button.primary, button[type=submit]"));
        // Clicked, as htmx sends a form by the button that was clicked last: that may have been its preview.
        if (button) button.click(); else form.requestSubmit();
      }
      return;
    }
    if (event.key === "Escape") return escape(event);
    // A form with several verbs has none that Enter in a field would mean: it means the one beside it.
    if (event.key === "Enter" && event.target.matches("[data-sends] input")) { event.preventDefault(); return $("button", event.target.closest("[data-sends]")).click(); }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target) || $("dialog[open]")) return;
    const sequence = prefix + event.key;
    prefix = "";
    clearTimeout(prefixTimer);
    if (press(sequence, event.target)) return event.preventDefault();
    if ($(`[data-key^="${CSS.escape(sequence)} "]`)) {
      prefix = sequence + " ";
      prefixTimer = setTimeout(() => { prefix = ""; }, 1200);
    }
  });

  /** Does what a key means here; says whether it meant anything. */
  function press(key, origin) {
    const move = { j: 1, k: -1 }[key];
    if (move) return select(move);
    const side = { h: -1, l: 1, ArrowLeft: -1, ArrowRight: 1 }[key];
    if (side && $("#board")) return selectColumn(side);
    const item = selected();
    if (key === "Enter") {
      // What the item shows beside it is opened; its own link only shows it.
      const shown = item && $("a[data-shows]", item) && $(`[data-shown="${CSS.escape(item.id)}"] #inbox-open`);
      if (shown && (origin === document.body || item.contains(origin))) { shown.click(); return true; }
      if (origin?.closest?.("a, button, summary, [data-item]") || !item) return false;
      $("a", item)?.click();
      return true;
    }
    if (key === "?") { $("#keys")?.showModal(); return true; }
    if ((key === "x" || key === "X") && item && choosing.of(item)) return choosing.press(choosing.of(item), key === "X");
    if (key === ".") return openActions(item);
    if (key === "d") { const step = $("main button.primary, main a.button.primary"); step?.focus(); step?.scrollIntoView({ block: "nearest" }); return Boolean(step); }
    const field = key === "e" && $(item ? ".change, a.cell" : ".field-of .change", origin?.closest?.(".field-of") ?? item ?? $("main"));
    if (field) return activate(field);
    const form = key === "e" && ((item && $("details.edit:has(form)", item)) ?? $("main .panel:not(.inbox-item) details.edit:has(form)"));
    if (form) return activate(form);
    const target = $(`[data-key="${CSS.escape(key)}"]`);
    if (target?.matches(".bulk *") && !target.getClientRects().length) return false;
    // While another item is chosen than the one shown, a key would decide on what nobody looks at.
    const shown = target?.closest("[data-shown]");
    if (shown && item && item.id !== shown.dataset.shown) return true;
    return target ? activate(target) : false;
  }
  /** Opens the menu of the chosen item; of one without it the first button gets the keys. Else opens the page's. */
  function openActions(item) {
    const menu = item && $("details.menu", item), button = item && !menu && $("button, a.button", item);
    if (button) { button.focus(); return true; }
    const target = menu || $("[data-key='.']");
    return target ? activate(target) : false;
  }
  function activate(node) {
    if (node.matches("details")) {
      node.open = !node.open;
      (node.open ? $("summary, a, button, input:not([type=hidden]), select, textarea", [...node.children].find((child) => child.tagName !== "SUMMARY") ?? node) : $("summary", node))?.focus();
    } else if (isTyping(node)) {
      for (let box = node.closest("details"); box; box = box.parentElement?.closest("details")) box.open = true;
      node.focus();
      node.scrollIntoView({ block: "center" });
    } else {
      if ("leadsBack" in node.dataset) node.search = new URLSearchParams([...new URLSearchParams(node.search), ["back", location.pathname + location.search]]);
      node.click();
    }
    return true;
  }
  function escape(event) {
    if (isTyping(event.target)) event.target.blur();
    const shut = $$("details.menu[open], details.action[open]");
    shut.forEach((box) => {
      const inside = box.contains(document.activeElement);
      if (box.matches(".change")) return closeField(box);
      box.open = false;
      if (inside) $("summary", box).focus();
    });
    if (!shut.length && !isTyping(event.target)) choosing.all(false);
    $("#not-moved")?.remove();
    hush();
  }
  /** Says which item of a list is the one shown beside it. */
  function markShown(link) {
    for (const other of $$("a[data-shows]")) {
      if (other === link) other.setAttribute("aria-current", "true"); else other.removeAttribute("aria-current");
      other.closest("[data-item]")?.classList.toggle("is-selected", other === link);
    }
  }
  const selected = () => $("[data-item].is-selected") ?? document.activeElement?.closest?.("[data-item]");
  function select(step) {
    const items = $$("[data-item]").filter((item) => item.checkVisibility());
    if (!items.length) return false;
    const now = items.indexOf(selected());
    return choose(items[Math.min(items.length - 1, Math.max(0, now < 0 ? 0 : now + step))]);
  }
  function choose(next) {
    $$("[data-item]").forEach((item) => item.classList.toggle("is-selected", item === next));
    const link = $("a", next);
    link?.focus({ preventScroll: true });
    if (link?.dataset.shows) { markShown(link); window.htmx?.trigger(link, "show"); }
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
    return true;
  }
  /** Chooses the card at the same height in the next column that has any. */
  function selectColumn(step) {
    const cardsOf = (column) => $$("[data-item]", column).filter((card) => card.checkVisibility());
    const columns = $$(".board .column").filter((column) => cardsOf(column).length);
    if (!columns.length) return false;
    const item = selected(), now = columns.indexOf(item?.closest(".column"));
    const next = columns[Math.min(columns.length - 1, Math.max(0, now < 0 ? 0 : now + step))];
    const cards = cardsOf(next), place = now < 0 ? 0 : cardsOf(columns[now]).indexOf(item);
    return choose(cards[Math.min(cards.length - 1, Math.max(0, place))]);
  }
  // Who opens a form with the mouse goes on to type: into its first field, where no letter is a key. With the keyboard
  // (no ``detail``) Tab leads there.
  document.addEventListener("click", ({ detail, target }) => {
    const box = detail ? target.closest?.("summary")?.parentElement : null;
    if (box && !box.open) setTimeout(() => {
      if ($("*:focus:not(summary)", box)) return;  // somebody was quicker
      const [first] = $$("form :is(input:not([type=hidden]), select, textarea)", box).filter((one) => one.getClientRects().length);
      if (isTyping(first)) first.focus({ preventScroll: true });
    });
  });
  document.addEventListener("focusin", (event) => {
    const item = event.target.closest("[data-item]");
    if (item) $$("[data-item].is-selected").forEach((other) => other.classList.toggle("is-selected", other === item));
  });
  document.addEventListener("click", (event) => {
    const shows = event.target.closest("a[data-shows]");
    if (shows) markShown(shows);
    const link = event.target.closest('[data-key="?"]');
    if (link && $("#keys")) { event.preventDefault(); $("#keys").showModal(); }
  });

  /* -- drafts: what is half typed in several lines survives a reload and a sign-out ---------- */
  const DRAFT = "draft ", DRAFT_DAYS = 7, MOST_DRAFTS = 40, LONGEST_DRAFT = 20000;
  const draftOf = (field) => `${DRAFT}${document.body.dataset.user} ${location.pathname}#${field.id}`;
  const mayDraft = (field) => document.body.dataset.user && field.matches?.("main form[method=post] textarea[id]");
  const read = (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } };
  /** A browser may refuse to keep anything; then nothing is kept, and all else goes on. */
  function keep(key, draft) { try { localStorage.setItem(key, JSON.stringify(draft)); } catch { localStorage.removeItem(key); } }
  document.addEventListener("input", ({ target: field }) => {
    if (!mayDraft(field)) return;
    if (field.value === field.defaultValue || field.value.length > LONGEST_DRAFT) localStorage.removeItem(draftOf(field));
    else keep(draftOf(field), { text: field.value, was: field.defaultValue, at: Date.now() });
  });
  document.addEventListener("submit", ({ target: form }) => {
    for (const field of $$("textarea[id]", form)) if (mayDraft(field)) localStorage.removeItem(draftOf(field));
  });
  /** Forgets drafts of others, old ones, and more than there is room for. */
  function tidyDrafts() {
    const own = `${DRAFT}${document.body.dataset.user} `;
    const kept = Object.keys(localStorage).filter((key) => key.startsWith(DRAFT)).map((key) => [key, read(key)?.at ?? 0]);
    kept.sort(([, a], [, b]) => b - a).forEach(([key, at], place) => {
      if (!key.startsWith(own) || place >= MOST_DRAFTS || Date.now() - at > DRAFT_DAYS * 864e5) localStorage.removeItem(key);
    });
  }
  /** Puts drafts back where nothing else was typed or saved meanwhile, and says so. */
  function bringDraftsBack() {
    for (const field of $$("main form[method=post] textarea[id]")) {
      const draft = read(draftOf(field));
      if (!draft || draft.was !== field.defaultValue || field.value !== field.defaultValue) continue;
      field.value = draft.text;
      for (let box = field.closest("details"); box; box = box.parentElement?.closest("details")) box.open = true;
      const time = new Date(draft.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
      const note = Object.assign(document.createElement("p"), { className: "hint draft", textContent: `Your text of ${time} is back. ` });
      const drop = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: "Discard it" });
      drop.addEventListener("click", () => { field.value = field.defaultValue; localStorage.removeItem(draftOf(field)); note.remove(); field.focus(); });
      note.append(drop);
      field.after(note);
    }
  }
  document.addEventListener("DOMContentLoaded", () => { if (document.body.dataset.user) { tidyDrafts(); bringDraftsBack(); } });
  document.addEventListener("htmx:afterSettle", () => { if (document.body.dataset.user) bringDraftsBack(); });

  /* What is typed and not saved is asked for before its page is left; what is sent is on its way. */
  const isTyped = (field) => field.matches("select") ? ![...field.options].every((one) => one.selected === one.defaultSelected) && field.dataset.touched
    : field.matches("[type=checkbox], [type=radio]") ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  let leaving = false;
  document.addEventListener("change", ({ target }) => { if (target.matches("form[data-warns] select")) target.dataset.touched = "yes"; });
  document.addEventListener("submit", () => { leaving = true; });
  addEventListener("pageshow", () => { leaving = false; });
  addEventListener("beforeunload", (event) => {
    if (!leaving && $$("form[data-warns] :is(input:not([type=hidden]), select, textarea)").some(isTyped)) event.preventDefault();
  });

  /* -- menus --------------------------------------------------------------------------- */
  document.addEventListener("click", (event) => {
    if (event.target.closest("dialog")) return;
    $$("details.menu[open], details.action[open]").forEach((box) => { if (!box.contains(event.target)) box.open = false; });
  });

  /* -- choosing several tasks of a list ---------------------------------------------------- */
  const choosing = {
    last: null,
    boxes: () => $$(".tasks .box input"),
    /** Those in front of the reader: a phase that is folded shows none. */
    shown() { return this.boxes().filter((box) => box.checkVisibility()); },
    of: (item) => $(".box input", item),
    /** Chooses a task or lets it go; with a range all from the one before to it become as it is. */
    press(box, isRange) {
      if (isRange) box.checked = true; else box.checked = !box.checked;
      return this.took(box, isRange);
    },
    took(box, isRange) {
      const boxes = this.shown(), ends = [boxes.indexOf(this.last), boxes.indexOf(box)].sort((a, b) => a - b);
      if (isRange && ends[0] >= 0) for (const one of boxes.slice(ends[0], ends[1] + 1)) one.checked = box.checked;
      this.last = box;
      return this.tell();
    },
    all(isChosen) {
      const boxes = isChosen ? this.shown() : this.boxes();
      if (!boxes.some((box) => box.checked !== isChosen)) return;
      for (const box of boxes) box.checked = isChosen;
      this.last = null;
      this.tell();
    },
    tell() {
      const boxes = this.boxes(), count = boxes.filter((box) => box.checked).length, all = $("#bulk [name=all]");
      if (all && count < boxes.length) all.checked = false;
      const said = all?.checked ? `${all.parentElement.textContent.trim()} chosen` : count === 1 ? "1 task chosen" : `${count} tasks chosen`;
      const place = $(".bulk-count > *");
      // The script counts what is folded, too, which the style sheet does not see.
      if (place) { place.textContent = said; place.classList.toggle("unseen", Boolean(all?.checked)); }
      return true;
    },
  };
  document.addEventListener("DOMContentLoaded", () => { if (choosing.boxes().some((box) => box.checked)) choosing.tell(); });
  document.addEventListener("click", (event) => {
    if (event.target.matches?.(".tasks .box input")) choosing.took(event.target, event.shiftKey);
    if (event.target.matches?.("#bulk [name=all]")) { if (event.target.checked) choosing.all(true); choosing.tell(); }
    if (!event.target.closest?.("[data-choose-all]")) return;
    event.preventDefault();
    choosing.all(choosing.shown().some((box) => !box.checked));
  });

  /* -- filters: a changed choice is sent at once, and its place stays open ---------------- */
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form?.requestSubmit();
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => { detail.xhr.adding = $("#adding:focus-within") && document.activeElement.id; });
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (typeof detail.xhr?.adding !== "string" || !$("#adding")) return;
    $("#adding").open = true;
    document.getElementById(detail.xhr.adding)?.focus({ preventScroll: true });
  });

  /* -- search: what it offers while somebody types ---------------------------------------- */
  const field = () => $("#search"), offered = () => $$("#search-offers [role=option]");
  function showOffers(isShown) {
    if (!$("#search-offers")) return;
    $("#search-offers").hidden = !isShown;
    field().setAttribute("role", "combobox");
    field().setAttribute("aria-controls", "search-offers");
    field().setAttribute("aria-expanded", isShown);
    markOffer(null);
  }
  function markOffer(chosen) {
    offered().forEach((one) => one.setAttribute("aria-selected", one === chosen));
    if (chosen) { field().setAttribute("aria-activedescendant", chosen.id); chosen.scrollIntoView({ block: "nearest" }); }
    else field().removeAttribute("aria-activedescendant");
  }
  function takeOffer(chosen) {
    field().value = chosen.dataset.text;
    field().setSelectionRange(chosen.dataset.at, chosen.dataset.at);
    showOffers(false);
    field().dispatchEvent(new Event("input", { bubbles: true }));
  }
  document.addEventListener("htmx:configRequest", ({ target, detail }) => { if (target.id === "search") detail.formData.set("at", target.selectionStart); });
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.target?.id === "search-offers") showOffers(offered().length > 0 && document.activeElement === field());
  });
  // Before the keys of pages: what is offered is closed first, and nothing else.
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "search" || $("#search-offers").hidden || event.isComposing) return;
    const options = offered(), now = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) markOffer(options[now + step] ?? (now < 0 ? options.at(-1) : null));
    else if (event.key === "Enter" && now >= 0 && !event.ctrlKey) takeOffer(options[now]);
    else if (event.key === "Escape") showOffers(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  document.addEventListener("mousedown", (event) => {
    const chosen = event.target.closest("#search-offers [role=option]");
    if (chosen) { event.preventDefault(); takeOffer(chosen); }
  });
  document.addEventListener("focusout", (event) => { if (event.target.id === "search") showOffers(false); });

  /* -- find: one field for everything, over the page; the field keeps the focus, the arrows choose ------- */
  const finder = () => $("#find"), options = () => $$("#find-options [role=option]");
  const isMac = /^(Mac|iP)/.test(navigator.platform);
  let isAwaited = false;
  function openFinder() {
    if (!finder() || !window.htmx) return false;
    if (finder().open) return true;
    $("#find-task").value = document.body.dataset.task ?? "";
    $("#find-field").value = "";
    finder().showModal();
    window.htmx.trigger("#find-field", "find");
    return true;
  }
  function markOption(chosen) {
    options().forEach((one) => one.setAttribute("aria-selected", one === chosen));
    if (chosen) { $("#find-field").setAttribute("aria-activedescendant", chosen.id); chosen.scrollIntoView({ block: "nearest" }); }
    else $("#find-field").removeAttribute("aria-activedescendant");
  }
  const markedOption = () => options().find((one) => one.getAttribute("aria-selected") === "true");
  /** Whether what is shown is what is typed: until then nothing is chosen. */
  const isFound = () => $("#find-options").dataset.for === $("#find-field").value.trim().split(/\s+/).join(" ");
  /** What the open page has already is opened where it stands; nothing that decides is pressed. */
  function takeOption(option) {
    if (!option) return;
    const wanted = option.matches("a") && new URLSearchParams(option.search);
    const place = option.pathname === location.pathname && (
      wanted.has("edit") ? $(`#field-${CSS.escape(wanted.get("edit"))} a.change`)
        : wanted.has("do") ? $(`#do-${CSS.escape(wanted.get("do"))}`)
          : option.hash && document.getElementById(option.hash.slice(1)));
    finder().close();
    if (!place) return option.click();
    for (let box = place.parentElement.closest("details"); box; box = box.parentElement?.closest("details")) box.open = true;
    if (place.matches("button")) { place.focus(); place.scrollIntoView({ block: "center" }); }
    else if (!place.matches("details[open]")) activate(place);
    else $("summary", place).focus();
  }
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "k" && (isMac ? event.metaKey : event.ctrlKey) && !event.shiftKey && !event.altKey && !event.isComposing) {
      if (openFinder()) event.preventDefault();
      return;
    }
    if (event.target.id !== "find-field" || event.isComposing) return;
    const now = options().indexOf(markedOption()), step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    event.stopPropagation();  // no key of the page means anything here; Escape closes, as in every dialog
    if (step) markOption(options()[Math.min(options().length - 1, Math.max(0, now + step))]);
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) { if (isFound()) takeOption(markedOption()); else isAwaited = true; }
    else return;
    event.preventDefault();
  }, true);
  document.addEventListener("input", (event) => { if (event.target.id === "find-field") isAwaited = false; });
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.target?.id !== "find-results" || !finder().open) return;
    markOption(options()[0]);
    // Whoever pressed Enter before the answer came is led on; what would be done at once is shown first.
    if (isAwaited && isFound() && markedOption()?.matches("a")) takeOption(markedOption());
    isAwaited = false;
  });
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target === finder()) finder().close();  // beside it
    const option = event.target.closest("#find-options a");
    if (event.target.closest("[data-find]") ? openFinder() : option && event.isTrusted) event.preventDefault();
    if (option && event.isTrusted) takeOption(option);
  });

  /* -- preview: Markdown as it will be read, in the place of the field that it is written in ---------------- */
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-preview]"), field = button && document.getElementById(button.dataset.preview);
    if (!field) return;
    event.preventDefault();
    if (button.getAttribute("aria-pressed") === "true") return write(button, field);
    if (!field.value.trim()) return field.focus();
    const body = new URLSearchParams({ csrf_token: csrf(), preview: field.name, [field.name]: field.value });
    try {
      const answer = await fetch(button.formAction, { method: "POST", body, headers: { "HX-Request": "true" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const pane = made("div", { id: `${field.id}-preview`, className: "pane", innerHTML: await answer.text(), tabIndex: 0 });
      pane.setAttribute("role", "region");
      pane.setAttribute("aria-label", "Preview");
      const place = field.getBoundingClientRect(), around = field.parentElement.getBoundingClientRect();
      for (const [side, size] of Object.entries({ left: place.left - around.left, top: place.top - around.top, width: place.width, height: place.height })) pane.style[side] = `${size}px`;
      document.getElementById(pane.id)?.remove();
      field.after(pane);
      field.classList.add("is-previewed");
      button.setAttribute("aria-pressed", "true");
      button.textContent = "Write";
    } catch {
      toast(["The server did not show it. Check your connection and try again; what you wrote is still here."]);
    }
  });
  function write(button, field) {
    document.getElementById(`${field.id}-preview`)?.remove();
    field.classList.remove("is-previewed");
    button.setAttribute("aria-pressed", "false");
    button.textContent = "Preview";
    field.focus();
  }

  /* -- files: chosen, dropped or pasted; looked at before they are sent, and sent with their progress ------ */
  const MOST_NAMED = /^image\.\w+$/;  // what browsers call a picture without a name
  const fileIn = (node) => $("input[type=file]", node?.closest?.("main :is(form, details, .item):has(input[type=file])") ?? document.createElement("p"));
  /** The field that a dropped or pasted file is for: of the form or the piece that it comes to, else the page's own. */
  const fileField = (node) => fileIn(node) ?? $("#add-file input[type=file]");
  const holdsFiles = (event) => [...event.dataTransfer?.types ?? []].includes("Files");
  const inSize = (bytes) => bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} KiB` : `${Number((bytes / 1048576).toFixed(1))} MiB`;
  const twoDigits = (number) => String(number).padStart(2, "0");
  /** Names a picture by when it was pasted, as files may be called everywhere. */
  function pasted(file) {
    const now = new Date(), day = [now.getFullYear(), twoDigits(now.getMonth() + 1), twoDigits(now.getDate())].join("-");
    const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(twoDigits).join(".");
    return MOST_NAMED.test(file.name) ? new File([file], `Pasted ${day} ${time}.${file.name.split(".").at(-1)}`, { type: file.type }) : file;
  }
  function giveFile(field, file, isPicture = false) {
    const held = new DataTransfer();
    held.items.add(file);
    field.files = held.files;
    for (let box = field.closest("details"); box; box = box.parentElement?.closest("details")) box.open = true;
    const { label, type } = field.form.elements;
    if (label?.type === "text" && !label.value) label.value = file.name.replace(/\.\w+$/, "").slice(0, label.maxLength > 0 ? label.maxLength : 100);
    if (isPicture && type?.type === "text" && !type.value) type.value = "screenshot";
    lookAt(field);
    const next = [...field.form.elements].find((one) => one.required && !one.value) ?? (field.validity.valid ? $("button[type=submit]", field.form) : field);
    next.focus();
  }
  /** Says at its field what is wrong with a file; with ``isFinal`` it cannot be sent. */
  function tellAt(field, said, isFinal) {
    field.setCustomValidity(isFinal ? said : "");
    const id = `${field.id}-told`, told = document.getElementById(id) ?? Object.assign(document.createElement("p"), { id, className: "error" });
    told.setAttribute("role", "alert");
    told.textContent = said;
    if (said) field.after(told); else told.remove();
    field.closest(".field").classList.toggle("has-error", Boolean(said));
    if (said) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid");
  }
  function lookAt(field) {
    const file = field.files[0], most = Number(field.dataset.most);
    const isTooLarge = file && most && file.size > most;
    tellAt(field, isTooLarge ? `${file.name} has ${inSize(file.size)}, more than the limit of ${inSize(most)}. Make it smaller, or give a link to it.` : "", true);
  }
  function markPlace(field) {
    const place = field?.closest(".item, details, form");
    $$(".takes-file").forEach((one) => { if (one !== place) one.classList.remove("takes-file"); });
    place?.classList.add("takes-file");
  }
  document.addEventListener("change", ({ target }) => { if (target.matches("input[type=file]")) lookAt(target); });
  document.addEventListener("paste", (event) => {
    const [file] = event.clipboardData?.files ?? [], field = file && fileField(event.target);
    // Words that come along are meant where somebody writes.
    if (!field || $("dialog[open]") || (isTyping(event.target) && event.clipboardData.types.includes("text/plain"))) return;
    event.preventDefault();
    giveFile(field, pasted(file), file.type.startsWith("image/"));
  });
  document.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    const field = fileField(event.target);
    event.preventDefault();  // without a field too: a file that is dropped opens in no page's place
    event.dataTransfer.dropEffect = field ? "copy" : "none";
    markPlace(field);
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) markPlace(null); });
  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    markPlace(null);
    const field = fileField(event.target), { files } = event.dataTransfer;
    if (!field || !files.length) return;
    giveFile(field, files[0]);
    if (files.length > 1) toast([`One file at a time: ${files[0].name} is taken, the others are not.`]);
  });
  let sending = null, sent = null;
  document.addEventListener("submit", (event) => {
    const form = event.target, fields = $$("input[type=file]", form).filter((field) => field.files.length);
    if (!window.htmx || !fields.length || !form.closest("main")) return;
    event.preventDefault();
    if (sending) return;
    const bar = made("progress", { max: 1 }), told = made("span", { className: "sending" });
    bar.setAttribute("aria-label", "Sent so far");
    told.append(bar, made("span", { textContent: "0 %" }));
    $(".buttons", form).append(told);
    sending = { form, told, box: form.closest("details")?.id, files: fields.map((field) => [field.id, field.files]) };
    const { name, value } = event.submitter ?? {};
    const answered = window.htmx.ajax("POST", form.getAttribute("action"), { source: form, target: "#main", select: "#main", swap: "outerHTML", values: name ? { [name]: value } : {} });
    answered.catch(() => notThrough(form));
  });
  document.addEventListener("htmx:xhr:progress", ({ detail, target }) => {
    if (target !== sending?.form || !detail.lengthComputable || !detail.total) return;
    const part = Math.min(detail.loaded / detail.total, 1);
    $("progress", sending.told).value = part;
    $("span", sending.told).textContent = `${Math.round(100 * part)} %`;
  });
  function notThrough(form) {
    if (form !== sending?.form) return;
    sending.told.remove();
    for (const [id] of sending.files) tellAt(document.getElementById(id), "The file did not get through. Check your connection, then send it again.", false);
    sending = null;
  }
  document.addEventListener("htmx:afterSettle", ({ detail, target }) => {
    const asked = target.id === "main" && detail.requestConfig?.elt;
    if (asked && asked === sending?.form) [sent, sending] = [sending, null];
    if (!asked || asked !== sent?.form) return;
    const { files, box } = sent, isRefused = detail.xhr.status >= 400;
    // What was refused is chosen still; what is done leaves whoever did it where they were.
    for (const [id, chosen] of files) if (isRefused && document.getElementById(id)) document.getElementById(id).files = chosen;
    if (!isRefused) $("summary", document.getElementById(box) ?? document.createElement("p"))?.focus({ preventScroll: true });
  });

  /* -- board: drag and drop ------------------------------------------------------------- */
  let dragged = null;
  const movesOf = (card) => JSON.parse(card.dataset.moves || "{}");
  document.addEventListener("dragstart", (event) => {
    const card = event.target.closest?.(".card[data-moves]");
    if (!card) return;
    dragged = card;
    card.classList.add("is-moving");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", $("a", card)?.href ?? "");
    const moves = movesOf(card);
    $$(".column").forEach((column) => column.classList.toggle("can-drop", column.dataset.column in moves));
  });
  document.addEventListener("dragend", () => {
    dragged?.classList.remove("is-moving");
    dragged = null;
    $$(".column").forEach((column) => column.classList.remove("can-drop", "is-over"));
  });
  document.addEventListener("dragover", (event) => {
    const column = event.target.closest?.(".column");
    $$(".column.is-over").forEach((other) => { if (other !== column) other.classList.remove("is-over"); });
    if (!dragged || !column || column.contains(dragged)) return;
    event.preventDefault();
    column.classList.toggle("is-over", column.dataset.column in movesOf(dragged));
  });
  document.addEventListener("drop", (event) => {
    const column = event.target.closest?.(".column");
    if (!dragged || !column) return;
    event.preventDefault();
    if (column.contains(dragged)) return;
    // Where no move leads, the one that usually does is asked for: the answer has the reasons.
    const verb = movesOf(dragged)[column.dataset.column] ?? column.dataset.verb;
    if (verb) moveCard(dragged, column, verb);
    else sayWhy(dragged, [{ message: `Dragging does not lead to “${$("h2", column).textContent}” from here.` }]);
  });
  document.addEventListener("pointerdown", ({ target }) => { if (!target.closest("#not-moved")) $("#not-moved")?.remove(); });

  /** Says over the board, below the card, why it was not moved; each reason leads to where it is mended. */
  function sayWhy(card, details) {
    $("#not-moved")?.remove();
    const box = made("div", { id: "not-moved", className: "refusal not-moved" }), list = made("ul", {});
    const link = (href, textContent) => made("a", { href, textContent });
    box.setAttribute("role", "alert");
    for (const { message, mended_at: where } of details) {
      const line = made("li", where ? {} : { textContent: message });
      if (where) line.append(link(where, message));
      list.append(line);
    }
    const name = $(".card-title", card).textContent.trim();
    box.append(made("strong", { textContent: "Not moved:" }), list, link(`/tasks/${card.dataset.task}`, `Open “${name}”`));
    document.body.append(box);
    const { left, bottom } = card.getBoundingClientRect();
    box.style.left = `${scrollX + Math.max(8, Math.min(left, document.documentElement.clientWidth - box.offsetWidth - 8))}px`;
    box.style.top = `${scrollY + Math.max(60, Math.min(bottom + 4, innerHeight - box.offsetHeight - 8))}px`;
  }

  /** Moves a card at once; puts it back with all reasons when the move is refused. */
  async function moveCard(card, column, verb) {
    if (verb.startsWith("?")) { location.href = `/tasks/${card.dataset.task}${verb}`; return; }
    const home = card.parentElement, before = card.nextElementSibling;
    $(".cards", column).prepend(card);
    live.moving += 1;
    const body = new URLSearchParams({ csrf_token: csrf(), revision: card.dataset.revision });
    try {
      const answer = await fetch(`/tasks/${card.dataset.task}/${verb}`, { method: "POST", body, headers: { Accept: "application/json" } });
      if (answer.ok) { tellDone(await answer.json()); return; }
      const { error } = await answer.json();
      const reasons = error.details.filter((detail) => detail.message);
      home.insertBefore(card, before);
      sayWhy(card, reasons.length ? reasons : [error]);
    } catch {
      home.insertBefore(card, before);
      sayWhy(card, [{ message: "The server did not answer, so nothing was moved. Check your connection and try again." }]);
    } finally {
      live.moving -= 1;
      live.refresh();
    }
  }

  /* -- live: ask again with the ETag, replace what changed, never rewind ------------------ */
  const live = {
    every: 5000, tag: null, at: 0, ahead: 0, timer: 0, failures: 0, busy: false, again: false, isSignedOut: false, moving: 0, pressedAt: 0, held: [],
    mark: () => $("#live"),
    begin() {
      // Between press and release nothing changes under the pointer: the click would find nothing to land on.
      document.addEventListener("pointerdown", () => { this.pressedAt = Date.now(); });
      for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => setTimeout(() => this.release()));
      if (!this.mark()) return;
      this.mark().hidden = false;
      this.at = Date.now();
      setInterval(() => this.tell(), 1000);
      this.plan();
      document.addEventListener("visibilitychange", () => { if (!document.hidden) this.refresh(); });
      this.tell();
    },
    /** What somebody waits for says how often it is asked about; that is heard of in a hidden tab, too. */
    awaited: () => Number($("[data-every]")?.dataset.every ?? 0),
    plan() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.refresh(), (this.awaited() || this.every) * Math.min(12, 2 ** this.failures));
    },
    tell() {
      const mark = this.mark();
      if (!mark) return;
      const seconds = Math.round((Date.now() - this.at) / 1000);
      for (const one of $$("[data-since]")) one.textContent = `for ${words(Math.max(0, Math.floor((Date.now() - this.ahead - Date.parse(one.dataset.since)) / 1000)))}`;
      const isStale = this.isSignedOut || seconds > 3 * this.every / 1000;
      mark.classList.toggle("stale", isStale);
      $("#live-text").textContent = this.isSignedOut ? "signed out" : isStale ? `not live, ${words(seconds)} old` : seconds < 2 ? "live, now" : `live, ${seconds} s ago`;
    },
    async refresh() {
      if (!this.mark()) return;
      if (this.busy) { this.again = true; return; }
      if (document.hidden && !this.awaited()) return this.plan();
      this.busy = true;
      try {
        const address = location.pathname + location.search;
        const log = $("[data-log]");
        const headers = { "X-Live": "1", ...(this.tag ? { "If-None-Match": this.tag } : {}), ...(log ? { "X-Live-After": log.dataset.place } : {}) };
        const answer = await fetch(address, { headers, cache: "no-store", redirect: "manual" });
        this.isSignedOut = answer.type === "opaqueredirect";  // to the page that signs in
        if (!answer.ok && answer.status !== 304) throw new Error(String(answer.status));
        if (answer.status === 200) {
          const page = new DOMParser().parseFromString(await answer.text(), "text/html");
          // An answer from before a move, or from before somebody asked again, is older than what is on the screen.
          if (address === location.pathname + location.search && !this.moving && !this.again) this.show(page, answer.headers.get("ETag"));
        }
        this.at = Date.now();
        this.ahead = this.at - (Date.parse(answer.headers.get("Date")) || this.at);  // this clock is, of the server's
        this.failures = 0;
      } catch {
        this.failures += 1;
      } finally {
        this.busy = false;
        this.tell();
        this.plan();
      }
      if (this.again) { this.again = false; await this.refresh(); }
    },
    // A release may never be heard of, so a press holds for a second at most; the next poll brings the rest.
    isPressed() { return Date.now() - this.pressedAt < 1000; },
    whenReleased(deed) {
      if (!this.isPressed()) return deed();
      this.held.push(deed);
      setTimeout(() => this.release(), 1000);
    },
    release() {
      this.pressedAt = 0;
      for (const deed of this.held.splice(0)) deed();
    },
    /** Whether a page was made before the one that is shown; what is refused tells no cursor, and is not. */
    isOlder(text) { return isBefore(cursorOf(text), this.mark()?.dataset.cursor); },
    shows(text) { if (this.mark() && cursorOf(text)) this.mark().dataset.cursor = cursorOf(text); },
    show(page, tag) {
      const fresh = $("#live", page), mark = this.mark();
      if (!fresh || isBefore(fresh.dataset.cursor, mark.dataset.cursor)) return;
      if (this.isPressed()) { this.tag = null; return; }
      let isWhole = true;
      const place = typingPlace();
      for (const region of $$("[data-live][id]")) {
        const next = page.getElementById(region.id);
        if (!next || same(region, next)) continue;
        // A decision is about what the form was shown with: no fresher form slips under the hand.
        if ($("[data-choose]", region) && $("[data-choose]", next)) continue;
        if (isHeld(region)) { isWhole = false; continue; }
        if (region.matches("[role=status]")) region.textContent = next.textContent;  // another element would not be read out
        else if (region.dataset.log && region.dataset.log === next.dataset.log) addLines(region, next);
        else replace(region, next);
      }
      keepLines();
      const now = typingPlace();
      if (place !== null && now !== null) scrollBy({ top: now - place, behavior: "instant" });
      if (page.title) document.title = page.title;
      mark.dataset.cursor = fresh.dataset.cursor;
      this.tag = isWhole ? tag : null;
      this.tell();
    },
  };
  const cursorOf = (text) => /id="live" data-cursor="([\d.]+)"/.exec(text)?.[1];
  /** Whether one cursor stands before another: the number of an event, and behind a dot how far a journal has come. */
  function isBefore(one, other) {
    const [[event, line = 0], [otherEvent, otherLine = 0]] = [one, other].map((cursor) => (cursor ?? "").split(".").map(Number));
    return Boolean(one && other) && (event < otherEvent || (event === otherEvent && line < otherLine));
  }
  /** Adds the lines of a log that it does not have yet; who reads its end goes on reading its end. */
  function addLines(log, fresh) {
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 8;
    for (const line of $$("li", fresh)) if (!document.getElementById(line.id)) log.append(document.importNode(line, true));
    log.dataset.place = fresh.dataset.place;
    if (isAtEnd) log.scrollTop = log.scrollHeight;
  }
  /** How far down the window the field is in which somebody types; it stays there whatever grows above it. */
  function typingPlace() {
    const field = document.activeElement;
    return isTyping(field) && field.closest("main") ? field.getBoundingClientRect().top : null;
  }
  const words = (seconds) => seconds < 60 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  function plain(node) {
    const copy = node.cloneNode(true);
    for (const one of [copy, ...$$("*", copy)]) {
      one.classList.remove("is-selected", "is-moving", "can-drop", "is-over", "htmx-request");
      if (one.classList.length === 0) one.removeAttribute("class");
      one.removeAttribute("open");
      one.removeAttribute("style");
    }
    return copy.outerHTML;
  }
  const same = (a, b) => plain(a) === plain(b);
  /** Whether replacing the region would take something out of somebody's hands. */
  function isHeld(region) {
    if (dragged && region.contains(dragged)) return true;
    if ($("details[open] > * > form[data-edit]", region)) return true;
    return $$("input:not([type=hidden]), textarea, select", region).some((field) => {
      if (field === document.activeElement && isTyping(field)) return true;
      if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
      if (field.tagName === "SELECT") return [...field.options].some((option) => option.selected !== option.defaultSelected) && field.selectedIndex > 0;
      return field.value !== field.defaultValue;
    });
  }
  function replace(region, next) {
    const focus = region.contains(document.activeElement) ? keyOf(document.activeElement) : null;
    const boxes = $$("details", region).filter((box) => box.open || box.id).map((box) => [keyOf(box), box.open]);
    const chosen = $("[data-item].is-selected", region)?.id;
    const scroll = [region.scrollTop, region.scrollLeft];
    const fresh = document.importNode(next, true);
    if (region.matches("[data-room]") || region.style.minHeight) keepRoom(fresh, heightOf(region));
    region.replaceWith(fresh);
    for (const [key, isOpen] of boxes) { const box = key && find(fresh, key); if (box) box.open = isOpen; }
    // What was done and is to be done again is in no closed fold.
    if ("done" in region.dataset && !("done" in fresh.dataset)) for (const box of [$("details", fresh), fresh.closest("details")]) if (box) box.open = true;
    if (chosen) document.getElementById(chosen)?.classList.add("is-selected");
    if (focus) find(fresh, focus)?.focus({ preventScroll: true });
    [fresh.scrollTop, fresh.scrollLeft] = scroll;
    window.htmx?.process(fresh);
  }
  const heightOf = (region) => region.getBoundingClientRect().height;
  /** What shrinks while the work below it is done keeps its room until the page is opened anew. */
  function keepRoom(region, height) { if (region && height) region.style.minHeight = `${height}px`; }
  /** Remembers where in the window a control stands; what it gives brings it back there, whatever grew above. */
  function placeOf(node) {
    const places = [];  // where the control is gone, what it stood in is brought back
    for (let one = node?.closest("main [id]"); one; one = one.parentElement.closest("main [id]")) places.push([one.id, one.getBoundingClientRect().top]);
    return () => {
      const [id, top] = places.find(([one]) => document.getElementById(one)) ?? [];
      if (id) scrollBy({ top: document.getElementById(id).getBoundingClientRect().top - top, behavior: "instant" });
    };
  }
  /** A selector by which the same element is found in the new markup. */
  function keyOf(node) {
    if (node.id) return `#${CSS.escape(node.id)}`;
    const home = node.parentElement?.closest("[id]");
    if (!home) return null;
    const place = $$(node.tagName, home).indexOf(node);
    return `#${CSS.escape(home.id)}|${node.tagName}|${place}`;
  }
  function find(fresh, key) {
    const [home, tag, place] = key.split("|");
    const node = fresh.matches(home) ? fresh : $(home, fresh);
    return tag ? node && $$(tag, node)[Number(place)] : node;
  }
})();
