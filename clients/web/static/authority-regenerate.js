// SPDX-License-Identifier: LGPL-2.1-or-later
// Makes the authority again, with the organization's own values (R26). Everybody who trusted it has to import the new
// one, so it says so, and asks.

import { SCOPES } from "./authority-scopes.js";
import { daysWrong } from "./authority-sign.js";
import { describeError } from "./codes.js";
import { confirm } from "./dialogs.js";
import { box, card, enable, h, replace } from "./dom.js";
import { countryOptions } from "./countries.js";
import * as draft from "./draft.js";
import { field, input, select, tick } from "./form.js";
import { hex } from "./format.js";
import { _ } from "./i18n.js";
import { change } from "./seen.js";
import { attribute, checkAttribute, parseSubject, writeSubject } from "./subject.js";

const DRAFT = "authority-regenerate";
const [DAYS_MIN, DAYS_MAX] = [365, 36500];
/* The device's own choice of a common name follows its key: it is nobody's wish. */
const GIVEN = / authority [0-9a-f]{8}$/;
/* The attributes of the form, in the order of the encoding. */
const TYPES = ["C", "ST", "L", "O", "OU", "CN"];

/* What the subject is made of now: the form's attributes by type, and the pairs that the form has no place for. */
function split(subject) {
    const [own, others] = [{}, []];
    for (const [type, value] of parseSubject(subject)) {
        if (TYPES.includes(type) && !(type in own))
            own[type] = type === "CN" && GIVEN.test(value) ? "" : value;
        else
            others.push([type, value]);
    }
    return { own, others };
}

function subjectFields() {
    return Object.fromEntries(TYPES.map((type) => {
        const help = type === "CN" ? _("What the authority is called. The device finds a name where it is empty.") :
            null;
        const control = type === "C" ? select([["", _("(none)")], ...countryOptions()], "") : input();
        return [type, field(_(attribute(type)[1]), control, { help })];
    }));
}

function scopeField() {
    const help = h("span");
    const scope = select(SCOPES.map(([key, name]) => [key, _(name)]), "local");
    const explain = () => {
        const known = SCOPES.find(([key]) => key === scope.value);
        replace(help, known ? _(known[2]) : null);
    };
    scope.addEventListener("change", explain);
    return { ...field(_("May speak for"), scope, { help }), shown: explain };
}

function controls() {
    return {
        ...subjectFields(),
        Scope: scopeField(),
        Days: field(_("Days that it is valid"), input({ inputmode: "numeric" }),
            { help: _("From {least} to {most}; as many as before where it is empty.", { least: DAYS_MIN,
                most: DAYS_MAX }) }),
        ReuseKey: field(_("Keep its key"), tick(),
            { help: _("Who trusts it goes on to, as long as the subject stays as it is. Not where somebody else may " +
                "know the key.") }),
    };
}

/* What the fields have that nobody has touched. */
function values(authority, own) {
    return { ...Object.fromEntries(TYPES.map((type) => [type, own[type] ?? ""])), Scope: authority.Scope ?? "local",
        Days: "", ReuseKey: false };
}

function setValue({ control, shown = () => {} }, value) {
    if (control.type === "checkbox")
        control.checked = value;
    else
        control.value = value;
    shown();
}

function valueOf({ control }) {
    return control.type === "checkbox" ? control.checked : control.value.trim();
}

function read(fields) {
    return Object.fromEntries(Object.entries(fields).map(([key, one]) => [key, valueOf(one)]));
}

function bodyOf(typed, others) {
    const pairs = TYPES.map((type) => [type, typed[type]]).filter(([, value]) => value !== "");
    return { Scope: typed.Scope, Subject: writeSubject([...pairs, ...others]),
        ...(typed.ReuseKey ? { ReuseKey: true } : {}), ...(typed.Days === "" ? {} : { Days: Number(typed.Days) }) };
}

function check(fields, typed) {
    for (const type of TYPES)
        fields[type].setError(checkAttribute(type, typed[type]));
    fields.Days.setError(daysWrong(typed.Days, DAYS_MIN, DAYS_MAX));
    const wrong = Object.values(fields).find((one) => one.control.classList.contains("is-invalid"));
    wrong?.control.focus();
    return !wrong;
}

/* What dies with the authority, for the question before it is made again. */
function whatDies(typed) {
    return [
        h("p", {}, _("The authority's certificate is replaced, and this can't be undone.")),
        h("ul", {},
            typed.ReuseKey
                ? h("li", {}, _("Clients that trust it go on to only where the subject stays as it is. They keep to " +
                    "the limits of the one that they have imported."))
                : h("li", {}, _("Its key is destroyed. Every computer and phone that trusts it has to import the " +
                    "new one, and warns until then: this browser, too.")),
            h("li", {}, _("The device issues its own certificates again, and tells the services that use them.")),
            typed.ReuseKey ? null : h("li", {}, _("What it has signed for other devices is not trusted by whoever " +
                "imports the new one alone: it has to be signed again."))),
    ];
}

function done(authority) {
    return box("success", h("p", {},
        _("The device has a new authority. Import it on each computer and phone: see the steps above.")),
        h("p", {}, _("Its SHA-256 fingerprint:"), " ", hex(authority.Fingerprint)),
        h("p.mb-0", {}, h("a", { href: authority.Downloads.PEM }, _("ca.crt (PEM)"))));
}

/* The fields, which follow the authority until they are touched; what is typed into them is kept as a draft. */
class Form {
    constructor() {
        this.fields = controls();
        this.touched = draft.load(DRAFT) ?? {};
        this.base = null; // what they have that nobody has touched
    }

    update(authority) {
        const { own, others } = split(authority.Subject ?? "");
        const now = values(authority, own);
        this.others = others;
        for (const [key, one] of Object.entries(this.fields)) {
            if (this.base === null || !(key in this.touched))
                setValue(one, this.touched[key] ?? now[key]);
            if (!(key in this.touched))
                now[key] = valueOf(one);
        }
        this.base = now;
        this.typed();
    }

    typed() {
        this.touched = Object.fromEntries(Object.entries(read(this.fields)).filter(([key, value]) =>
            value !== this.base[key]));
        if (Object.keys(this.touched).length > 0)
            draft.save(DRAFT, this.touched);
        else
            draft.drop(DRAFT);
    }

    /* The next authority's values are those that were sent: the fields follow it. */
    sent() {
        this.touched = {};
        draft.drop(DRAFT);
    }
}

/* Which authority it is, and what the form begins with. */
function pick({ Fingerprint, Subject, Scope }) {
    return [Fingerprint, Subject, Scope];
}

/** The card. changed() reads the authority again and resolves to its resource. {node, update(look() of seen.js)}. */
export function regenerateCard({ signal, changed }) {
    const form = new Form();
    const { fields } = form;
    let seen = null;
    const answer = h("div", { "aria-live": "polite" });
    const send = h("button.btn.btn-danger", { type: "submit" }, _("Make it again…"));
    const submit = async (event) => {
        event.preventDefault();
        const typed = read(fields);
        const known = seen;
        const { others } = form;
        replace(answer);
        if (!check(fields, typed) || !await confirm(_("Make the authority again?"), whatDies(typed), _("Make it again"),
            { danger: true }))
            return;
        send.disabled = true;
        try {
            await change("POST", known.body.Actions["#CertdAuthority.Regenerate"].target, known, pick,
                { of: known.body["@odata.id"], body: bodyOf(typed, others), signal });
            form.sent();
            replace(answer, done(await changed()));
        } catch (error) {
            if (error.name !== "AbortError")
                replace(answer, describeError(error));
            if (error.status === 412)
                await changed();
        }
        enable(send);
    };
    const node = card(_("Make it again"), {}, h("details", { open: draft.load(DRAFT) !== null },
        h("summary", {}, _("With your organization's values, other limits, or a new key")),
        h("form.mt-3", { onsubmit: submit, oninput: () => form.typed(), novalidate: true },
            h("div.pair", {}, Object.values(fields).map((one) => one.node)), send),
        h("div.mt-3", {}, answer)));
    return { node, update(now) {
        seen = now;
        form.update(now.body);
    } };
}
