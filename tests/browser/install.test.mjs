// SPDX-License-Identifier: LGPL-2.1-or-later
// Installing what an authority has signed: pasted, dropped, with a pass phrase, in spite of a warning; and on trial,
// kept over the new certificate, gone back from, and left to end by itself.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { HOST, LONG, WAIT_MSEC, accessible, certctl, chromium, fits, run, visit } from "./harness.mjs";

const MAIL = "mail";
const NAME = "mail.example.org";
const SHOTS = process.env.CERTD_SHOTS;
let chrome;
let home;
let page;

function file(name) {
    return path.join(home, name);
}

function openssl(...words) {
    execFileSync("openssl", words, { cwd: home, stdio: ["ignore", "ignore", "pipe"] });
}

/** A certificate that signs itself, with its key: NAME.pem and NAME.key. */
function newCertificate(name, ...words) {
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", `${name}.key`,
        "-out", `${name}.pem`, ...words);
}

/** Whether the browser keeps that text. */
function isKept(word) {
    return page.evaluate((one) => JSON.stringify({ ...localStorage, ...sessionStorage }).includes(one), word);
}

/** Signs a request of the device's by the outside authority: a file, PEM. */
function sign(request, names, certificate) {
    fs.writeFileSync(file("request.csr"), request);
    fs.writeFileSync(file("leaf.cnf"), `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n` +
        "keyUsage=digitalSignature\nbasicConstraints=CA:false\n");
    openssl("x509", "-req", "-in", "request.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "90", "-extfile",
        "leaf.cnf", "-out", certificate);
    return file(certificate);
}

/** The request of a certificate, without what certctl says around it. */
function request(name) {
    const text = certctl("request", name);
    return text.slice(text.indexOf("-----BEGIN"));
}

function text(label) {
    return page.getByLabel(label, { exact: true });
}

function installButton() {
    return page.getByRole("button", { name: "Install", exact: true });
}

/** Drops files (names and bytes) in the middle of the window, as a file manager does. */
async function drop(...files) {
    const data = await page.evaluateHandle((given) => {
        const transfer = new DataTransfer();
        for (const [name, bytes] of given)
            transfer.items.add(new File([new Uint8Array(bytes)], name));
        return transfer;
    }, files.map((one) => [path.basename(one), [...fs.readFileSync(one)]]));
    await page.dispatchEvent("main", "dragover", { dataTransfer: data });
    await page.dispatchEvent("main", "drop", { dataTransfer: data });
}

async function go(address) {
    await visit(page, address);
    await page.locator("h1").filter({ hasText: "Install" }).waitFor();
    await page.getByLabel("Certificate, as text").waitFor();
}

async function shot(name) {
    if (SHOTS)
        await page.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true });
}

before(async () => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), "certd-install-"));
    newCertificate("ca", "-subj", "/CN=Outside authority", "-days", "3650", "-addext", "keyUsage=keyCertSign,cRLSign");
    certctl("create", MAIL, "--subject", `CN=${NAME}`, "--san", `DNS:${NAME}`);
    chrome = await chromium();
    page = await chrome.page();
});

after(async () => {
    await chrome.close();
    fs.rmSync(home, { recursive: true, force: true });
});

test("a place without a request says what to do", async () => {
    await go(`certificates/${MAIL}/install`);
    await page.getByRole("link", { name: "Make a request" }).waitFor();
    assert.equal(await installButton().isDisabled(), true);
    await accessible(page, "nothing yet");
    await shot("empty");
});

test("a pasted certificate is looked at, outlives a reload, and is installed", async () => { // R31 R36 R65
    const pem = fs.readFileSync(sign(request(MAIL), `DNS:${NAME}`, "mail.pem"), "utf8");
    await page.getByText("A certificate for this request can be installed:").waitFor();
    await text("Certificate, as text").fill(`Subject: what openssl writes around it\n${pem.replaceAll("\n", "\r\n")}`);
    await page.getByText("It can be installed.").first().waitFor();
    await page.getByText("It belongs to the key of this request:").waitFor();
    assert.match(certctl("show", MAIL), /empty/);
    await page.reload();
    await page.getByText("It can be installed.").first().waitFor();
    await accessible(page, "looked at");
    await shot("found");
    await installButton().click();
    await page.getByText("It is installed.").first().waitFor();
    assert.match(certctl("show", MAIL), /active/);
    assert.equal(await text("Certificate, as text").inputValue(), "");
    await accessible(page, "installed");
});

test("one of a key that is not here is refused before it is used", async () => { // R32
    newCertificate("other", "-subj", `/CN=${NAME}`, "-days", "30", "-addext", `subjectAltName=DNS:${NAME}`);
    await text("Certificate, as text").fill(fs.readFileSync(file("other.pem"), "utf8"));
    await page.locator('.finding-error[data-code="key-mismatch"]').waitFor();
    assert.equal(await installButton().isDisabled(), true);
    await accessible(page, "an error");
    await shot("refused");
    await text("Certificate, as text").fill("no certificate");
    const begins = page.getByText("There is no certificate in it: it begins with “-----BEGIN CERTIFICATE-----”");
    await begins.waitFor();
    assert.equal(await text("Certificate, as text").getAttribute("aria-invalid"), "true");
    assert.equal(await installButton().isDisabled(), true);
    await text("Certificate, as text").fill("");
    await begins.waitFor({ state: "hidden" });
});

test("files are dropped anywhere, and found out by themselves", async () => { // R30 R31 R34
    openssl("x509", "-in", "other.pem", "-outform", "DER", "-out", "other.cer");
    openssl("pkey", "-in", "other.key", "-outform", "DER", "-out", "other.p8");
    await drop(file("other.cer"), file("other.p8"));
    await page.getByText("It brings its private key along.").waitFor();
    assert.deepEqual(await page.locator(".files bdi").allTextContents(), ["other.cer", "other.p8"]);
    assert.equal(await isKept("KEY"), false);
    await shot("files");
    await accessible(page, "files");
    fs.writeFileSync(file("large.pem"), Buffer.alloc(256 * 1024 + 1, "x"));
    await drop(file("large.pem"));
    await page.getByText("The file large.pem has 257 KiB. The device takes 256 KiB.").first().waitFor();
    for (const name of ["other.cer", "other.p8"])
        await page.getByRole("button", { name: `Take away ${name}` }).click();
});

test("a pass phrase is asked for where it is needed, and a warning accepted by itself", async () => { // R30 R35
    openssl("req", "-x509", "-key", "other.key", "-out", "bare.pem", "-subj", `/CN=${NAME}`, "-days", "30");
    openssl("pkcs12", "-export", "-in", "bare.pem", "-inkey", "other.key", "-passout", "pass:secret",
        "-out", "bare.p12");
    await page.getByLabel("Or files").setInputFiles(file("bare.p12"));
    await page.getByText("It is encrypted: give its pass phrase.").waitFor();
    await accessible(page, "a pass phrase");
    await text("Pass phrase").fill("wrong");
    await page.getByText("The pass phrase is wrong.").waitFor();
    await text("Pass phrase").fill("secret");
    await page.locator('.finding-warning[data-code="no-san"]').waitFor();
    assert.equal(await installButton().isDisabled(), true);
    await shot("warnings");
    for (const tick of await page.getByLabel("Install it in spite of this").all())
        await tick.check();
    await page.getByText("It can be installed.").first().waitFor();
    await accessible(page, "accepted");
    assert.equal(await isKept("secret"), false);
    await page.getByLabel("On trial").check();
    await page.getByLabel("Time of the trial").selectOption("3600");
    await installButton().click();
    await page.getByText("It is installed on trial.").first().waitFor();
});

test("a trial goes on after a reload, and back when the reader wants", async () => { // R38
    await page.reload();
    const trial = page.locator(`[data-trial="${MAIL}"]`);
    await trial.getByRole("timer").waitFor();
    assert.match(await trial.getByRole("timer").textContent(), /^(60:00|59:\d\d)$/);
    await accessible(page, "on trial");
    await page.emulateMedia({ colorScheme: "dark" });
    await page.locator('html[data-theme="dark"]').waitFor();
    await accessible(page, "on trial, dark");
    await shot("trial-mail");
    await page.emulateMedia({ colorScheme: "light" });
    await trial.getByRole("button", { name: "Go back now" }).click();
    await accessible(page, "asked");
    await page.locator("dialog").getByRole("button", { name: "Go back" }).click();
    await trial.waitFor({ state: "detached" });
    assert.match(certctl("show", MAIL), /Outside authority/);
});

test("https is kept over the new certificate, and what changes is still told", async () => { // R37 R38
    const before = certctl("export", "https");
    certctl("issue", "https", "--trial", "600");
    await go("certificates/https/install");
    const trial = page.locator('[data-trial="https"]');
    await trial.getByText("This page has now reached the device over the new certificate.").waitFor();
    await accessible(page, "reached");
    await shot("trial-https");
    await trial.getByRole("button", { name: "Keep it" }).click();
    await page.getByText("The new certificate is kept.").first().waitFor();
    await trial.waitFor({ state: "detached" });
    await accessible(page, "kept");
    assert.notEqual(certctl("export", "https"), before);
    run("web-restart", "tls");
    certctl("issue", "https", "--trial", "600");
    await trial.getByText("This page has now reached the device over the new certificate.").waitFor();
    certctl("confirm", "https", "--tested");
    await page.getByText("What was on trial in https has been kept.").waitFor();
});

test("what the browser does not trust can't be kept, and the page comes back after it", async () => { // R38
    newCertificate("self", "-subj", `/CN=${HOST}`, "-days", "30", "-addext", `subjectAltName=DNS:${HOST}`);
    await page.getByLabel("Certificate, as text").fill(fs.readFileSync(file("self.pem"), "utf8") +
        fs.readFileSync(file("self.key"), "utf8"));
    await page.getByText("It brings its private key along.").waitFor();
    for (const tick of await page.getByLabel("Install it in spite of this").all())
        await tick.check();
    assert.equal(await page.getByLabel("On trial").isChecked(), true);
    assert.equal(await isKept("PRIVATE"), false); // R65
    await page.getByLabel("Time of the trial").selectOption(LONG ? "60" : "180");
    await installButton().click();
    const trial = page.locator('[data-trial="https"]');
    await trial.getByText("This browser does not get through with the new certificate.").waitFor();
    assert.equal(await trial.getByRole("button", { name: "Keep it" }).count(), 0);
    await accessible(page, "lost");
    await shot("lost");
    await page.setViewportSize({ width: 320, height: 640 });
    await fits(page, "lost");
    await shot("lost-320");
    await page.setViewportSize({ width: 1200, height: 900 });
    if (LONG)
        await page.getByText("Nobody kept what was on trial in https.").waitFor({ timeout: 60000 + WAIT_MSEC });
    else
        certctl("rollback", "https");
    await page.getByText("What was there before is in use again").or(page.getByText("the device went back")).waitFor();
    await accessible(page, "gone back");
    await shot("gone-back");
    await page.getByRole("button", { name: "Understood" }).click();
});
