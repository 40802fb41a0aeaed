// SPDX-License-Identifier: LGPL-2.1-or-later
// The overview: whether anything is wrong, the timeline, the names, what is on trial; live, small, large, accessible.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HOST, accessible, certctl, chromium, fits, run, visit } from "./harness.mjs";

const MANAGER = "/redfish/v1/Managers/device";
const PLACES = "/redfish/v1/CertificateService/Oem/Certd/Certificates";
const DAY = 86400000;

let chrome, page;
before(async () => {
    chrome = await chromium({ reducedMotion: "reduce" });
    page = await chrome.page();
    await visit(page);
    await page.locator(".timeline").waitFor();
});
after(async () => {
    for (const name of ["overview", "unsound"])
        run("sh", "-c", `certctl remove ${name} --yes >/dev/null 2>&1 || true`);
    await chrome.close();
});

/** Has the page get the device's answer to a path changed by change(body), until page.unrouteAll(). */
async function answer(path, change) {
    const body = await page.evaluate(async (from) => (await import("/api.js")).get(from), path);
    change(body);
    await page.route(`**${path}`, (route) => route.fulfill({ json: body }));
}

async function looked(what, ...colours) {
    for (const colorScheme of colours) {
        await page.emulateMedia({ colorScheme });
        await accessible(page, `${what}, ${colorScheme}`);
    }
    await page.setViewportSize({ width: 320, height: 640 });
    await fits(page, what);
    await page.setViewportSize({ width: 1200, height: 900 });
}

test("a new device says that nothing is wrong, and what to do next", async () => {
    assert.match(await page.locator(".alert-success").textContent(), /Nothing needs attention/);
    const next = page.locator("section", { has: page.getByRole("heading", { name: "Next steps" }) });
    assert.deepEqual(await next.locator("a").evaluateAll((all) => all.map((a) => a.getAttribute("href"))),
        ["#/authority", "#/certificates/https/request"]);
    const names = page.locator("section", { has: page.getByRole("heading", { name: /names/ }) });
    const here = new RegExp(`The certificate is for ${HOST}, by which you have reached this page`);
    assert.match(await names.textContent(), here); // R25
    await page.locator("summary", { hasText: "supports" }).click(); // R43
    assert.match(await page.locator("main").innerText(), /ECDSA P-256.*Ed25519/);
    await looked("a new device", "light");
});

test("what happens elsewhere is seen, and takes nothing from who reads", async () => {
    const details = page.locator("details", { hasText: "supports" });
    await page.locator("nav a", { hasText: "Trust" }).focus();
    certctl("create", "overview", "--subject", "CN=overview.local");
    await page.getByText("1 certificate has nothing installed").waitFor();
    certctl("issue", "overview");
    await page.locator(".timeline-title", { hasText: "overview" }).waitFor();
    assert.equal(await details.evaluate((node) => node.open), true);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Trust");
});

test("what is on trial has a countdown and a way to it", async () => { // R38
    certctl("issue", "overview", "--trial", "120");
    const trial = page.locator("section", { has: page.getByRole("heading", { name: "On trial" }) });
    await trial.waitFor();
    assert.match(await trial.locator("[role=timer]").textContent(), /^[12]:\d\d$/);
    assert.equal(await trial.locator("a").getAttribute("href"), "#/certificates/overview");
    await page.getByText("Nothing is wrong. What is on trial ends by itself").waitFor();
    certctl("rollback", "overview");
    await trial.waitFor({ state: "detached" });
    await page.getByText("Nothing needs attention.").waitFor();
});

test("a certificate that browsers refuse is told with what to do", async () => { // R40
    certctl("create", "unsound");
    run("sh", "-c", `cd "$(mktemp -d)" && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -days 10 -subj /CN=unsound -keyout key -out crt 2>/dev/null && cat key crt > both &&
        certctl import unsound both --accept no-san --accept is-ca`);
    const wrong = page.locator("section", { has: page.getByRole("heading", { name: "1 thing needs attention" }) });
    await wrong.waitFor();
    assert.equal(await wrong.getByRole("link", { name: "unsound" }).getAttribute("href"), "#/certificates/unsound");
    assert.match(await wrong.locator('[data-code="no-san"]').textContent(), /subject alternative name.*Have it issued/);
});

test("each problem that the device can have is told, and leads to where it is mended", async () => {
    const codes = await page.evaluate(async () => Object.keys((await import("/problem-codes.js")).PROBLEMS));
    await answer(MANAGER, (body) => {
        body.Oem.Certd.Problems = codes.map((Code) => ({ Code, Severity: "error", Remedy: "Do <b>this</b>",
            Certificate: { "@odata.id": `${PLACES}/mail` },
            Message: `The certificate "another" is so: ${"x".repeat(300)}` }));
    });
    await page.reload();
    await page.locator("summary", { hasText: "more" }).click();
    const links = await page.locator(".finding a").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
    const lost = await page.evaluate(async (all) => {
        const { find } = await import("/views.js");
        return all.filter((href) => find(href.slice(2)) === null);
    }, links);
    assert.equal(await page.locator(".finding").count(), codes.length + 3); // unsound: two, and that it ends soon
    assert.ok(links.includes("#/certificates/mail"));
    assert.deepEqual(lost, []);
    assert.equal(await page.locator("main b").count(), 0);
});

test("of 500 certificates the soonest are drawn", async () => { // R41
    await answer(PLACES, (body) => {
        body.Summaries = Array.from({ length: 500 }, (_, i) => ({ ...body.Summaries[0], Name: `${i}-${"n".repeat(58)}`,
            State: i < 2 ? "expired" : "active", NotBefore: new Date(Date.now() - 90 * DAY).toISOString(),
            OnTrial: i === 2, TrialDeadline: new Date(Date.now() + 3600000).toISOString(),
            NotAfter: new Date(Date.now() + (i - 1.5) * 20 * DAY).toISOString() }));
    });
    await page.reload();
    await page.locator(".timeline").waitFor();
    assert.equal(await page.locator(".timeline-rows > li").count(), 13);
    assert.equal(await page.locator(".timeline-rows .mark-bad").count(), 2);
    assert.match(await page.locator(".timeline-words").first().textContent(), /^Expired/);
    const rest = page.getByRole("link", { name: "488 more certificates" });
    assert.equal(await rest.getAttribute("href"), "#/certificates");
    await page.locator("summary", { hasText: "more" }).click();
    await looked("500 certificates and all problems", "light", "dark");
    await page.unrouteAll();
});

test("after a factory reset the way back is to where the page is then", async () => { // R54
    const network = `${MANAGER}/NetworkProtocol`;
    const real = Number(new URL(page.url()).port || 443);
    for (const [before, now, address] of [[real, 443, `https://${HOST}/`], [real, 8443, `https://${HOST}:8443/`],
        [real + 1, 443, new URL("/", page.url()).href]]) {
        let port = before;
        await page.route(`**${network}`, (route) => route.fulfill({ json: { HTTPS: { Port: port } } }));
        await page.route(`**${MANAGER}/Actions/Manager.ResetToDefaults`, (route) => {
            port = now;
            route.fulfill({ json: { LostCertificates: [] } });
        });
        await page.reload();
        await page.getByRole("button", { name: "Reset the device…" }).click();
        await page.getByRole("button", { name: "Destroy and reset" }).click();
        const back = page.getByRole("link", { name: "Open the page again" });
        assert.equal(await back.evaluate((node) => node.href), address);
        await page.unrouteAll();
    }
});
