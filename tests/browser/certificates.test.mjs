// SPDX-License-Identifier: LGPL-2.1-or-later
// The list of certificates, and the page of one: its chain with what was found, files, requests, consumers, the way
// back, and what destroys. A second administrator works with certctl meanwhile.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { READER, accessible, certctl, chromium, fits, run, visit } from "./harness.mjs";
import { crowd } from "./scene.mjs";

const MAIL = "mail";
const NAME = "mail.example.org";
const HOSTILE = "<img src=x onerror=alert(1)>";
const MANY = 500;
const SHOTS = process.env.CERTD_SHOTS;
let chrome;
let home;
let page;

function openssl(...words) {
    execFileSync("openssl", words, { cwd: home, stdio: ["ignore", "ignore", "pipe"] });
}

function write(name, text) {
    fs.writeFileSync(path.join(home, name), text);
    return path.join(home, name);
}

function read(name) {
    return fs.readFileSync(path.join(home, name), "utf8");
}

function sign(request, by, extensions, out, days = "90") {
    write("extensions.cnf", extensions.join("\n"));
    openssl("x509", "-req", "-in", request, "-CA", `${by}.pem`, "-CAkey", `${by}.key`, "-days", days, "-extfile",
        "extensions.cnf", "-out", out);
}

/* A root, and an intermediate authority below it. */
function makeAuthorities() {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    openssl("req", "-x509", ...key, "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=Outside root",
        "-days", "900");
    openssl("req", "-new", ...key, "-keyout", "middle.key", "-out", "middle.csr",
        "-subj", "/O=Outside/CN=Outside issuer");
    sign("middle.csr", "root", ["basicConstraints=critical,CA:true", "keyUsage=keyCertSign,cRLSign"], "middle.pem");
}

/* What the intermediate signs for a request of the device's: the chain's file. */
function signedChain(name, san, ...others) {
    const text = certctl("request", name);
    write("leaf.csr", text.slice(text.indexOf("-----BEGIN")));
    sign("leaf.csr", "middle", [`subjectAltName=${san}`, "extendedKeyUsage=serverAuth", "keyUsage=digitalSignature",
        "basicConstraints=CA:false"], "leaf.pem", "500");
    return write("chain.pem", ["leaf.pem", ...others].map(read).join(""));
}

function section(title) {
    return page.locator("section.card").filter({ has: page.getByRole("heading", { name: title, exact: true }) });
}

function dialog() {
    return page.locator("dialog[open]");
}

async function open(name) {
    await visit(page, `certificates/${name}`);
    await page.locator("h1").filter({ hasText: name }).waitFor();
    await section("Settings").waitFor();
}

async function openList() {
    await visit(page, "certificates");
    await page.getByRole("table").waitFor();
}

async function shot(name) {
    if (SHOTS)
        await page.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true });
}

/* At the smallest width; once, of all that differs by much, at another and in the other colours too. */
async function look(what, views = [["light", 320]]) {
    for (const [theme, width] of views) {
        await page.setViewportSize({ width, height: 900 });
        await page.evaluate((name) => { document.documentElement.dataset.theme = name; }, theme);
        await accessible(page, `${what}, ${theme}`);
        await fits(page, what);
        await shot(`certificates-${what}-${theme}-${width}`);
    }
    await page.setViewportSize({ width: 1200, height: 900 });
}

function names() {
    return page.locator("tbody th").allTextContents();
}

before(async () => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), "certd-certificates-"));
    makeAuthorities();
    certctl("create", MAIL, "--subject", `CN=${NAME},O=Example`, "--san", `DNS:${NAME}`);
    certctl("create", "hostile", "--subject", `CN=h.example.org,O=${HOSTILE.replace(/[<>]/g, "\\$&")}`,
        "--issuer", "self", "--san", `DNS:${["a", "b", "c", "d"].map((one) => one.repeat(60)).join(".")}.example`);
    chrome = await chromium({ reducedMotion: "reduce" });
    page = await chrome.page();
});

after(async () => {
    fs.rmSync(home, { recursive: true, force: true });
    await chrome.close();
});

test("the list finds, sorts and follows", async () => {
    await openList();
    assert.deepEqual(await names(), ["hostile", "https", MAIL]);
    await look("list", [["dark", 1200], ["light", 320]]);
    await page.getByLabel("Find").fill(NAME);
    assert.deepEqual(await names(), [MAIL]);
    await page.getByLabel("Find").fill("nowhere");
    assert.match(await page.locator(".alert").textContent(), /No certificate has “nowhere”/);
    await page.getByRole("button", { name: "Show all" }).click();
    await page.getByLabel("Sorted by").selectOption("expiry");
    assert.equal((await names()).at(-1), MAIL);
    certctl("create", "a-new-one");
    await page.locator("tbody th").filter({ hasText: "a-new-one" }).waitFor();
    certctl("remove", "a-new-one", "--yes");
    await page.locator("tbody th").filter({ hasText: "a-new-one" }).waitFor({ state: "detached" });
});

test("a new one, whose name is checked and kept while it is typed", async () => { // R65
    const field = section("New certificate").getByLabel("Name");
    await openList();
    await field.fill("Mqtt");
    assert.match(await section("New certificate").textContent(), /characters a to z/);
    await field.fill("mqtt");
    await page.reload();
    await page.getByRole("table").waitFor();
    assert.equal(await field.inputValue(), "mqtt");
    await field.press("Enter");
    await page.locator("h1").filter({ hasText: "mqtt" }).waitFor();
    await look("empty", [["dark", 1200]]);
    assert.match(await section("State").textContent(), /Nothing is installed in mqtt yet/);
    await section("Reset and remove").getByRole("button", { name: "Remove…" }).click();
    assert.match(await dialog().textContent(), /can't be undone.*the settings/);
    await accessible(page, "the question before removal");
    await dialog().getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByRole("table").waitFor();
    assert.ok(!(await names()).includes("mqtt"));
    assert.equal(await field.inputValue(), "");
});

test("the chain is a path, with what was found at its place", async () => { // R33 R40
    certctl("import", MAIL, signedChain(MAIL, `DNS:${NAME}`, "middle.pem", "root.pem"));
    await open(MAIL);
    const links = section("Chain").locator(".chain-link");
    assert.deepEqual(await links.locator(".chain-name").allTextContents(), [NAME, "Outside issuer", "Outside root"]);
    assert.deepEqual(await links.locator(".chain-role").allTextContents(),
        ["Certificate", "Intermediate authority", "Issuer, not sent along"]);
    assert.equal(await links.nth(2).locator("[data-code=root-included]").count(), 1);
    assert.equal(await links.nth(0).locator("[data-code=lifetime-long]").count(), 1);
    const details = await section("Details").locator("dt").allTextContents();
    for (const term of ["Version", "Serial number", "Subject", "Issuer", "Signature algorithm", "Valid from",
        "Valid until", "Key usage", "Public key", "Subject alternative names", "SHA-1 fingerprint",
        "SHA-256 fingerprint"])
        assert.ok(details.includes(term), term);
    await links.nth(1).locator("summary").first().click();
    await look("chain", [["dark", 1200], ["light", 320]]);
    certctl("import", MAIL, signedChain(MAIL, `DNS:${NAME}`));
    await links.nth(1).locator("[data-code=chain-incomplete]").waitFor();
    assert.deepEqual(await links.locator(".chain-name").allTextContents(), [NAME, "Outside issuer"]);
});

test("files, and no key that was made here", async () => { // R42
    await open(MAIL);
    for (const [text, name] of [["PEM", "mail.pem"], ["DER", "mail.cer"], ["PKCS#7", "mail.p7b"]]) {
        const [file] = await Promise.all([page.waitForEvent("download"),
            section("Download").getByRole("link", { name: text }).click()]);
        assert.equal(file.suggestedFilename(), name);
        assert.ok(fs.statSync(await file.path()).size > 300);
    }
    assert.match(await section("Download").textContent(), /does not leave this device/);
});

test("the way back asks", async () => { // R39
    await open(MAIL);
    const was = await section("Details").locator("dd").last().textContent();
    await section("History").getByRole("button", { name: /Roll back/ }).click();
    assert.match(await dialog().textContent(), /in use again at once.*mail\.example\.org/);
    await dialog().getByRole("button", { name: "Cancel" }).click();
    await section("History").getByRole("button", { name: /Roll back/ }).click();
    await dialog().getByRole("button", { name: "Roll back" }).click();
    await section("Chain").locator("[data-code=root-included]").waitFor();
    assert.notEqual(await section("Details").locator("dd").last().textContent(), was);
    await section("History").locator("summary").click();
    await section("History").locator("ol li").first().waitFor();
    assert.match(await section("History").locator("ol li").first().textContent(), /previous chain back/);
});

test("requests, which another administrator makes", async () => { // R11 R13
    await open(MAIL);
    const rows = section("Requests").locator(".request");
    const before = await rows.count();
    certctl("request", MAIL);
    await rows.nth(before).waitFor();
    const newest = rows.first();
    assert.match(await newest.textContent(), /Ready/);
    certctl("set", MAIL, "--days", "77");
    await section("Settings").getByText("77 days").waitFor();
    certctl("set", MAIL, "--subject", "CN=other.example.org");
    await newest.getByText("Out of date").waitFor();
    await newest.getByRole("button", { name: /Cancel request/ }).click();
    assert.match(await dialog().textContent(), /private key is destroyed/);
    await dialog().getByRole("button", { name: "Cancel the request" }).click();
    await newest.getByText("Cancelled", { exact: true }).waitFor();
});

test("consumers, beside another administrator who adds one", async () => { // R65
    await open(MAIL);
    const consumers = section("Consumers");
    const list = consumers.locator(".consumer strong");
    const name = consumers.getByLabel("Name");
    await name.fill("nginx");
    await name.press("Enter");
    assert.match(await consumers.textContent(), /with “\.service”/);
    certctl("consumers", MAIL, "add", "user:root");
    await list.first().waitFor();
    assert.equal(await name.inputValue(), "nginx");
    assert.equal(await name.evaluate((node) => node === document.activeElement), true);
    await page.reload();
    await list.first().waitFor();
    assert.equal(await name.inputValue(), "nginx");
    await name.fill("nginx.service");
    await name.press("Enter");
    await list.nth(1).waitFor();
    assert.deepEqual(await list.allTextContents(), ["User root", "Unit of systemd nginx.service"]);
    await consumers.getByRole("button", { name: /nginx.service: tell it earlier/ }).click();
    await list.first().filter({ hasText: "nginx" }).waitFor();
    await consumers.getByRole("button", { name: /Take User root away/ }).click();
    await dialog().getByRole("button", { name: "Take away" }).click();
    await list.nth(1).waitFor({ state: "detached" });
    assert.match(certctl("consumers", MAIL, "list"), /nginx\.service/);
});

test("a key from outside leaves with a pass phrase alone", async () => { // R34
    certctl("create", "shared");
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "shared.key",
        "-out", "shared.csr", "-subj", "/CN=shared.example.org");
    sign("shared.csr", "middle", ["subjectAltName=DNS:shared.example.org", "extendedKeyUsage=serverAuth"],
        "shared.pem");
    const both = write("both.pem", read("shared.pem") + read("middle.pem") + read("shared.key"));
    certctl("import", "shared", both, "--exportable", "--accept", "san-mismatch");
    await open("shared");
    await section("Download").getByRole("button", { name: /Export/ }).click();
    const fields = dialog().locator("input[type=password]");
    await fields.nth(0).fill("seven 7");
    await fields.nth(1).fill("eight 8");
    await dialog().getByRole("button", { name: "Export" }).click();
    assert.match(await dialog().textContent(), /not the same/);
    await accessible(page, "the question for a pass phrase");
    await fields.nth(1).fill("seven 7");
    let saved = 0;
    const count = () => { saved += 1; };
    page.on("download", count);
    await page.route("**/CertdCertificate.Export", () => {}, { times: 1 });
    const asked = page.waitForRequest("**/CertdCertificate.Export");
    const ended = page.waitForEvent("requestfailed");
    await dialog().getByRole("button", { name: "Export" }).click();
    await asked;
    await dialog().getByRole("button", { name: "Cancel" }).click();
    await ended;
    assert.equal(saved, 0);
    page.off("download", count);
    await section("Download").getByRole("button", { name: /Export/ }).click();
    await fields.nth(0).fill("seven 7");
    await fields.nth(1).fill("seven 7");
    const [file] = await Promise.all([page.waitForEvent("download"),
        dialog().getByRole("button", { name: "Export" }).click()]);
    assert.equal(file.suggestedFilename(), "shared.p12");
    assert.match(run("openssl", "pkcs12", "-in", await file.path(), "-nodes", "-passin", "pass:seven 7"),
        /PRIVATE KEY/);
    assert.ok(!JSON.stringify(await page.evaluate(() => ({ ...localStorage }))).includes("seven 7"));
});

test("a reset says what dies", async () => { // R50
    await open(MAIL);
    await section("Reset and remove").getByRole("button", { name: /Reset/ }).click();
    assert.match(await dialog().textContent(), /new private key.*settings.*Requests stay/s);
    await shot("certificates-reset");
    await dialog().getByLabel("On trial").check();
    await dialog().getByRole("button", { name: "Reset", exact: true }).click();
    await page.locator("[data-trial]").waitFor();
    await look("trial");
    certctl("rollback", MAIL);
    await page.locator("[data-trial]").waitFor({ state: "detached" });
    await open("https");
    await section("Reset and remove").getByRole("button", { name: /Reset/ }).click();
    assert.equal(await dialog().getByLabel("On trial").isChecked(), true); // R38
    await dialog().getByRole("link", { name: "How clients come to trust it" }).waitFor();
    await accessible(page, "the question before a reset of https");
    await dialog().getByRole("button", { name: "Cancel" }).click();
});

/* What the page says of the lifetime of https. */
async function told(from) {
    await visit(from, "overview");
    const lane = from.locator(".timeline-rows > li").filter({ hasText: "https" });
    const words = await lane.locator(".timeline-words").textContent();
    const bars = await lane.locator(".bar-good").count();
    await visit(from, "certificates/https");
    const link = from.locator(".chain-link").first();
    await link.waitFor();
    return [words, bars, await link.textContent(), await link.locator(".text-bad").count()];
}

test("the device's clock counts, whatever this computer's shows", async () => { // R41
    const context = await chrome.browser.newContext({ locale: "en-GB", timezoneId: "Europe/Berlin" });
    const later = await context.newPage();
    await later.clock.install({ time: Date.now() + 10 * 365 * 86400000 });
    const here = await told(page);
    assert.match(here[0], /^Expires in /);
    assert.match(here[2], /\(in \d+ months\)/);
    assert.deepEqual(await told(later), here);
    await visit(later, "overview");
    await later.getByText("where this computer shows").waitFor();
    await context.close();
});

/* Has all answers be those of a device whose clock begins with 1970, as it says itself. */
function withoutClock() {
    const real = window.fetch;
    window.fetch = async (...words) => {
        const answer = await real(...words);
        const text = (await answer.text()).replace(/"ClockTrusted" ?: ?true/, '"ClockTrusted":false')
            .replace(/"DateTime" ?: ?"[^"]*"/, '"DateTime":"1970-01-01T00:01:00Z"');
        const headers = new Headers(answer.headers);
        headers.set("Date", "Thu, 01 Jan 1970 00:01:00 GMT");
        return new Response(text === "" ? null : text, { status: answer.status, headers });
    };
}

test("a clock that the device does not trust judges nothing: this computer's counts", async () => { // R41
    const here = await told(page);
    const context = await chrome.browser.newContext({ locale: "en-GB", timezoneId: "Europe/Berlin" });
    const lost = await context.newPage();
    await lost.addInitScript(withoutClock);
    const words = await told(lost);
    assert.match(words[0], /^Valid until .*\(in \d+ (months|year)/);
    assert.deepEqual(words.slice(1), here.slice(1));
    await visit(lost, "overview");
    await lost.getByText("Not to be trusted").waitFor();
    await lost.getByText(/It shows 1 Jan 1970.* where this computer shows/).waitFor();
    const judged = ".timeline-rows .mark-bad, .timeline-rows .mark-warn, [data-code=certificate-expiring]";
    assert.equal(await lost.locator(judged).count(), 0);
    await lost.clock.install({ time: Date.now() + 10 * 365 * 86400000 });
    await lost.reload();
    const over = await told(lost);
    assert.match(over[0], /^Valid until .*\(\d+ years ago\)/);
    assert.deepEqual([over[1], over[3]], [1, 0]);
    await context.close();
});

test("what is hostile is text", async () => {
    await open("hostile");
    assert.match(await section("Settings").textContent(), /<img src=x onerror=alert\(1\)\\>/);
    await page.setViewportSize({ width: 320, height: 900 });
    await fits(page, "a hostile certificate");
    await openList();
    await fits(page, "a list with it");
    await page.setViewportSize({ width: 1200, height: 900 });
});

test("what does not exist says so", async () => {
    await visit(page, "certificates/none");
    await page.getByText("There is no certificate “none”").waitFor();
    await accessible(page, "no such certificate");
});

test("500 are listed at once, and found", async () => { // R65
    crowd(MANY);
    await openList();
    await page.locator("tbody tr").nth(MANY).waitFor();
    await page.locator("input[type=search]").fill("many499");
    assert.deepEqual(await names(), ["many499"]);
});

test("a reader is told what is refused", async () => {
    await page.context().clearCookies();
    await page.evaluate(() => localStorage.clear());
    await page.reload();
    await visit(page, `certificates/${MAIL}`, READER);
    await section("History").getByRole("button", { name: /Roll back/ }).click();
    await dialog().getByRole("button", { name: "Roll back" }).click();
    await page.locator("main [role=alert]").waitFor();
    await accessible(page, "refused");
});
