// SPDX-License-Identifier: LGPL-2.1-or-later
// The device's server-sent events: what has changed is read once more by whoever shows it. A stream that breaks, as
// with a swap of the certificate or a restart of the device, is opened again; it ends with the session, too, so that
// one request asks for the reason. Windows that nobody sees have none: the device keeps four for a session, and a
// browser has six connections for all windows together.

import { ROOT } from "./api.js";

const STREAM = `${ROOT}/EventService/SSE`;
const GATHER_MSEC = 150;
const RETRY_MSEC = [500, 1000, 2000, 5000, 10000];

const listeners = new Set();
let source = null;
let failures = 0;
let waiting = [];
let timer = 0;
let retry = 0;
let isThere = async () => true;
let tellReach = () => {};

function tell() {
    const records = waiting;
    waiting = [];
    timer = 0;
    for (const listener of [...listeners])
        listener(records);
}

function gather(records) {
    waiting.push(...records);
    timer ||= setTimeout(tell, GATHER_MSEC);
}

function onMessage(event) {
    failures = 0;
    gather((JSON.parse(event.data).Events ?? []).map((record) => ({
        id: record.MessageId.split(".").pop(), args: record.MessageArgs ?? [],
        origin: record.OriginOfCondition?.["@odata.id"] ?? "",
    })));
}

function stop() {
    source?.close();
    source = null;
    clearTimeout(retry);
}

/* Whether the device answers; where the session is over, once somebody has signed in. */
async function ask() {
    try {
        await isThere();
        return true;
    } catch (error) {
        return error.status !== 0;
    }
}

/* answered: the device did, so that it was no connection that failed. One that fails once may be a swap. */
async function onError(answered) {
    stop();
    const lost = failures > 0;
    const wait = RETRY_MSEC[Math.min(failures, RETRY_MSEC.length - 1)];
    failures += 1;
    if (answered && await ask())
        tellReach(true);
    else if (lost)
        tellReach(false);
    if (source === null) {
        clearTimeout(retry);
        retry = setTimeout(open, wait);
    }
}

function open() {
    if (source !== null || listeners.size === 0 || document.hidden)
        return;
    clearTimeout(retry);
    const opening = new EventSource(STREAM);
    let opened = false;
    source = opening;
    opening.onmessage = onMessage;
    opening.onopen = () => {
        opened = true;
        tellReach(true);
    };
    opening.onerror = () => onError(opened || opening.readyState === EventSource.CLOSED);
}

/** Calls changed([{id: "ResourceChanged", args, origin}]) a moment after something has changed, until signal aborts;
    StreamBegan and EventsLost mean that anything may have. */
export function listen(changed, signal) {
    if (signal.aborted)
        return;
    listeners.add(changed);
    signal.addEventListener("abort", () => listeners.delete(changed));
    open();
}

/** Has asks() called when the stream has ended, to see whether the session is over: it ends once there is one, and
    throws where the device can't be reached. */
export function onEnd(asks) {
    isThere = asks;
}

/** Calls told(true) or told(false) when the device could be reached, or could not. */
export function onReach(told) {
    tellReach = told;
}

/** Opens the stream at once that is waiting for its next try: for whoever has just signed in again. */
export function again() {
    failures = 0;
    open();
}

/** Ends the stream; the next listener opens it again. */
export function close() {
    listeners.clear();
    stop();
}

/* Whoever comes back sees what is true now: each stream begins with StreamBegan. */
document.addEventListener("visibilitychange", () => {
    failures = 0;
    if (document.hidden)
        stop();
    else
        open();
});
addEventListener("online", again);
