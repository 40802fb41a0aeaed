// SPDX-License-Identifier: LGPL-2.1-or-later
// One request: how far it is, its text to copy or to take as a file, and what comes next. It follows the request while
// its key is made, and what stands beside it (time, hash of the key) tells it from every other one.

import { PLACES, deviceNow, get, post, readDevice } from "./api.js";
import { describeError, issuerText, keyTypeText, requestStateBadge, requestStateText } from "./codes.js";
import { confirm } from "./dialogs.js";
import { announce, box, button, card, h, pairs, replace, waiting } from "./dom.js";
import { hex, when } from "./format.js";
import { copyButton } from "./handout.js";
import { _ } from "./i18n.js";
import { part } from "./part.js";
import { concerns, oneAtATime, place as readPlace, placePath } from "./places.js";
import { trialBox } from "./trial.js";
import { link } from "./views.js";
import { OPEN_STATES } from "./words.js";

async function cancel(request, { trouble }) {
    const body = request.State === "ready"
        ? _("The private key of this request is destroyed. A certificate that an authority makes of it can't be " +
            "used any more.")
        : _("The making of its key ends.");
    if (!await confirm(_("Cancel request {id}?", { id: request.Id }), body, _("Cancel the request"), { danger: true }))
        return;
    replace(trouble);
    try {
        await post(request.Actions["#CertdRequest.Cancel"].target);
    } catch (error) {
        replace(trouble, describeError(error));
    }
}

function cancelButton(request, about) {
    return button(_("Cancel the request…"), () => cancel(request, about), { kind: "danger" });
}

function toRequest(name, label) {
    return h("a.btn.btn-primary", { href: link("certificates/{}/request", name) }, label);
}

function toCertificate(name, kind = "primary") {
    return h(`a.btn.btn-${kind}`, { href: link("certificates/{}", name) }, _("Show the certificate"));
}

/* What each state means for the reader, and what to do in it. */
const STATES = {
    queued: (request, about) => [waiting(_("It waits until the device has time to make its key.")),
        h("div.actions.mb-3", {}, cancelButton(request, about))],
    generating: (request, about) => [waiting(request.KeyType.startsWith("rsa:")
        ? _("Its key is being made. An RSA key takes seconds, a long one minutes. You can go on with something " +
            "else meanwhile.")
        : _("Its key is being made.")), h("div.actions.mb-3", {}, cancelButton(request, about))],
    ready: (request, about) => [next(request, about)],
    issued: (request, about) => [box("success", request.InUse
        ? _("The certificate was issued, and is in use.")
        : _("The certificate that was made of this request was installed.")),
    h("div.actions.mb-3", {}, toCertificate(about.name))],
    failed: (request, about) => [box("danger", h("strong", {}, _("There is no request: making it has failed.")),
        h("span.own", { lang: "en" }, request.Error?.Message ?? "")),
    h("div.actions.mb-3", {}, toRequest(about.name, _("Make another request")))],
    cancelled: (_request, about) => [box("info", _("It was cancelled, and its key is destroyed.")),
        h("div.actions.mb-3", {}, toRequest(about.name, _("Make another request")))],
};

/* An outside authority's request is ready. */
function next(request, { name }) {
    return card(_("What comes next"), {}, h("ol", {},
        h("li", {}, _("Give the text or the file below to the authority. It asks for nothing else of this device: " +
            "the private key stays here. Where it asks for the kind of server, any will do.")),
        h("li", {}, _("Wait for the certificate. You can leave this page, and the device can be restarted.")),
        h("li", {}, _("Install what the authority sends, in any format, with its intermediate certificates."))),
    h("div.actions", {}, h("a.btn.btn-primary", { href: link("certificates/{}/install", name) },
        _("Install the certificate"))));
}

/* What tells it from every other request. */
function identity(request) {
    return [
        [_("Made"), when(request.Created, { relative: true, exact: true, clock: deviceNow })],
        [_("Public key, SHA-256"), request.PublicKeySha256 ? hex(request.PublicKeySha256) : _("There is no key yet.")],
    ];
}

function textCard(request, about) {
    const pre = h("pre.pem", { tabindex: "0", role: "group", "aria-label": _("Text of the request") },
        request.CSRString);
    const file = (href, label) => h("a.btn.btn-outline-secondary", { href, download: `${about.name}.csr` }, label);
    return card(_("Text of the request"), {}, pairs(identity(request), ".mb-3"), pre, h("div.actions", {},
        copyButton(() => request.CSRString, pre, { kind: "main" }),
        file(request.Downloads.PEM, _("Download as PEM")), file(request.Downloads.DER, _("Download as DER")),
        cancelButton(request, about)));
}

function outOfDate(request, { name }) {
    if (!request.OutOfDate || !OPEN_STATES.includes(request.State))
        return null;
    const text = _("The settings of the certificate have changed since it was made. It stands as it was made, and " +
        "can still be signed and installed. For a certificate with the new settings make another request; cancel " +
        "this one if it is no longer wanted.");
    return box("warning", h("p", {}, h("strong", {}, _("This request is out of date.")), " ", text),
        h("div.actions", {}, toRequest(name, _("Make another request"))));
}

function facts(request, hasText) {
    const names = request.SubjectAltNames.length > 0
        ? h("ul.list-unstyled.mb-0", {}, request.SubjectAltNames.map((name) => h("li", {}, name))) : _("None");
    return card(_("This request"), {}, pairs([
        [_("State"), requestStateBadge(request.State)],
        [_("Number"), request.Id],
        ...(hasText ? [] : identity(request)),
        [_("Signed by"), issuerText(request.Issuer)],
        [_("Subject"), request.Subject],
        [_("Subject alternative names"), names],
        [_("Key type"), keyTypeText(request.KeyType)],
    ]));
}

function render(request, about) {
    const told = (STATES[request.State] ?? (() => []))(request, about);
    const hasText = request.State === "ready" && Boolean(request.CSRString);
    return [outOfDate(request, about), told, hasText ? textCard(request, about) : null, facts(request, hasText)];
}

/* Where the device has issued a certificate for a request itself: {place, inUse: whether the place still has that
   one}. */
async function issued(request, { name, signal }) {
    if (request.State !== "issued" || request.Issuer === "external")
        return { place: null, inUse: false };
    const place = await readPlace(name, { signal });
    return { place, inUse: place.Details?.PublicKeySha256 === request.PublicKeySha256 };
}

/** Shows the view; the context is described in main.js. */
export async function view({ main, parts: [name, id], signal, title, listen }) {
    title(_("Request {id} for {name}", { id, name }));
    const path = `${PLACES}/${encodeURIComponent(name)}/Requests/${encodeURIComponent(id)}`;
    const trouble = h("div", { "aria-live": "assertive" });
    const trial = h("div");
    const about = { name, signal, trouble, refresh: () => again() };
    const shown = part((request) => request, (request) => render(request, about));
    let state = null;
    const read = async () => {
        const [request] = await Promise.all([get(path, { signal }), readDevice({ signal })]);
        const { place, inUse } = await issued(request, about);
        shown.update({ ...request, InUse: inUse });
        if (state !== null && state !== request.State)
            announce(_("The request: {state}", { state: requestStateText(request.State) }));
        state = request.State;
        /* What was issued on trial is confirmed, or not, where it was asked for. */
        if (inUse || place?.OnTrial === false)
            replace(trial, trialBox(place, { changed: about.refresh, signal }));
    };
    const failed = (error) => signal.aborted || replace(trouble, describeError(error));
    const again = oneAtATime(() => read().catch(failed), signal);
    await read();
    replace(main, h("p", {}, h("a", { href: link("certificates/{}", name) }, _("Back to the certificate"))),
        trouble, trial, shown.node);
    listen((records) => concerns(records, placePath(name)) && again());
}
