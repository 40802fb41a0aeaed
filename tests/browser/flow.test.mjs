// SPDX-License-Identifier: LGPL-2.1-or-later
// The whole way of a certificate, as an administrator goes it: from the sign-in by way of a request, an authority
// outside and a trial to one that browsers call secure which trust that authority alone; and back. What is typed on the
// way outlives reloads, other tabs, signing out, and a session that ends in the middle.

import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { ADMIN, HOST, PAGE, accessible, authority, certctl, chromium, firefox, run, visit } from "./harness.mjs";

const MAIL = "mail";
const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
const UNITS = ["Timing", "Laboratory 2", "Åre, north"];
const SECRET = "a challenge of nobody else";
let chrome;
let home;
let page;

function file(name) {
    return path.join(home, name);
}

function text(...names) {
    return names.map((name) => fs.readFileSync(file(name), "utf8")).join("");
}

/* An authority outside: a root, and an intermediate one below it. */
function makeOutside() {
    run("openssl", "req", "-x509", ...EC, "-keyout", file("root.key"), "-out", file("root.pem"), "-subj",
        "/CN=Outside root", "-days", "900", "-addext", "keyUsage=critical,keyCertSign,cRLSign");
    run("openssl", "req", "-new", ...EC, "-keyout", file("issuer.key"), "-out", file("issuer.csr"), "-subj",
        "/O=Outside/CN=Outside issuer");
    fs.writeFileSync(file("issuer.cnf"), "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n");
    run("openssl", "x509", "-req", "-in", file("issuer.csr"), "-CA", file("root.pem"), "-CAkey", file("root.key"),
        "-days", "400", "-extfile", file("issuer.cnf"), "-out", file("issuer.pem"));
}

/* What the intermediate authority makes of the text of a request: a certificate for the names that it asks for. */
function sign(request, out) {
    fs.writeFileSync(file("leaf.csr"), request);
    fs.writeFileSync(file("leaf.cnf"), "extendedKeyUsage=serverAuth\nkeyUsage=critical,digitalSignature\n" +
        "basicConstraints=CA:false\n");
    run("openssl", "x509", "-req", "-in", file("leaf.csr"), "-CA", file("issuer.pem"), "-CAkey", file("issuer.key"),
        "-days", "90", "-copy_extensions", "copy", "-extfile", file("leaf.cnf"), "-out", file(out));
}

function button(name, on = page) {
    return on.getByRole("button", { name, exact: true });
}

function link(name, on = page) {
    return on.getByRole("link", { name, exact: true });
}

async function heading(name, on = page) {
    await on.getByRole("heading", { level: 1, name }).waitFor();
}

/** Gives name and password where they are asked for: at the start, and in the dialog of a session that is over. */
async function signIn(on) {
    await on.getByLabel("User name").fill(ADMIN.name);
    await on.getByLabel("Password").fill(ADMIN.password);
    await button("Sign in", on).click();
}

/* The form of a request, of which the certificate's settings were read. */
async function openForm(name, on = page) {
    await visit(on, `certificates/${name}/request`);
    await heading(`Request for ${name}`, on);
    await commonName(on).waitFor();
}

function commonName(on = page) {
    return on.getByLabel("Common name (CN)", { exact: true });
}

/* All that this browser keeps of the page: its drafts are there, and no secret is. */
async function kept(on = page) {
    return on.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
}

async function addUnit(value, i) {
    if (i > 0) {
        await page.getByLabel("Another field").selectOption("OU");
        await button("Add the field").click();
    }
    await page.getByLabel("Organizational unit (OU)", { exact: true }).nth(i).fill(value);
}

async function addName(value) {
    await button("Add a name").click();
    await page.keyboard.type(value);
}

before(async () => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), "certd-flow-"));
    makeOutside();
    certctl("create", MAIL);
    chrome = await chromium({ trusted: [authority(), file("root.pem")], reducedMotion: "reduce" });
    page = await chrome.page();
});

after(async () => {
    fs.rmSync(home, { recursive: true, force: true });
    await chrome.close();
});

test("from the sign-in to the text of a request", async () => { // R1 R2 R5 R14
    await page.goto(PAGE);
    await signIn(page);
    await page.getByRole("navigation").getByRole("link", { name: "Certificates" }).click();
    await link("https").click();
    await link("Request or issue").click();
    await heading("Request for https");
    await page.getByLabel("Country (C)", { exact: true }).selectOption("SE");
    await page.getByLabel("Organization (O)", { exact: true }).fill("Example \"Clocks\", Inc.");
    for (const [i, unit] of UNITS.entries())
        await addUnit(unit, i);
    await commonName().fill(HOST);
    await addName("192.0.2.7");
    await addName("clock.example.org");
    await button(`Add DNS:${HOST}`).click();
    await page.getByLabel("An authority outside").check();
    await button("Make the request").click();
    const request = await page.getByRole("group", { name: "Text of the request" }).textContent();
    sign(request, "leaf.pem");
    const subject = run("openssl", "req", "-in", file("leaf.csr"), "-noout", "-subject", "-nameopt",
        "RFC2253,-esc_msb,utf8");
    assert.equal(subject.trim(), `subject=CN=${HOST},OU=Åre\\, north,OU=Laboratory 2,OU=Timing,` +
        "O=Example \\\"Clocks\\\"\\, Inc.,C=SE");
    const names = run("openssl", "req", "-in", file("leaf.csr"), "-noout", "-text");
    for (const name of [`DNS:${HOST}`, "DNS:clock.example.org", "IP Address:192.0.2.7"])
        assert.ok(names.includes(name), `${name} in ${names}`);
    assert.equal(await kept().then((all) => all.includes("draft:request:https")), false);
});

test("to a certificate of an authority outside, on trial and kept", async () => { // R30 R31 R33 R37 R38
    await link("Install the certificate").click();
    await heading("Install a certificate in https");
    const box = page.getByLabel("Certificate, as text");
    await box.fill(text("leaf.pem"));
    await page.locator("[data-code=chain-incomplete]").first().waitFor();
    await box.fill(text("leaf.pem", "issuer.pem"));
    await page.locator("[data-code=chain-incomplete]").first().waitFor({ state: "detached" });
    await page.getByText("It belongs to the key of this request:").waitFor();
    for (const one of await page.getByLabel("Install it in spite of this").all())
        await one.check();
    await page.getByText("It can be installed.").first().waitFor();
    assert.equal(await page.getByLabel("On trial").isChecked(), true);
    await button("Install").click();
    const trial = page.getByRole("region", { name: "https is on trial" });
    await trial.getByText("This page has now reached the device over the new certificate.").waitFor();
    await button("Keep it", trial).click();
    await page.getByText("The new certificate is kept.").first().waitFor();
    assert.match(certctl("show", "https"), /Outside issuer/);
});

test("which browsers call secure that trust its root alone", async () => { // R27
    const fresh = await chromium({ trusted: [file("root.pem")] });
    const other = await fresh.page();
    const answer = await other.goto(PAGE);
    const details = await answer.securityDetails();
    assert.equal(answer.status(), 200);
    assert.equal(details.issuer, "Outside issuer");
    assert.equal(details.subjectName, HOST);
    assert.equal(await other.evaluate(() => isSecureContext), true);
    await other.getByLabel("User name").waitFor();
    await fresh.close();
    const fox = await firefox({ trusted: [file("root.pem")] });
    try {
        const foxes = await fox.page();
        assert.equal((await foxes.goto(PAGE)).status(), 200);
        await foxes.waitForSelector("input[name=user]");
    } finally {
        await fox.close();
    }
});

test("the form keeps what is typed, wherever its reader goes, and no secret", async () => { // R65
    await openForm(MAIL);
    await commonName().fill("mail.example.org");
    await addName("mx.example.org");
    await page.getByText("What some authorities ask for besides").click();
    await page.getByLabel("Challenge password").fill(SECRET);
    await page.getByLabel("Unstructured name").fill("Post");
    const isThere = async (on) => {
        await on.getByText("What you had typed and not sent is here again.").waitFor();
        assert.equal(await commonName(on).inputValue(), "mail.example.org");
        assert.equal(await on.locator("input[name=san]").first().inputValue(), "mx.example.org");
        assert.equal(await on.getByLabel("Unstructured name").inputValue(), "Post");
        assert.equal(await on.getByLabel("Challenge password").inputValue(), "");
        assert.ok(!(await kept(on)).includes(SECRET));
    };
    await page.reload();
    await isThere(page);
    await link("Trust").click();
    await heading("Trust");
    await page.goBack();
    await isThere(page);
    const tab = await chrome.page();
    await openForm(MAIL, tab);
    await isThere(tab);
    await tab.close();
    await button("Sign out").click();
    await page.getByLabel("User name").waitFor();
    assert.ok(!(await kept()).includes(ADMIN.password));
    await signIn(page);
    await isThere(page);
    await accessible(page, "a draft that is here again");
});

test("the session ends in the middle of it, and the form goes on", async () => { // R60 R65
    await page.getByLabel("Challenge password").fill(SECRET);
    const elsewhere = await chrome.another();
    await visit(elsewhere);
    await elsewhere.evaluate(async () => {
        const { ROOT, all, get, remove } = await import("/api.js");
        const own = (await get(`${ROOT}/SessionService`)).Oem.Certd.CurrentSession["@odata.id"];
        for (const one of await all(`${ROOT}/SessionService/Sessions`)) {
            if (one["@odata.id"] !== own)
                await remove(one["@odata.id"]);
        }
    });
    await elsewhere.context().close();
    await heading("The session is over");
    await page.getByText("What you have typed is still there.").waitFor();
    await accessible(page, "the session is over");
    await signIn(page);
    await button("Make the request").click();
    const request = await page.getByRole("group", { name: "Text of the request" }).textContent();
    fs.writeFileSync(file("mail.csr"), request);
    assert.match(run("openssl", "req", "-in", file("mail.csr"), "-noout", "-text"), new RegExp(SECRET));
    certctl("set", MAIL, "--subject", "CN=mail.example.org,O=Example");
    await page.getByText("This request is out of date.").waitFor();
});

test("so does what is pasted to be installed", async () => { // R65
    sign(text("mail.csr"), "mail.pem");
    await link("Install the certificate").click();
    const box = page.getByLabel("Certificate, as text");
    await box.fill(text("mail.pem", "issuer.pem") + text("root.key"));
    await page.getByText("What it is").first().waitFor();
    const pasted = text("mail.pem", "issuer.pem").trim();
    const isThere = async (on) => {
        await on.getByText("It belongs to the key of this request:").waitFor();
        assert.equal((await on.getByLabel("Certificate, as text").inputValue()).trim(), pasted);
        assert.ok(!(await kept(on)).includes("PRIVATE"));
    };
    await page.reload();
    await isThere(page);
    await link("Activity").click();
    await heading("Activity");
    await page.goBack();
    await isThere(page);
    const tab = await chrome.page();
    await visit(tab, `certificates/${MAIL}/install`);
    await isThere(tab);
    await tab.close();
    await button("Sign out").click();
    await signIn(page);
    await isThere(page);
    await button("Install").click();
    await page.getByText("It is installed.").first().waitFor();
    assert.match(certctl("show", MAIL), /Outside issuer/);
});

test("the other endings of the form: the device's authority, and itself", async () => { // R20 R21 R23
    certctl("create", "inside");
    for (const [ending, origin] of [["This device's authority", "internal"], ["Itself (self-signed)", "self"]]) {
        await openForm("inside");
        await page.getByLabel(ending).check();
        await button("Issue the certificate").click();
        await page.getByText("The certificate was issued, and is in use.").waitFor();
        await link("Show the certificate").click();
        await heading("inside");
        await page.getByRole("region", { name: "Chain" }).waitFor();
        assert.equal(JSON.parse(certctl("show", "inside", "--json=short")).Origin, origin);
    }
});

test("and back to the factory default", async () => { // R50
    await visit(page, "certificates/https");
    await heading("https");
    await button("Reset to the factory default…").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Clients that trust only the authority outside will refuse the new certificate.").waitFor();
    await button("Reset", dialog).click();
    await page.getByText("The device's own authority.").waitFor();
    await button("Keep it").click();
    await page.locator("main").getByText("The new certificate is kept.").waitFor();
    assert.doesNotMatch(certctl("show", "https"), /Outside issuer/);
    const fresh = await chromium();
    const answer = await (await fresh.page()).goto(PAGE);
    assert.notEqual((await answer.securityDetails()).issuer, "Outside issuer");
    await fresh.close();
});
