// SPDX-License-Identifier: LGPL-2.1-or-later
// The authority, what the device trusts, and how it serves HTTPS, as an administrator sets them on the page.

import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import {
    ADMIN, PAGE, READER, accessible, authority, certctl, chromium, firefox, fits, run, visit,
} from "./harness.mjs";

const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
const HOSTILE = "<b>Example</b>, Inc. \"=\\";
let folder, chrome, page;

function file(name) {
    return path.join(folder, name);
}

function text(name) {
    return fs.readFileSync(file(name), "utf8");
}

/* Two roots, of which the first has issued a certificate for a client that is a server too; and a request of another
   device. */
function makeOutside() {
    for (const name of ["root", "other"])
        run("openssl", "req", "-x509", ...EC, "-keyout", file(`${name}.key`), "-out", file(`${name}.pem`), "-days",
            "90", "-subj", `/CN=Example ${name}`);
    run("openssl", "req", ...EC, "-keyout", file("leaf.key"), "-out", file("leaf.csr"), "-subj", "/CN=operator");
    fs.writeFileSync(file("leaf.ext"), "extendedKeyUsage=clientAuth,serverAuth\nsubjectAltName=DNS:a.example.org\n");
    run("openssl", "x509", "-req", "-in", file("leaf.csr"), "-CA", file("root.pem"), "-CAkey", file("root.key"),
        "-days", "30",
        "-extfile", file("leaf.ext"), "-out", file("leaf.pem"));
    run("openssl", "pkcs12", "-export", "-in", file("leaf.pem"), "-inkey", file("leaf.key"), "-certfile",
        file("root.pem"),
        "-passout", "pass:", "-out", file("leaf.p12"));
    run("openssl", "x509", "-in", file("other.pem"), "-outform", "DER", "-out", file("other.der"));
    run("openssl", "req", ...EC, "-keyout", file("device.key"), "-out", file("device.csr"), "-subj",
        "/CN=printer.local");
}

before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "certd-outside-"));
    makeOutside();
    chrome = await chromium({ reducedMotion: "reduce", viewport: { width: 1200, height: 900 } });
    page = await chrome.page();
});

after(async () => {
    await chrome.close();
    fs.rmSync(folder, { recursive: true });
});

function printOf(name) {
    return run("openssl", "x509", "-in", name, "-noout", "-fingerprint", "-sha256").trim().split("=")[1];
}

function section(title) {
    return page.locator("section.card").filter({ has: page.getByRole("heading", { name: title, exact: true }) });
}

async function download(link) {
    const [got] = await Promise.all([page.waitForEvent("download"), link.click()]);
    return fs.readFileSync(await got.path());
}

async function narrow(what) {
    await page.setViewportSize({ width: 320, height: 640 });
    await fits(page, what);
    await page.setViewportSize({ width: 1200, height: 900 });
}

test("the authority is shown, handed out, and explained for each system", async () => { // R27
    await visit(page, "authority");
    const about = section("This authority");
    await about.getByText(printOf(authority())).waitFor();
    const pem = await download(page.getByRole("link", { name: "ca.crt (PEM)" }));
    assert.equal(pem.toString().trim(), fs.readFileSync(authority(), "utf8").trim());
    const der = await download(page.getByRole("link", { name: "ca.cer (DER)" }));
    assert.equal(der[0], 0x30);
    assert.match((await download(page.getByRole("link", { name: "Apple" }))).toString(), /com\.apple\.security\.root/);
    const first = page.locator("details.steps").first();
    assert.equal(await first.getAttribute("data-system"), "chrome");
    assert.equal(await first.evaluate((node) => node.open), true);
    assert.equal(await page.locator("details.steps[open]").count(), 1);
    await page.locator("details").evaluateAll((all) => all.forEach((node) => { node.open = true; }));
    await accessible(page, "all steps");
    await narrow("all steps");
});

test("it signs a request, whose draft a reload keeps", async () => { // R28, R65
    const sign = section("Sign a request");
    const request = sign.getByLabel("Certificate request");
    await request.fill(text("other.pem"));
    await sign.getByRole("button", { name: "Sign" }).click();
    await sign.getByText("This is no certificate request").waitFor();
    await request.fill(text("device.csr"));
    await sign.getByLabel("Days").fill("30");
    await page.reload();
    await sign.getByRole("button", { name: "Sign" }).click();
    await sign.getByText("The device keeps no copy").waitFor();
    await accessible(page, "a signed request");
    fs.writeFileSync(file("signed.pem"), await download(sign.getByRole("button", { name: "Download" })));
    assert.match(run("openssl", "verify", "-CAfile", authority(), file("signed.pem")), /OK/);
    const kept = await page.evaluate(() => Object.keys(localStorage));
    assert.deepEqual(kept.filter((key) => key.includes("authority-sign")), []);
});

test("what is to be trusted is looked at first, and a key is none of it", async () => { // R70, R65
    await visit(page, "trust");
    await page.getByText("The device trusts nothing yet.").waitFor();
    await accessible(page, "nothing trusted");
    const add = section("Add");
    await add.getByLabel("Certificates").fill(text("root.key") + text("root.pem"));
    await add.getByText("There is a private key in it.").waitFor();
    assert.doesNotMatch(await page.evaluate(() => JSON.stringify(localStorage)), /PRIVATE/);
    await add.locator("input[type=file]").setInputFiles(file("other.der"));
    await add.getByText(printOf(file("other.pem"))).waitFor();
    await page.reload();
    await add.getByText(printOf(file("other.pem"))).waitFor();
    await accessible(page, "looked at");
    await add.getByRole("button", { name: "Trust it" }).click();
    await add.getByText("The device trusts it now.").waitFor();
    assert.match(certctl("trust", "list"), /Example other/);
    await add.getByLabel("Certificates").fill(text("leaf.pem"));
    await add.getByRole("button", { name: "Trust it" }).click();
    await add.getByRole("alert").getByText("is not self-signed").waitFor();
});

test("the list follows others, keeps what is unfolded, and asks before it removes", async () => { // R70
    const rows = page.locator("ul.rows > li");
    const other = rows.filter({ hasText: "Example other" });
    await other.locator("summary").click();
    certctl("trust", "add", "--purpose", "client", file("root.pem"));
    await rows.nth(1).waitFor();
    assert.equal(await other.locator("details").evaluate((node) => node.open), true);
    await accessible(page, "unfolded");
    await narrow("unfolded");
    assert.match((await download(page.getByRole("link", { name: "client.pem" }))).toString(), /Example root/);
    await other.getByRole("button", { name: "Remove" }).click();
    const question = page.locator("dialog[open]");
    await question.getByText("Example other").waitFor();
    await accessible(page, "asked");
    await question.getByRole("button", { name: "Cancel" }).click();
    assert.equal(await rows.count(), 2);
    await other.getByRole("button", { name: "Remove" }).click();
    await question.getByRole("button", { name: "Remove" }).click();
    await other.waitFor({ state: "detached" });
    assert.doesNotMatch(certctl("trust", "list"), /Example other/);
});

test("a certificate is judged, with the reason", async () => { // R71
    const check = section("Check a certificate");
    await check.locator("summary").click();
    await check.getByLabel("Certificate (PEM)").fill(text("leaf.pem"));
    await check.getByRole("button", { name: "Check" }).click();
    await check.getByText("The device does not trust it.").waitFor();
    await accessible(page, "not trusted");
    await check.getByLabel("Used by").selectOption("client");
    await check.getByRole("button", { name: "Check" }).click();
    await check.getByText("The device trusts it.", { exact: true }).waitFor();
    assert.match(await check.locator(".findings").textContent(), /^Note: The trust anchor ".+" .* vouches for /);
    assert.equal(await check.locator(".finding-error").count(), 0);
});

async function keptOrBack(button, said) {
    const box = page.locator("[data-trial]");
    await box.getByRole("button", { name: button }).click();
    await box.getByText(said).waitFor();
}

test("HTTPS is forced on trial, and another administrator sees it", async () => { // R62, R63
    await visit(page, "https");
    const other = await chrome.page();
    await visit(other, "https");
    const force = section("Force HTTPS");
    certctl("issue", "https");
    /* No connection of this page is as new as the certificate: the page makes one, which is the proof. */
    await section("What is served").getByText("Not yet", { exact: true }).waitFor();
    await force.getByRole("button", { name: "Force HTTPS" }).click();
    await accessible(page, "asked to force");
    await page.locator("dialog[open]").getByRole("button", { name: "Force HTTPS" }).click();
    await other.locator("[data-trial] .countdown").waitFor();
    await page.locator("[data-trial] .countdown").waitFor();
    await accessible(page, "on trial");
    await keptOrBack("Go back now", "the settings of before are back");
    await force.getByRole("button", { name: "Force HTTPS" }).click();
    await page.locator("dialog[open]").getByRole("button", { name: "Force HTTPS" }).click();
    await keptOrBack("Keep it", "has been kept");
    await other.getByText("Closed: HTTPS is forced").waitFor();
    assert.match(certctl("https"), /HTTPS is forced/);
    await force.getByRole("button", { name: "Open the HTTP port" }).click();
    await other.getByText("which redirects to HTTPS").waitFor();
    await other.close();
});

test("who may not change anything is told so", async () => { // R60
    const readers = await chrome.another();
    await visit(readers, "https", READER);
    await readers.getByRole("button", { name: "Force HTTPS" }).click();
    await readers.locator("dialog[open]").getByRole("button", { name: "Force HTTPS" }).click();
    await readers.getByRole("alert").waitFor();
    assert.doesNotMatch(certctl("https"), /HTTPS is forced/);
    await readers.context().close();
});

/* What puppeteer's page shows. */
async function shows(puppet, words) {
    await puppet.waitForFunction((wanted) => document.body.innerText.includes(wanted), {}, words);
}

async function press(puppet, words) {
    await puppet.evaluate((wanted) => [...document.querySelectorAll("button")]
        .find((node) => node.textContent === wanted && node.checkVisibility()).click(), words);
}

test("the level high needs a client's certificate, and lets a browser without one back in by itself",
    async () => { // R61, R63
    const level = section("Level of security");
    const setHigh = async () => {
        await level.getByRole("button", { name: "Set the level high" }).click();
        await page.getByText("This browser has shown none").waitFor();
        await page.locator("dialog[open]").getByRole("button", { name: "Set the level high" }).click();
    };
    await setHigh();
    await level.getByRole("alert").getByText("no client has shown a certificate").waitFor();
    await accessible(page, "refused");
    const fox = await firefox({ personal: file("leaf.p12") });
    try {
        const with_ = await fox.page();
        await with_.goto(`${PAGE}#/https`);
        await with_.waitForSelector("input[name=user]");
        await with_.type("input[name=user]", ADMIN.name);
        await with_.type("input[name=password]", ADMIN.password);
        await with_.click("button[type=submit]");
        await shows(with_, "Shown, and trusted");
        await level.locator(".checks .state-good").nth(1).waitFor();
        await setHigh();
        await page.getByText("The device does not answer this browser.").waitFor();
        await shows(with_, "A client has been through HTTPS with a certificate of its own");
        await press(with_, "Go back now");
        await shows(with_, "the settings of before are back");
        await page.locator("[data-trial]").getByText("the settings of before are back").waitFor();
    } finally {
        await fox.close();
    }
});

/* Has another administrator do something while a PATCH of the page's is on its way. */
async function meanwhile(action) {
    const sent = [];
    await page.route("**/redfish/v1/Managers/device/*", async (route) => {
        if (route.request().method() !== "PATCH") {
            await route.continue();
            return;
        }
        if (sent.length === 0)
            action();
        sent.push(route.request().postDataJSON());
        await route.continue();
    });
    return sent;
}

const CHANGED = "Somebody has changed this in the meantime";

test("what another administrator has just begun is not undone unseen", async () => { // R63
    await visit(page, "https");
    for (const [card, button, sure] of [["Force HTTPS", "Force HTTPS…", "Force HTTPS"],
        ["Level of security", "Set the level high…", "Set the level high"]]) {
        await meanwhile(() => certctl("https", "force", "on", "--trial", "60"));
        await section(card).getByRole("button", { name: button }).click();
        await page.locator("dialog[open]").getByRole("button", { name: sure }).click();
        await section(card).getByText(CHANGED).waitFor();
        await page.locator("[data-trial] .countdown").waitFor();
        await page.unrouteAll();
        certctl("https", "rollback");
        await page.locator("[data-trial] .countdown").waitFor({ state: "detached" });
    }
});

test("a trial is the same where its end moves by a second, as with a clock that is adjusted", async () => { // R63
    certctl("https", "force", "on", "--trial", "600");
    const path = "/redfish/v1/Managers/device/NetworkProtocol";
    const body = await page.evaluate(async (from) => (await import("/api.js")).get(from), path);
    body.Oem.Certd.TrialDeadline = new Date(Date.parse(body.Oem.Certd.TrialDeadline) + 1000).toISOString();
    await page.route(`**${path}`, (route) => route.fulfill({ json: body, headers: { ETag: '"of before"' } }));
    await page.reload();
    await page.locator("[data-trial] .countdown").waitFor();
    await page.unrouteAll();
    await page.locator("[data-trial]").getByRole("button", { name: "Go back now" }).click();
    await page.locator("[data-trial]").getByText("the settings of before are back").waitFor();
});

test("of the ports what is typed is sent alone, and what somebody else sets stays", async () => { // R62, R65
    const ports = section("Ports");
    const [https, http] = certctl("https").match(/port (\d+)/g).map((word) => Number(word.slice(5)));
    const [one, other] = ["HTTPS port", "HTTP port"].map((name) => ports.getByLabel(name));
    const away = (by) => String(http < 60000 ? http + by : http - by);
    await visit(page, "https");
    await one.fill(String(https < 60000 ? https + 1 : https - 1));
    certctl("https", "ports", String(https), away(10));
    await page.getByText(`Port ${away(10)}`).first().waitFor();
    assert.equal(await other.inputValue(), away(10));
    await one.fill(String(https));
    await other.fill(away(11));
    certctl("https", "ports", String(https), away(12));
    await ports.getByText("Somebody else has changed these settings").waitFor();
    await accessible(page, "another port than is typed");
    await page.reload();
    await visit(page, "https");
    assert.equal(await other.inputValue(), away(11));
    const sent = await meanwhile(() => certctl("https", "ports", String(https), away(13)));
    const set = ports.getByRole("button", { name: "Set the ports" });
    await set.click();
    await ports.getByText(CHANGED).waitFor();
    assert.equal(await ports.locator("dd").textContent(), away(13));
    assert.equal(await other.inputValue(), away(11));
    await set.click();
    await ports.getByText("The ports are changed.").waitFor();
    assert.deepEqual(sent.at(-1), { HTTP: { Port: Number(away(11)) } });
    assert.match(certctl("https"), new RegExp(`port ${away(11)}\\b`));
    await page.unrouteAll();
    certctl("https", "ports", String(https), String(http));
});

test("a port is checked, and the page goes along with it", async () => { // R62
    const ports = section("Ports");
    const now = certctl("https").match(/port (\d+)/g).map((word) => word.slice(5));
    for (const [typed, wrong] of [["0", "from 1 to 65535"], ["65536", "from 1 to 65535"], ["6000", "Browsers refuse"],
        [now[1], "a port each"]]) {
        await ports.getByLabel("HTTPS port").fill(typed);
        await ports.getByRole("button", { name: "Set the ports" }).click();
        await ports.getByText(wrong).first().waitFor();
    }
    const next = String(Number(now[0]) < 60000 ? Number(now[0]) + 1 : Number(now[0]) - 1);
    await ports.getByLabel("HTTPS port").fill(next);
    await ports.getByRole("button", { name: "Set the ports" }).click();
    await page.locator("dialog[open]").getByRole("button", { name: "Change it" }).click();
    await page.getByText("The page is now at").waitFor();
    await accessible(page, "about to go");
    await page.locator("input[name=user]").waitFor();
    assert.equal(new URL(page.url()).port, next);
    certctl("https", "ports", ...now);
});

test("the authority is made again with the organization's values", async () => { // R26
    const old = printOf(authority());
    await visit(page, "authority");
    const again = section("Make it again");
    await again.locator("summary").click();
    await again.getByLabel("Organization", { exact: true }).fill(HOSTILE);
    certctl("ca", "regenerate", "--reuse-key", "--scope", "any", "--yes");
    await section("This authority").getByText("It has no limits").waitFor();
    assert.equal(await again.getByLabel("May speak for").inputValue(), "any");
    assert.equal(await again.getByLabel("Organization", { exact: true }).inputValue(), HOSTILE);
    await again.getByLabel("May speak for").selectOption("local");
    await again.getByLabel("Country").selectOption("DE");
    await again.getByRole("button", { name: "Make it again" }).click();
    await page.getByText("Every computer and phone that trusts it").waitFor();
    await page.locator("dialog[open]").getByRole("button", { name: "Make it again" }).click();
    await again.getByText("The device has a new authority.").waitFor();
    assert.notEqual(printOf(authority()), old);
    assert.ok((await section("This authority").innerText()).includes("Example"));
    assert.equal(await page.locator("b").count(), 0);
    await accessible(page, "made again");
    const trusting = await chromium();
    const fresh = await trusting.page();
    assert.equal((await fresh.goto(PAGE)).status(), 200);
    await trusting.close();
});
