// SPDX-License-Identifier: LGPL-2.1-or-later
// Two administrators at once, each with a session and a window: what one does the other sees without a reload, and
// neither undoes the work of the other unseen. And the swap of the certificate, under a hundred requests at once.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AT_ONCE, LONG, accessible, certctl, chromium, load, visit } from "./harness.mjs";

const MQTT = "mqtt";
const SWAPS = LONG ? 10 : 1;
let chrome;
let ada;
let ben;

function button(name, on) {
    return on.getByRole("button", { name, exact: true });
}

function section(title, on) {
    return on.getByRole("region", { name: title, exact: true });
}

function fingerprint(name) {
    return JSON.parse(certctl("show", name, "--json=short")).Fingerprint;
}

async function openForm(name, ...pages) {
    for (const page of pages) {
        await visit(page, `certificates/${name}/request`);
        await page.getByRole("heading", { level: 1, name: `Request for ${name}` }).waitFor();
        await organization(page).waitFor();
    }
}

function organization(page) {
    return page.getByLabel("Organization (O)", { exact: true });
}

async function saveOrganization(page, name) {
    await organization(page).fill(name);
    /* What it says may be there already. */
    await Promise.all([page.waitForResponse((one) => one.request().method() === "PATCH" && one.ok()),
        button("Save without a request", page).click()]);
    await page.getByText("Saved. Requests made earlier stay as they are").first().waitFor();
}

before(async () => {
    chrome = await chromium({ reducedMotion: "reduce" });
    ada = await chrome.page();
    ben = await chrome.another();
});

after(() => chrome.close());

test("what one creates, requests and cancels the other sees", async () => { // R11
    await visit(ada, "certificates");
    await visit(ben, "certificates");
    const form = section("New certificate", ben);
    await form.getByLabel("Name").fill(MQTT);
    await button("Create", form).click();
    await ben.getByRole("heading", { level: 1, name: MQTT }).waitFor();
    await ada.getByRole("link", { name: MQTT, exact: true }).click();
    await ada.getByRole("heading", { level: 1, name: MQTT }).waitFor();
    await openForm(MQTT, ben);
    await button("Make the request", ben).click();
    await ben.getByRole("group", { name: "Text of the request" }).waitFor();
    const requests = section("Requests", ada);
    await requests.getByText("Ready").first().waitFor();
    await requests.getByRole("button", { name: /Cancel request/ }).click();
    await ada.getByRole("dialog").getByRole("button", { name: "Cancel the request" }).click();
    await ben.getByText("It was cancelled, and its key is destroyed.").waitFor();
});

test("what one issues on trial the other keeps", async () => { // R38
    await openForm(MQTT, ben);
    await ben.getByLabel("This device's authority").check();
    await ben.getByLabel("On trial").check();
    await button("Issue the certificate", ben).click();
    const adas = section(`${MQTT} is on trial`, ada);
    await adas.getByRole("timer").waitFor();
    await section(`${MQTT} is on trial`, ben).getByRole("timer").waitFor();
    await accessible(ada, "another's trial");
    await button("Go back now", adas).click();
    await button("Cancel", ada.getByRole("dialog")).click();
    const keep = button("I have tested it: keep it", adas);
    assert.equal(await keep.evaluate((node) => node === document.activeElement), true);
    await keep.click();
    await ben.getByText(`What was on trial in ${MQTT} has been kept.`).waitFor();
    await section("Chain", ada).waitFor();
    assert.doesNotMatch(certctl("show", MQTT), /trial/i);
});

test("what was kept meanwhile nobody goes back from", async () => { // R38
    certctl("issue", MQTT, "--trial", "120");
    const tried = fingerprint(MQTT);
    await visit(ada, `certificates/${MQTT}`);
    await visit(ben, `certificates/${MQTT}`);
    await button("Go back now", ada).click();
    await button("I have tested it: keep it", ben).click();
    await ben.locator("main").getByText("The new certificate is kept.").waitFor();
    const [answer] = await Promise.all([ada.waitForResponse((one) => one.url().endsWith(".Rollback")),
        button("Go back", ada.getByRole("dialog")).click()]);
    assert.equal(answer.status(), 412);
    assert.equal(fingerprint(MQTT), tried);
    await ada.getByText(`What was on trial in ${MQTT} has been kept.`).waitFor();
});

test("who is typing is told of the other's settings, and loses nothing", async () => { // R65
    await openForm(MQTT, ada, ben);
    await ada.getByLabel("Locality (L)", { exact: true }).fill("Uppsala");
    await saveOrganization(ben, "Ben's");
    const told = ada.getByRole("heading", { name: "Somebody else has changed these settings" });
    await told.waitFor();
    assert.equal(await ada.getByLabel("Locality (L)", { exact: true }).inputValue(), "Uppsala");
    await ada.getByRole("region", { name: "Differences" }).getByText("O=Ben's").waitFor();
    await accessible(ada, "two at once");
    await ada.reload();
    await told.waitFor();
    await button("Keep mine", ada).click();
    await told.waitFor({ state: "detached" });
    await saveOrganization(ada, "Ada's");
    assert.match(certctl("show", MQTT), /O=Ada's.*L=Uppsala|L=Uppsala.*O=Ada's/);
    await ben.waitForFunction(() => document.querySelector("input[name=subject-O]").value === "Ada's");
    assert.equal(await button("Save without a request", ben).evaluate((node) => node === document.activeElement), true);
});

test("even where no event has told of it", async () => { // R65
    await openForm(MQTT, ada, ben);
    await ada.route("**/EventService/SSE", (route) => route.abort());
    await ada.reload();
    await organization(ada).fill("Ada's again");
    await saveOrganization(ben, "Ben's again");
    const [answer] = await Promise.all([ada.waitForResponse((one) => one.request().method() === "PATCH"),
        button("Save without a request", ada).click()]);
    assert.equal(answer.status(), 412);
    await ada.getByRole("heading", { name: "Somebody else has changed these settings" }).waitFor();
    assert.match(certctl("show", MQTT), /O=Ben's again/);
    assert.equal(await organization(ada).inputValue(), "Ada's again");
    await button("Take the device's", ada).click();
    assert.equal(await organization(ada).inputValue(), "Ben's again");
    await ada.unroute("**/EventService/SSE");
});

test("what one goes back from is what was shown, or nothing happens", async () => { // R39
    certctl("issue", MQTT);
    certctl("issue", MQTT);
    await visit(ada, `certificates/${MQTT}`);
    await button("Roll back to the previous certificate…", ada).click();
    certctl("issue", MQTT);
    const now = fingerprint(MQTT);
    await ada.getByRole("dialog").getByRole("button", { name: "Roll back", exact: true }).click();
    await ada.locator("main [role=alert]").waitFor();
    assert.equal(fingerprint(MQTT), now);
});

test("what one removes is gone for the other", async () => {
    await visit(ada, `certificates/${MQTT}`);
    await visit(ben, `certificates/${MQTT}`);
    await section("Reset and remove", ben).waitFor();
    await button("Remove…", ada).click();
    await ada.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
    await ben.getByText(`There is no certificate “${MQTT}” on this device, or not any more.`).waitFor();
});

test("the certificate is swapped under load, and no request fails", async () => { // R37
    await visit(ben, "certificates/https");
    for (let i = 0; i < SWAPS; i++) {
        await openForm("https", ada);
        await ada.getByLabel("This device's authority").check();
        await ada.getByLabel("At once").check();
        const before = fingerprint("https");
        const running = await load(ben);
        await button("Issue the certificate", ada).click();
        await ada.getByText("The certificate was issued, and is in use.").waitFor();
        const { answers, failed } = await running.stop();
        assert.deepEqual(failed, []);
        assert.ok(answers >= AT_ONCE, `${answers}`);
        assert.notEqual(fingerprint("https"), before);
    }
});
