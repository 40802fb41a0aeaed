// SPDX-License-Identifier: LGPL-2.1-or-later
// A certificate on trial: the time that is left, the proof that it works, and the two ways to end it. The trial itself
// is the device's: it outlives this page, and ends by itself where nobody keeps what is tried.

import { ApiError, deviceNow, get, request } from "./api.js";
import { describeError } from "./codes.js";
import { countdown } from "./countdown.js";
import { confirm } from "./dialogs.js";
import { announce, box, button, h, newId, pairs, replace, waiting } from "./dom.js";
import { timeText, when } from "./format.js";
import { _ } from "./i18n.js";
import { HTTPS } from "./places.js";
import { change, isSameTrial } from "./seen.js";

const REMEMBERED = "certd:trial:";
const REMEMBER_MSEC = 15 * 60 * 1000;
const RETRY_MSEC = 1000;
// Browsers keep six connections to a host, and one of each answer is ended; the device may take a moment for the swap.
const TRIES = 16;
const TRIES_AT_ONCE = 7;
const TRY_MSEC = 250;
const UNKNOWN = '"unknown"'; // the ETag of no resource

// The trials that go on, and those that this page has ended, by their place.
const shown = new Map();
const over = new Map();

function pause(msec, signal) {
    return new Promise((done) => {
        const timer = setTimeout(done, msec);
        signal?.addEventListener("abort", () => { clearTimeout(timer); done(); }, { once: true });
    });
}

/**
 * Asks for path until isNew(its JSON) holds, over one connection after another: each ends with its answer, so that the
 * browser has to open a new one. The JSON; null where no connection is what isNew() wants. An ApiError of status 0: the
 * browser did not get through.
 */
export async function reach(path, isNew, signal) {
    for (let i = 0; i < TRIES && !signal?.aborted; i++) {
        const { body } = await request("GET", path, { last: true, signal });
        if (isNew(body))
            return body;
        if (i >= TRIES_AT_ONCE)
            await pause(TRY_MSEC, signal);
    }
    return null;
}

function remember(place) {
    sessionStorage.setItem(REMEMBERED + place["@odata.id"],
        JSON.stringify({ deadline: place.TrialDeadline, fingerprint: place.Fingerprint }));
}

function forget(path) {
    sessionStorage.removeItem(REMEMBERED + path);
}

function recall(path) {
    try {
        return JSON.parse(sessionStorage.getItem(REMEMBERED + path));
    } catch {
        return null;
    }
}

function outcomeText(place, was) {
    if (was.fingerprint === place.Fingerprint)
        return ["success", _("What was on trial in {name} has been kept.", { name: place.Name })];
    if (deviceNow() >= Date.parse(was.deadline) - RETRY_MSEC)
        return ["info", _("Nobody kept what was on trial in {name}. At {time} the device went back by itself to " +
            "what was there before.", { name: place.Name, time: timeText(was.deadline) })];
    return ["info", _("The trial in {name} was ended before its time. What was there before is in use again.",
        { name: place.Name })];
}

/* How the trial that this window has seen ended. */
function outcome(place) {
    const path = place["@odata.id"];
    const was = recall(path);
    const node = h("div", { hidden: true });
    if (was === null || deviceNow() > Date.parse(was.deadline) + REMEMBER_MSEC) {
        forget(path);
        return node;
    }
    const [kind, text] = outcomeText(place, was);
    node.hidden = false;
    node.append(box(kind, h("p", { role: "status" }, text), button(_("Understood"), () => {
        forget(path);
        node.remove();
    })));
    return node;
}

function lostWords() {
    return box("danger", h("p", {}, _("This browser does not get through with the new certificate. It may not trust " +
        "who issued it, or the certificate may not name the address of this page. Where you do nothing, the device " +
        "goes back by itself when the time is over.")),
    h("a", { href: `${location.pathname}${location.hash}`, target: "_blank", rel: "noopener" },
        _("Open this page in another window, to see what the browser says")));
}

/* Each state: [the words for where the proof stands, the label of what keeps it], null where it can't be kept yet. */
const STATES = {
    checking: () => [waiting(_("The page opens a new connection to the device, to see whether it works with the new " +
        "certificate…")), null],
    reached: () => [box("success", _("This page has now reached the device over the new certificate.")), _("Keep it")],
    untold: () => [h("p", {}, _("The device can't tell whether this page uses the new certificate: another program " +
        "may stand in front of it. Test it in another way, and keep it if it works.")), _("I have tested it: keep it")],
    lost: () => [lostWords(), null],
    own: () => [h("p", {}, _("Test what uses it: connect to the service, and see whether its clients accept the " +
        "certificate. Then keep it.")), _("I have tested it: keep it")],
};

function act(trial, action) {
    return async () => {
        replace(trial.trouble);
        trial.pressed = trial.actions.contains(document.activeElement);
        for (const one of trial.actions.querySelectorAll("button"))
            one.disabled = true;
        try {
            await action();
        } catch (error) {
            if (trial.signal.aborted)
                return;
            replace(trial.trouble, describeError(error));
            render(trial);
        }
        trial.pressed = false;
    };
}

function ended(trial, place, text) {
    forget(trial.path);
    shown.delete(trial.path);
    over.set(trial.path, trial);
    announce(text);
    const said = h("p.mb-0", { tabindex: "-1" }, text);
    replace(trial.node, box("success", said));
    for (const name of ["aria-labelledby", "class", "data-trial"])
        trial.node.removeAttribute(name);
    said.focus();
    trial.changed(place);
}

/* Which trial it is. */
function pick({ OnTrial, Fingerprint }) {
    return [OnTrial, Fingerprint];
}

/* Ends it, unless somebody else has done so, or has put something else on trial. The box was made of a resource without
   its ETag: what is there now is looked at first. Resolves to the place. */
async function end(trial, action, body, how = {}) {
    const seen = { etag: UNKNOWN, body: { OnTrial: true, Fingerprint: trial.fingerprint } };
    return (await change("POST", `${trial.path}/Actions/CertdCertificate.${action}`, seen, pick,
        { of: trial.path, body, ...how })).body;
}

function keepIt(trial) {
    return act(trial, async () => {
        const tested = trial.state !== "reached";
        let place;
        try {
            place = await end(trial, "Confirm", tested ? { Tested: true } : {}, { last: !tested });
        } catch (error) {
            /* An old connection was left: once more, over one that was seen to be new. */
            if (tested || !(error instanceof ApiError) || !error.is("Certd.NotProven") || !await check(trial))
                throw error;
            place = await end(trial, "Confirm", {});
        }
        ended(trial, place, _("The new certificate is kept."));
    });
}

function goBack(trial) {
    return act(trial, async () => {
        const sure = await confirm(_("Go back now?"),
            _("What was there before is in use again at once. What is on trial is gone: the key that came with " +
                "it is destroyed. Where it answers a request of this device, the request stays with its key."),
            _("Go back"), { danger: true });
        if (!sure) {
            render(trial);
            return;
        }
        const place = await end(trial, "Rollback", {});
        ended(trial, place, _("What was there before is in use again."));
    });
}

function render(trial) {
    const [words, keep] = STATES[trial.state]();
    /* A button that was disabled has lost the keyboard. */
    const focused = trial.actions.contains(document.activeElement) ||
        (trial.pressed && document.activeElement === document.body);
    const again = trial.state === "lost" || trial.state === "untold";
    replace(trial.words, words);
    replace(trial.actions, keep ? button(keep, keepIt(trial), { kind: "main" }) : null,
        again ? button(_("Try again"), act(trial, () => check(trial))) : null,
        button(_("Go back now"), goBack(trial)));
    if (focused)
        trial.actions.querySelector("button").focus();
}

/* Whether this page uses what is on trial, as the device sees it. */
async function check(trial) {
    trial.state = "checking";
    render(trial);
    try {
        const place = await reach(trial.path, (body) => body.UsedByThisConnection || !body.OnTrial, trial.signal);
        trial.state = place === null ? "untold" : "reached";
        if (place !== null && !place.OnTrial)
            trial.changed(place);
    } catch (error) {
        if (trial.signal.aborted)
            return false;
        trial.state = "lost";
        if (error.status !== 0)
            replace(trial.trouble, describeError(error));
    }
    if (!trial.signal.aborted)
        render(trial);
    return trial.state === "reached";
}

/* Who comes back may have told the browser in another window to trust it. */
function recheck(trial) {
    document.addEventListener("visibilitychange", () => {
        if (!document.hidden && trial.state === "lost" && shown.get(trial.path) === trial)
            check(trial);
    }, { signal: trial.signal });
}

/* The time is over: the device is asked until it says what it has done, however long the browser gets none of it. */
async function timeOver(trial) {
    replace(trial.words, waiting(_("The time is over: the device goes back to what was there before.")));
    replace(trial.actions);
    while (!trial.signal.aborted && shown.get(trial.path) === trial) {
        await pause(RETRY_MSEC, trial.signal);
        try {
            const place = await get(trial.path, { signal: trial.signal });
            if (!place.OnTrial) {
                shown.delete(trial.path);
                replace(trial.node, outcome(place));
                trial.changed(place);
            }
        } catch {
            // Not yet: a new connection may be refused until what was there before is served again.
        }
    }
}

function setTime(trial, place) {
    trial.deadline = place.TrialDeadline;
    const time = countdown(trial.deadline, { signal: trial.signal, what: trial.title, ended: () => timeOver(trial) });
    replace(trial.time, h("p", {}, _("The device goes back by itself to what was there before, unless this one " +
        "is kept in time.")),
    pairs([[_("Time left"), time], [_("Goes back at"), when(trial.deadline, { exact: true })]]));
}

function build(place, { changed, signal, level }) {
    const heading = newId("trial");
    const title = _("{name} is on trial", { name: place.Name });
    const trial = {
        pressed: false, path: place["@odata.id"], fingerprint: place.Fingerprint, title, changed, signal,
        state: place.Name !== HTTPS ? "own" : place.UsedByThisConnection ? "reached" : "checking",
        time: h("div.mb-3"), words: h("div", { role: "status" }), trouble: h("div"), actions: h("div.actions"),
    };
    trial.node = h("section.trial.card.mb-3", { "aria-labelledby": heading, "data-trial": place.Name },
        h("div.card-body", {}, h(`h${level}.card-title.h5`, { id: heading }, title), trial.time, trial.words,
            trial.trouble, trial.actions));
    return trial;
}

/* The node once more, and the reader where in it the reader was. */
function again(trial) {
    const focused = trial.node.contains(document.activeElement) ? document.activeElement : null;
    if (focused)
        queueMicrotask(() => focused.focus());
    return trial.node;
}

/* A trial that goes on, as the device tells it now. */
function update(trial, place, changed) {
    trial.changed = changed;
    if (!isSameTrial(place.TrialDeadline, trial.deadline))
        setTime(trial, place);
    return again(trial);
}

/**
 * The box of a certificate's place (its resource, or its summary) that is on trial: countdown, proof, "Keep it" and
 * "Go back now". To be called each time the place was read, on trial or not: it gives the same node again while the
 * trial goes on; then, in the window that saw it, how it ended; else an empty node that is not shown. changed(place):
 * after it has ended. signal: the view's. level: of the heading.
 */
export function trialBox(place, { changed = () => {}, signal = new AbortController().signal, level = 2 } = {}) {
    const path = place["@odata.id"];
    const old = shown.get(path);
    if (!place.OnTrial) {
        shown.delete(path);
        return over.has(path) && !over.get(path).signal.aborted ? again(over.get(path)) : outcome(place);
    }
    if (old && old.fingerprint === place.Fingerprint && !old.signal.aborted)
        return update(old, place, changed);
    const trial = build(place, { changed, signal, level });
    shown.set(path, trial);
    over.delete(path);
    remember(place);
    setTime(trial, place);
    if (trial.state === "checking")
        check(trial);
    else
        render(trial);
    recheck(trial);
    return trial.node;
}
