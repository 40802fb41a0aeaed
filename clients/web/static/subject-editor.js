// SPDX-License-Identifier: LGPL-2.1-or-later
// The fields of a subject: a row for each attribute, the usual ones always, in the order that the subject has.

import { countryName, countryOptions } from "./countries.js";
import { button, h } from "./dom.js";
import { field, input, select } from "./form.js";
import { _ } from "./i18n.js";
import { rowList } from "./rows.js";
import { ATTRIBUTES, ATTRIBUTES_MAX, attribute, checkAttribute } from "./subject.js";

/* What most authorities ask for. */
const USUAL = ["C", "ST", "L", "O", "OU", "CN", "emailAddress"];

function labelOf(type) {
    const text = _(attribute(type)[1]);
    return type.length <= 2 ? `${text} (${type})` : text;
}

/* [type, value], the usual types that are missing among them, empty, each behind the one it follows. */
function withUsual(pairs, usual) {
    const rows = [...pairs];
    usual.forEach((type, i) => {
        if (rows.some((row) => row[0] === type))
            return;
        const before = usual.slice(0, i).reverse().map((other) => rows.findLastIndex((row) => row[0] === other))
            .find((at) => at >= 0) ?? -1;
        rows.splice(before + 1, 0, [type, ""]);
    });
    return rows;
}

/* An old value that is no country is a choice too, so that it is seen. */
function countryControl(value) {
    const known = countryOptions();
    const other = value === "" || known.some(([code]) => code === value) ? [] : [[value, countryName(value)]];
    return select([["", _("None")], ...other, ...known], value, { autocomplete: "off" });
}

function makeRow(list, type, value, { stays, help, changed }) {
    const control = type === "C" ? countryControl(value) : input({ value, name: `subject-${type}` });
    const part = field(labelOf(type), control, { kind: "row-field", help });
    const row = { type, control, part, node: null, label: () => labelOf(type) };
    row.check = () => part.setError(checkAttribute(type, control.value.trim()));
    const typed = () => {
        row.check();
        changed();
    };
    control.addEventListener("input", typed);
    control.addEventListener("change", () => {
        if (type !== "C")
            control.value = control.value.trim();
        typed();
    });
    row.node = h("li.edit-row", { "data-type": type }, part.node, list.buttons(row, { stays }));
    row.relabel();
    row.check();
    return row;
}

/**
 * Fields for a subject. pairs: of parseSubject(); usual: the types that are always there; help: {type: a sentence}.
 * {node, value(): pairs, faulty(): the first control with something wrong by the page's own rules, or null, fault(type,
 * value, text): shows what the device says of an attribute; its control, or null}.
 */
export function subjectEditor(pairs, { changed, usual = USUAL, help = {} }) {
    const add = select(ATTRIBUTES.map(([type]) => [type, labelOf(type)]), "OU", { "aria-label": _("Another field") });
    const list = rowList("subject-rows", { changed, empty: () => add });
    const more = (type, value, stays, how) => {
        if (list.rows.length >= ATTRIBUTES_MAX + usual.length)
            return;
        list.add(makeRow(list, type, value, { stays, changed, help: help[type] }), how);
    };
    const seen = new Set();
    for (const [type, value] of withUsual(pairs, usual)) {
        more(type, value, usual.includes(type) && !seen.has(type));
        seen.add(type);
    }
    const order = button(_("Change the order"), () => {
        const on = list.node.classList.toggle("is-ordered");
        order.setAttribute("aria-pressed", String(on));
    }, { "aria-pressed": "false" });
    const node = h("div", {}, list.node, h("div.actions", {}, add, button(_("Add the field"), () => {
        const at = list.rows.findLastIndex((row) => row.type === add.value);
        more(add.value, "", false, { focus: true, at: at < 0 ? list.rows.length : at + 1 });
    }), order));
    return {
        node,
        value: () => list.rows.map((row) => [row.type, row.control.value.trim()]).filter(([, value]) => value !== ""),
        faulty() {
            list.rows.forEach((row) => row.check());
            return list.rows.find((row) => row.control.classList.contains("is-invalid"))?.control ?? null;
        },
        fault(type, value, text) {
            const row = list.rows.find((one) => one.type === type && one.control.value.trim() === value);
            row?.part.setError(text);
            return row?.control ?? null;
        },
    };
}
