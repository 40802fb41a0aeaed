// SPDX-License-Identifier: LGPL-2.1-or-later
// Changes of what the reader has seen, and of nothing else: what somebody else has changed in the meantime is not
// undone unnoticed. A resource's ETag tells of everything in it, so what does not matter to the change may be another.

import { ApiError, request } from "./api.js";

const TRIES = 3;

/** A resource, and the ETag that tells it from what it may be later: {body, etag}. */
export async function look(path, how = {}) {
    const { body, etag } = await request("GET", path, how);
    return { body, etag };
}

/**
 * Sends, while pick(the resource) is what it was when it was seen. seen: of look(); how: {body, signal, of: the path of
 * the resource, unless it is the one that is sent to}. The answer of request(); an ApiError of status 412 where
 * somebody has changed what pick() gives.
 */
export async function change(method, path, seen, pick, { of = path, ...how } = {}) {
    for (let [tried, etag] = [1, seen.etag]; ; tried++) {
        try {
            return await request(method, path, { ...how, etag });
        } catch (error) {
            if (!(error instanceof ApiError) || error.status !== 412 || tried >= TRIES)
                throw error;
            const now = await look(of, { signal: how.signal });
            if (JSON.stringify(pick(now.body)) !== JSON.stringify(pick(seen.body)))
                throw error;
            etag = now.etag;
        }
    }
}
