// SPDX-License-Identifier: LGPL-2.1-or-later
// The certificates of the device as its API has them: where they are, all of them in short, and one in full.

import { DEVICE, PLACES, all, get } from "./api.js";
import { _ } from "./i18n.js";

/** The one that HTTPS uses; it always exists. */
export const HTTPS = "https";
/* As in daemon/model/name.c. */
const NAME_MAX = 64;

/** Where the certificate of that name is. */
export function placePath(name) {
    return `${PLACES}/${encodeURIComponent(name)}`;
}

/** Where an action of it is posted to: "Rollback". */
export function actionPath(name, action) {
    return `${placePath(name)}/Actions/CertdCertificate.${action}`;
}

/** All certificates in short, by name: what Summaries of the collection has. */
export function summaries({ signal } = {}) {
    return all(PLACES, "Summaries", { signal });
}

/** The resource of one. */
export function place(name, { signal } = {}) {
    return get(placePath(name), { signal });
}

/** Its requests in short, newest first. */
export function requestsOf(name, { signal } = {}) {
    return all(`${placePath(name)}/Requests`, "Summaries", { signal });
}

/** What is wrong with the name of a new certificate, as a sentence; null for nothing. */
export function checkPlaceName(name) {
    if (name === "")
        return _("Type a name, for example “mqtt”.");
    if (name.length > NAME_MAX)
        return _("It is longer than {count} characters.", { count: NAME_MAX });
    if (!/^[a-z0-9._-]*$/.test(name))
        return _("Use the characters a to z, 0 to 9, “.”, “_” and “-” only.");
    return /^[a-z0-9]/.test(name) ? null : _("Begin with a letter or a digit.");
}

/** Whether some of live.js's records are about what lies at path or below, or the device, whose clock judges dates; or
    may be about anything. */
export function concerns(records, path) {
    return records.some(({ id, origin }) => id === "StreamBegan" || id === "EventsLost" || id === "RequestFinished" ||
        origin === DEVICE || origin === path || origin.startsWith(`${path}/`));
}

/** read() with at most one call at a time: whoever asks meanwhile has it called once more. */
export function oneAtATime(read, signal) {
    let running = null;
    let again = false;
    const run = async () => {
        try {
            do {
                again = false;
                await read();
            } while (again && !signal.aborted);
        } finally {
            running = null;
        }
    };
    return () => {
        again = running !== null;
        running ??= run();
        return running;
    };
}
