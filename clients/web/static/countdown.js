// SPDX-License-Identifier: LGPL-2.1-or-later
// The time that is left until a moment of the device's clock, which need not be this browser's.

import { deviceNow } from "./api.js";
import { announce, h } from "./dom.js";
import { _, ngettext } from "./i18n.js";

const TICK_MSEC = 1000;
const TOLD_SECONDS = [60, 30, 10];
// A node that its owner has not shown by then, or has taken away for that long, is not going to be shown; one that went
// with all of its view, as where the session is over, may come back with it.
const UNSEEN_TICKS = 3;

/* Seconds until a time (ISO 8601), by the device's clock; 0 once it is over. */
function secondsLeft(iso) {
    return Math.max(0, Math.ceil((Date.parse(iso) - deviceNow()) / 1000));
}

function clockText(seconds) {
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function tell(what, left) {
    if (left > 0)
        announce(ngettext("{what}: {count} second left", "{what}: {count} seconds left", left, { what }));
    else
        announce(_("{what}: the time is over", { what }));
}

/**
 * The time until deadline as "2:31". what: whose, for the screen reader, which is told at 60, 30 and 10 seconds and at
 * the end; ended(): called once, at the end. It stops when signal aborts, or once the node is shown no more.
 */
export function countdown(deadline, { signal = null, what = "", ended = () => {} } = {}) {
    const node = h("span.countdown", { role: "timer" });
    let before = secondsLeft(deadline);
    let unseen = 0;
    const tick = () => {
        const left = secondsLeft(deadline);
        unseen = node.isConnected || node.closest("main") ? 0 : unseen + 1;
        if (signal?.aborted || unseen > UNSEEN_TICKS)
            return clearInterval(timer);
        node.textContent = clockText(left);
        const moment = TOLD_SECONDS.some((at) => left <= at && before > at) || (left === 0 && before > 0);
        if (moment && node.isConnected)
            tell(what, left);
        before = left;
        if (left === 0) {
            clearInterval(timer);
            ended();
        }
        return undefined;
    };
    const timer = setInterval(tick, TICK_MSEC);
    node.textContent = clockText(before);
    if (before === 0)
        setTimeout(tick);
    return node;
}
