// SPDX-License-Identifier: LGPL-2.1-or-later
// Measures the page in Chromium, with nothing cached: its first paint, when it can be used, what comes over the wire.
// Prints rows of bench as JSON. Run below tests/private-bus --isolated --web, with CERTD_NODE.

import { ADMIN, PAGE, chromium, visit } from "../browser/harness.mjs";
import { crowd } from "../browser/scene.mjs";

const ROUNDS = 7;
const MANY = 500;
/* Chromium loads pages of its own for each new tab, on the same processor. */
const REST_MSEC = 1000;
const FIRST_PAINT = `new Promise((done) => new PerformanceObserver((list) => done(list.getEntries()[0].startTime))
    .observe({ type: "paint", buffered: true }))`;

function row(name, values) {
    const sorted = [...values].sort((a, b) => a - b);
    return { certificates: 1, name, unit: "ms", count: values.length, p50_ms: sorted[ROUNDS >> 1],
        max_ms: sorted[ROUNDS - 1] };
}

/** Loads an address of it once, in a tab at rest; milliseconds until it paints and until ready is there, and bytes. */
async function load(page, address, ready) {
    await page.waitForTimeout(REST_MSEC);
    const protocol = await page.context().newCDPSession(page);
    let bytes = 0;
    protocol.on("Network.loadingFinished", (event) => { bytes += event.encodedDataLength; });
    await protocol.send("Network.enable");
    await protocol.send("Network.setCacheDisabled", { cacheDisabled: true });
    const begun = performance.now();
    await page.goto(`${PAGE}${address}`);
    await page.locator(ready).first().waitFor();
    const usable = performance.now() - begun;
    await page.waitForLoadState("load");
    const paint = await page.evaluate(FIRST_PAINT);
    await protocol.detach();
    return { paint, usable, bytes };
}

async function measure(chrome, name, address, ready) {
    const rounds = [];
    for (let i = 0; i < ROUNDS; i++) {
        const page = await chrome.page();
        rounds.push(await load(page, address, ready));
        await page.close();
    }
    return [row(`page, ${name}: first paint`, rounds.map((one) => one.paint)),
        row(`page, ${name}: usable`, rounds.map((one) => one.usable)),
        { certificates: 1, name: `page, ${name}: over the wire`,
            kib: Math.ceil(Math.max(...rounds.map((one) => one.bytes)) / 1024) }];
}

/** Asks for the list of all certificates, as a fleet's tools do. */
async function list(chrome) {
    const page = await chrome.page();
    const times = [];
    await visit(page, "overview", ADMIN);
    for (let i = 0; i < ROUNDS; i++) {
        times.push(await page.evaluate(async () => {
            const { PLACES } = await import("/api.js");
            const begun = performance.now();
            const answer = await fetch(PLACES);
            await answer.arrayBuffer();
            if (!answer.ok)
                throw new Error(`HTTP ${answer.status}`);
            return performance.now() - begun;
        }));
    }
    await page.close();
    return row(`HTTP, list of ${MANY} certificates`, times);
}

const chrome = await chromium();
const rows = await measure(chrome, "signing in", "", "input[name=user]");
const page = await chrome.page();
await visit(page, "overview", ADMIN);
await page.close();
rows.push(...await measure(chrome, "overview", "#/overview", "main h2"));
crowd(MANY);
rows.push(...await measure(chrome, `${MANY} certificates`, "#/certificates", `tbody tr:nth-child(${MANY})`),
    await list(chrome));
await chrome.close();
console.log(JSON.stringify(rows));
