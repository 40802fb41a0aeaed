// SPDX-License-Identifier: LGPL-2.1-or-later
// The device's codes in the reader's language. Its own sentences name values and are English: they stand below as they
// are. A code that has no text here is newer than the page, and is shown as it is.

import { ACTIONS } from "./audit-codes.js";
import { box, h } from "./dom.js";
import { ERRORS } from "./error-codes.js";
import { FINDINGS } from "./finding-codes.js";
import { N_, _ } from "./i18n.js";
import { PROBLEMS } from "./problem-codes.js";
import { DIGESTS, ISSUERS, KEY_TYPES, KEY_USAGES, ORIGINS, PURPOSES, REQUEST_STATES, STATES } from "./words.js";

const FINDING = "Certd.Finding";

const SEVERITIES = {
    error: N_("Error"), warning: N_("Warning"), note: N_("Note"),
};

/** What an own property of table says of word, translated; the word itself where there is none. */
export function wordText(table, word) {
    return Object.hasOwn(table, word) ? _([table[word]].flat()[0]) : word ?? "";
}

function badge(text, colour) {
    return h(`span.state.state-${colour}`, {}, text);
}

/** "Error", "Warning" or "Note". */
export function severityText(severity) {
    return wordText(SEVERITIES, severity);
}

/* What is found, in a few words; "" for a code that the page does not know. */
function findingText(code) {
    return Object.hasOwn(FINDINGS, code) ? _(FINDINGS[code]) : "";
}

/** Which problem of the device it is, likewise. */
export function problemText(code) {
    return Object.hasOwn(PROBLEMS, code) ? _(PROBLEMS[code][0]) : "";
}

/** What an error says, by its message id ("Certd.NotProven"), likewise. */
export function errorText(id) {
    return Object.hasOwn(ERRORS, id) ? _(ERRORS[id]) : "";
}

/** Which action of the audit log. */
export function actionText(action) {
    return wordText(ACTIONS, action);
}

function own(text) {
    return text ? h("span.own", { lang: "en" }, text) : null;
}

/** What the device says {Code, Severity, Message, Remedy} below title, and more below that. Where the page has no title
    ("") the device's sentence stands in its place. */
export function describe(said, title, ...more) {
    return h(`div.finding.finding-${said.Severity}`, { "data-code": said.Code },
        h("strong", {}, severityText(said.Severity), _(": "), title || h("span", { lang: "en" }, said.Message)),
        title ? own(said.Message) : null, own(said.Remedy), more);
}

/** A finding as a list's row. */
export function describeFinding(finding) {
    return describe(finding, findingText(finding.Code));
}

function titleOf(message) {
    if (message.id === FINDING)
        return findingText(message.args[0]);
    return errorText(message.id);
}

function describeMessage(message) {
    const title = titleOf(message);
    const remedy = message.id === FINDING ? message.remedy : null;
    return h("div", {}, h("strong", {}, title || h("span", { lang: "en" }, message.text)),
        title && title !== message.text ? own(message.text) : null, own(remedy));
}

/* What says the same twice, Redfish's own message and the device's, is said once: as the device does, which is more
   exact. */
function distinct(messages) {
    const said = new Map();
    for (const message of messages) {
        const title = titleOf(message) || message.text;
        if (!said.has(title) || message.id.startsWith("Certd."))
            said.set(title, message);
    }
    return [...said.values()];
}

/** What an ApiError says, as a box; other errors are faults of the page, and say so. */
export function describeError(error) {
    if (error.messages === undefined)
        return box("danger", _("The page has a fault: {text}", { text: String(error) }));
    if (error.status === 0)
        return box("danger", _("The device does not answer. It is tried again with the next click."));
    if (error.messages.length === 0)
        return box("danger", _("The device refuses this, and does not say why (HTTP {status}).", error));
    return box("danger", distinct(error.messages).map(describeMessage));
}

/** The same as a line of text, for below a control. */
export function errorLine(error) {
    const node = describeError(error);
    const texts = [...node.querySelectorAll("strong, .own")].map((one) => one.textContent);
    return texts.length > 0 ? texts.join(" ") : node.textContent;
}

function worstOf(place) {
    const severities = (Array.isArray(place.Findings) ? place.Findings : []).map((finding) => finding.Severity);
    return ["error", "warning", "note"].find((severity) => severities.includes(severity));
}

/* [text, colour] of a certificate's place: what is worst about it. */
function stateOf(place) {
    const worst = place.Worst ?? worstOf(place);
    if (place.Emergency)
        return [_("Emergency certificate"), "bad"];
    if (place.OnTrial)
        return [_("On trial"), "warn"];
    if (place.State === "active" && worst === "error")
        return [_("In use, with errors"), "bad"];
    if (place.State === "active" && worst === "warning")
        return [_("In use, with warnings"), "warn"];
    return [wordText(STATES, place.State), STATES[place.State]?.[1] ?? "plain"];
}

/** The state of a certificate: a summary of the collection, or the resource itself. A word, and its colour. */
export function stateBadge(place) {
    return badge(...stateOf(place));
}

/** The same as text. */
export function stateText(place) {
    return stateOf(place)[0];
}

/** The state of a request (queued, ready and so on). */
export function requestStateBadge(state) {
    return badge(wordText(REQUEST_STATES, state), REQUEST_STATES[state]?.[1] ?? "plain");
}

/** The same as text. */
export function requestStateText(state) {
    return wordText(REQUEST_STATES, state);
}

/** Where what is installed came from; "" where nothing is. */
export function originText(origin) {
    return wordText(ORIGINS, origin);
}

/** Who issues what is requested. */
export function issuerText(issuer) {
    return wordText(ISSUERS, issuer);
}

/** "ECDSA P-256" for "ec:secp256r1". */
export function keyTypeText(type) {
    return KEY_TYPES[type] ?? type ?? "";
}

/** "SHA-256" for "sha256". */
export function digestText(digest) {
    return DIGESTS[digest] ?? digest ?? "";
}

/** What a key is for, as RFC 5280 calls it: key usage or extended key usage. */
export function usageText(usage) {
    return wordText(Object.hasOwn(KEY_USAGES, usage) ? KEY_USAGES : PURPOSES, usage);
}
