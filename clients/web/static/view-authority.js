// SPDX-License-Identifier: LGPL-2.1-or-later
// The device's own authority (R26, R27): what it is, how clients are made to trust it, and what it can do for others.

import { DEVICE, SERVICE, isClockTrusted, readDevice } from "./api.js";
import { regenerateCard } from "./authority-regenerate.js";
import { SCOPES } from "./authority-scopes.js";
import { signCard } from "./authority-sign.js";
import { steps } from "./authority-steps.js";
import { box, card, h, pairs, replace } from "./dom.js";
import { hex, when } from "./format.js";
import { copyButton } from "./handout.js";
import { _ } from "./i18n.js";
import { oneAtATime } from "./places.js";
import { problemBox } from "./problem.js";
import { look } from "./seen.js";

/* What certd permits where nothing of a kind is: names and addresses that nobody has. */
const NOBODYS = ["DNS:invalid", "IP:0.0.0.0/32", "IP:::/128"];
const AUTHORITY = `${SERVICE}/Oem/Certd/Authority`;

/** What problems of the device say of the authority. */
async function authorityProblems(signal) {
    const device = await readDevice({ signal });
    return device.Oem.Certd.Problems.filter((problem) => problem.Code.startsWith("authority-"));
}

function permitted(authority) {
    if (authority.Scope === "any")
        return box("warning", _("It has no limits: whoever trusts it trusts it for any name of the web. Make it " +
            "again with limits, unless you need it so."));
    return h("ul.plain", {}, authority.PermittedNames.filter((name) => !NOBODYS.includes(name)).map((name) => h("li",
        {}, h("code", {}, name))));
}

function about(authority) {
    const scope = SCOPES.find(([key]) => key === authority.Scope);
    const print = hex(authority.Fingerprint);
    return [
        pairs([
            [_("Subject"), authority.Subject],
            [_("Valid from"), when(authority.ValidNotBefore)],
            [_("Valid until"), when(authority.ValidNotAfter, { relative: true })],
            [_("SHA-256 fingerprint"), [print, " ", copyButton(() => authority.Fingerprint, print)]],
            [_("May speak for"), [scope ? h("p.mb-1", {}, _(scope[2])) : null, permitted(authority)]],
        ]),
        h("p.text-muted.mt-3.mb-0", {}, _("Compare the fingerprint before you trust it, by another way than this " +
            "page: on the device's console, “certctl ca show” shows it.")),
    ];
}

function downloads(authority) {
    const files = authority.Downloads;
    const link = (href, label) => h("a.btn.btn-outline-secondary", { href }, label);
    return h("div.actions.mb-3", {}, link(files.PEM, _("ca.crt (PEM)")), link(files.DER, _("ca.cer (DER)")),
        link(files.AppleProfile, _("Profile for Apple's devices")));
}

function missing() {
    return h("p", {}, _("The device has no authority yet. It is made at the first start, once the clock is right; " +
        "or make one below."));
}

/** The view. */
export async function view({ main, signal, listen }) {
    const problems = h("div");
    const facts = h("div");
    const files = h("div");
    let shown = "";
    let authority = null;
    const read = oneAtATime(async () => {
        const found = await Promise.all([look(AUTHORITY, { signal }), authorityProblems(signal)]);
        const text = JSON.stringify([found, isClockTrusted()]);
        if (text === shown)
            return;
        shown = text;
        authority = found[0].body;
        regenerate.update(found[0]);
        replace(problems, found[1].map(problemBox));
        replace(facts, authority.Fingerprint ? about(authority) : missing());
        replace(files, authority.Fingerprint ? downloads(authority) : null);
    }, signal);
    const regenerate = regenerateCard({ signal, changed: async () => {
        await read();
        return authority;
    } });
    await read();
    replace(main, problems,
        h("p", {}, _("The device issues certificates by an authority of its own, whose key no other device has. " +
            "Browsers that trust it open this device without a warning.")),
        card(_("This authority"), {}, facts),
        card(_("Trust it"), {}, files, h("p", {},
            _("Import it once on each computer or phone. These are the steps for each:")),
            steps(authority.Downloads)),
        signCard(authority, signal), regenerate.node);
    listen((records) => {
        if (records.some(({ id, origin }) => id !== "ResourceChanged" || [AUTHORITY, DEVICE].includes(origin)))
            read().catch(() => {});
    });
}
