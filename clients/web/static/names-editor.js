// SPDX-License-Identifier: LGPL-2.1-or-later
// Subject alternative names to edit: a row each, checked as they are typed. What is pasted in several lines becomes
// several rows, and a row takes the type that its text has the form of until somebody chooses one.

import { dialog } from "./dialogs.js";
import { announce, button, h, replace } from "./dom.js";
import { field, input, select } from "./form.js";
import { _, ngettext } from "./i18n.js";
import { checkName } from "./names-check.js";
import { NAMES_MAX, NAME_TYPES, guessType, nameKey, nameText, nameTypeText, parseName } from "./names.js";
import { rowList } from "./rows.js";
import { subjectEditor } from "./subject-editor.js";
import { parseSubject, writeSubject } from "./subject.js";

/** The names of a pasted text, {type, value}: by lines, spaces and commas; a line with "=" is a directory name. */
export function splitNames(text) {
    return text.replace(/IP Address:/gi, "IP:").split(/[\r\n]+/)
        .flatMap((line) => (line.includes("=") ? [line.trim()] : line.split(/[,;\s]+/)))
        .filter((part) => part !== "").map(parseName);
}

function tryParse(text) {
    try {
        return parseSubject(text);
    } catch {
        return [];
    }
}

/* The fields of a directory name, in a dialog: its new text, or null. */
function askDirectoryName(text) {
    return dialog(_("Directory name"), (close) => {
        const send = h("button.btn.btn-primary", { type: "submit" }, _("Use this name"));
        const fields = subjectEditor(tryParse(text), { changed: () => {}, usual: ["C", "O", "OU", "CN"] });
        return [h("form", { onsubmit: (event) => {
            event.preventDefault();
            const wrong = fields.faulty();
            if (wrong)
                wrong.focus();
            else
                close(writeSubject(fields.value()));
        } }, fields.node, h("div.actions.mt-3", {}, button(_("Cancel"), () => close(null)), send))];
    });
}

function example(type) {
    return NAME_TYPES.find((row) => row[0] === type)[2];
}

/* The parts of a row that depend on its type. */
function showType(row) {
    row.control.placeholder = example(row.type.value);
    row.fields.hidden = row.type.value !== "dirName";
}

function makeRow(list, name, { typed, pasted, next }) {
    const type = select(NAME_TYPES.map(([key]) => [key, nameTypeText(key)]), name.type, { name: "san-type" });
    const control = input({ value: name.value, name: "san", autocapitalize: "none" });
    const typePart = field(_("Type"), type, { kind: "name-type" });
    const part = field(_("Name"), control, { kind: "name-value" });
    const label = () => control.value || _("Empty name");
    const row = { type, control, part, label, node: null, chosen: name.value !== "" };
    row.fields = button(_("Fields…"), async () => {
        const text = await askDirectoryName(control.value);
        if (text !== null) {
            control.value = text;
            typed(row);
        }
        control.focus();
    });
    type.addEventListener("change", () => {
        row.chosen = true;
        typed(row);
    });
    control.addEventListener("input", () => typed(row));
    control.addEventListener("change", () => {
        control.value = control.value.trim();
        typed(row);
    });
    control.addEventListener("paste", (event) => pasted(row, event));
    control.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && !event.isComposing) {
            event.preventDefault();
            next(row);
        }
    });
    row.value = () => ({ type: type.value, value: control.value.trim() });
    row.node = h("li.edit-row.name-row", {}, typePart.node, part.node, row.fields, list.buttons(row));
    row.relabel();
    showType(row);
    return row;
}

/* What is wrong with each row, and what is there twice. */
function checkRows(rows) {
    const seen = new Set();
    for (const row of rows) {
        const name = row.value();
        let wrong = name.value === "" ? null : checkName(name.type, name.value);
        if (wrong === null && name.value !== "" && seen.has(nameKey(name)))
            wrong = _("This name is in the list already.");
        if (name.value !== "" && wrong === null)
            seen.add(nameKey(name));
        row.part.setError(wrong);
    }
    return seen;
}

/* The list, what is offered for it, and the count. */
class NamesEditor {
    constructor(suggestions, changed) {
        this.offered = suggestions;
        this.changed = changed;
        this.count = h("span.text-muted");
        this.offers = h("div.actions.mb-2");
        this.adder = button(_("Add a name"), () => this.add({ type: "DNS", value: "" }, { focus: true }));
        this.list = rowList("name-rows", { changed: () => this.refresh(), empty: () => this.adder });
        this.node = h("div", {}, this.list.node, this.offers, h("div.actions", {}, this.adder, this.count));
    }

    /* A row without telling. */
    make(name, how) {
        this.list.add(makeRow(this.list, name, { typed: (row) => this.typed(row), next: (row) => this.next(row),
            pasted: (row, event) => this.pasted(row, event) }), how);
    }

    names() {
        return this.list.rows.map((row) => row.value()).filter((name) => name.value !== "");
    }

    /* What follows from the rows. */
    show() {
        const seen = checkRows(this.list.rows);
        const left = this.offered.filter((text) => !seen.has(nameKey(parseName(text))));
        this.count.textContent = ngettext("{count} name of at most {most}", "{count} names of at most {most}",
            this.names().length, { most: NAMES_MAX });
        this.adder.disabled = this.list.rows.length >= NAMES_MAX;
        if (this.offers.dataset.offered !== left.join("\n"))
            this.offer(left);
    }

    refresh() {
        this.show();
        this.changed();
    }

    offer(texts) {
        this.offers.dataset.offered = texts.join("\n");
        replace(this.offers, texts.length > 0 ? h("span.text-muted", {}, _("Of this device:")) : null,
            texts.map((text) => button(`+ ${parseName(text).value}`, () => this.take(text),
                { "aria-label": _("Add {name}", { name: text }) })));
    }

    /* What was offered goes into an empty row where there is one. */
    take(text) {
        const empty = this.list.rows.find((row) => row.control.value === "");
        if (empty)
            this.fill(empty, parseName(text));
        else
            this.add(parseName(text));
        announce(_("{label} is in the list now.", { label: text }));
        this.adder.focus();
    }

    add(name, how) {
        if (this.list.rows.length >= NAMES_MAX)
            return;
        this.make(name, how);
        this.refresh();
    }

    fill(row, name) {
        row.type.value = name.type;
        row.control.value = name.value;
        row.chosen = true;
        this.typed(row);
    }

    typed(row) {
        if (!row.chosen && row.control.value !== "")
            row.type.value = guessType(row.control.value.trim());
        showType(row);
        row.relabel();
        this.refresh();
    }

    /* A single name that says nothing of its type is pasted as any text is. */
    pasted(row, event) {
        const names = splitNames(event.clipboardData.getData("text"));
        const isEmpty = row.control.value === "";
        if (names.length === 0 || (names.length === 1 && !(isEmpty && names[0].type !== "DNS")))
            return;
        event.preventDefault();
        if (isEmpty)
            this.fill(row, names.shift());
        const at = this.list.rows.indexOf(row) + 1;
        names.forEach((name, i) => this.add(name, { at: at + i }));
        announce(this.count.textContent);
    }

    next(row) {
        if (row.control.value !== "")
            this.add({ type: "DNS", value: "" }, { at: this.list.rows.indexOf(row) + 1, focus: true });
    }

    faulty() {
        checkRows(this.list.rows);
        return this.list.rows.find((row) => row.control.classList.contains("is-invalid"))?.control ?? null;
    }

    fault(type, value, text) {
        const row = this.list.rows.find((one) => one.type.value === type && one.control.value.trim() === value);
        row?.part.setError(text);
        return row?.control ?? null;
    }
}

/**
 * Rows of names. texts: as the device has them, "DNS:www.example.org"; suggestions: likewise, what may be added with a
 * click. {node, value(): texts, faulty(): the first control with something wrong by the page's own rules, or null,
 * suggest(texts), fault(type, value, text): shows what the device says of a name; its control, or null}.
 */
export function namesEditor(texts, { changed, suggestions = [] }) {
    const editor = new NamesEditor(suggestions, changed);
    for (const text of texts)
        editor.make(parseName(text));
    editor.show();
    return {
        node: editor.node,
        value: () => editor.names().map(nameText),
        faulty: () => editor.faulty(),
        suggest(more) {
            editor.offered = more;
            editor.show();
        },
        fault: (...words) => editor.fault(...words),
    };
}
