// SPDX-License-Identifier: LGPL-2.1-or-later
// The way of a certificate in Firefox: from the form by way of a request and an authority outside to one that Firefox
// itself calls secure, and back; the other endings of the form, the device's authority, and its trust. Puppeteer tells
// nothing of the connection: what Firefox opens is secure, because it refuses all that is not (the first test), and no
// error is overridden.

import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";
import { HOST, PAGE, WAIT_MSEC, authority, certctl, firefox, run } from "./harness.mjs";
import { OFTEN_MSEC, reader } from "./fox.mjs";
import { outside } from "./scene.mjs";

const MAIL = "mail";
const NAME = "mail.example.org";
const REFUSED = /SELF_SIGNED_CERT|SEC_ERROR_UNKNOWN_ISSUER/;
let ca, fox, it;

before(async () => {
    ca = outside();
    certctl("create", MAIL, "--subject", `CN=${NAME}`, "--san", `DNS:${NAME}`);
    fox = await firefox({ trusted: [authority(), ca.file("root.pem")], downloads: ca.home });
    it = reader(await fox.page());
});

after(async () => {
    await fox?.close();
    ca.remove();
});

/* What a Firefox without a connection to the device makes of its page: where it opens it, it calls it secure. */
async function opens(address = PAGE, by = fox) {
    const context = await by.browser.createBrowserContext();
    try {
        const page = await by.page(context);
        const answer = await page.goto(address);
        assert.equal(answer.status(), 200);
        assert.equal(await page.evaluate(() => isSecureContext), true);
        await page.waitForSelector("input[name=user]");
    } finally {
        await context.close();
    }
}

/* The file that Firefox has saved: it is empty at first, and another one grows beside it. */
async function saved(name) {
    const [file, part] = [ca.file(name), ca.file(`${name}.part`)];
    const isWhole = () => fs.statSync(file, { throwIfNoEntry: false })?.size > 0 && !fs.existsSync(part);
    for (const end = Date.now() + WAIT_MSEC; !isWhole();) {
        assert.ok(Date.now() < end, `${name} is not saved: ${fs.readdirSync(ca.home)}`);
        await new Promise((done) => { setTimeout(done, OFTEN_MSEC); });
    }
    return fs.readFileSync(file, "utf8").trim();
}

test("what Firefox does not trust it refuses, and the device's page is none of it", async () => { // R27
    await opens();
    await assert.rejects(opens(PAGE.replace(HOST, "elsewhere.example.org")), /SSL_ERROR_BAD_CERT_DOMAIN/);
});

test("the form keeps what is typed over a reload and a way elsewhere", async () => { // R2 R5 R65
    await it.visit("certificates/https/request");
    await it.choose("Country (C)", "SE");
    await it.fill("Organization (O)", "Example \"Clocks\", Inc.");
    await it.fill("Common name (CN)", HOST);
    await it.button("Add a name");
    await it.page.keyboard.type("192.168.61.7");
    const isThere = async () => {
        await it.shows("What you had typed and not sent is here again.");
        assert.equal(await it.value("Country (C)"), "SE");
        assert.equal(await it.value("Organization (O)"), "Example \"Clocks\", Inc.");
        assert.equal(await it.page.$eval("input[name=san]", (node) => node.value), "192.168.61.7");
    };
    await it.page.reload();
    await isThere();
    await it.link("Trust");
    await it.heading("Add");
    await it.page.goBack();
    await isThere();
});

test("the text of a request, copied and saved", async () => { // R14
    await it.button(`Add DNS:${HOST}`);
    await it.tick("An authority outside");
    await it.button("Make the request");
    const request = await it.text("group", "Text of the request");
    await it.button("Copy");
    await it.shows("Copied");
    await it.link("Download as PEM");
    assert.equal(await saved("https.csr"), request.trim());
    const asked = run("openssl", "req", "-in", ca.file("https.csr"), "-noout", "-text");
    for (const part of ["Example \\\"Clocks\\\", Inc.", `DNS:${HOST}`, "IP Address:192.168.61.7"])
        assert.ok(asked.includes(part), `${part} in ${asked}`);
    await it.link("Certificates");
    await it.link("https");
    await it.link("Install");
    const box = await it.find("field", "Certificate, as text");
    await box.focus();
    await it.page.keyboard.down("Control");
    await it.page.keyboard.press("v");
    await it.page.keyboard.up("Control");
    assert.equal((await box.evaluate((node) => node.value)).trim(), request.trim());
    await it.shows("This holds only a certification request");
});

test("what an authority outside makes of it is pasted, and kept over the new certificate", async () => { // R31 R37 R38
    const leaf = ca.sign(fs.readFileSync(ca.file("https.csr")), `DNS:${HOST},IP:192.168.61.7`);
    await it.fill("Certificate, as text", fs.readFileSync(leaf, "utf8"));
    await it.shows("It belongs to the key of this request:");
    await it.shows("It can be installed.");
    await it.button("Install");
    await it.find("timer", null, "https is on trial");
    await it.shows("This page has now reached the device over the new certificate.");
    await it.button("Keep it");
    await it.shows("The new certificate is kept.");
    assert.match(certctl("show", "https"), /Example root/);
    await opens();
    await it.visit("certificates/https");
    await it.shows("was reached with this certificate");
});

test("and rolled back from", async () => { // R39
    await it.button("Roll back to the previous certificate…");
    await it.button("Roll back");
    await it.shows("The device's own authority");
    assert.doesNotMatch(certctl("show", "https"), /Example root/);
    await opens();
});

test("a file is uploaded, its format found by itself", async () => { // R30 R36
    const request = certctl("request", MAIL);
    ca.sign(request.slice(request.indexOf("-----BEGIN")), `DNS:${NAME}`);
    ca.openssl("x509", "-in", "leaf.pem", "-outform", "DER", "-out", "leaf.cer");
    await it.visit(`certificates/${MAIL}/install`);
    await it.upload("Or files", ca.file("leaf.cer"));
    await it.shows("It belongs to the key of this request:");
    await it.shows("It can be installed.");
    await it.button("Install");
    await it.shows("It is installed.");
    assert.match(certctl("show", MAIL), /Example root/);
});

test("the other endings of the form: the device's authority, and itself", async () => { // R20 R21 R27
    certctl("create", "inside");
    for (const [ending, origin] of [["This device's authority", "internal"], ["Itself (self-signed)", "self"]]) {
        await it.visit("certificates/inside/request");
        await it.tick(ending);
        await it.button("Issue the certificate");
        await it.shows("The certificate was issued, and is in use.");
        assert.equal(JSON.parse(certctl("show", "inside", "--json=short")).Origin, origin);
    }
    await it.visit("certificates/https/request");
    await it.tick("This device's authority");
    await it.tick("On trial");
    await it.button("Issue the certificate");
    await it.shows("This page has now reached the device over the new certificate.");
    await it.button("Keep it");
    await it.shows("The new certificate is kept.");
    await opens();
});

test("one that signs itself is secure to a Firefox that trusts it, and to no other", async () => { // R20 R27
    certctl("self-sign", "https");
    await assert.rejects(opens(), REFUSED);
    fs.writeFileSync(ca.file("self.pem"), certctl("export", "https"));
    const other = await firefox({ trusted: [ca.file("self.pem")] });
    try {
        await opens(PAGE, other);
    } finally {
        await other.close();
    }
    certctl("rollback", "https");
});

test("the authority is saved, as a file", async () => { // R27
    await it.visit("authority");
    await it.link("ca.crt (PEM)");
    assert.equal(await saved("ca.crt"), fs.readFileSync(authority(), "utf8").trim());
    assert.equal(await it.page.$eval("details.steps[open]", (node) => node.dataset.system), "firefox");
});

test("the device is made to trust another authority, and its log tells of all that", async () => { // R70 R65
    await it.link("Trust");
    await it.fill("Certificates (PEM)", fs.readFileSync(ca.file("root.pem"), "utf8"), "Add");
    await it.shows("Compare the fingerprint");
    await it.button("Trust it", "Add");
    await it.shows("The device trusts it now.");
    assert.match(certctl("trust", "list"), /Example root/);
    await it.link("Activity");
    await it.page.waitForSelector("tbody tr");
    const rows = await it.page.$$eval("tbody tr", (all) => all.map((one) => one.textContent));
    assert.ok(rows.some((row) => /trust/i.test(row)), rows.join("\n"));
    for (const action of [/Put the previous chain back/, /Confirm|Keep/])
        assert.ok(rows.some((row) => action.test(row)), `${action} in ${rows.join("\n")}`);
});
