// SPDX-License-Identifier: LGPL-2.1-or-later
// The filters of the audit log, as a form and as the query of the page's address.

import { ACTIONS } from "./audit-codes.js";
import { button, h } from "./dom.js";
import { field, input, select } from "./form.js";
import { N_, _, languageTag } from "./i18n.js";
import { link } from "./views.js";

const SETTLE_MSEC = 400;

const OBJECTS = [
    ["certificate", N_("All certificates")], ["request", N_("All requests")], ["https", N_("HTTPS")],
    ["authority", N_("The device's authority")], ["anchor", N_("All trust anchors")],
];

/* datetime-local has no zone: the reader's is meant. */
function toLocal(iso) {
    const time = new Date(iso ?? "");
    return Number.isNaN(time.getTime()) ? ""
        : new Date(time.getTime() - time.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

function toIso(local) {
    const time = new Date(local);
    return local === "" || Number.isNaN(time.getTime()) ? "" : time.toISOString().replace(/\.\d+Z$/, "Z");
}

function actions() {
    return Object.entries(ACTIONS).map(([name, text]) => [name, _(text)])
        .sort((a, b) => a[1].localeCompare(b[1], languageTag()));
}

function fieldsOf(query) {
    const list = h("datalist", { id: "activity-objects" },
        OBJECTS.map(([value, text]) => h("option", { value }, _(text))));
    const get = (name) => query.get(name) ?? "";
    return { list, fields: {
        object: field(_("Object"), input({ name: "object", value: get("object"), list: list.id, maxlength: 300 }),
            { help: _("For example “certificate” for all of them, or “certificate/https” for one.") }),
        action: field(_("What"), select([["", _("Anything")], ...actions()], get("action"), { name: "action" })),
        outcome: field(_("Outcome"), select([["", _("Any")], ["ok", _("Done")], ["failed", _("Refused or failed")]],
            get("outcome"), { name: "outcome" })),
        uid: field(_("Number of the user"), input({ name: "uid", value: get("uid"), inputmode: "numeric" })),
        since: field(_("From"), input({ name: "since", type: "datetime-local", value: toLocal(query.get("since")) })),
        until: field(_("Before"), input({ name: "until", type: "datetime-local", value: toLocal(query.get("until")) })),
    } };
}

function read(fields) {
    const found = new URLSearchParams();
    for (const [name, { control }] of Object.entries(fields)) {
        const value = control.type === "datetime-local" ? toIso(control.value) : control.value.trim();
        if (value !== "")
            found.set(name, value);
    }
    return found;
}

/** The form {node, value(): URLSearchParams as the API takes them, clear()}; changed(): they are others. */
export function activityFilter(query, changed) {
    const { list, fields } = fieldsOf(query);
    let timer = 0;
    let shown = read(fields).toString();
    const apply = () => {
        clearTimeout(timer);
        const now = read(fields).toString();
        if (now === shown)
            return;
        shown = now;
        history.replaceState(null, "", `${link("activity")}${now === "" ? "" : `?${now}`}`);
        changed();
    };
    const clear = () => {
        for (const { control } of Object.values(fields))
            control.value = "";
        apply();
    };
    const node = h("details.card.mb-3", { open: shown !== "" }, h("summary.card-body", {}, _("Filter")),
        h("form.card-body.pt-0", { onsubmit: (event) => { event.preventDefault(); apply(); },
            oninput: () => { clearTimeout(timer); timer = setTimeout(apply, SETTLE_MSEC); } },
        list, h("div.filters", {}, Object.values(fields).map((one) => one.node)),
        h("div.actions", {}, button(_("Show all"), clear))));
    return { node, value: () => read(fields), clear };
}
