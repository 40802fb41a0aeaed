// SPDX-License-Identifier: LGPL-2.1-or-later
// The factory reset (R54): every key is destroyed. It says which certificates die by it, asks, and then how this
// browser comes back, which trusts an authority that is gone.

import { DEVICE, SERVICE, get, post } from "./api.js";
import { describeError } from "./codes.js";
import { confirm, here } from "./dialogs.js";
import { announce, box, button, card, enable, h, replace } from "./dom.js";
import { hex } from "./format.js";
import { _, ngettext } from "./i18n.js";
import { summaries } from "./places.js";

const AUTHORITY = `${SERVICE}/Oem/Certd/Authority`;
const NETWORK = `${DEVICE}/NetworkProtocol`;
const RESET = `${DEVICE}/Actions/Manager.ResetToDefaults`;
const SHOWN = 10;

/* Names, the first of them where they are many. */
function nameList(names) {
    const more = names.length - SHOWN;
    return h("ul", {}, names.slice(0, SHOWN).map((name) => h("li", {}, h("bdi", {}, name))),
        more > 0 ? h("li", {}, ngettext("{count} more", "{count} more", more)) : null);
}

function whatDies(names) {
    return [
        h("p", {}, _("This can't be undone. These are destroyed:")),
        h("ul", {},
            h("li", {}, _("all private keys, that of the device's authority too")),
            h("li", {}, _("all certificates and requests, with their settings and consumers:"), nameList(names)),
            h("li", {}, _("all that the device trusts")),
            h("li", {}, _("the settings of HTTPS: its ports are {https} and {http} again, at the level standard",
                { https: 443, http: 80 }))),
        h("p", {}, _("The device makes a new authority, and by it a certificate for HTTPS. Every computer and phone " +
            "that trusts the old one warns until it has imported the new one: this browser, too.")),
    ];
}

/* Where the page is now: at the device's port of now, unless something stands in front of the device with a port of its
   own. before: the device's until the reset; now: its, null where it does not tell. */
function addressOf(before, now) {
    const port = String(before) === (location.port || "443") && now !== null ? now : location.port;
    return `https://${location.hostname}${Number(port || 443) === 443 ? "" : `:${port}`}/`;
}

/* The browser may not get through any more: then it is told without the new authority's fingerprint. */
async function done(lost, port) {
    const [authority, network] = await Promise.all([AUTHORITY, NETWORK].map((path) => get(path).catch(() => null)));
    return box("success",
        h("p", { tabindex: "-1" }, _("The device is as it left the factory. Sign in again, and have your browser " +
            "trust the device's new authority.")),
        authority ? h("p", {}, _("Its SHA-256 fingerprint:"), " ", hex(authority.Fingerprint)) : null,
        lost.length > 0 ? [h("p", {}, _("Certificates that were lost:")), nameList(lost)] : null,
        h("a.btn.btn-primary", { href: addressOf(port, network?.HTTPS.Port ?? null) }, _("Open the page again")));
}

/** The card; signal: the view's. */
export function resetCard(signal) {
    const answer = h("div", { "aria-live": "polite" });
    const start = button(_("Reset the device…"), async () => {
        const begun = here();
        replace(answer);
        start.disabled = true;
        try {
            const [all, network] = await Promise.all([summaries({ signal }), get(NETWORK, { signal })]);
            const names = all.map(({ Name }) => Name);
            const sure = await confirm(_("Put the device back to the factory default?"), whatDies(names),
                _("Destroy and reset"), { danger: true, begun });
            if (sure) {
                const { LostCertificates } = await post(RESET, { ResetType: "ResetAll" });
                announce(_("The device was reset."));
                replace(answer, await done(LostCertificates, network.HTTPS.Port));
                answer.querySelector("p").focus();
            }
        } catch (error) {
            if (!signal.aborted)
                replace(answer, describeError(error));
        }
        enable(start);
    }, { kind: "danger" });
    return card(_("Factory reset"), {}, h("p", {}, _("Destroys every private key and certificate of this device, for " +
        "instance before it goes to somebody else. To replace one certificate, reset that one on its own page.")),
    h("p", {}, start), answer);
}
