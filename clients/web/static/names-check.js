// SPDX-License-Identifier: LGPL-2.1-or-later
// The rules for each type of subject alternative name, as far as they help while one types: the device's word counts
// (daemon/model/san-validate.c).

import { _ } from "./i18n.js";
import { isAddress, nameTypeText } from "./names.js";
import { checkAttribute, checkMailbox, isClean, parseSubject } from "./subject.js";

const BYTES_MAX = 2048;
const AUTHORITY_SCHEMES = ["http", "https", "ws", "wss", "ftp", "ldap", "ldaps", "coap", "coaps", "spiffe", "opc.tcp"];

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
