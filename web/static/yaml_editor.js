/* The editor of content files: CodeMirror over the text area of the page, which stays the form's field and works
   alone without this. Sections: schema, completion, problems, the editor. */
"use strict";
(() => {
  const CM = window.CodeMirror;
  const $ = (selector, root = document) => root.querySelector(selector);
  const PAUSE = 500;  // after the last key, before the text is checked

  /* -- schema: what may stand at a place ------------------------------------------------- */
  let schema = {};
  const names = () => JSON.parse($("#text-names").textContent);
  /** All that a schema may be: what it refers to, and each of its alternatives. */
  function meanings(node, depth = 0) {
    if (!node || typeof node !== "object" || depth > 8) return [];
    if (node.$ref) return meanings({ ...schema.$defs?.[node.$ref.split("/").pop()], ...(node.description ? { description: node.description } : {}) }, depth + 1);
    const inner = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])];
    return [node, ...inner.flatMap((one) => meanings(one, depth + 1))];
  }
  /** What may stand at a path: names of fields, and null for an entry of a list. */
  function at(path) {
    let found = meanings(schema);
    for (const step of path) {
      found = found.flatMap((node) => {
        if (step === null) return meanings(node.items);
        if (node.properties?.[step]) return meanings(node.properties[step]);
        const fitting = Object.entries(node.patternProperties ?? {}).filter(([pattern]) => new RegExp(pattern).test(step));
        return [...fitting.map(([, one]) => one), node.additionalProperties].flatMap((one) => meanings(one));
      });
    }
    return found;
  }
  const fieldsAt = (path) => Object.assign({}, ...at(path).map((node) => node.properties ?? {}));
  const about = (node) => meanings(node).map((one) => one.description).find(Boolean) ?? "";
  const kindOf = (node) => {
    const kinds = meanings(node).map((one) => one.enum ? one.enum.join(" | ") : one.type).filter((kind) => kind && kind !== "null");
    return [...new Set(kinds)].join(" or ");
  };

  /* -- completion ------------------------------------------------------------------------ */
  const FIELD = /^("[^"]*"|'[^']*'|[A-Za-z_][\w .-]*?)\s*:(?:\s+|$)/, BLOCK = /^[|>][\d+-]*\s*(#.*)?$/;
  const bare = (word) => word.replace(/^["']|["']$/g, "");
  /** Takes a line into the steps that lead to it; gives what stands behind its dashes and its field's name. */
  function take(steps, text) {
    let column = /^ */.exec(text)[0].length, rest = text.slice(column), isEntry = false, field = null;
    for (let dash; (dash = /^-( +|$)/.exec(rest)); isEntry = true) {
      while (steps.length && (steps.at(-1).column > column || (steps.at(-1).column === column && steps.at(-1).step === null))) steps.pop();
      steps.push({ column, step: null });
      column += dash[0].length;
      rest = rest.slice(dash[0].length);
    }
    while (!isEntry && steps.length && steps.at(-1).column >= column) steps.pop();
    const found = FIELD.exec(rest);
    if (found) {
      field = { column, step: bare(found[1]) };
      rest = rest.slice(found[0].length);
      steps.push(field);
    }
    return { rest, isEntry, field };
  }
  /** What stands inside open braces and brackets before the cursor, on its line: path steps and the word begun. */
  function inBraces(text) {
    const open = [];
    let begun = "", quote = "";
    for (const [n, sign] of [...text].entries()) {
      if (quote || ((sign === '"' || sign === "'") && !begun.trim())) { quote = quote === sign ? "" : quote || sign; begun += sign; continue; }
      if (sign === "{" || sign === "[") { open.push({ sign, field: null }); begun = ""; }
      else if (sign === "}" || sign === "]") { open.pop(); begun = ""; }
      else if (sign === ",") { if (open.length) open.at(-1).field = null; begun = ""; }
      else if (sign === ":" && (text[n + 1] ?? " ") === " " && open.length) { open.at(-1).field = bare(begun.trim()); begun = ""; }
      else begun += sign;
    }
    const steps = open.flatMap(({ sign, field }) => sign === "[" ? [null] : field ? [field] : []);
    return { steps, isOpen: open.length > 0, isField: open.at(-1)?.sign === "{" && !open.at(-1).field, begun: begun.trimStart() };
  }
  /** Where a place of the text is: the path, whether a field's name is typed there, and what of it is typed. */
  function placeOf(state, position) {
    const steps = [], line = state.doc.lineAt(position), before = line.text.slice(0, position - line.from);
    if (/(^|\s)#/.test(before.replace(/"[^"]*"|'[^']*'/g, ""))) return null;
    let block = Infinity;  // lines further in than this belong to a text of several lines
    for (let n = 1; n < line.number; n += 1) {
      const { text } = state.doc.line(n);
      if (!text.trim() || /^\s*#/.test(text) || /^ */.exec(text)[0].length > block) continue;
      const { rest, field } = take(steps, text);
      block = field && BLOCK.test(rest) ? field.column : Infinity;
    }
    if (/^ */.exec(before)[0].length > block) return null;
    const { rest, isEntry, field } = take(steps, before), path = steps.map(({ step }) => step);
    const braces = inBraces(rest);
    if (braces.isOpen) return { ...braces, path: [...path, ...braces.steps] };
    return { path, isField: !field, isEntry: isEntry && !field, begun: rest };
  }
  /** The values of a field of the entries of a list of this text, such as the refs of its tasks. */
  function said(doc, list, field) {
    const steps = [], found = new Set();
    for (const line of doc.iterLines()) {
      if (!line.trim() || /^\s*#/.test(line)) continue;
      const { rest } = take(steps, line), path = steps.map(({ step }) => step), inner = path.slice(path.indexOf(list) + 1);
      if (!path.includes(list) || (inner.length && inner[0] !== null)) continue;
      const isIn = inner.length === 2 && inner[1] === field, inBraces = inner.length < 2 ? rest.matchAll(new RegExp(`[{,]\\s*${field}:\\s*([^,}]+)`, "g")) : [];
      for (const value of isIn ? [rest] : [...inBraces].map(([, one]) => one)) found.add(bare(value.replace(/\s+#.*$/, "").trim()));
    }
    return [...found];
  }
  /** Names that a field takes from elsewhere: of this text, or of the content. */
  const IN_TEXT = { depends_on: ["tasks", "ref"], phase: ["phases", "key"], step_ref: ["steps", "ref"], fills_link: ["links", "name"], needs_links: ["links", "name"] };
  function known(path, doc) {
    const [field] = path.filter((step) => step !== null).slice(-1);
    if (field === "from") return ["anchor", "bundle_start", ...said(doc, "tasks", "ref").map((ref) => `task_completed:${ref}`)];
    return IN_TEXT[field] ? said(doc, ...IN_TEXT[field]) : names()[field] ?? [];
  }
  /** The fields that the mapping around a line has already. */
  function beside({ doc }, position) {
    const here = doc.lineAt(position), column = /^ *(?:- +)*/.exec(here.text.slice(0, position - here.from))[0].length, found = new Set();
    for (const step of [-1, 1]) {
      const isEntry = /^ *- /.test(here.text);
      for (let n = here.number + step; n >= 1 && n <= doc.lines && !(isEntry && step < 0); n += step) {
        const { text } = doc.line(n), lead = /^ *(?:- +)*/.exec(text)[0].length, isNext = /^ *- /.test(text);
        if (!text.trim() || lead > column) continue;
        const field = lead === column && !(isNext && step > 0) && FIELD.exec(text.slice(lead));
        if (field) found.add(bare(field[1]));
        if (lead < column || isNext) break;
      }
    }
    return found;
  }
  /** Writes a field's name, and goes on to what may stand behind it. */
  function applied(view, { label }, from, to) {
    const insert = `${label}: `;
    view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, userEvent: "input.complete" });
    CM.startCompletion(view);
  }
  function complete(context) {
    const place = placeOf(context.state, context.pos);
    if (!place || (!context.explicit && !place.begun && context.state.doc.lineAt(context.pos).text.trim() === "")) return null;
    const from = context.pos - place.begun.length, options = [];
    if (place.isField) {
      const has = place.isOpen ? new Set() : beside(context.state, context.pos);
      for (const [field, node] of Object.entries(fieldsAt(place.path))) if (!has.has(field)) options.push({ label: field, apply: applied, type: "property", detail: kindOf(node).slice(0, 40), info: about(node) || undefined });
    }
    if (!place.isField || place.isEntry) {
      const nodes = at(place.path);
      for (const node of nodes) {
        for (const value of node.enum ?? (node.const === undefined ? [] : [node.const])) options.push({ label: String(value), type: "enum" });
        if (node.type === "boolean") options.push({ label: "true", type: "keyword" }, { label: "false", type: "keyword" });
      }
      const isText = nodes.some((node) => node.type === "string");
      if (isText) for (const name of known(place.path, context.state.doc)) options.push({ label: name, type: "variable" });
    }
    const unique = [...new Map(options.map((option) => [option.label, option])).values()];
    return unique.length ? { from, options: unique, validFor: /^[\w.:-]*$/ } : null;
  }
  /** What a field is for, over its name. */
  const hover = CM.hoverTooltip(({ state }, position) => {
    const line = state.doc.lineAt(position), word = /[\w-]+/g;
    for (let found; (found = word.exec(line.text));) {
      const from = line.from + found.index, to = from + found[0].length;
      if (position < from || position > to) continue;
      const place = placeOf(state, from);
      const node = place?.isField ? fieldsAt(place.path)[found[0]] : null;
      if (!node) return null;
      const create = () => {
        const dom = document.createElement("div"), name = document.createElement("code"), kind = document.createElement("span"), text = document.createElement("p");
        dom.className = "about-field";
        name.textContent = found[0];
        kind.textContent = ` ${kindOf(node)}`;
        text.textContent = about(node);
        dom.append(name, kind, text);
        return { dom };
      };
      return { pos: from, end: to, above: true, create };
    }
    return null;
  });

  /* -- problems: what content check says of the text as it stands, nothing stored ------------ */
  function marksOf(state, problems) {
    return problems.map(({ line, column, message, hint, severity }) => {
      const at = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines));
      const from = Math.min(at.from + Math.max(column - 1, 0), at.to);
      const word = /^\S+/.exec(at.text.slice(from - at.from))?.[0] ?? "";
      return { from, to: Math.max(from, Math.min(from + Math.max(word.length, 1), at.to)), severity, message: hint ? `${message} ${hint}` : message };
    });
  }
  /** Gives the list below the text what was found, as the page itself shows it. */
  function list(problems) {
    const box = $("#text-problems"), lines = problems.map((one) => {
      const item = document.createElement("li"), link = document.createElement("a");
      link.href = `#line-${one.line}`;
      link.textContent = `${one.line}:${one.column}`;
      item.className = one.severity;
      item.append(link, ` ${one.message}${one.hint ? ` ${one.hint}` : ""}`);
      return item;
    });
    $("ul", box).replaceChildren(...lines);
    $("[data-right]", box).hidden = lines.length > 0;
  }

  /* -- the editor -------------------------------------------------------------------------- */
  const highlighting = CM.HighlightStyle.define([
    { tag: [CM.tags.propertyName, CM.tags.definition(CM.tags.propertyName)], class: "tok-name" },
    { tag: [CM.tags.string, CM.tags.special(CM.tags.string), CM.tags.attributeValue], class: "tok-text" },
    { tag: [CM.tags.comment, CM.tags.lineComment], class: "tok-comment" },
    { tag: [CM.tags.keyword, CM.tags.bool, CM.tags.number, CM.tags.labelName, CM.tags.typeName], class: "tok-word" },
    { tag: [CM.tags.punctuation, CM.tags.separator, CM.tags.bracket, CM.tags.squareBracket, CM.tags.brace], class: "tok-sign" },
  ]);
  /** Types over what is selected. A browser does so with the styles of what was there, which the page's policy forbids. */
  function replaced(event, view) {
    const { data } = event, chosen = document.getSelection();
    if (event.inputType !== "insertText" || !data || chosen.isCollapsed || view.composing || view.state.readOnly) return false;
    // Of a long text the page holds what is in view alone, so the editor knows better, unless it has not heard yet.
    const { main } = view.state.selection, ends = main.empty ? [view.posAtDOM(chosen.anchorNode, chosen.anchorOffset), view.posAtDOM(chosen.focusNode, chosen.focusOffset)] : [main.from, main.to];
    const from = Math.min(...ends), to = Math.max(...ends);
    const insert = () => view.state.update({ changes: { from, to, insert: data }, selection: { anchor: from + data.length }, userEvent: "input.type", scrollIntoView: true });
    if (!view.state.facet(CM.EditorView.inputHandler).some((takes) => takes(view, from, to, data, insert))) view.dispatch(insert());
    event.preventDefault();
    return true;
  }
  function edit(area) {
    const form = area.form, isFixed = area.readOnly;
    let timer = 0, asked = null, isSent = false;
    const view = new CM.EditorView({
      doc: area.value,
      extensions: [
        CM.EditorView.cspNonce.of(area.dataset.nonce),
        CM.lineNumbers(), CM.foldGutter(), CM.lintGutter(), CM.highlightActiveLine(), CM.highlightActiveLineGutter(), CM.highlightSpecialChars(),
        CM.history(), CM.drawSelection(), CM.indentOnInput(), CM.bracketMatching(), CM.closeBrackets(), CM.highlightSelectionMatches(), CM.search({ top: true }),
        CM.indentUnit.of("  "), CM.EditorState.tabSize.of(2), CM.EditorState.readOnly.of(isFixed), CM.EditorView.lineWrapping,
        CM.yaml(), CM.syntaxHighlighting(highlighting), CM.autocompletion({ override: [complete], activateOnTyping: true }), hover,
        CM.EditorView.contentAttributes.of({ tabindex: "0", "aria-label": area.labels[0].textContent, "aria-describedby": area.getAttribute("aria-describedby") ?? "" }),
        CM.keymap.of([
          { key: "Mod-s", preventDefault: true, run: () => { $("[data-save]", form)?.click(); return true; } },
          { key: "Mod-Enter", run: () => { $("[data-save]", form)?.click(); return true; } },
          ...CM.closeBracketsKeymap, ...CM.completionKeymap, ...CM.searchKeymap, ...CM.historyKeymap, ...CM.foldKeymap, ...CM.lintKeymap, ...CM.defaultKeymap, CM.indentWithTab,
        ]),
        CM.EditorView.domEventHandlers({ beforeinput: replaced }),
        CM.EditorView.updateListener.of((update) => { if (update.docChanged) changed(); }),
      ],
    });
    function changed() {
      area.value = view.state.doc.toString();
      area.dispatchEvent(new Event("input", { bubbles: true }));
      clearTimeout(timer);
      timer = setTimeout(check, PAUSE);
    }
    async function check() {
      asked?.abort();
      asked = new AbortController();
      const body = new FormData();
      for (const name of ["csrf_token", "path"]) body.append(name, form.elements[name].value);
      body.append("text", area.value);
      const checked = view.state.doc;
      try {
        const answer = await fetch(area.dataset.check, { method: "POST", body, headers: { Accept: "application/json" }, signal: asked.signal });
        if (!answer.ok || view.state.doc !== checked) return;
        const { problems } = await answer.json();
        view.dispatch(CM.setDiagnostics(view.state, marksOf(view.state, problems)));
        list(problems);
      } catch (error) {
        if (error.name !== "AbortError") console.info("the text could not be checked", error.message);
      }
    }
    function show(line) {
      const { from } = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
      view.dispatch({ selection: { anchor: from }, effects: CM.EditorView.scrollIntoView(from, { y: "center" }) });
      view.focus();
    }
    area.hidden = true;
    for (const one of document.querySelectorAll("[data-with-script], [data-without-script]")) one.hidden = "withoutScript" in one.dataset;
    area.labels[0].addEventListener("click", () => view.focus());
    area.after(view.dom);
    area.labels[0].removeAttribute("for");
    document.addEventListener("click", ({ target }) => {
      const line = /^#line-(\d+)$/.exec(target.closest?.("a")?.getAttribute("href") ?? "");
      if (line) show(Number(line[1]));
      // What brings the saved text back writes into the field.
      if (area.value !== view.state.doc.toString()) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: area.value } });
    });
    addEventListener("beforeunload", (event) => { if (!isSent && area.value !== area.defaultValue) event.preventDefault(); });
    form.addEventListener("submit", () => { isSent = true; });
    const first = /^#line-(\d+)$/.exec(location.hash);
    if (first) show(Number(first[1]));
    if (!isFixed) check();
    if (area.dataset.schema) fetch(area.dataset.schema).then((answer) => answer.ok ? answer.json() : {}).then((found) => { schema = found; });
  }
  document.addEventListener("DOMContentLoaded", () => { const area = $("textarea[data-yaml]"); if (area) edit(area); });
})();
