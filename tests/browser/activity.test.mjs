// SPDX-License-Identifier: LGPL-2.1-or-later
// The audit log on the page: rows as they come, filters that a reload keeps, the chain's proof, who may not read it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { READER, accessible, certctl, chromium, fits, run, visit } from "./harness.mjs";

const ENTRIES = "/redfish/v1/Managers/device/LogServices/Audit/Oem/Certd/Entries?newest-first=true&limit=50";

let chrome, page;
before(async () => {
    chrome = await chromium({ reducedMotion: "reduce" });
    page = await chrome.page();
    await visit(page, "activity");
    await page.locator("tbody tr").first().waitFor();
});
after(async () => {
    run("sh", "-c", "certctl remove activity --yes >/dev/null 2>&1 || true");
    await chrome.close();
});

function first() {
    return page.locator("tbody tr").first();
}

test("what is done appears above, and takes nothing from who reads", async () => {
    const link = page.locator("tbody a").first();
    await link.focus();
    certctl("create", "activity");
    await page.locator("tbody tr", { hasText: "certificate/activity" }).waitFor();
    assert.match(await first().textContent(), /root \(0\).*Create a certificate.*certificate\/activity.*Done/);
    assert.equal(await link.evaluate((node) => node === document.activeElement), false);
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "A");
    const numbers = await page.locator("tbody tr").evaluateAll((rows) => rows.map((row) => Number(row.dataset.number)));
    assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => b - a));
});

test("what was refused says why", async () => {
    run("sh", "-c", "! certctl rollback activity 2>/dev/null");
    await page.locator("tbody tr", { hasText: "There is nothing to go back to" }).waitFor();
    assert.match(await first().textContent(), /Put the previous chain back.*Refused or failed/);
});

test("a filter holds for what comes, and after a reload", async () => { // R65
    await page.locator("summary", { hasText: "Filter" }).click();
    await page.locator("[name=object]").fill("certificate/activity");
    await page.locator("[name=outcome]").selectOption("ok");
    await page.locator("tbody tr").nth(1).waitFor({ state: "detached" });
    certctl("issue", "activity");
    await page.locator("tbody tr", { hasText: "Issue and install" }).waitFor();
    await page.reload();
    await page.locator("tbody tr", { hasText: "Issue and install" }).waitFor();
    assert.equal(await page.locator("[name=object]").inputValue(), "certificate/activity");
    assert.equal(await page.locator("[name=outcome]").inputValue(), "ok");
    const rows = await page.locator("tbody tr").allTextContents();
    assert.ok(rows.length >= 2 && rows.every((row) => /certificate\/activity.*Done/.test(row)), rows.join("\n"));
    await page.emulateMedia({ colorScheme: "dark" });
    await accessible(page, "a filter");
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 320, height: 640 });
    await fits(page, "the log");
    await page.setViewportSize({ width: 1200, height: 900 });
    await page.locator("[name=until]").fill("2001-01-01T00:00");
    await page.getByText("No row suits the filter").waitFor();
    await page.locator(".alert").getByRole("button", { name: "Show all" }).click();
    await page.locator("tbody tr", { hasText: "factory default" }).waitFor();
    assert.equal(new URL(page.url()).hash, "#/activity");
});

test("a value that is no filter is refused where it was typed", async () => {
    await page.locator("[name=uid]").fill("root");
    await page.locator("[role=alert]", { hasText: "does not accept a value" }).waitFor();
    await page.locator("[name=uid]").fill("0");
    await page.locator("[role=alert]").waitFor({ state: "detached" });
    await page.locator("[name=uid]").fill("");
    await page.locator("tbody tr", { hasText: "factory default" }).waitFor();
});

test("older rows come by a button, and the keyboard stays where they begin", async () => {
    await page.route("**/Entries?**", (route) =>
        route.continue({ url: route.request().url().replace("limit=50", "limit=3") }));
    await page.reload();
    await page.locator("tbody tr").first().waitFor();
    assert.equal(await page.locator("tbody tr").count(), 3);
    await page.getByRole("button", { name: "Show older" }).click();
    await page.locator("tbody tr").nth(5).waitFor();
    const begins = page.locator("tbody tr").nth(3).locator("th");
    assert.equal(await begins.evaluate((th) => th === document.activeElement), true);
    await page.unrouteAll();
});

test("rows of anybody's words are text", async () => {
    const body = await page.evaluate(async (path) => (await import("/api.js")).get(path), ENTRIES);
    body.Entries[0] = { Number: 999999999, Time: body.Entries[0].Time, Damage: "<b>not</b> what its hash says" };
    Object.assign(body.Entries[1], { Detail: "<img src=x>\u202e", Unit: "u".repeat(253), Action: "toString",
        Object: `certificate/${"n".repeat(253)}`, Outcome: "org.certd1.Error.constructor", UserName: "<i>\u2066me" });
    await page.route("**/Entries?**", (route) => route.fulfill({ json: body }));
    await page.reload();
    await page.getByText("This row cannot be read").waitFor();
    assert.equal(await page.locator("main img, main b, main i").count(), 0);
    assert.match(await page.locator("tbody tr").nth(1).textContent(), /<i>.*toString<img src=x>.*constructor/);
    await page.setViewportSize({ width: 320, height: 640 });
    await fits(page, "hostile rows");
    await accessible(page, "hostile rows");
    await page.setViewportSize({ width: 1200, height: 900 });
    await page.unrouteAll();
});

test("the chain is verified", async () => {
    await page.getByRole("button", { name: "Verify the chain" }).click();
    assert.match(await page.locator(".alert-success").textContent(), /Rows 1 to \d+ are complete.*[0-9a-f]{64}/);
});

test("who may not read it is told so, once", async () => {
    let asked = 0;
    await page.getByRole("button", { name: "Sign out" }).click();
    page.on("request", (request) => { asked += request.url().includes("/Entries?") ? 1 : 0; });
    await visit(page, "activity", READER);
    await page.locator("[role=alert]").waitFor();
    await page.getByRole("button", { name: "Verify the chain" }).click();
    await page.locator("[role=alert]").nth(1).waitFor();
    assert.equal(asked, 1);
    await accessible(page, "refused");
});
