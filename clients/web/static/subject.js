// SPDX-License-Identifier: LGPL-2.1-or-later
// Distinguished names: their text (RFC 4514, with what daemon/model/subject-parse.c allows), the rules for their
// attributes as far as they help while one types (X.520; the device's word counts), and nothing to look at.

import { COUNTRIES } from "./countries.js";
import { N_, _ } from "./i18n.js";

/** Attribute types in the order in which most subjects have them: [type, label, most characters, alphabet]. */
export const ATTRIBUTES = [
    ["C", N_("Country"), 2, "printable"],
    ["ST", N_("State or province"), 128, "any"],
    ["L", N_("Locality"), 128, "any"],
    ["O", N_("Organization"), 64, "any"],
    ["OU", N_("Organizational unit"), 64, "any"],
    ["CN", N_("Common name"), 64, "any"],
    ["emailAddress", N_("Email address"), 255, "ascii"],
    ["serialNumber", N_("Serial number"), 64, "printable"],
    ["DC", N_("Domain component"), 63, "ascii"],
    ["name", N_("Name"), 64, "any"],
    ["title", N_("Title"), 64, "any"],
    ["givenName", N_("Given name"), 64, "any"],
    ["surname", N_("Surname"), 64, "any"],
    ["initials", N_("Initials"), 64, "any"],
];

/** So many attributes may a subject have. */
export const ATTRIBUTES_MAX = 64;

const ALIASES = { e: "emailAddress", s: "ST", gn: "givenName", sn: "surname" };
const OIDS = {
    "2.5.4.6": "C", "2.5.4.8": "ST", "2.5.4.7": "L", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.3": "CN",
    "1.2.840.113549.1.9.1": "emailAddress", "2.5.4.5": "serialNumber", "0.9.2342.19200300.100.1.25": "DC",
    "2.5.4.41": "name", "2.5.4.12": "title", "2.5.4.42": "givenName", "2.5.4.4": "surname", "2.5.4.43": "initials",
};

/** The row of ATTRIBUTES for a type, undefined where there is none. */
export function attribute(type) {
    return ATTRIBUTES.find((row) => row[0] === type);
}

function typeNamed(written) {
    const name = written.trim().toLowerCase();
    const row = ATTRIBUTES.find(([type]) => type.toLowerCase() === name);
    const type = row?.[0] ?? ALIASES[name] ?? OIDS[name];
    if (type === undefined)
        throw new Error(_("“{type}” is no attribute type that is known.", { type: written.trim() }));
    return type;
}

function malformed(text) {
    throw new Error(_("It is not written as in “CN=dev1.example.org,O=Example,C=DE”, at “{text}”.",
        { text: text.slice(0, 32) }));
}

function decode(bytes, text) {
    try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes));
    } catch {
        return malformed(text);
    }
}

/* "#0C0141": the DER of a UTF8String, PrintableString or IA5String. [value, what follows]. */
function readHex(text) {
    const digits = /^#((?:[0-9a-f]{2})*)/i.exec(text)[1];
    const bytes = digits.match(/../g)?.map((two) => parseInt(two, 16)) ?? [];
    const header = { 0x81: 3, 0x82: 4 }[bytes[1]] ?? 2;
    const length = { 2: bytes[1], 3: bytes[2], 4: bytes[2] * 256 + bytes[3] }[header];
    if (![0x0C, 0x13, 0x16].includes(bytes[0]) || bytes.length - header !== length)
        malformed(text);
    return [decode(bytes.slice(header), text), text.slice(digits.length + 1).trimStart()];
}

/* The bytes of the pair that text begins with, and its length. */
function readPair(text) {
    if (text.length > 1 && "\"+,;<>\\ #=".includes(text[1]))
        return [[text.charCodeAt(1)], 2];
    const two = /^\\([0-9a-f]{2})/i.exec(text);
    return two ? [[parseInt(two[1], 16)], 3] : malformed(text);
}

/* A value with its pairs, without the spaces around it: [value, what follows]. */
function readString(text) {
    const encoder = new TextEncoder();
    const bytes = [];
    let kept = 0;
    let at = 0;
    while (at < text.length && text[at] !== ",") {
        const [more, length] = text[at] === "\\" ? readPair(text.slice(at)) : readPlain(text, at, encoder);
        bytes.push(...more);
        if (text[at] !== " ")
            kept = bytes.length;
        at += length;
    }
    return [decode(bytes.slice(0, kept), text), text.slice(at)];
}

function readPlain(text, at, encoder) {
    if ("\"+;<>".includes(text[at]))
        malformed(text.slice(at));
    const character = String.fromCodePoint(text.codePointAt(at));
    return [encoder.encode(character), character.length];
}

/**
 * The attributes of a name, [[type, value]] in the order of its encoding: the country first, as forms have them, and
 * the other way round than its text. Throws an Error with a sentence where text is none.
 */
export function parseSubject(text) {
    const found = [];
    for (let rest = text.trimStart(); rest !== "" || found.length > 0;) {
        const equals = /^\s*([^=,+\\"]*)=\s*/.exec(rest);
        if (!equals || rest.startsWith("/"))
            malformed(rest);
        const after = rest.slice(equals[0].length);
        const [value, then] = after.startsWith("#") ? readHex(after) : readString(after);
        found.unshift([typeNamed(equals[1]), value]);
        if (then === "")
            break;
        if (then[0] !== ",")
            malformed(then);
        rest = then.slice(1);
    }
    return found;
}

/** What a reader calls the holder of a name (RFC 4514): its common name, else its organization, else all of it. */
export function shortName(text) {
    let found = [];
    try {
        found = parseSubject(text);
    } catch {
        const common = /(?:^|[,+])CN=((?:\\.|[^,+\\])*)/.exec(text);
        return common ? common[1].replace(/\\([^0-9a-fA-F])/g, "$1") : text;
    }
    const last = (type) => found.findLast((pair) => pair[0] === type)?.[1];
    return last("CN") ?? last("O") ?? text;
}

function escape(value) {
    return value.replace(/["+,;<>\\]/g, "\\$&").replace(/^[ #]/, "\\$&").replace(/(?<!^\\?) $/, "\\ ");
}

/** The text of a name, of what parseSubject() gives. */
export function writeSubject(pairs) {
    return pairs.map(([type, value]) => `${type}=${escape(value)}`).reverse().join(",");
}

/** Whether text has nothing that can't be seen, or that turns the direction of what stands around it. */
export function isClean(text) {
    return !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);
}

/** What is wrong with a mail address, null for nothing. */
export function checkMailbox(text) {
    const at = text.lastIndexOf("@");
    const [local, domain] = [text.slice(0, at), text.slice(at + 1)];
    const dotted = /^[a-z0-9!#$%&'*+\/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+\/=?^_`{|}~-]+)*$/i;
    const labels = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
    if (text.length > 254)
        return _("It is longer than 254 characters.");
    if (/[^\x20-\x7e]/.test(text))
        return _("Write it in ASCII, the domain as A-labels (xn--).");
    const good = at > 0 && local.length <= 64 && (dotted.test(local) || /^"([^"\\]|\\.)*"$/.test(local)) &&
        (labels.test(domain) || /^\[[0-9a-f.:ipv]+\]$/i.test(domain));
    return good ? null : _("Write an address such as “admin@example.org”.");
}

/** What is wrong with the value of an attribute, as a sentence; null for nothing. An empty one is left out. */
export function checkAttribute(type, value) {
    const [, , most, alphabet] = attribute(type);
    const length = [...value].length;
    if (value === "")
        return null;
    if (!isClean(value))
        return _("Leave out control, invisible and text-direction characters.");
    if (type === "C")
        return COUNTRIES.includes(value) ? null : _("Choose the country from the list.");
    if (length > most) {
        return _("It has {length} characters; at most {most} are allowed.", { length, most }) +
            (type === "CN" ? " " + _("A longer host name has its place among the subject alternative names.") : "");
    }
    if (alphabet === "printable" && /[^A-Za-z0-9 '()+,\-.\/:=?]/.test(value))
        return _("Use letters and digits of ASCII, spaces and '()+,-./:=? only.");
    if (alphabet === "ascii" && /[^\x00-\x7f]/.test(value))
        return _("Use characters of ASCII only.");
    return type === "emailAddress" ? checkMailbox(value) : null;
}
