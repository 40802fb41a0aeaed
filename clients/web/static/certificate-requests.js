// SPDX-License-Identifier: LGPL-2.1-or-later
// The requests of a certificate: several may be open at once (R13), and each is marked where the settings have changed
// since.

import { post } from "./api.js";
import { namesShort } from "./certificate-state.js";
import { issuerText, keyTypeText, requestStateBadge } from "./codes.js";
import { confirm } from "./dialogs.js";
import { announce, button, card, h } from "./dom.js";
import { when } from "./format.js";
import { _, ngettext } from "./i18n.js";
import { link } from "./views.js";
import { OPEN_STATES } from "./words.js";

const SHOWN = 20;

async function cancel(one) {
    const sure = await confirm(_("Cancel request {id}?", { id: one.Id }),
        _("Its private key is destroyed. A certificate that is signed for this request can't be installed any more."),
        _("Cancel the request"), { danger: true });
    if (sure) {
        await post(`${one["@odata.id"]}/Actions/CertdRequest.Cancel`);
        announce(_("The request is cancelled."));
    }
}

function describe(one) {
    if (one.Subject)
        return h("bdi", {}, one.Subject);
    return one.SubjectAltNamesCount > 0 ? namesShort(one.SubjectAltNames, one.SubjectAltNamesCount)
                                        : _("The device's names");
}

function row(name, one, attempt) {
    const open = OPEN_STATES.includes(one.State);
    return h("li.request", { "data-request": one.Id },
        h("div.request-head", {},
            h("a", { href: link("certificates/{}/requests/{}", name, one.Id) }, _("Request {id}", { id: one.Id })),
            requestStateBadge(one.State),
            open && one.OutOfDate ? h("span.state.state-warn", {}, _("Out of date")) : null),
        h("div", {}, describe(one)),
        h("div.text-muted", {}, [keyTypeText(one.KeyType), issuerText(one.Issuer)].join(", "), ", ", when(one.Created)),
        open && one.OutOfDate ? h("div.text-muted", {},
            _("The settings have changed since it was made: what is signed for it will not have them.")) : null,
        open ? button(_("Cancel…"), () => attempt(() => cancel(one)), { class: "btn btn-outline-secondary btn-sm mt-1",
            "aria-label": _("Cancel request {id}…", { id: one.Id }) }) : null);
}

function shownRows(name, requests, attempt) {
    const rest = requests.slice(SHOWN);
    return [
        h("ul.requests", {}, requests.slice(0, SHOWN).map((one) => row(name, one, attempt))),
        rest.length === 0 ? null : h("details", { "data-key": "older" },
            h("summary", {}, ngettext("{count} older request", "{count} older requests", rest.length)),
            h("ul.requests", {}, rest.map((one) => row(name, one, attempt)))),
    ];
}

/** The card of the requests. attempt(action): runs it, and shows what was refused. */
export function requestsCard({ place, requests }, attempt) {
    const make = h("a", { href: link("certificates/{}/request", place.Name) }, _("Make a request"));
    return card(_("Requests"), {}, requests.length > 0 ? shownRows(place.Name, requests, attempt)
        : h("p", {}, _("There are none. A request is what an authority signs; its private key stays on this " +
            "device.")), make);
}
