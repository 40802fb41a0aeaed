// SPDX-License-Identifier: LGPL-2.1-or-later
// A row of the audit log. What happened is in the reader's language; the log's own words stand in the title of each.

import { actionText, errorText } from "./codes.js";
import { h } from "./dom.js";
import { number, when } from "./format.js";
import { _, isolated } from "./i18n.js";
import { link } from "./views.js";

const ITSELF = 4294967295;
const UNKNOWN = 4294967294;
const OK = "ok";

/* Where what a row is about is shown: by what is before the slash of its object. */
const OBJECTS = {
    certificate: (name) => link("certificates/{}", name),
    anchor: () => link("trust"),
    authority: () => link("authority"),
    https: () => link("https"),
};

function who({ Uid, UserName, Unit, Sender }) {
    const name = Uid === ITSELF ? _("The device itself")
        : Uid === UNKNOWN ? _("Somebody who had gone, or several users")
            : UserName ? `${isolated(UserName)} (${Uid})` : _("User {uid}", { uid: Uid });
    return h("span", { title: Sender || null }, name, Unit ? h("span.text-muted.own", {}, Unit) : null);
}

function what({ Action, Detail }) {
    return [h("span", { title: Action }, actionText(Action)),
        Detail ? h("span.text-muted.own", { lang: "en" }, Detail) : null];
}

function object(text) {
    const [kind, ...rest] = text.split("/");
    const name = rest.join("/");
    return Object.hasOwn(OBJECTS, kind) && name !== "" ? h("a", { href: OBJECTS[kind](name) }, text) : text;
}

function outcome(text) {
    if (text === OK)
        return h("span.state.state-good", {}, _("Done"));
    const short = text.split(".").pop();
    return [h("span.state.state-bad", {}, _("Refused or failed")),
        h("span.own.text-muted", { title: text }, errorText(`Certd.${short}`) || short)];
}

function damaged(row) {
    return h("tr.activity-damaged", { role: "row", "data-number": row.Number },
        h("th", { scope: "row", role: "rowheader", tabindex: "-1" }, _("Row {number}", { number: number(row.Number) })),
        h("td", { role: "cell", colspan: 4 }, h("div", {}, _("This row cannot be read."), " ",
            h("span", { lang: "en" }, row.Damage))));
}

function cell(label, ...children) {
    return h("td", { role: "cell" }, h("span.cell-label", { "aria-hidden": "true" }, label), h("div", {}, children));
}

/** The row of an entry {Number, Time, Uid, UserName, Unit, Action, Object, Outcome, Detail}. */
export function activityRow(row) {
    if (row.Damage)
        return damaged(row);
    return h("tr", { role: "row", "data-number": row.Number },
        h("th", { scope: "row", role: "rowheader", tabindex: "-1" }, when(row.Time),
            h("span.text-muted.own", {}, _("Row {number}", { number: number(row.Number) }))),
        cell(_("Who"), who(row)), cell(_("What"), what(row)), cell(_("Object"), object(row.Object)),
        cell(_("Outcome"), outcome(row.Outcome)));
}
