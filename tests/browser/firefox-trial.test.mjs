// SPDX-License-Identifier: LGPL-2.1-or-later
// What could lock an administrator out or undo his work, tried in Firefox: trials that nobody keeps, one of them with a
// certificate with which Firefox can't come back; HTTPS that is forced after its proof alone; a session that ends; a
// second administrator, who has Chromium; and the swap of the certificate under a hundred requests at once.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN, AT_ONCE, PAGE, certctl, chromium, firefox, load, visit } from "./harness.mjs";
import { reader } from "./fox.mjs";

const MAIL = "mail";
const SHORTEST = "30";
const REFUSED = /SELF_SIGNED_CERT|SEC_ERROR_UNKNOWN_ISSUER/;
let chrome, ben, fox, it;

before(async () => {
    certctl("create", MAIL);
    certctl("issue", MAIL);
    chrome = await chromium({ reducedMotion: "reduce" });
    fox = await firefox();
    ben = await chrome.page();
    it = reader(await fox.page());
});

after(async () => {
    await fox?.close();
    await chrome?.close();
});

function fingerprint(name) {
    return JSON.parse(certctl("show", name, "--json=short")).Fingerprint;
}

/* A Firefox without a connection opens the page: to it, that is secure. */
async function opens() {
    const context = await fox.browser.createBrowserContext();
    try {
        const page = await fox.page(context);
        assert.equal((await page.goto(PAGE)).status(), 200);
        assert.equal(await page.evaluate(() => isSecureContext), true);
    } finally {
        await context.close();
    }
}

async function issueOnTrial(name, ending) {
    await it.visit(`certificates/${name}/request`);
    await it.tick(ending);
    await it.tick("On trial");
    await it.choose("Time of the trial", SHORTEST);
    await it.button("Issue the certificate");
    await it.find("timer", null, `${name} is on trial`);
}

test("trials that nobody keeps, one where Firefox can't come back: the device does by itself", async () => { // R38
    const was = { https: fingerprint("https"), mail: fingerprint(MAIL) };
    await issueOnTrial(MAIL, "This device's authority");
    await issueOnTrial("https", "Itself (self-signed)");
    assert.notEqual(fingerprint(MAIL), was.mail);
    assert.notEqual(fingerprint("https"), was.https);
    await it.shows("This browser does not get through with the new certificate.");
    assert.doesNotMatch(await it.text("region", "https is on trial"), /keep it/i);
    await it.shows("Nobody kept what was on trial in https.");
    await it.visit(`certificates/${MAIL}`);
    await it.shows(`Nobody kept what was on trial in ${MAIL}.`);
    assert.deepEqual({ https: fingerprint("https"), mail: fingerprint(MAIL) }, was);
    await opens();
});

test("HTTPS is not forced before its certificate is proven, and is after it", async () => { // R62 R63
    await it.visit("https");
    await it.find("region", "Force HTTPS");
    certctl("self-sign", "https");
    await it.shows("Not yet");
    await assert.rejects(opens(), REFUSED);
    await it.button("Force HTTPS…");
    await it.button("Force HTTPS");
    await it.find("alert", null, "Force HTTPS");
    assert.doesNotMatch(certctl("https"), /HTTPS is forced/);
    certctl("rollback", "https");
    await it.button("Force HTTPS…");
    await it.button("Force HTTPS");
    await it.find("timer", null, "On trial");
    await it.button("Keep it");
    await it.shows("What was on trial has been kept.");
    assert.match(certctl("https"), /HTTPS is forced/);
    await it.button("Open the HTTP port");
    await it.shows("which redirects to HTTPS");
});

test("a second administrator, in Chromium: each sees what the other does, and undoes none of it", async () => { // R65
    await it.visit(`certificates/${MAIL}/request`);
    await it.fill("Locality (L)", "Uppsala");
    await visit(ben, `certificates/${MAIL}/request`);
    const organization = ben.getByLabel("Organization (O)", { exact: true });
    await organization.fill("Ben's");
    await ben.getByRole("button", { name: "Save without a request" }).click();
    await it.heading("Somebody else has changed these settings");
    assert.equal(await it.value("Locality (L)"), "Uppsala");
    await it.button("Keep mine");
    await it.fill("Organization (O)", "Ada's");
    await it.button("Save without a request");
    await ben.waitForFunction(() => document.querySelector("input[name=subject-O]").value === "Ada's");
    assert.match(certctl("show", MAIL), /O=Ada's.*L=Uppsala|L=Uppsala.*O=Ada's/);
});

test("the session ends in the middle of the form, which goes on after it", async () => { // R60 R65
    await it.fill("Organizational unit (OU)", "Laboratory");
    await ben.evaluate(async () => {
        const { ROOT, all, get, remove } = await import("/api.js");
        const own = (await get(`${ROOT}/SessionService`)).Oem.Certd.CurrentSession["@odata.id"];
        for (const one of await all(`${ROOT}/SessionService/Sessions`)) {
            if (one["@odata.id"] !== own)
                await remove(one["@odata.id"]);
        }
    });
    await it.heading("The session is over");
    await it.signIn();
    assert.equal(await it.value("Organizational unit (OU)"), "Laboratory");
    await it.button("Make the request");
    assert.match(await it.text("group", "Text of the request"), /BEGIN CERTIFICATE REQUEST/);
    assert.ok(!(await it.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])))
        .includes(ADMIN.password));
});

test("a view that did not come comes with a later click, though Firefox remembers that it failed", async () => { // R65
    let cut = true;
    const page = await fox.page();
    await page.setRequestInterception(true);
    page.on("request", (one) => (cut && one.url().endsWith("/view-trust.js") ? one.abort() : one.continue()));
    const other = reader(page);
    await other.visit("trust");
    await other.shows("The page has a fault");
    cut = false;
    await other.link("Overview");
    await other.heading("Which names the device answers to");
    await other.link("Trust");
    await other.heading("Add");
    await page.close();
    await it.page.bringToFront();
});

test("the certificate is swapped under load, and no request of Firefox's fails", async () => { // R37
    const before = fingerprint("https");
    const running = await load(it.page);
    await visit(ben, "certificates/https/request");
    await ben.getByLabel("This device's authority").check();
    await ben.getByLabel("At once").check();
    await ben.getByRole("button", { name: "Issue the certificate" }).click();
    await ben.getByText("The certificate was issued, and is in use.").waitFor();
    const { answers, failed } = await running.stop();
    assert.deepEqual(failed, []);
    assert.ok(answers >= AT_ONCE, `${answers}`);
    assert.notEqual(fingerprint("https"), before);
    await opens();
});
