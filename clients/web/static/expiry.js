// SPDX-License-Identifier: LGPL-2.1-or-later
// What is over, has not begun, or ends soon enough that somebody has to do something (R41), as certctl status judges
// it: see clients/common/when.c and clients/certctl/attention.c. Where the device does not trust its clock, nothing is.

import { isClockTrusted, today } from "./api.js";
import { describe } from "./codes.js";
import { h } from "./dom.js";
import { dayText, fromNow } from "./format.js";
import { _ } from "./i18n.js";
import { OWN_ORIGINS } from "./words.js";

export const DAY_MSEC = 86400000;
const SOON_DAYS = 30;

/** Whether a lifetime that ends then is over. */
export function isOver(iso) {
    return isClockTrusted() && Date.parse(iso) <= today();
}

/** Whether one that begins then has not begun. */
export function isEarly(iso) {
    return isClockTrusted() && Date.parse(iso) > today();
}

/** Whether one that ends then does so within 30 days, or has. */
export function isSoon(iso) {
    return isClockTrusted() && Date.parse(iso) - today() <= SOON_DAYS * DAY_MSEC;
}

/** Whether what is valid now {NotBefore, NotAfter, Origin} has a third of its lifetime left, or 30 days where somebody
    has installed it. */
export function isDue({ NotBefore, NotAfter, Origin }) {
    if (!isClockTrusted() || !NotAfter || isOver(NotAfter) || isEarly(NotBefore))
        return false;
    const [begin, end] = [Date.parse(NotBefore), Date.parse(NotAfter)];
    /* The device makes its own again by itself, well before a third of the lifetime is left. */
    return end - today() <= (end - begin) / 3 || (!OWN_ORIGINS.includes(Origin) && isSoon(NotAfter));
}

/** That it ends, when, and what to do; null where it is not due. */
export function endNote(place) {
    if (!isDue(place))
        return null;
    const values = { far: fromNow(place.NotAfter), time: dayText(place.NotAfter) };
    return describe({ Code: "certificate-expiring", Severity: "warning" }, _("Expires {far}: {time}", values),
        h("div", {}, OWN_ORIGINS.includes(place.Origin)
            ? _("The device should have renewed it by itself, and tries again.") : _("Request another one in time.")));
}
