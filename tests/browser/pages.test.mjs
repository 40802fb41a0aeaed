// SPDX-License-Identifier: LGPL-2.1-or-later
// Every view of the page in its states: in both colours and three widths, for a screen reader, by keyboard alone, with
// 500 certificates, for who may only look, and where the device has gone.

import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";
import { LONG, PAGE, READER, accessible, certctl, chromium, fits, run, visit } from "./harness.mjs";
import { ADDRESSES, SIGHTS, crowd, enact, headings, outside, see, settled, show } from "./scene.mjs";

const MANY = 500;
const PLACES = "/redfish/v1/CertificateService/Oem/Certd/Certificates";
const STATIC = new URL("../../clients/web/static/", import.meta.url);
const CONTROLS = "a[href], button, input, select, textarea, summary";
// What axe-core looks at always; the others in the long form.
const LOOKED_AT = [["light", 1200], ["dark", 320]];
const MOST_TABS = 200;
const WALKS = 3; // the page may be made anew on the way: by an event of the device
let chrome, page, authority;
let addresses = ADDRESSES;

before(async () => {
    authority = outside();
    chrome = await chromium({ reducedMotion: "reduce", viewport: { width: 1200, height: 900 } });
    page = await chrome.page();
});

after(async () => {
    await chrome.close();
    authority.remove();
});

/** The state that the page is in, by every sight; sights: those that axe-core looks at. */
async function look(what, sights = LONG ? SIGHTS : LOOKED_AT, on = page) {
    await headings(on, what);
    for (const sight of SIGHTS) {
        await see(on, sight);
        await fits(on, `${what}, ${sight}`);
        if (sights.some((one) => String(one) === String(sight)))
            await accessible(on, `${what}, ${sight}`);
    }
    await see(on, ["light", 1200]);
}

/* Everything that can be unfolded, is. */
async function unfold() {
    await page.locator("main details").evaluateAll((all) => all.forEach((one) => { one.open = true; }));
}

/** Has the page get the device's answer to a path changed by change(body), until page.unrouteAll(). */
async function answer(path, change) {
    const body = await page.evaluate(async (from) => (await import("/api.js")).get(from), path);
    change(body);
    await page.route(`**${path}`, (route) => route.fulfill({ json: body }));
}

test("a device of which nothing was asked yet says what to do next", async () => { // R65
    for (const [address, words] of [["overview", "Next steps"], ["certificates", "create another one below"],
        ["trust", "trusts nothing"], ["certificates/https/install", "Make a request"]]) {
        await show(page, address);
        await page.getByText(words).first().waitFor();
        await look(`${address} of a new device`, [["dark", 320]]);
    }
});

test("every view is read by everybody", async () => { // R65
    const request = enact(authority);
    addresses = ADDRESSES.map(([what, address]) => [what, address.replace("REQUEST", request)]);
    for (const [i, [what, address]] of addresses.entries()) {
        await show(page, address);
        await unfold();
        await settled(page);
        // By turns in the short form: what is drawn is drawn by the same rules everywhere.
        await look(what, LONG ? SIGHTS : [LOOKED_AT[i % LOOKED_AT.length]]);
    }
});

/** What the keyboard gets to from the page's beginning: [numbers of controls, what shows no focus]. */
async function walk() {
    await page.evaluate((controls) => {
        document.activeElement.blur();
        document.querySelectorAll(controls).forEach((node, i) => { node.dataset.walk = String(i); });
        getSelection().collapse(document.body, 0);
    }, CONTROLS);
    const visited = new Set();
    const unseen = [];
    for (let i = 0; i < MOST_TABS; i++) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(() => {
            const node = document.activeElement;
            const style = getComputedStyle(node);
            const { width, height } = node.getBoundingClientRect();
            const isSeen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && width > 1 &&
                height > 1;
            return node === document.body ? null : { number: node.dataset.walk ?? "",
                html: node.outerHTML.slice(0, 120), isSeen };
        });
        if (at === null)
            return [visited, unseen];
        visited.add(at.number);
        if (!at.isSeen)
            unseen.push(at.html);
    }
    assert.fail(`after ${MOST_TABS} steps the keyboard is still on its way`);
    return null;
}

/** The controls that it has to get to, and those that came while it was on its way; of radio buttons the chosen one
    counts. */
async function missed(visited) {
    const all = await page.evaluate((controls) => [...document.querySelectorAll(controls)].filter((node) =>
        node.checkVisibility() && !node.disabled && node.tabIndex >= 0 && (node.type !== "radio" || node.checked))
        .map((node) => [node.dataset.walk, node.outerHTML.slice(0, 120)]), CONTROLS);
    return { late: all.some(([number]) => number === undefined),
        never: all.filter(([number]) => !visited.has(number)) };
}

test("the keyboard gets to everything, and shows where it is", async () => { // R65
    for (const [what, address] of addresses) {
        await page.goto("about:blank");
        await show(page, address);
        assert.equal(await page.locator("[tabindex]:not([tabindex='0'], [tabindex='-1'])").count(), 0, what);
        let found = { late: true };
        for (let i = 0; i < WALKS && found.late; i++) {
            const [visited, unseen] = await walk();
            assert.deepEqual(unseen, [], what);
            found = await missed(visited);
        }
        assert.deepEqual(found, { late: false, never: [] }, what);
    }
});

test("the first stop leads past the navigation", async () => {
    await page.goto("about:blank");
    await show(page, "trust");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.closest("main") !== null), true);
});

test("a question keeps the keyboard until it is answered, and gives it back", async () => { // R65
    for (const [address, opener] of [["certificates/mail", /Reset to/], ["certificates/mail", /Remove…/],
        ["https", /Force HTTPS…/]]) {
        await show(page, address);
        const button = page.getByRole("button", { name: opener });
        await button.focus();
        await page.keyboard.press("Enter");
        await page.locator("dialog[open]").waitFor();
        for (const key of ["Tab", "Tab", "Tab", "Tab", "Tab", "Shift+Tab"]) {
            await page.keyboard.press(key);
            assert.equal(await page.evaluate(() => document.activeElement === document.body ||
                document.activeElement.closest("dialog") !== null), true, `${opener}`);
        }
        await accessible(page, `${opener}`);
        await page.keyboard.press("Escape");
        await page.locator("dialog").waitFor({ state: "detached" });
        assert.equal(await button.evaluate((node) => node === document.activeElement), true, `${opener}`);
    }
});

test("findings of each severity are told apart by words too", async () => { // R40
    await show(page, "certificates/mail");
    await answer(`${PLACES}/mail`, (body) => {
        body.Findings = ["error", "warning", "note"].map((Severity, i) => ({ Severity,
            Code: ["expired", "lifetime-long", "root-included"][i],
            Message: `The certificate of "${body.Details.Subject}" is so`, Remedy: "Do this" }));
    });
    await page.reload();
    await settled(page);
    for (const word of ["Error", "Warning", "Note"])
        await page.locator(".finding strong").filter({ hasText: word }).first().waitFor();
    await look("findings");
    await page.unrouteAll();
    authority.lone("alien", "/CN=alien.example.org");
    await show(page, "certificates/mail/install");
    await page.getByLabel("Certificate, as text").fill(fs.readFileSync(authority.file("alien.pem"), "utf8"));
    await page.locator(".finding-error").first().waitFor();
    await look("what can't be installed");
    await page.getByLabel("Certificate, as text").fill("");
});

test("who may only look sees everything, and is told what is refused", async () => { // R60
    const readers = await chrome.another();
    for (const [what, address] of addresses) {
        await visit(readers, address, READER);
        await settled(readers);
        const alerts = await readers.locator("main .view > [role=alert]").allTextContents();
        assert.ok(alerts.length === 0 || address === "activity", `${what}: ${alerts}`);
        await fits(readers, what);
    }
    await look("activity of who may only look", LOOKED_AT, readers);
    await visit(readers, "certificates", READER);
    await readers.getByLabel("Name", { exact: true }).fill("refused");
    await readers.keyboard.press("Enter");
    await readers.locator("main [role=alert]").waitFor();
    await look("refused", LOOKED_AT, readers);
    await readers.context().close();
});

test("a device that has gone says so in each view, and is back with a reload", async () => { // R65
    await show(page, "trust");
    run("certd-stop");
    for (const [what, address] of addresses.filter(([, one]) => !one.includes("/"))) {
        await show(page, address);
        await page.reload();
        await page.locator("main [role=alert]").first().waitFor();
        await look(`${what} without certd`, [["dark", 320]]);
    }
    run("certd-start");
    await page.reload();
    await settled(page);
    assert.equal(await page.locator("main [role=alert]").count(), 0);
    run("web-stop");
    await page.evaluate(() => { location.hash = "#/trust"; });
    await page.getByText("The device does not answer").waitFor();
    await look("without a device", [["dark", 320]]);
    run("web-start");
    await page.goto("about:blank");
});

test("what can't be told at the moment is asked for again, and the session's end is heard meanwhile", async () => { // R60
    const policy = "**/redfish/v1/Managers/device/SecurityPolicy";
    await show(page, "authority");
    await page.route(policy, (route) => route.fulfill({ status: 503, json: { error: { "@Message.ExtendedInfo": [
        { MessageId: "Certd.1.0.ServiceUnavailable", Message: "The certificate service does not answer." }] } } }));
    await page.goto("about:blank"); // which listens to nothing
    const listening = page.waitForRequest("**/EventService/SSE");
    await visit(page, "trust");
    await page.getByText("The certificate service of the device does not answer.").waitFor();
    await listening;
    await look("a view that did not come", [["dark", 320]]);
    await page.unroute(policy);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { name: "What the device trusts" }).waitFor();
});

test("500 certificates have a row each", async () => { // R65
    crowd(MANY);
    await show(page, "certificates");
    await page.waitForFunction((count) => document.querySelectorAll("tbody tr").length > count, MANY);
    for (const sight of SIGHTS) {
        await see(page, sight);
        await fits(page, `500 certificates, ${sight}`);
    }
    if (LONG)
        await accessible(page, "500 certificates");
});

/* The modules that a page has fetched. */
async function fetched(on) {
    const all = await on.evaluate(() => performance.getEntriesByType("resource")
        .map(({ name }) => new URL(name).pathname));
    return all.filter((name) => name.endsWith(".js")).map((name) => name.slice(1)).sort();
}

test("who signs in waits for no other modules than the page names; the rest comes after the first view", async () => {
    const context = await chrome.browser.newContext();
    const stranger = await context.newPage();
    await stranger.goto(PAGE);
    await stranger.locator("input[name=user]").waitFor();
    const text = await stranger.evaluate(async () => (await fetch("/")).text());
    const named = [...text.matchAll(/rel="modulepreload" href="\/([^"]+)"/g)].map((found) => found[1]);
    assert.deepEqual(await fetched(stranger), named.sort());
    await context.close();
    const there = fs.readdirSync(STATIC).filter((name) => name.endsWith(".js"));
    assert.ok(named.length < there.length);
    await page.goto("about:blank");
    await show(page, "activity");
    await page.waitForFunction((count) => new Set(performance.getEntriesByType("resource")
        .filter(({ name }) => name.endsWith(".js")).map(({ name }) => name)).size >= count, there.length);
    assert.deepEqual([...new Set(await fetched(page))], there.sort());
});
