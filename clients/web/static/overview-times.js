// SPDX-License-Identifier: LGPL-2.1-or-later
// What is on trial, the next step of a device that is as it left the factory, and what expires when.

import { stateBadge } from "./codes.js";
import { countdown } from "./countdown.js";
import { card, h } from "./dom.js";
import { isOver } from "./expiry.js";
import { dayText } from "./format.js";
import { _, ngettext } from "./i18n.js";
import { timeline } from "./timeline.js";
import { link } from "./views.js";
import { OWN_ORIGINS } from "./words.js";

const SOONEST = 12;

/** What is on trial, [name, deadline] of each: "" for the settings of HTTPS. */
export function trialsOf({ all, network }) {
    const https = network.Oem.Certd.TrialDeadline;
    return [
        ...all.filter(({ OnTrial }) => OnTrial).map(({ Name, TrialDeadline }) => [Name, TrialDeadline]),
        ...https ? [["", https]] : [],
    ];
}

function trial([name, deadline], signal) {
    const title = name === "" ? _("The settings of HTTPS are on trial") : _("{name} is on trial", { name });
    const there = name === "" ? link("https") : link("certificates/{}", name);
    return h("li", {}, h("strong", {}, title), h("br"),
        _("Time left until what was there before comes back by itself:"), " ",
        countdown(deadline, { signal, what: title }), h("br"), h("a", { href: there }, _("Keep it, or go back")));
}

/** What is on trial; nothing where nothing is. */
export function trials(signal) {
    return [trialsOf, (rows) => rows.length === 0 ? null
        : card(_("On trial"), {}, h("ul.plain", {}, rows.map((row) => trial(row, signal))))];
}

function renderSteps(fresh) {
    if (!fresh)
        return null;
    return card(_("Next steps"), {},
        h("p", {}, _("The device uses the certificate that it was delivered with. Browsers warn of it until they " +
            "trust whoever has issued it. There are two ways:")),
        h("ul.mb-0", {},
            h("li", {}, h("a", { href: link("authority") }, _("Have your browser trust the device's authority")),
                h("br"), _("That is enough where you know everybody who uses the device.")),
            h("li", {}, h("a", { href: link("certificates/{}/request", "https") }, _("Request a certificate")), h("br"),
                _("An authority that browsers trust already issues it; nothing has to be changed in any browser."))));
}

/** What to do first with a new device. */
export function steps() {
    return [({ all }) => all.length === 1 && all[0].Origin === "default", renderSteps];
}

function renews({ Renewal, Origin, NotAfter }) {
    if (isOver(NotAfter))
        return _("Request another one.");
    if (!Renewal)
        return _("Request another one in time.");
    const values = { time: dayText(Renewal) };
    return OWN_ORIGINS.includes(Origin) ? _("Is renewed by itself: {time}", values)
                                        : _("The next request is made by itself: {time}", values);
}

function lane(row) {
    return { ...row, trial: row.OnTrial, renews: renews(row),
        title: [h("a", { href: link("certificates/{}", row.Name) }, row.Name), " ", stateBadge(row)] };
}

/* The authority would stretch the scale: it lives for years. */
function issuerLane(issuer) {
    return { ...issuer, renews: "", aside: true,
        title: h("a", { href: link("authority") }, _("The device's authority")) };
}

function pickLifetimes({ all, issuer }) {
    const rows = all.filter(({ NotAfter }) => NotAfter).sort((a, b) => Date.parse(a.NotAfter) - Date.parse(b.NotAfter))
        .map(({ Name, State, OnTrial, Emergency, Worst, Origin, NotBefore, NotAfter, Renewal }) =>
            ({ Name, State, OnTrial, Emergency, Worst, Origin, NotBefore, NotAfter, Renewal }));
    return { rows: rows.slice(0, SOONEST), more: Math.max(rows.length - SOONEST, 0), empty: all.length - rows.length,
        issuer: issuer && { NotBefore: issuer.ValidNotBefore, NotAfter: issuer.ValidNotAfter } };
}

function renderLifetimes({ rows, more, empty, issuer }) {
    const lanes = [...rows.map(lane), ...issuer ? [issuerLane(issuer)] : []];
    return card(_("What expires when"), {},
        lanes.length === 0 ? h("p", {}, _("Nothing is installed.")) : timeline(lanes),
        h("p.mb-0", {}, h("a", { href: link("certificates") },
            more > 0 ? ngettext("{count} more certificate", "{count} more certificates", more)
                     : _("All certificates"))),
        empty > 0 ? h("p.mb-0.text-muted", {}, ngettext("{count} certificate has nothing installed.",
            "{count} certificates have nothing installed.", empty)) : null);
}

/** The timeline. */
export function lifetimes() {
    return [pickLifetimes, renderLifetimes];
}
