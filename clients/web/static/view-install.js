// SPDX-License-Identifier: LGPL-2.1-or-later
// What came back from an authority is put in: pasted, chosen or dropped. The device looks at it first and says all that
// it finds; nothing is installed before "Install".

import { ApiError, SERVICE, deviceNow, post, readDevice } from "./api.js";
import { certificateDetails, chainPath } from "./chain.js";
import { describeError, issuerText } from "./codes.js";
import { announce, box, button, card, h, replace, waiting } from "./dom.js";
import { acceptWarnings, stopping } from "./findings-list.js";
import { when } from "./format.js";
import { _, ngettext } from "./i18n.js";
import { installHow } from "./install-how.js";
import { certificateInput } from "./install-input.js";
import { part } from "./part.js";
import { actionPath, concerns, oneAtATime, place, placePath, requestsOf } from "./places.js";
import { trialBox } from "./trial.js";
import { link } from "./views.js";

const INSPECT = `${SERVICE}/Actions/Oem/CertdCertificateService.Inspect`;
const TYPED_MSEC = 400;

function requestLink(it, request) {
    return h("a", { href: link("certificates/{}/requests/{}", it.name, request.Id) },
        _("Request {id}", { id: request.Id }));
}

/* What waits for an answer here. */
function readyRequests({ requests }) {
    return requests.filter(({ State, Issuer }) => State === "ready" && Issuer === "external");
}

/* The same for the reader, or what to do first. */
function requestsPart(it) {
    return part(readyRequests, (ready) => {
        if (ready.length === 0) {
            return [h("p", {}, _("No request waits for a certificate here. Make one and have it signed; or install a " +
                "certificate that brings its private key along.")),
            h("p", {}, h("a", { href: link("certificates/{}/request", it.name) }, _("Make a request")))];
        }
        return [h("p", {}, ngettext("A certificate for this request can be installed:",
            "A certificate for one of these {count} requests can be installed; the device finds which:", ready.length)),
        h("ul", {}, ready.map((request) => h("li", {}, requestLink(it, request), " ", h("bdi", {}, request.Subject),
            ", ", when(request.Created, { relative: true, clock: deviceNow }))))];
    });
}

/* Which key it belongs to, as far as the page knows; what does not fit is a finding of the device's. */
function keyFit(it, details) {
    const request = it.requests.find((one) => one.PublicKeySha256 === details.PublicKeySha256);
    if (details.HasKey)
        return _("It brings its private key along.");
    if (request)
        return [_("It belongs to the key of this request:"), " ", requestLink(it, request), " (",
            issuerText(request.Issuer), ", ", when(request.Created), ")"];
    if (it.place.Details?.PublicKeySha256 === details.PublicKeySha256)
        return _("It belongs to the key that is in use now.");
    return null;
}

function renderFound(it) {
    const { Details: details, Findings: findings } = it.found;
    const fit = keyFit(it, details);
    const path = chainPath(details, findings);
    if (stopping(findings, it.accepted).errors === 0)
        acceptWarnings(path, it.accepted, () => renderState(it));
    replace(it.result, card(_("What it is"), {}, path,
        findings.length > 0 ? null : h("p", {}, _("Nothing is wrong with it.")), fit ? h("p.mt-3", {}, fit) : null,
        h("details", {}, h("summary", {}, _("All that the certificate says")), certificateDetails(details))));
    it.how.showKey(details.HasKey === true);
}

function stateText(it) {
    if (it.place.OnTrial)
        return _("Another certificate is on trial here. Keep it, or go back, before the next one is installed.");
    if (it.found === null)
        return _("Paste a certificate or choose a file: the device looks at it before anything is installed.");
    const { errors, warnings } = stopping(it.found.Findings, it.accepted);
    if (errors > 0)
        return ngettext("{count} error above stops it.", "{count} errors above stop it.", errors);
    if (warnings > 0)
        return ngettext("{count} warning has to be accepted first.", "{count} warnings have to be accepted first.",
            warnings);
    return _("It can be installed.");
}

function renderState(it) {
    const { errors, warnings } = it.found ? stopping(it.found.Findings, it.accepted) : { errors: 1, warnings: 0 };
    it.send.disabled = it.busy || it.place.OnTrial || errors + warnings > 0;
    const text = stateText(it);
    if (it.state.textContent !== text)
        it.state.textContent = text;
}

function forgetFound(it) {
    it.looking?.abort();
    it.found = null;
    it.body = null;
    it.how.showKey(false);
    replace(it.result);
    replace(it.trouble);
    renderState(it);
}

function tellWrong(it, error) {
    if (error.is("Certd.PassphraseNeeded")) {
        it.input.askPhrase(null);
        replace(it.result, box("info", _("It is encrypted: give its pass phrase.")));
    } else if (error.is("Certd.PassphraseWrong")) {
        it.input.askPhrase(_("The pass phrase is wrong."));
        replace(it.result);
    } else {
        replace(it.result, describeError(error));
    }
}

/* The device looks at what there is now. Whoever types on is asked again. */
async function inspect(it) {
    if (it.signal.aborted)
        return;
    forgetFound(it);
    const { body, wrong } = it.input.body();
    it.input.setWrong(wrong);
    if (body === null)
        return;
    replace(it.note);
    it.looking = new AbortController();
    const { signal } = it.looking;
    const wait = () => signal.aborted || replace(it.result, waiting(_("The device looks at it…")));
    const slow = setTimeout(wait, TYPED_MSEC);
    try {
        const found = await post(INSPECT, { ...body, Certificate: it.name }, { signal });
        if (signal.aborted)
            return;
        it.input.phraseRight();
        it.found = found;
        it.body = body;
        if (it.fingerprint !== found.Details.FingerprintSha256)
            it.accepted = new Set();
        it.fingerprint = found.Details.FingerprintSha256;
        renderFound(it);
        renderState(it);
        announce(`${_("What it is")}: ${it.state.textContent}`);
    } catch (error) {
        if (signal.aborted)
            return;
        if (!(error instanceof ApiError))
            throw error;
        tellWrong(it, error);
    } finally {
        clearTimeout(slow);
    }
}

function done(it, onTrial) {
    const title = onTrial ? _("It is installed on trial.") : _("It is installed.");
    it.input.clear();
    it.how.clear();
    it.accepted = new Set();
    forgetFound(it);
    const result = box("success", h("p.mb-0", { tabindex: "-1" }, title, " ",
        h("a", { href: link("certificates/{}", it.name) }, _("Look at the certificate"))));
    replace(it.note, result);
    result.querySelector("p").focus();
    announce(title);
}

async function install(it) {
    it.busy = true;
    replace(it.trouble);
    renderState(it);
    const how = it.how.value();
    try {
        await post(actionPath(it.name, "Import"), { ...it.body, ...how, Accept: [...it.accepted] });
        it.busy = false;
        await it.read();
        done(it, "Trial" in how);
    } catch (error) {
        it.busy = false;
        if (it.signal.aborted)
            return;
        replace(it.trouble, describeError(error));
        renderState(it);
    }
}

async function load(it) {
    const { name, signal } = it;
    [it.place, it.requests] = await Promise.all([place(name, { signal }), requestsOf(name, { signal }),
        readDevice({ signal })]);
}

function show(it) {
    it.head.update(it);
    if (it.tried && !it.place.OnTrial)
        replace(it.note);
    it.tried = it.place.OnTrial;
    const trial = trialBox(it.place, { changed: it.read, signal: it.signal });
    if (it.trial.firstChild !== trial)
        replace(it.trial, trial);
    renderState(it);
}

/* The place and its requests, once more; what is being typed is none of it. */
async function read(it) {
    try {
        await load(it);
        show(it);
    } catch (error) {
        if (!it.signal.aborted && error.status !== 0)
            replace(it.trouble, describeError(error));
    }
}

function build(it, main) {
    it.trial = h("div");
    it.note = h("div");
    it.head = requestsPart(it);
    it.result = h("div");
    it.trouble = h("div");
    it.state = h("p.mb-0", { role: "status" });
    let timer = 0;
    it.input = certificateInput(it.name, { signal: it.signal, changed: () => inspect(it), typed: () => {
        forgetFound(it);
        clearTimeout(timer);
        timer = setTimeout(() => inspect(it), TYPED_MSEC);
    } });
    it.how = installHow(it.name);
    it.send = button(_("Install"), () => install(it), { kind: "main" });
    replace(main, h("p", {}, h("a", { href: link("certificates/{}", it.name) }, _("Back to the certificate"))),
        it.note, it.trial, card(_("The certificate"), {}, it.head.node, it.input.node), it.result,
        card(_("Installing it"), {}, it.how.node, it.trouble, h("div.actions", {}, it.send, it.state)));
}

/** The view: see main.js. */
export async function view({ main, parts, signal, title, listen }) {
    const it = { name: parts[0], signal, found: null, body: null, fingerprint: "", accepted: new Set(),
        busy: false, looking: null, tried: false };
    it.read = oneAtATime(() => read(it), signal);
    signal.addEventListener("abort", () => it.looking?.abort());
    title(_("Install a certificate in {name}", { name: it.name }));
    await load(it);
    build(it, main);
    show(it);
    inspect(it);
    listen((records) => concerns(records, placePath(it.name)) && it.read());
}
