// SPDX-License-Identifier: LGPL-2.1-or-later
// What to choose for a key and a digest, and why: of what the device says that it supports, the advised one first.

import { digestText, keyTypeText } from "./codes.js";
import { N_, _ } from "./i18n.js";

/** What each key type is good for. */
const KEY_ADVICE = {
    "ec:secp256r1": N_("The right choice for nearly everything. Strong, quick, made at once, and taken by every " +
        "current browser and authority."),
    "ec:secp384r1": N_("For rules that ask for more than 128 bits of strength. A little slower, made at once."),
    "ec:secp521r1": N_("Rarely needed. Some browsers, Chromium and Chrome among them, do not take it from a server."),
    "ed25519": N_("Small and quick, made at once. Browsers and public authorities do not take it: for programs " +
        "that are known to."),
    "rsa:2048": N_("For old programs that know RSA alone. The weakest RSA that is taken today. Made within seconds."),
    "rsa:3072": N_("For old programs that know RSA alone; as strong as ECDSA P-256, but slower. Takes some " +
        "seconds, on a slow device half a minute."),
    "rsa:4096": N_("Where a rule asks for RSA of this length. Takes up to a minute, and each connection costs more " +
        "time."),
    "rsa:8192": N_("Hardly ever needed. Takes minutes on a slow device, slows down each connection, and some " +
        "programs do not take it."),
    "rsa:1024": N_("Broken, and taken by no current browser: for old devices alone that take nothing else. The " +
        "policy “legacy” allows it."),
};

const DIGEST_ADVICE = {
    "sha256": N_("The right choice for nearly everything."),
    "sha384": N_("For rules that ask for it; goes with ECDSA P-384."),
    "sha512": N_("For rules that ask for it; goes with ECDSA P-521. Some old programs do not take it."),
    "sha1": N_("Broken, and taken by no current browser. The policy “legacy” allows it."),
};

/* What features has of a kind, in the order of the table, and what the table has not last. [value, label]. */
function options(features, kind, table, text) {
    const order = Object.keys(table);
    const rank = (value) => (order.includes(value) ? order.indexOf(value) : order.length);
    return features.filter((feature) => feature.startsWith(`${kind}:`)).map((feature) => feature.slice(kind.length + 1))
        .sort((a, b) => rank(a) - rank(b)).map((value) => [value, text(value)]);
}

/** Pairs [key type, name] of the device's Features ("key:rsa:2048"), the advised one first. */
export function keyTypeOptions(features) {
    return options(features, "key", KEY_ADVICE, keyTypeText);
}

/** The same for digests. */
export function digestOptions(features) {
    return options(features, "digest", DIGEST_ADVICE, digestText);
}

/** What a key type is good for, as sentences. */
export function keyAdvice(type) {
    return Object.hasOwn(KEY_ADVICE, type) ? _(KEY_ADVICE[type]) : "";
}

/** Likewise a digest, signed with a key of that type. */
export function digestAdvice(digest, keyType) {
    if (keyType === "ed25519")
        return _("Ed25519 has a digest of its own: this choice changes nothing.");
    return Object.hasOwn(DIGEST_ADVICE, digest) ? _(DIGEST_ADVICE[digest]) : "";
}
