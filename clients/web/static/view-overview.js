// SPDX-License-Identifier: LGPL-2.1-or-later
// The first thing to see: whether anything is wrong, what is on trial, what expires when, what the device is called.

import { ApiError, DEVICE, SERVICE, get, readDevice } from "./api.js";
import { describeError } from "./codes.js";
import { h, replace } from "./dom.js";
import { attention } from "./overview-attention.js";
import { device, names } from "./overview-device.js";
import { resetCard } from "./overview-reset.js";
import { lifetimes, steps, trials } from "./overview-times.js";
import { part } from "./part.js";
import { oneAtATime, place, summaries } from "./places.js";

const LOG = `${DEVICE}/LogServices/`;
const DETAILS = 5;

/* What may be gone, or broken, without anything else being so. */
async function orNull(promise) {
    try {
        return await promise;
    } catch (error) {
        if (!(error instanceof ApiError) || error.status === 0 || error.status === 401)
            throw error;
        return null;
    }
}

/* What is wrong with some of the certificates, in full. */
async function withFindings(all, signal) {
    const wrong = all.filter(({ Worst }) => Worst === "error" || Worst === "warning")
        .sort((a, b) => (a.Worst > b.Worst) - (a.Worst < b.Worst));
    const details = await Promise.all(wrong.slice(0, DETAILS).map(({ Name }) => orNull(place(Name, { signal }))));
    return { details: details.filter(Boolean), more: Math.max(wrong.length - DETAILS, 0) };
}

async function read(signal) {
    const [manager, all, network, https, issuer] = await Promise.all([readDevice({ signal }), summaries({ signal }),
        get(`${DEVICE}/NetworkProtocol`, { signal }), place("https", { signal }),
        orNull(get(`${SERVICE}/Oem/Certd/Authority`, { signal }))]);
    return { manager, all, network, https, issuer, found: await withFindings(all, signal) };
}

/** The view "overview". */
export async function view({ main, signal, listen }) {
    const parts = [attention(), trials(signal), steps(), lifetimes(), names(), device()].map((one) => part(...one));
    const trouble = h("div");
    const refresh = oneAtATime(async () => {
        try {
            const data = await read(signal);
            replace(trouble);
            for (const one of parts)
                one.update(data);
        } catch (error) {
            if (signal.aborted)
                return;
            replace(trouble, describeError(error));
        }
    }, signal);
    listen((records) => {
        if (!records.every(({ origin }) => origin.startsWith(LOG)))
            refresh();
    });
    await refresh();
    replace(main, trouble, parts.map(({ node }) => node), resetCard(signal));
}
