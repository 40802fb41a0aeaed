// SPDX-License-Identifier: LGPL-2.1-or-later
// All certificates: which need somebody, which expire when, and a new one. Rows that have not changed stay the same
// elements, so that nobody loses the place when another administrator does something.

import { PLACES, isClockTrusted, post, readDevice } from "./api.js";
import { namesShort } from "./certificate-state.js";
import { describeError, issuerText, originText, stateBadge, stateText } from "./codes.js";
import { announce, box, button, card, enable, h, replace } from "./dom.js";
import * as draft from "./draft.js";
import { isDue } from "./expiry.js";
import { field, input, select } from "./form.js";
import { when } from "./format.js";
import { N_, _, ngettext } from "./i18n.js";
import { checkPlaceName, concerns, oneAtATime, placePath, summaries } from "./places.js";
import { link } from "./views.js";

const DRAFT = "certificate";
const VIEW = "certificates";
const NAMES_SHOWN = 3;
const COLUMNS = [N_("Name"), N_("State"), N_("Names"), N_("Valid until"), N_("Consumers")];
const SEVERITY = { error: 0, warning: 1, note: 3, "": 3 };

/* What needs somebody first. */
function urgency(one) {
    if (one.Emergency || ["expired", "unusable", "not-yet-valid"].includes(one.State))
        return -2;
    return one.OnTrial ? -1 : SEVERITY[one.Worst] ?? 3;
}

function byName(a, b) {
    return a.Name < b.Name ? -1 : 1;
}

/* [key, label, compare]: what is nowhere valid comes last. */
const ORDERS = [
    ["name", N_("Name"), byName],
    ["expiry", N_("Valid until"), (a, b) => (a.NotAfter ?? "9").localeCompare(b.NotAfter ?? "9") || byName(a, b)],
    ["state", N_("What needs attention first"), (a, b) => urgency(a) - urgency(b) || byName(a, b)],
];

function searchText(one) {
    return [one.Name, one.Subject, ...one.SubjectAltNames, stateText(one), originText(one.Origin)]
        .join("\n").toLowerCase();
}

/* A cell says its column by itself where the table is too narrow for columns. */
function cell(column, ...children) {
    return h("td", { role: "cell" }, h("span.cell-label", { "aria-hidden": "true" }, _(column)),
        h("span.cell-value", {}, children));
}

function expiry(one) {
    if (!one.NotAfter)
        return "–";
    const over = one.State === "expired";
    return h("span", { class: over || isDue(one) ? "text-warn" : null }, when(one.NotAfter, { relative: true }));
}

function names(one) {
    if (one.SubjectAltNamesCount > 0)
        return namesShort(one.SubjectAltNames, one.SubjectAltNamesCount, NAMES_SHOWN);
    return one.Subject ? h("bdi", {}, one.Subject) : "–";
}

function makeRow(one) {
    return h("tr", { role: "row" },
        h("th", { scope: "row", role: "rowheader" }, h("a", { href: link("certificates/{}", one.Name) }, one.Name)),
        cell(COLUMNS[1], stateBadge(one),
            h("span.text-muted.d-block", {}, one.Origin ? originText(one.Origin) : issuerText(one.Issuer))),
        cell(COLUMNS[2], names(one)),
        cell(COLUMNS[3], expiry(one)),
        cell(COLUMNS[4], one.Consumers > 0 ? String(one.Consumers) : "–"));
}

function remembered() {
    const kept = draft.load(VIEW) ?? {};
    return ORDERS.some(([key]) => key === kept.order) ? kept.order : ORDERS[0][0];
}

/* The rows by what the list says now. list: {rows: Map of the name to {text, search, node}}. */
function updateRows(list, found) {
    const before = list.rows;
    list.rows = new Map(found.map((one) => {
        const text = JSON.stringify([one, isClockTrusted()]);
        const old = before.get(one.Name);
        return [one.Name, old?.text === text ? old : { one, text, search: searchText(one), node: makeRow(one) }];
    }));
}

function show(list) {
    const words = list.filter.control.value.trim().toLowerCase();
    const [, , compare] = ORDERS.find(([key]) => key === list.order.control.value);
    const rows = [...list.rows.values()].filter((row) => row.search.includes(words))
        .sort((a, b) => compare(a.one, b.one));
    const nodes = rows.map((row) => row.node);
    const focused = list.body.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    if (nodes.length !== list.body.children.length || nodes.some((node, i) => node !== list.body.children[i]))
        list.body.replaceChildren(...nodes);
    if (focused !== null)
        list.body.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    list.table.hidden = rows.length === 0;
    replace(list.none, rows.length > 0 ? null : box("info",
        h("p", {}, _("No certificate has “{words}” in its name, names or state.", { words })),
        button(_("Show all"), () => {
            list.filter.control.value = "";
            show(list);
            list.filter.control.focus();
        })));
    replace(list.count, ngettext("{count} certificate", "{count} certificates", rows.length));
}

function makeList() {
    const list = { rows: new Map(), none: h("div"), count: h("p.text-muted", { role: "status" }),
        body: h("tbody", { role: "rowgroup" }) };
    const sort = () => {
        draft.save(VIEW, { order: list.order.control.value });
        show(list);
    };
    list.filter = field(_("Find"), input({ type: "search", placeholder: _("a name, a state…"),
        oninput: () => show(list) }));
    list.order = field(_("Sorted by"), select(ORDERS.map(([key, text]) => [key, _(text)]), remembered(),
        { onchange: sort }));
    list.table = h("table.table.stacked", { role: "table" }, h("caption.visually-hidden", {}, _("Certificates")),
        h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, COLUMNS.map((text) =>
            h("th", { scope: "col", role: "columnheader" }, _(text))))), list.body);
    list.node = h("section.mb-4", { "aria-label": _("All certificates") },
        h("div.list-tools", {}, list.filter.node, list.order.node), list.count, list.none, list.table);
    return list;
}

function newForm(go) {
    const name = field(_("Name"), input({ value: draft.load(DRAFT) ?? "", autocapitalize: "none", maxlength: 64 }),
        { help: _("What the device calls it, for example “mqtt” or “mail”. It does not appear in the certificate, " +
            "and stays as it is.") });
    const trouble = h("div", { "aria-live": "assertive" });
    const send = h("button.btn.btn-primary", { type: "submit" }, _("Create"));
    const submit = async (event) => {
        event.preventDefault();
        const wrong = checkPlaceName(name.control.value);
        name.setError(wrong);
        if (wrong) {
            name.control.focus();
            return;
        }
        send.disabled = true;
        replace(trouble);
        try {
            await post(PLACES, { Id: name.control.value });
            draft.drop(DRAFT);
            announce(_("{name} is created.", { name: name.control.value }));
            go(link("certificates/{}", name.control.value));
        } catch (error) {
            replace(trouble, describeError(error));
        }
        enable(send);
    };
    const typed = () => {
        draft.save(DRAFT, name.control.value);
        if (name.control.value !== "" || name.control.classList.contains("is-invalid"))
            name.setError(name.control.value === "" ? null : checkPlaceName(name.control.value));
    };
    return card(_("New certificate"), { id: "new" },
        h("p", {}, _("A place for one more certificate, for another service of this device. A request, a certificate " +
            "of the device's own authority or one from outside goes into it.")),
        h("form", { onsubmit: submit, oninput: typed, novalidate: true }, trouble, name.node, send));
}

function lonely(found) {
    return found.length === 1 && found[0].Name === "https" ?
        box("info", _("The device has the certificate of its HTTPS server alone. Open it to see or replace it; " +
            "create another one below where another service needs one.")) : null;
}

/** See main.js. */
export async function view({ main, signal, go, listen }) {
    const list = makeList();
    const trouble = h("div");
    const hint = h("div");
    const refresh = oneAtATime(async () => {
        const [found] = await Promise.all([summaries({ signal }), readDevice({ signal })]);
        updateRows(list, found);
        replace(trouble);
        replace(hint, lonely(found));
        show(list);
    }, signal);
    await refresh();
    replace(main, trouble, hint, list.node, newForm(go));
    listen(async (records) => {
        if (records.some((record) => record.origin.startsWith(placePath(""))) || concerns(records, PLACES))
            await refresh().catch((error) => signal.aborted || replace(trouble, describeError(error)));
    });
}
