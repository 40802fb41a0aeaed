// SPDX-License-Identifier: LGPL-2.1-or-later
// What each address of the page shows. "#/certificates/https" is the view of the route "certificates/{}", with the part
// "https"; the first route that suits counts.

import { N_ } from "./i18n.js";

/** [route, title, its module, which is fetched with the first look at it]. */
export const VIEWS = [
    ["overview", N_("Overview"), () => import("./view-overview.js")],
    ["certificates", N_("Certificates"), () => import("./view-certificates.js")],
    ["certificates/{}", N_("Certificate"), () => import("./view-certificate.js")],
    ["certificates/{}/request", N_("Request"), () => import("./view-request.js")],
    ["certificates/{}/requests/{}", N_("Request"), () => import("./view-request-text.js")],
    ["certificates/{}/install", N_("Install"), () => import("./view-install.js")],
    ["authority", N_("Authority"), () => import("./view-authority.js")],
    ["trust", N_("Trust"), () => import("./view-trust.js")],
    ["https", N_("HTTPS"), () => import("./view-https.js")],
    ["activity", N_("Activity"), () => import("./view-activity.js")],
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
        const suits = (part, i) => (part === "{}" ? words[i] !== "" : part === words[i]);
        if (pattern.length === words.length && pattern.every(suits))
            return [row, words.filter((_word, i) => pattern[i] === "{}")];
    }
    return null;
}

/** The address of a route with its parts: link("certificates/{}", "https"). */
export function link(route, ...parts) {
    return `#/${route.replaceAll("{}", () => encodeURIComponent(parts.shift()))}`;
}
