// SPDX-License-Identifier: LGPL-2.1-or-later
// The device's server-sent events: what has changed is read once more by whoever shows it. A stream that breaks, as
// with a swap of the certificate or a restart of the device, is opened again. Windows that nobody sees have none: the
// device keeps four for a session, and browsers six connections for all windows together.

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

function onError() {
    stop();
    retry = setTimeout(open, RETRY_MSEC[Math.min(failures, RETRY_MSEC.length - 1)]);
    failures += 1;
}

function open() {
    if (source !== null || listeners.size === 0 || document.hidden)
        return;
    clearTimeout(retry);
    source = new EventSource(STREAM);
    source.onmessage = onMessage;
    source.onerror = onError;
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
