// SPDX-License-Identifier: LGPL-2.1-or-later
// Which certificates end soon enough that somebody has to do something (R41), as certctl status judges them: see
// clients/common/when.c and clients/certctl/attention.c.

import { deviceNow } from "./api.js";
import { severityText } from "./codes.js";
import { h } from "./dom.js";
import { dayText, fromNow } from "./format.js";
import { _ } from "./i18n.js";

const DAY_MSEC = 86400000;
const SOON_DAYS = 30;
/* What the device has issued it makes again by itself, well before a third of the lifetime is left. */
const OWN = ["default", "internal", "self"];

/** Whether what is valid now {NotBefore, NotAfter, Origin} has a third of its lifetime left, or 30 days where somebody
    has installed it. */
export function isDue({ NotBefore, NotAfter, Origin }, now = deviceNow()) {
    const [begin, end] = [Date.parse(NotBefore), Date.parse(NotAfter)];
    const left = end - now;
    if (!(left > 0) || begin > now)
        return false;
    return left <= (end - begin) / 3 || (!OWN.includes(Origin) && left <= SOON_DAYS * DAY_MSEC);
}

/** That it ends, when, and what to do; null where it is not due. */
export function endNote(place) {
    if (!isDue(place))
        return null;
    const values = { far: fromNow(place.NotAfter), time: dayText(place.NotAfter) };
    return h("div.finding.finding-warning", { "data-code": "certificate-expiring" },
        h("strong", {}, severityText("warning"), ": ", _("Expires {far}: {time}", values)),
        h("div", {}, OWN.includes(place.Origin) ? _("The device should have renewed it by itself, and tries again.")
                                                : _("Request another one in time.")));
}
