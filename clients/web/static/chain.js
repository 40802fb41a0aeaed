// SPDX-License-Identifier: LGPL-2.1-or-later
// What a certificate says (R40), and its chain as a path from the leaf to the authority that clients have to trust,
// with each finding at the certificate that it is about.

import { describeFinding, keyTypeText, usageText } from "./codes.js";
import { h, pairs } from "./dom.js";
import { isOver } from "./expiry.js";
import { hex, when } from "./format.js";
import { N_, _, ngettext } from "./i18n.js";
import { shortName } from "./subject.js";

/* What is found about the end of the chain, and about all of it. The others name the subject of theirs, or mean the
   leaf. */
const OF_END = new Set(["chain-incomplete", "root-included", "untrusted", "trusted"]);
const OF_ALL = new Set(["chain-order", "certificate-ignored", "disputed", "clock-untrusted"]);

const ROLES = {
    leaf: N_("Certificate"), lone: N_("Self-signed certificate"), middle: N_("Intermediate authority"),
    root: N_("Root authority"), absent: N_("Issuer, not sent along"),
};

function list(values) {
    if (!values || values.length === 0)
        return null;
    return h("ul.plain", {}, values.map((value) => h("li", {}, h("bdi", {}, value))));
}

function usages(words) {
    return list((words ?? []).map((word) => `${usageText(word)} (${word})`));
}

function authorityText(details) {
    if (!details.IsAuthority)
        return _("no");
    return details.PathLength === undefined ? _("yes") : ngettext("yes, with {count} authority below it at most",
        "yes, with {count} authorities below it at most", details.PathLength);
}

function publicKey(details) {
    return details.PublicKey ? h("details", { "data-key": `key ${details.FingerprintSha256}` },
        h("summary", {}, _("SubjectPublicKeyInfo, base64")), h("code.hex", {}, details.PublicKey)) : null;
}

function identifier(text) {
    return text ? hex(text) : null;
}

/** [term, value of details]. */
const ROWS = [
    [N_("Format"), (details) => details.Format],
    [N_("Version"), (details) => details.Version],
    [N_("Serial number"), (details) => identifier(details.SerialNumber)],
    [N_("Subject"), (details) => h("bdi", {}, details.Subject)],
    [N_("Issuer"), (details) => h("bdi", {}, details.Issuer)],
    [N_("Signature algorithm"), (details) => details.SignatureAlgorithm],
    [N_("Valid from"), (details) => when(details.NotBefore, { exact: true })],
    [N_("Valid until"), (details) => when(details.NotAfter, { exact: true })],
    [N_("Subject alternative names"), (details) => list(details.SubjectAltNames)],
    [N_("Public key"), (details) => (details.KeyType ? keyTypeText(details.KeyType) : null)],
    [N_("Public key, whole"), publicKey],
    [N_("Public key, SHA-256"), (details) => identifier(details.PublicKeySha256)],
    [N_("Key usage"), (details) => usages(details.KeyUsage)],
    [N_("Extended key usage"), (details) => usages(details.ExtendedKeyUsage)],
    [N_("Authority"), authorityText],
    [N_("Permitted names"), (details) => list(details.PermittedNames)],
    [N_("Subject key identifier"), (details) => identifier(details.SubjectKeyIdentifier)],
    [N_("Authority key identifier"), (details) => identifier(details.AuthorityKeyIdentifier)],
    [N_("SHA-1 fingerprint"), (details) => identifier(details.FingerprintSha1)],
    [N_("SHA-256 fingerprint"), (details) => identifier(details.FingerprintSha256)],
];

/** All that a certificate says: pairs of a term and its value, from a resource's Details. */
export function certificateDetails(details) {
    return pairs(ROWS.map(([term, value]) => [_(term), value(details)]));
}

/* The number of the certificate that a finding is about: the one whose subject it quotes, the longest where several
   fit. */
function indexOf(finding, links) {
    const named = links.map((link, i) => [i, link.Subject ?? ""])
        .filter(([, subject]) => subject !== "" && finding.Message.includes(subject))
        .sort((a, b) => b[1].length - a[1].length || a[0] - b[0]);
    return named.length > 0 ? named[0][0] : 0;
}

function sortFindings(findings, links) {
    const sorted = { at: links.map(() => []), end: [], all: [] };
    for (const finding of findings ?? []) {
        if (OF_END.has(finding.Code))
            sorted.end.push(finding);
        else if (OF_ALL.has(finding.Code))
            sorted.all.push(finding);
        else
            sorted.at[indexOf(finding, links)].push(finding);
    }
    return sorted;
}

function severityOf(findings) {
    return ["error", "warning"].find((severity) => findings.some((finding) => finding.Severity === severity)) ?? "good";
}

function validity(link) {
    const over = isOver(link.NotAfter);
    return h("div", { class: over ? "text-bad" : null }, over ? _("Expired: ") : _("Valid until "),
        when(link.NotAfter, { relative: true }));
}

function roleOf(link, i) {
    if (link.SelfSigned)
        return i === 0 ? ROLES.lone : ROLES.root;
    return i === 0 ? ROLES.leaf : ROLES.middle;
}

function step(role, name, findings, ...children) {
    const kind = role === ROLES.absent ? "absent" : severityOf(findings);
    return h(`li.chain-link.chain-${kind}`, {}, h("div.chain-role", {}, _(role)),
        h("div.chain-name", {}, h("bdi", {}, name)), children, findings.map(describeFinding));
}

function linkStep(link, i, findings) {
    return step(roleOf(link, i), shortName(link.Subject), findings,
        link.NotAfter ? validity(link) : null,
        link.KeyType ? h("div.text-muted", {}, keyTypeText(link.KeyType)) : null,
        i > 0 ? h("details", { "data-key": `link ${link.FingerprintSha256}` },
            h("summary", {}, _("All that it says")), certificateDetails(link)) : null);
}

/**
 * The chain of details (a resource's Details), drawn from the leaf to the authority, with findings at their places.
 * end: what to say of an issuer that is not sent along.
 */
export function chainPath(details, findings, { end = null } = {}) {
    const links = [details, ...(details.Chain ?? [])];
    const sorted = sortFindings(findings, links);
    const last = links[links.length - 1];
    if (last.SelfSigned)
        sorted.at[links.length - 1].push(...sorted.end);
    return h("div", {},
        h("ol.chain", {}, links.map((link, i) => linkStep(link, i, sorted.at[i])),
            last.SelfSigned ? null : step(ROLES.absent, shortName(last.Issuer), sorted.end, h("div.text-muted", {},
                end ?? _("Clients need this one among the authorities that they trust.")))),
        sorted.all.map(describeFinding));
}
