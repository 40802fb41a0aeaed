// SPDX-License-Identifier: LGPL-2.1-or-later
// Subject alternative names: their text, the rules for each type as far as they help while one types (the device's word
// counts: daemon/model/san-validate.c), and what type a text is of that somebody pastes.

import { N_, _ } from "./i18n.js";
import { checkAttribute, checkMailbox, isClean, parseSubject } from "./subject.js";

/** [type, label, an example]. */
export const NAME_TYPES = [
    ["DNS", N_("DNS name"), "www.example.org"],
    ["IP", N_("IP address"), "192.0.2.1"],
    ["email", N_("Email address"), "admin@example.org"],
    ["URI", N_("URI"), "https://www.example.org/"],
    ["RID", N_("Registered ID (OID)"), "1.3.6.1.4.1.32473.1"],
    ["dirName", N_("Directory name"), "CN=dev1,OU=Example Unit,O=Example,C=DE"],
];

/** So many names may a certificate have. */
export const NAMES_MAX = 100;

const BYTES_MAX = 2048;
const AUTHORITY_SCHEMES = ["http", "https", "ws", "wss", "ftp", "ldap", "ldaps", "coap", "coaps", "spiffe", "opc.tcp"];

/** "DNS:www.example.org" as {type, value}; a text without a type that is known has that of its form. */
export function parseName(text) {
    const [, before, value] = /^([A-Za-z]+):(.*)$/s.exec(text) ?? [null, "", ""];
    const row = NAME_TYPES.find(([type]) => type.toLowerCase() === before.toLowerCase());
    return row ? { type: row[0], value } : { type: guessType(text), value: text };
}

/** The other way round. */
export function nameText({ type, value }) {
    return `${type}:${value}`;
}

/** The label of a type, "DNS name". */
export function nameTypeText(type) {
    const row = NAME_TYPES.find((one) => one[0] === type);
    return row ? _(row[1]) : type;
}

function isIpv4(text) {
    return /^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?!$)|$)){4}$/.test(text);
}

function isIpv6(text) {
    return /^[0-9a-f:.]+$/i.test(text) && text.includes(":") && URL.canParse(`http://[${text}]/`);
}

/** Whether text is an IPv4 or IPv6 address. */
export function isAddress(text) {
    return isIpv4(text) || isIpv6(text);
}

/** The type that the form of text means. */
export function guessType(text) {
    if (isAddress(text))
        return "IP";
    if (/^(c|st|l|o|ou|cn|dc|emailaddress)\s*=/i.test(text))
        return "dirName";
    if (/^[a-z][a-z0-9+.-]*:/i.test(text))
        return "URI";
    if (text.includes("@"))
        return "email";
    return /^[012](\.\d+){2,}$/.test(text) ? "RID" : "DNS";
}

function labelsProblem(name) {
    const labels = name.split(".");
    if (name.length > 253)
        return _("It is longer than 253 characters.");
    if (labels.some((label) => label === ""))
        return _("A label is empty: write it as in “www.example.org”.");
    if (labels.some((label) => label.length > 63))
        return _("A label is longer than 63 characters.");
    if (labels.some((label) => label.includes("*")))
        return _("“*” may only be the whole leftmost label, as in “*.example.org”.");
    if (!labels.every((label) => /^[a-z0-9-]+$/i.test(label)))
        return _("Labels consist of letters, digits and hyphens.");
    if (labels.some((label) => label.startsWith("-") || label.endsWith("-")))
        return _("A label may not begin or end with a hyphen.");
    return /^\d+$/.test(labels[labels.length - 1]) ? _("It is no IP address, and no DNS name: the last label of one is no number.") : null;
}

/* A name in another script as A-labels, null where it has none. */
function aLabels(name) {
    try {
        const host = new URL(`http://${name}/`).hostname;
        return host !== name && labelsProblem(host.replace(/^\*\./, "")) === null ? host : null;
    } catch {
        return null;
    }
}

function checkDns(value) {
    if (!/^[\x00-\x7f]*$/.test(value)) {
        const ascii = isClean(value) ? aLabels(value) : null;
        return ascii ? _("Write it in A-labels: “{name}”.", { name: ascii }) :
            _("Use ASCII; write a name in another script as A-labels (xn--).");
    }
    if (isAddress(value))
        return _("This is an address: choose the type “{type}”.", { type: nameTypeText("IP") });
    const name = value.replace(/\.$/, "");
    if (!name.startsWith("*."))
        return labelsProblem(name);
    if (name.length <= 253 && !name.slice(2).includes("."))
        return _("“*” needs at least two labels behind it.");
    return labelsProblem(name.slice(2)) ?? (name.length > 253 ? _("It is longer than 253 characters.") : null);
}

function checkIp(value) {
    return isAddress(value) ? null :
        _("Write an address such as “192.0.2.1” or “2001:db8::1”, without brackets, zone or prefix length.");
}

function checkUri(value) {
    if (/[^A-Za-z0-9\-._~:\/?#[\]@!$&'()*+,;=%]/.test(value) || /%(?![0-9a-f]{2})/i.test(value))
        return _("It has characters that no URI has: percent-encode them.");
    const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):(.*)$/i.exec(value) ?? [];
    if (!scheme)
        return _("Begin with a scheme, such as “https://” or “urn:”.");
    if (!rest.startsWith("//"))
        return AUTHORITY_SCHEMES.includes(scheme.toLowerCase()) ? _("Write “//” and a host after the scheme.") : null;
    return /^\/\/([^\/?#]*@)?[^\/?#:@]/.test(rest) ? null : _("Its host is empty.");
}

function checkRid(value) {
    const arcs = value.split(".");
    const first = Number(arcs[0]);
    const good = arcs.length >= 2 && arcs.length <= 20 && first <= 2 && (first === 2 || Number(arcs[1]) <= 39) &&
        arcs.every((arc) => /^(0|[1-9]\d{0,9})$/.test(arc) && Number(arc) < 2 ** 32);
    return good ? null : _("Write an OID such as “1.3.6.1.4.1.32473.1”.");
}

function checkDirName(value) {
    try {
        const pairs = parseSubject(value);
        const wrong = pairs.map(([type, text]) => [type, text === "" ? _("It is empty.") : checkAttribute(type, text)])
            .find((one) => one[1] !== null);
        return wrong ? `${wrong[0]}: ${wrong[1]}` : null;
    } catch (error) {
        return error.message;
    }
}

const CHECKS = { DNS: checkDns, IP: checkIp, email: checkMailbox, URI: checkUri, RID: checkRid, dirName: checkDirName };

/** What is wrong with a name of that type, as a sentence; null for nothing. */
export function checkName(type, value) {
    if (value === "")
        return _("Type a name, or take the row away.");
    if (new TextEncoder().encode(value).length > BYTES_MAX)
        return _("It is longer than {count} bytes.", { count: BYTES_MAX });
    return CHECKS[type](value);
}

/** The same for names that are the same to the device. */
export function nameKey({ type, value }) {
    if (type === "DNS")
        return `DNS:${value.toLowerCase().replace(/\.$/, "")}`;
    return type === "IP" && isIpv6(value) ? `IP:${new URL(`http://[${value}]/`).hostname}` : nameText({ type, value });
}

export { namesEditor } from "./names-editor.js";
