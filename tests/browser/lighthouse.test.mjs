// SPDX-License-Identifier: LGPL-2.1-or-later
// What Lighthouse says of the page: signing in, and each view of whoever has signed in.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN, LONG, PAGE, lighthouse } from "./harness.mjs";

const LEAST = { accessibility: 100, "best-practices": 100, performance: 95 };
const VIEWS = LONG ? ["overview", "certificates", "certificates/https", "certificates/https/request",
    "certificates/https/install", "authority", "trust", "https", "activity"]
    : ["overview", "certificates/https/request"];

let house;
before(async () => { house = await lighthouse(); });
after(() => house.close());

async function judged(address, formFactor) {
    const result = await house.look(`${PAGE}${address}`, Object.keys(LEAST), formFactor);
    for (const [category, least] of Object.entries(LEAST)) {
        const score = Math.round(100 * result.categories[category].score);
        const weak = Object.values(result.audits).filter((audit) => audit.score !== null && audit.score < 0.9)
            .map((audit) => `${audit.id} ${audit.displayValue ?? ""}`);
        assert.ok(score >= least, `${address} on a ${formFactor}, ${category}: ${score}; ${weak.join(", ")}`);
    }
}

test("signing in", async () => {
    await judged("", "desktop");
    await judged("", "mobile");
});

for (const view of VIEWS) {
    test(view, async () => {
        await house.signIn(ADMIN);
        await judged(`#/${view}`, "desktop");
    });
}
