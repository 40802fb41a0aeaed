// SPDX-License-Identifier: LGPL-2.1-or-later
// What could lock its administrator out, tried in earnest: trials that nobody keeps, one of them with a certificate
// with which the browser can't come back; HTTPS that is not forced before its certificate is proven; and the level
// high, kept.

import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { ADMIN, PAGE, WAIT_MSEC, accessible, certctl, chromium, firefox, run, visit } from "./harness.mjs";

const MAIL = "mail";
const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
const SHORTEST = "30";
/* With TLS 1.3 the refusal comes after the handshake, with the first answer, or in its place. */
const NO_HANDSHAKE = /ERR_(BAD_SSL_CLIENT_AUTH_CERT|SOCKET_NOT_CONNECTED|CONNECTION_CLOSED|CONNECTION_RESET)/;
const OVER = { timeout: 30000 + WAIT_MSEC };
let chrome;
let fox; // a promise: it starts while a trial's time passes
let home;
let page;

function file(name) {
    return path.join(home, name);
}

/* A person's certificate, and the root that vouches for it. */
function makePerson() {
    run("openssl", "req", "-x509", ...EC, "-keyout", file("root.key"), "-out", file("root.pem"), "-subj",
        "/CN=Personnel", "-days", "90", "-addext", "keyUsage=critical,keyCertSign,cRLSign");
    run("openssl", "req", ...EC, "-keyout", file("ada.key"), "-out", file("ada.csr"), "-subj", "/CN=Ada");
    fs.writeFileSync(file("ada.cnf"), "extendedKeyUsage=clientAuth\nkeyUsage=digitalSignature\n");
    run("openssl", "x509", "-req", "-in", file("ada.csr"), "-CA", file("root.pem"), "-CAkey", file("root.key"), "-days",
        "30", "-extfile", file("ada.cnf"), "-out", file("ada.pem"));
    run("openssl", "pkcs12", "-export", "-in", file("ada.pem"), "-inkey", file("ada.key"), "-certfile",
        file("root.pem"), "-passout", "pass:", "-out", file("ada.p12"));
}

function button(name, on = page) {
    return on.getByRole("button", { name, exact: true });
}

function section(title, on = page) {
    return on.getByRole("region", { name: title, exact: true });
}

function fingerprint(name) {
    return JSON.parse(certctl("show", name, "--json=short")).Fingerprint;
}

/* Has it issued with that ending of the form, on trial for the shortest time. */
async function issueOnTrial(on, name, ending) {
    await visit(on, `certificates/${name}/request`);
    await on.getByLabel(ending).check();
    await on.getByLabel("On trial").check();
    await on.getByLabel("Time of the trial").selectOption(SHORTEST);
    await button("Issue the certificate", on).click();
    await section(`${name} is on trial`, on).getByRole("timer").waitFor();
}

/* A window of another user of the same computer: it has no connection yet. */
async function newcomer(visits) {
    const tab = await chrome.another();
    try {
        return await visits(tab);
    } finally {
        await tab.context().close();
    }
}

function startFirefox() {
    fox ??= firefox({ personal: file("ada.p12") });
    return fox;
}

before(async () => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), "certd-trial-"));
    makePerson();
    certctl("create", MAIL);
    certctl("issue", MAIL);
    chrome = await chromium({ reducedMotion: "reduce" });
    page = await chrome.page();
});

after(async () => {
    fs.rmSync(home, { recursive: true, force: true });
    await (await fox)?.close();
    await chrome.close();
});

test("nobody keeps them, nor can the browser come back: the device does by itself, and says so", async () => { // R38
    const was = { https: fingerprint("https"), mail: fingerprint(MAIL) };
    const mails = await chrome.page();
    await issueOnTrial(mails, MAIL, "This device's authority");
    await issueOnTrial(page, "https", "Itself (self-signed)");
    assert.notEqual(fingerprint(MAIL), was.mail);
    assert.notEqual(fingerprint("https"), was.https);
    const trial = section("https is on trial");
    await trial.getByText("This browser does not get through with the new certificate.").waitFor();
    assert.equal(await trial.getByRole("button", { name: /keep it/i }).count(), 0);
    startFirefox();
    await mails.getByText(`Nobody kept what was on trial in ${MAIL}.`).waitFor(OVER);
    await page.getByText("Nobody kept what was on trial in https.").waitFor(OVER);
    await accessible(page, "gone back");
    assert.deepEqual({ https: fingerprint("https"), mail: fingerprint(MAIL) }, was);
    await newcomer(async (tab) => {
        await visit(tab, "certificates/https");
        await tab.getByText("Nobody kept").waitFor({ state: "detached" });
        assert.equal(await tab.evaluate(() => isSecureContext), true);
    });
    await button("Understood").click();
    await mails.close();
});

async function force() {
    await button("Force HTTPS…").click();
    await page.getByRole("dialog").getByRole("button", { name: "Force HTTPS", exact: true }).click();
}

/* Loads the page again, once what is trusted is served. */
async function reload() {
    const end = Date.now() + WAIT_MSEC;
    for (let refused = true; refused;) {
        refused = await newcomer((tab) => tab.goto(PAGE).then(() => null, (error) => error));
        if (refused && (Date.now() > end || !refused.message.includes("ERR_CERT_AUTHORITY_INVALID")))
            throw refused;
    }
    await page.reload();
}

test("HTTPS is not forced before its certificate is proven", async () => { // R63
    await visit(page, "https");
    await section("Force HTTPS").waitFor();
    certctl("self-sign", "https");
    await section("What is served").getByText("Not yet", { exact: true }).waitFor();
    await newcomer((tab) => assert.rejects(tab.goto(PAGE), /ERR_CERT_AUTHORITY_INVALID/));
    await force();
    await section("Force HTTPS").getByRole("alert").waitFor();
    await accessible(page, "not proven");
    assert.doesNotMatch(certctl("https"), /HTTPS is forced/);
    assert.equal(await page.getByRole("region", { name: "On trial" }).count(), 0);
    certctl("rollback", "https");
    await reload();
    await section("What is served").getByText(/^Yes: a client has been through HTTPS/).waitFor();
    await force();
    await page.getByRole("region", { name: "On trial" }).getByRole("timer").waitFor();
    await button("Go back now").click();
    await page.getByText("The trial is over: the settings of before are back.").first().waitFor();
    assert.doesNotMatch(certctl("https"), /HTTPS is forced/);
});

/* Firefox's page shows it. */
async function shows(foxes, words) {
    await foxes.waitForFunction((wanted) => document.body.innerText.includes(wanted), {}, words);
}

/* Presses the button of that name, the one of a dialog where there is one. */
async function press(foxes, name) {
    await foxes.waitForFunction((wanted) => {
        const on = document.querySelector("dialog[open]") ?? document;
        const found = [...on.querySelectorAll("button")]
            .find((one) => one.textContent === wanted && one.checkVisibility() && !one.disabled);
        found?.click();
        return Boolean(found);
    }, {}, name);
}

test("the level high is kept by who shows a certificate, and shuts out who shows none", async () => { // R61 R63
    certctl("trust", "add", "--purpose", "client", file("root.pem"));
    const foxes = await (await startFirefox()).page();
    await foxes.goto(`${PAGE}#/https`);
    await foxes.waitForSelector("input[name=user]");
    await foxes.type("input[name=user]", ADMIN.name);
    await foxes.type("input[name=password]", ADMIN.password);
    await press(foxes, "Sign in");
    await shows(foxes, "Shown, and trusted: this browser gets in at the level high, too");
    await press(foxes, "Set the level high…");
    await shows(foxes, "This browser has shown such a certificate: it comes back.");
    await press(foxes, "Set the level high");
    await shows(foxes, "On trial:");
    await press(foxes, "Keep it");
    await shows(foxes, "What was on trial has been kept.");
    assert.match(certctl("https"), /high/);
    await newcomer((tab) => assert.rejects(tab.goto(PAGE), NO_HANDSHAKE));
    assert.equal((await foxes.reload()).status(), 200);
    await press(foxes, "Set the level standard…");
    await press(foxes, "Set the level standard");
    await press(foxes, "Keep it");
    await shows(foxes, "What was on trial has been kept.");
    await newcomer((tab) => visit(tab, "https"));
});
