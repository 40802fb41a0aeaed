// SPDX-License-Identifier: LGPL-2.1-or-later
// What the device is called and what it answers to, and how it is: clock, sealing key, version, and what it supports.

import { digestText, issuerText, keyTypeText, wordText } from "./codes.js";
import { box, card, h, pairs } from "./dom.js";
import { timeText, when } from "./format.js";
import { _ } from "./i18n.js";
import { parseName } from "./names.js";
import { link } from "./views.js";
import { FEATURES, SEALING_KEYS } from "./words.js";

const HTTPS_PORT = 443;
const MINUTE_MSEC = 60 * 1000;

/* An address as browsers write it. */
function hostOf({ type, value }) {
    if (type !== "IP" && type !== "DNS")
        return "";
    const text = type === "IP" && value.includes(":") ? `[${value}]` : value;
    try {
        return new URL(`https://${text}/`).hostname;
    } catch {
        return "";
    }
}

/* Whether a certificate for the names ("DNS:device.local") is for host, as browsers see it (RFC 9525). */
function covers(texts, host) {
    return texts.map(parseName).some((name) => {
        if (name.type === "DNS" && name.value.startsWith("*."))
            return host.includes(".") && host.slice(host.indexOf(".") + 1) === name.value.slice(2).toLowerCase();
        return hostOf(name) === host;
    });
}

function pickNames({ manager, network, https }) {
    return { host: network.FQDN ?? network.HostName ?? "", port: network.HTTPS.Port,
        own: manager.Oem.Certd.DeviceNames, names: https.Details?.SubjectAltNames ?? [] };
}

/* An address of this network alone is no link: browsers want its zone. */
function nameLine(text, port, note = null) {
    const name = parseName(text);
    const host = hostOf(name);
    if (host === "" || name.value.includes("*") || /^(fe80:|169\.254\.)/i.test(name.value))
        return h("li", {}, h("bdi", {}, name.value), note);
    const href = `https://${host}${port === HTTPS_PORT ? "" : `:${port}`}/`;
    return h("li", {}, h("a", { href }, name.value), note);
}

/* A name of the device, and whether the certificate is for it. */
function ownLine(text, { port, names }) {
    const covered = covers(names, hostOf(parseName(text)));
    return nameLine(text, port, covered ? null : h("span.text-warn", {}, " ", _("(not in the certificate of HTTPS)")));
}

/* What the certificate has beside the device's own names. */
function otherNames({ own, names, port }) {
    const others = names.filter((text) => hostOf(parseName(text)) === "" || !covers(own, hostOf(parseName(text))));
    return others.length === 0 ? _("None") : h("ul.plain", {}, others.map((text) => nameLine(text, port)));
}

function hereBox(names) {
    if (covers(names, location.hostname))
        return h("p.mb-0", {}, h("span.state.state-good", {}, _("Yes")), " ",
            _("The certificate is for {host}, by which you have reached this page.", { host: location.hostname }));
    return box("warning.mb-0", h("p", {}, _("The certificate is not for {host}, by which you have reached this page: " +
        "browsers warn of it here. Reach the device by a name that it is for, or have a certificate issued for this " +
        "one.", { host: location.hostname })), h("a", { href: link("certificates/{}/request", "https") },
        _("Request a certificate")));
}

function renderNames(what) {
    return card(_("Which names the device answers to"), {}, h("div.mb-2", {}, pairs([
        [_("Host name"), what.host],
        [_("Its names and addresses now"), what.own.length === 0 ? _("None")
            : h("ul.plain", {}, what.own.map((text) => ownLine(text, what)))],
        [_("Other names in the certificate of HTTPS"), otherNames(what)],
    ])), hereBox(what.names));
}

/** [pick, render] of the names. */
export function names() {
    return [pickNames, renderNames];
}

function pickDevice({ manager }) {
    const { State, SealingKey, ClockTrusted, NextRenewal, Features } = manager.Oem.Certd;
    return { version: manager.FirmwareVersion, State, SealingKey, ClockTrusted, NextRenewal, Features,
        ahead: Math.trunc((Date.parse(manager.DateTime) - Date.now()) / MINUTE_MSEC) };
}

const VALUES = { key: keyTypeText, digest: digestText, issuer: issuerText };

/* R43: what is supported, by its kinds. */
function supported(features) {
    const kinds = new Map();
    for (const feature of features) {
        const [kind, ...rest] = feature.split(":");
        kinds.set(kind, [...kinds.get(kind) ?? [], (VALUES[kind] ?? String)(rest.join(":"))]);
    }
    return pairs([...kinds].map(([kind, values]) => [wordText(FEATURES, kind), values.join(", ")]));
}

function coloured(text, colour) {
    return h(`span.text-${colour}`, {}, text);
}

/* Whether it is right: the reader's computer tells another time, or the same. ahead: minutes, or nothing known. */
function clockText(ahead) {
    if (!Number.isFinite(ahead))
        return null;
    if (ahead === 0)
        return h("div", {}, _("It shows the same time as this computer."));
    const [device, own] = [ahead * MINUTE_MSEC, 0]
        .map((more) => timeText(new Date(Date.now() + more).toISOString()));
    return h("div", {}, coloured(_("It shows {device} where this computer shows {own}.", { device, own }), "warn"));
}

function renderDevice({ version, SealingKey, ClockTrusted, NextRenewal, Features, ahead }) {
    return card(_("The device"), {}, pairs([
        [_("Next renewal"), NextRenewal ? when(NextRenewal, { relative: true }) : _("Nothing is planned")],
        [_("Clock"), [ClockTrusted ? _("To be trusted") : coloured(
            _("Not to be trusted: dates are not checked, and nothing is renewed until it is set"), "warn"),
        clockText(ahead)]],
        [_("Sealing key"), coloured(wordText(SEALING_KEYS, SealingKey), SEALING_KEYS[SealingKey]?.[1] ?? "plain")],
        [_("Version"), version],
    ]), h("details.mt-3", { "data-key": "features" }, h("summary", {}, _("What this device supports")),
        supported(Features)));
}

/** [pick, render] of the rest. */
export function device() {
    return [pickDevice, renderDevice];
}
