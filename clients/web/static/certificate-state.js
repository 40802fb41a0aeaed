// SPDX-License-Identifier: LGPL-2.1-or-later
// The top of a certificate's page: how it stands, what will happen by itself, and what to do next.

import { deviceNow } from "./api.js";
import { describeFinding, issuerText, originText, stateBadge } from "./codes.js";
import { box, card, h, pairs } from "./dom.js";
import { endNote } from "./expiry.js";
import { when } from "./format.js";
import { _ } from "./i18n.js";
import { link } from "./views.js";
import { OWN_ORIGINS } from "./words.js";

const NAMES_SHOWN = 5;

/** A link that looks like a button. kind: main or plain. */
export function linkButton(text, address, kind = "plain") {
    return h(`a.btn.btn-${kind === "main" ? "primary" : "outline-secondary"}`, { href: address }, text);
}

/** Names in short: the first of them, and how many there are beside. count: of all. */
export function namesShort(names, count = names.length, most = NAMES_SHOWN) {
    const shown = names.slice(0, most);
    return h("span.names", {},
        shown.map((name, i) => [i > 0 ? ", " : null, h("bdi", {}, name.replace(/^(DNS|IP):/, ""))]),
        count > shown.length ? ` ${_("and {count} more", { count: count - shown.length })}` : null);
}

function renewal(place) {
    const time = place.Renewal ? when(place.Renewal, { relative: true }) : null;
    if (!time || place.OnTrial)
        return null;
    return OWN_ORIGINS.includes(place.Origin) ? [_("The device issues the next one by itself: "), time]
                                              : [_("The device makes the next request by itself: "), time];
}

function requestLinks(name, ready) {
    return h("ul", {}, ready.map((one) => h("li", {},
        h("a", { href: link("certificates/{}/requests/{}", name, one.Id) }, _("Request {id}", { id: one.Id })),
        ", ", when(one.Created, { relative: true, clock: deviceNow }))));
}

function waitingRequests({ place, requests }) {
    const ready = requests.filter((one) => one.State === "ready" && one.Issuer === "external");
    if (ready.length === 0)
        return null;
    return box("info", h("p", {}, _("Ready to be signed by an authority outside. Hand the request over, and install " +
        "what comes back:")),
        requestLinks(place.Name, ready));
}

function empty(place) {
    return box("info", h("p.mb-0", {}, _("Nothing is installed in {name} yet. Make a request and have an authority " +
        "sign it, have the device issue a certificate, or install one that you have.", { name: place.Name })));
}

function emergency() {
    return box("warning", _("What is installed can't be used, so the device answers with an emergency certificate of " +
        "its own, which browsers warn of. Install or issue another one, or reset this one; what is wrong is said " +
        "below."));
}

function inUse(place) {
    const details = place.Details ?? {};
    return pairs([
        [_("State"), stateBadge(place)],
        [_("Names"), details.SubjectAltNames?.length > 0 ? namesShort(details.SubjectAltNames) : null],
        [_("Valid until"), place.NotAfter ? when(place.NotAfter, { relative: true }) : null],
        [_("Origin"), place.Origin ? originText(place.Origin) : null],
        [_("Issuer"), details.Issuer ? h("bdi", {}, details.Issuer) : issuerText(place.Settings.Issuer)],
        [_("Renewal"), renewal(place)],
        [_("This page"), place.UsedByThisConnection ? _("was reached with this certificate") : null],
    ]);
}

/** The card of the state. data: {place, requests}. */
export function stateCard(data) {
    const { place } = data;
    const none = place.State === "empty" && !place.Emergency;
    return card(_("State"), {},
        place.Emergency ? emergency() : null, none ? empty(place) : null, waitingRequests(data), inUse(place),
        place.Details ? null : place.Findings.map(describeFinding),
        place.State === "active" && !place.Emergency ? endNote(place) : null,
        h("div.actions.mt-3", {},
            linkButton(_("Request or issue"), link("certificates/{}/request", place.Name), none ? "main" : "plain"),
            linkButton(_("Install"), link("certificates/{}/install", place.Name))));
}
