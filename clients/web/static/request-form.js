// SPDX-License-Identifier: LGPL-2.1-or-later
// The form of a request: subject, names, key, and who signs it. Each ending of it means one thing: what is chosen there
// changes nothing of the rest.

import { keyTypeText } from "./codes.js";
import { card, h, newId } from "./dom.js";
import { field, input, select, tick } from "./form.js";
import { _ } from "./i18n.js";
import { digestAdvice, digestOptions, keyAdvice, keyTypeOptions } from "./key-types.js";
import { namesEditor } from "./names-editor.js";
import { HTTPS } from "./places.js";
import { subjectEditor } from "./subject-editor.js";
import { parseSubject, writeSubject } from "./subject.js";
import { trialChoice } from "./trial-choice.js";

const DAYS_MAX = 36500;
/** What the device's authority gives at most (CERTD_LIMIT_INTERNAL_DAYS). */
const INTERNAL_DAYS = 397;
const PKCS9_MAX = 255;
const TRIAL_SECONDS = 180;

/** What the form has, of the settings of a certificate's place. It has no secrets: it may be a draft. */
export function valuesOf(place, issuer) {
    const settings = place.Settings;
    return {
        subject: parseSubject(settings.Subject), names: settings.SubjectAltNames, keyType: settings.KeyType,
        digest: settings.Digest, days: settings.Days, copy: settings.CopyCommonName, issuer,
        reuse: settings.ReuseKey && Boolean(place.Fingerprint), trial: place.Id === HTTPS ? TRIAL_SECONDS : 0,
        unstructured: "",
    };
}

/** The settings that values mean, as the API takes them; but the issuer, which is each request's own. */
export function settingsOf(values) {
    return {
        Subject: writeSubject(values.subject), SubjectAltNames: values.names, KeyType: values.keyType,
        Digest: values.digest, Days: values.days, CopyCommonName: values.copy, ReuseKey: values.reuse,
    };
}

/* Radio buttons: [value, label, help, disabled]; {node, value()}. */
function choices(legend, rows, value, changed) {
    const name = newId("choice");
    const parts = rows.map(([key, label, help, disabled = false]) => field(label,
        tick({ type: "radio", name, value: key, checked: key === value, disabled, onchange: changed }), { help }));
    const node = h("fieldset.mb-3", {}, h("legend.h6", {}, legend), parts.map((part) => part.node));
    return { node, value: () => parts.find((part) => part.control.checked)?.control.value ?? rows[0][0] };
}

function subjectCard(values, changed) {
    const editor = subjectEditor(values.subject, { changed, help: {
        CN: _("The name or address that browsers use for the device, for example “clock.example.org”."),
    } });
    const help = _("Whom the certificate is for. What is empty is left out. Without a common name and without names " +
        "below, the device's own names and addresses are used.");
    return { editor, node: card(_("Subject"), {}, h("p.form-text", {}, help), editor.node) };
}

function namesCard(values, changed) {
    const copy = field(_("Copy the common name into the names"), tick({ checked: values.copy, onchange: changed }),
        { help: _("As a DNS name or an address, by what it is. Browsers look at the names alone, and not at the " +
            "common name.") });
    const editor = namesEditor(values.names, { changed });
    return { copy, editor, node: card(_("Subject alternative names"), {}, h("p.form-text", {},
        _("All names and addresses that the device is reached by. Several lines can be pasted at once; Enter " +
            "begins the next row.")),
    editor.node, h("div.mt-3", {}, copy.node)) };
}

function keyCard(values, { place, features }, changed) {
    const inUse = place.Details?.KeyType;
    const kept = choices(_("Key"), [
        ["new", _("A new key"), _("Made on the device, which it never leaves. The key in use stays as it is.")],
        ["same", _("The key in use"), inUse ? _("{type}. For authorities and clients that have remembered it.",
            { type: keyTypeText(inUse) }) : _("There is none yet."), !place.Fingerprint],
    ], values.reuse ? "same" : "new", () => { show(); changed(); });
    const type = field(_("Key type"), select(withCurrent(keyTypeOptions(features), values.keyType), values.keyType),
        { help: h("span") });
    const digest = field(_("Digest of the signature"), select(withCurrent(digestOptions(features),
        values.digest), values.digest),
        { help: h("span") });
    const show = () => {
        type.node.querySelector(".form-text").textContent = keyAdvice(type.control.value);
        digest.node.querySelector(".form-text").textContent = digestAdvice(digest.control.value, type.control.value);
        type.node.hidden = kept.value() === "same";
    };
    for (const part of [type, digest])
        part.control.addEventListener("change", () => { show(); changed(); });
    show();
    return { kept, type, digest, node: card(_("Key and digest"), {}, kept.node, type.node, digest.node) };
}

/* What is set already is a choice, whatever the device supports now. */
function withCurrent(options, value) {
    return options.some(([key]) => key === value) ? options : [...options, [value, value]];
}

/* What stands in the request beside names and key: for authorities that ask for it. */
function attributesOf(values, changed) {
    const secret = input({ type: "password", autocomplete: "off", maxlength: PKCS9_MAX });
    const word = field(_("Challenge password"), secret,
        { help: _("Where the authority has given one, or asks for one to revoke with. It is not kept when this " +
            "page is left.") });
    const name = field(_("Unstructured name"),
        input({ value: values.unstructured, maxlength: PKCS9_MAX, oninput: changed }),
        { help: _("Another name for the organization, where the authority asks for one.") });
    return { word, name, node: h("details.mb-3", { open: values.unstructured !== "", "data-key": "attributes" },
        h("summary", {}, _("What some authorities ask for besides")), h("div.mt-2", {}, word.node, name.node)) };
}

function daysOf(values, changed) {
    const number = input({ type: "number", min: 1, max: DAYS_MAX, step: 1, inputmode: "numeric",
        value: String(values.days) });
    const part = field(_("Valid for how many days"), number, { help: h("span") });
    part.check = (issuer) => {
        const days = Number(part.control.value);
        const most = issuer === "internal" ? INTERNAL_DAYS : DAYS_MAX;
        part.control.max = most;
        part.node.querySelector(".form-text").textContent = issuer === "internal"
            ? _("1 to {most}: browsers take no more, and the device renews it by itself.", { most })
            : _("1 to {most}; 3650 are ten years.", { most });
        part.setError(issuer === "external" || (Number.isInteger(days) && days >= 1 && days <= most) ? null :
            _("Type a whole number from 1 to {most}.", { most }));
    };
    part.control.addEventListener("input", changed);
    return part;
}

function endingCard(values, place, changed) {
    const who = choices(_("The certificate is signed by"), [
        ["external", _("An authority outside"), _("You get a request to send there. Nothing in use changes until " +
            "you install what the authority makes of it.")],
        ["internal", _("This device's authority"), _("At once, for browsers and programs that trust this device's " +
            "authority. It is renewed by itself.")],
        ["self", _("Itself (self-signed)"), _("At once. Each browser and program has to be told to trust this one " +
            "certificate.")],
    ], values.issuer, () => changed());
    const attributes = attributesOf(values, changed);
    const days = daysOf(values, changed);
    const trial = trialChoice(place.Id, _("How it is installed"), { changed,
        kept: { how: values.trial > 0 ? "trial" : "once", time: values.trial } });
    const effect = h("p", {}, place.Fingerprint ? _("It takes the place of the certificate in use, which is kept: " +
        "you can go back to it.")
        : _("It is in use from then on."));
    const issued = h("div", {}, days.node, trial.node, effect);
    const node = card(_("Who signs it"), {}, who.node, attributes.node, issued);
    return { who, attributes, days, trial, node, show() {
        const external = who.value() === "external";
        attributes.node.hidden = !external;
        issued.hidden = external;
        days.check(who.value());
    } };
}

/* Which control a property of the API belongs to. */
function controls({ key, ending, names }) {
    return { KeyType: key.type, Digest: key.digest, Days: ending.days, ChallengePassword: ending.attributes.word,
        UnstructuredName: ending.attributes.name, Trial: ending.trial.time, CopyCommonName: names.copy };
}

/**
 * The form. values: of valuesOf(); about: {place, features}. {node, value(): values, password(): the challenge
 * password, clearPassword(), suggest(names), faulty(): the first control with something wrong, or null, fields: what
 * request-errors.js shows the device's words at}.
 */
export function requestForm(values, about, changed) {
    const typed = () => {
        ending.show();
        changed();
    };
    const subject = subjectCard(values, typed);
    const names = namesCard(values, typed);
    const key = keyCard(values, about, typed);
    const ending = endingCard(values, about.place, typed);
    const { word, name } = ending.attributes;
    const fields = { subject: subject.editor, names: names.editor, parts: controls({ key, ending, names }) };
    ending.show();
    return {
        node: h("div", {}, subject.node, names.node, key.node, ending.node),
        value: () => ({
            subject: subject.editor.value(), names: names.editor.value(), keyType: key.type.control.value,
            digest: key.digest.control.value, days: Number(ending.days.control.value), copy: names.copy.control.checked,
            issuer: ending.who.value(), reuse: key.kept.value() === "same", trial: ending.trial.value().Trial ?? 0,
            unstructured: name.control.value,
        }),
        password: () => word.control.value,
        clearPassword() { word.control.value = ""; },
        suggest: (more) => names.editor.suggest(more),
        faulty() {
            Object.values(fields.parts).forEach((part) => part.setError(null));
            ending.show();
            const daysWrong = ending.days.control.classList.contains("is-invalid");
            return subject.editor.faulty() ?? names.editor.faulty() ?? (daysWrong ? ending.days.control : null);
        },
        fields,
    };
}
