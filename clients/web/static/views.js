// SPDX-License-Identifier: LGPL-2.1-or-later
// What each address of the page shows. "#/certificates/https" is the view of the route "certificates/{}", with the part
// "https"; the first route that suits counts.

import { view as activity } from "./view-activity.js";
import { view as authority } from "./view-authority.js";
import { view as certificate } from "./view-certificate.js";
import { view as certificates } from "./view-certificates.js";
import { view as https } from "./view-https.js";
import { view as install } from "./view-install.js";
import { N_ } from "./i18n.js";
import { view as overview } from "./view-overview.js";
import { view as request } from "./view-request.js";
import { view as requestText } from "./view-request-text.js";
import { view as trust } from "./view-trust.js";

/** [route, title, view]. */
export const VIEWS = [
    ["overview", N_("Overview"), overview],
    ["certificates", N_("Certificates"), certificates],
    ["certificates/{}", N_("Certificate"), certificate],
    ["certificates/{}/request", N_("Request"), request],
    ["certificates/{}/requests/{}", N_("Request"), requestText],
    ["certificates/{}/install", N_("Install"), install],
    ["authority", N_("Authority"), authority],
    ["trust", N_("Trust"), trust],
    ["https", N_("HTTPS"), https],
    ["activity", N_("Activity"), activity],
];

/** What the navigation lists. */
export const NAVIGATION = ["overview", "certificates", "authority", "trust", "https", "activity"];

/* The parts of an address, null where it is none: an escape that ends too early. */
function split(address) {
    try {
        return address.split("/").map(decodeURIComponent);
    } catch {
        return null;
    }
}

/** [row of VIEWS, parts] of an address without its "#/", null where there is none. */
export function find(address) {
    const words = split(address);
    if (words === null)
        return null;
    for (const row of VIEWS) {
        const pattern = row[0].split("/");
        if (pattern.length === words.length && pattern.every((part, i) => part === "{}" ? words[i] !== "" : part === words[i]))
            return [row, words.filter((_word, i) => pattern[i] === "{}")];
    }
    return null;
}

/** The address of a route with its parts: link("certificates/{}", "https"). */
export function link(route, ...parts) {
    return `#/${route.replaceAll("{}", () => encodeURIComponent(parts.shift()))}`;
}
