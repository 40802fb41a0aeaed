// SPDX-License-Identifier: LGPL-2.1-or-later
// Changes of what the reader has seen, and of nothing else: what somebody else has changed in the meantime is not
// undone unnoticed. A resource's ETag tells of everything in it, so what does not matter to the change may be another.

import { ApiError, request } from "./api.js";

const TRIES = 3;
/* What the end of a trial moves by where the device's clock is adjusted meanwhile (NTP). */
const ADJUSTED_MSEC = 2000;

/** A resource, and the ETag that tells it from what it may be later: {body, etag}. */
export async function look(path, how = {}) {
    const { body, etag } = await request("GET", path, how);
    return { body, etag };
}

/** Whether two trials are one, by when they end. */
export function isSameTrial(one, other) {
    return one === other || Math.abs(Date.parse(one) - Date.parse(other)) <= ADJUSTED_MSEC;
}

/** Which trial is on in a resource, for pick() of change(): the one of seen, its body when it was seen, or another. */
export function trialIn({ Oem }, seen) {
    const [now, then] = [Oem.Certd.TrialDeadline, seen.Oem.Certd.TrialDeadline];
    return isSameTrial(now, then) ? then : now;
}

/* What send(seen) resolves to. Where the resource at path is another now, it is seen again and sent once more, while
   goesOn(its body). */
async function repeat(send, seen, path, goesOn, signal) {
    for (let [tried, now] = [1, seen]; ; tried++) {
        try {
            return await send(now);
        } catch (error) {
            if (!(error instanceof ApiError) || error.status !== 412 || tried >= TRIES)
                throw error;
            now = await look(path, { signal });
            if (!goesOn(now.body))
                throw error;
        }
    }
}

/**
 * Sends, while pick(the resource, what was seen of it) is what it was then. seen: of look(); how: of request(), and
 * of: the path of the resource, unless it is the one that is sent to. The answer of request(); an ApiError of status
 * 412 where somebody has changed what pick() gives.
 */
export function change(method, path, seen, pick, { of = path, ...how } = {}) {
    const picked = (body) => JSON.stringify(pick(body, seen.body));
    return repeat(({ etag }) => request(method, path, { ...how, etag }), seen, of,
        (body) => picked(body) === picked(seen.body), how.signal);
}

/** Has a resource changed to what make(its body) gives, of whatever it is by then; null: to nothing. */
export async function revise(path, make, how = {}) {
    const send = ({ body, etag }) => {
        const made = make(body);
        return made === null ? null : request("PATCH", path, { ...how, etag, body: made });
    };
    await repeat(send, await look(path, how), path, () => true, how.signal);
}
