// SPDX-License-Identifier: LGPL-2.1-or-later
// Subject alternative names: their types, their text, and what type a text is of that somebody pastes.

import { N_, _ } from "./i18n.js";

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

/** The same for names that are the same to the device. */
export function nameKey({ type, value }) {
    if (type === "DNS")
        return `DNS:${value.toLowerCase().replace(/\.$/, "")}`;
    return type === "IP" && isIpv6(value) ? `IP:${new URL(`http://[${value}]/`).hostname}` : nameText({ type, value });
}
