// SPDX-License-Identifier: LGPL-2.1-or-later
// The procedures of the manuals of five devices, each done on the page in fewer steps than its manual has. A step is,
// in both, a page or a tab opened, a group of fields filled, a button pressed, or what is done at a PC in between. Both
// begin where the user has signed in. Where a manual tells what can be done and not how (XClarity, Clear-Com's front
// panel and own certificate), the steps are an estimate: the pages that it names, a group of fields, a button.

import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";
import { HOST, PAGE, accessible, authority, certctl, chromium, run, visit } from "./harness.mjs";
import { outside } from "./scene.mjs";

const SHOTS = process.env.CERTD_SHOTS;
const ADDRESS = "192.168.61.7";
let chrome, ca, page, steps;

const button = (name, on = page) => on.getByRole("button", { name, exact: true });
const link = (name, on = page) => on.getByRole("link", { name, exact: true });
const label = (name, on = page) => on.getByLabel(name, { exact: true });
const read = (name) => fs.readFileSync(ca.file(name), "utf8");

function section(title) {
    return page.locator("section.card").filter({ has: page.getByRole("heading", { name: title, exact: true }) });
}

/* One step of the user's. */
async function step(what, action) {
    steps.push(what);
    return action();
}

const press = (name, on) => step(`[${name}]`, () => button(name, on).click());
const open = (name, on) => step(`→ ${name}`, () => link(name, on).click());

/* Opens one of the pages that are always in reach. */
async function goTo(name) {
    await open(name, page.getByRole("navigation"));
    await page.getByRole("heading", { level: 1, name }).waitFor();
}

/* From the overview to a certificate: its name stands there. */
async function openCertificate(name = "https") {
    await open(name, section("What expires when"));
    await page.getByRole("heading", { level: 1, name }).waitFor();
}

/* Or by way of the list, where all are. */
async function openCertificateFromList(name) {
    await goTo("Certificates");
    await open(name);
    await page.getByRole("heading", { level: 1, name }).waitFor();
}

async function openForm(name) {
    await openCertificate(name);
    await open("Request or issue");
    await label("Common name (CN)").waitFor();
}

async function download(node) {
    const [got] = await Promise.all([page.waitForEvent("download"), node.click()]);
    return fs.readFileSync(await got.path());
}

/* A procedure of a manual, which has so many steps there. */
function procedure(title, there, action) {
    test(title, async () => {
        await visit(page, "overview");
        await section("What expires when").waitFor();
        steps = [];
        await action();
        if (SHOTS) {
            console.log(`${title}: ${there} there, ${steps.length} here\n    ${steps.join("; ")}`);
            await page.screenshot({ path: `${SHOTS}/${title.replace(/\W+/g, "-")}.png`, fullPage: true });
        }
        assert.ok(steps.length < there, `${steps.length} of ${there}: ${steps.join("; ")}`);
    });
}

async function keepHttps() {
    const trial = page.locator('[data-trial="https"]');
    await trial.getByText("This page has now reached the device over the new certificate.").waitFor();
    await press("Keep it", trial);
    await page.getByText("The new certificate is kept.").first().waitFor();
}

/* A browser that trusts the device's authority of now. */
async function newChrome() {
    chrome = await chromium({ trusted: [authority(), ca.file("root.pem")], viewport: { width: 1200, height: 900 },
        reducedMotion: "reduce" });
    page = await chrome.page();
    await chrome.context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: PAGE.slice(0, -1) });
}

before(async () => {
    ca = outside();
    await newChrome();
});

after(async () => {
    await chrome.close();
    ca.remove();
});

const SUBJECT = { "State or province (ST)": "New York", "Locality (L)": "Henrietta",
    "Organization (O)": "Example Timing", "Organizational unit (OU)": "Laboratory", "Common name (CN)": HOST,
    "Email address": "ntp@example.org" };

async function fillSubject() {
    await label("Country (C)").selectOption("GB");
    for (const [name, value] of Object.entries(SUBJECT))
        await label(name).fill(value);
}

/* SecureSync, B 1 to 3 (2, and 4 for each name), C 1 to 3 (page, tick, names of the subject, key, attributes, days,
   submit), signing in again, tab, copying, file: 21 with two names. */
procedure("SecureSync: a request with more names, as text for the authority", 21, async () => { // R2 R5 R8 R14 R17
    await openForm();
    await step("the subject", fillSubject);
    await step("all names at once", async () => {
        await button("Add a name").click();
        await page.evaluate((host) => navigator.clipboard.writeText(`${host}\nclock.example.org`), ADDRESS);
        await page.keyboard.press("Control+V");
        await page.locator(".name-row").nth(1).waitFor();
    });
    await step("what some authorities ask for", () => page.getByText("What some authorities ask for besides").click());
    await step("its two fields", async () => {
        await label("Challenge password").fill("of no use");
        await label("Unstructured name").fill("Example");
    });
    await press("Make the request");
    await page.getByText("What comes next").waitFor();
    await press("Copy");
    await button("Copied").waitFor();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    ca.sign(text, `DNS:${HOST},IP:${ADDRESS},DNS:clock.example.org`);
    const whole = run("openssl", "req", "-in", ca.file("leaf.csr"), "-noout", "-text");
    for (const part of ["C = GB", "O = Example Timing", `IP Address:${ADDRESS}`, "DNS:clock.example.org",
        "challengePassword"])
        assert.ok(whole.includes(part), part);
});

/* Page, tab, what was pasted, submit, browser closed, opened, signed in. */
procedure("SecureSync: the certificate is pasted", 7, async () => { // R31 R37 R38
    await openCertificate();
    await open("Install");
    await step("the text", () => label("Certificate, as text").fill(read("leaf.pem")));
    await page.getByText("It belongs to the key of this request:").waitFor();
    await page.getByText("It can be installed.").first().waitFor();
    await press("Install");
    await keepHttps();
    assert.match(certctl("show", "https"), /Example root/);
});

/* Page, tab, type, file, submit, browser closed, opened, signed in: for each of the four types. */
procedure("SecureSync: the certificate is uploaded, in each format", 8, async () => { // R30 R32 R34 R36
    const files = { "leaf.cer": ["x509", "-in", "leaf.pem", "-outform", "DER"],
        "pem.p7c": ["crl2pkcs7", "-nocrl", "-certfile", "leaf.pem"],
        "der.p7c": ["crl2pkcs7", "-nocrl", "-certfile", "leaf.pem", "-outform", "DER"] };
    certctl("create", "ntp", "--subject", `CN=${HOST}`);
    ca.sign(certctl("request", "ntp").replace(/^[^]*?(?=-----BEGIN)/, ""), `DNS:${HOST}`);
    await openCertificateFromList("ntp");
    await open("Install");
    for (const [name, words] of Object.entries(files)) {
        ca.openssl(...words, "-out", name);
        const chosen = () => page.getByLabel("Or files").setInputFiles(ca.file(name));
        await (name === "der.p7c" ? step("the file", chosen) : chosen());
        await page.getByText("It can be installed.").first().waitFor();
        if (name !== "der.p7c")
            await button(`Take away ${name}`).click();
    }
    await press("Install");
    await page.getByText("It is installed.").first().waitFor();
    assert.match(certctl("show", "ntp"), /Example root/);
});

/* The command to install it with (login by SSH, command), the browser opened again, signed in. */
procedure("SecureSync: a certificate of another device's key does no harm", 4, async () => { // R32
    ca.lone("other", `/CN=${HOST}`, "-addext", `subjectAltName=DNS:${HOST}`);
    await openCertificate();
    await open("Install");
    await step("the text", () => label("Certificate, as text").fill(read("other.pem")));
    await page.locator('.finding-error[data-code="key-mismatch"]').waitFor();
    assert.equal(await button("Install").isDisabled(), true);
    await label("Certificate, as text").fill("");
});

/* C without the names: page, tab, tick, names of the subject, algorithm and key, pass phrase and challenge, days,
   submit, signing in again. */
procedure("SecureSync: a certificate that signs itself, for ten years, of RSA", 9, async () => { // R9 R20
    await openForm();
    await step("the subject", fillSubject);
    await step("key and digest", async () => {
        await label("Key type").selectOption("rsa:2048");
        await label("Digest of the signature").selectOption("sha512");
    });
    await step("who signs it, days", async () => {
        await label("Itself (self-signed)").check();
        await label("Valid for how many days").fill("3650");
    });
    await step("at once", () => label("At once").check());
    await press("Issue the certificate");
    await page.getByText("The certificate was issued, and is in use.").waitFor();
    const shown = certctl("show", "https");
    for (const part of [/Origin: +self/, /rsa:2048/])
        assert.match(shown, part);
    /* This browser trusts it no more than any other: with its next connection the page would be gone. */
    certctl("rollback", "https");
});

/* The warning, the certificate, its details; in Firefox: risks, exception, view, details. */
procedure("SecureSync: what the certificate says", 3, async () => { // R40
    await openCertificate();
    const details = await section("Details").innerText();
    for (const term of ["Version", "Serial number", "Subject", "Signature algorithm", "Issuer", "Valid from",
        "Valid until", "Public key", "Key usage", "SHA-256 fingerprint"])
        assert.ok(details.includes(term), term);
});

/* SSH or a terminal on RS-232 (cable, program), signing in there, defcert, the browser opened again, signed in. */
procedure("SecureSync: back to the factory default", 5, async () => { // R50
    await openCertificate();
    await press("Reset to the factory default…");
    await press("Reset", page.getByRole("dialog"));
    await page.getByText("The device's own authority.").waitFor();
    await press("Keep it");
    await page.getByText("The new certificate is kept.").first().waitFor();
});

/* The window, the tab, the row, what is changed, submit; and all that was typed in the other tab once more: tick,
   subject, key, submit. */
procedure("SecureSync, NetClock: a name is changed in the middle of the form", 9, async () => { // R5 R6 R65
    await openForm();
    await step("the subject", fillSubject);
    await step("a name", async () => {
        await button("Add a name").click();
        await page.keyboard.type("ntp.example.org");
    });
    await goTo("Overview");
    await openForm();
    assert.equal(await label("Locality (L)").inputValue(), SUBJECT["Locality (L)"]);
    await step("the name", () => page.locator(".name-row input").last().fill("ntp2.example.org"));
    await button("Discard what I typed").click();
    await button("Discard", page.getByRole("dialog")).click();
});

/* NetClock: the window, the form's tab, its fields, submit, signing in again; the camera: its page, reboot, the browser
   opened again. Here nobody does anything. */
procedure("NetClock, camera, XClarity: another address of the device", 3, async () => { // R24
    const names = section("Which names the device answers to");
    run("ip", "link", "add", "near", "type", "veth", "peer", "name", "far");
    run("ip", "address", "add", `${ADDRESS}/24`, "dev", "near");
    run("ip", "link", "set", "near", "up");
    run("ip", "link", "set", "far", "up");
    await names.getByText(ADDRESS).waitFor();
    run("ip", "link", "delete", "near");
    await names.getByText(ADDRESS).waitFor({ state: "detached" });
    assert.equal(steps.length, 0);
});

/* The certificate on the PC, the port by hand, Hardware, Resources, Host cog, Security, the tick. */
procedure("Clear-Com: HTTPS is forced", 7, async () => { // R62 R63
    await goTo("HTTPS");
    await press("Force HTTPS…");
    await press("Force HTTPS", page.getByRole("dialog"));
    await press("Keep it", page.locator("[data-trial]"));
    await page.locator("[data-trial]").getByText("has been kept").waitFor();
    await button("Open the HTTP port").click();
    await page.getByText("which redirects to HTTPS").waitFor();
});

/* The chain and the key made at a PC with OpenSSL as the camera's manual has it: two keys, two requests, two
   signatures; the page (4), two files, upload; the browser opened again. Here the device's authority makes
   all of it. */
procedure("Camera: a certificate of one's own authority, for its address", 13, async () => { // R22
    await openForm();
    await step("a name", async () => {
        await label("Common name (CN)").fill(HOST);
    });
    await step("who signs it", () => label("This device's authority").check());
    await press("Issue the certificate");
    const trial = page.locator('[data-trial="https"]');
    await trial.getByText("This page has now reached the device over the new certificate.").waitFor();
    await press("Keep it", trial);
    assert.match(certctl("show", "https"), /Origin: +internal/);
});

/* Setting, System, Maintenance, Import/Export, Export. */
procedure("Camera: the authority's certificate for a PC, and the device's time", 5, async () => { // R27
    await section("The device").getByText("It shows the same time as this computer.").waitFor();
    await goTo("Authority");
    const der = await step("ca.cer", () => download(link("ca.cer (DER)")));
    assert.equal(der[0], 0x30);
});

/* Setting, System, Security, HTTPS Certificate, two files, upload, the browser opened again. Clear-Com's certificate of
   one's own choosing is the same: full chain, private key, a name with a wildcard. */
procedure("Camera, Clear-Com: a certificate with its key from outside", 8, async () => { // R31 R34
    certctl("create", "own");
    ca.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "own.key",
        "-out", "own.csr", "-subj", "/CN=*.example.org");
    ca.sign(read("own.csr"), "DNS:*.example.org", "90", "own.pem");
    await openCertificateFromList("own");
    await open("Install");
    await step("both files", () => page.getByLabel("Or files").setInputFiles([ca.file("own.pem"), ca.file("own.key")]));
    await page.getByText("It brings its private key along.").waitFor();
    await step("other names than the device's", () => page.getByLabel("Install it in spite of this").check());
    await press("Install");
    await page.getByText("It is installed.").first().waitFor();
    assert.match(certctl("show", "own"), /Origin: +imported/);
});

/* Settings, Security, Trusted certificates, the file, added. */
procedure("XClarity: another device's authority is trusted", 5, async () => { // R70
    await goTo("Trust");
    const add = section("Add");
    await step("the file", () => add.locator("input[type=file]").setInputFiles(ca.file("root.pem")));
    await press("Trust it", add);
    await add.getByText("The device trusts it now.").waitFor();
});

/* Settings, Security, Server certificate, download. */
procedure("XClarity: the server's certificate as a file", 4, async () => { // R42
    await openCertificate();
    await step("PEM", () => download(page.getByRole("link", { name: "PEM (.pem)" })));
});

/* Settings, Security, Certificate authority, regenerate, its values, confirmed; Server certificate, regenerate, its
   values, confirmed; signing in again. */
procedure("XClarity: the authority and the server's certificate are made again", 11, async () => { // R26
    await goTo("Authority");
    await step("its values", async () => {
        await section("Make it again").locator("summary").click();
        await section("Make it again").getByLabel("Organization", { exact: true }).fill("Example Timing");
    });
    await press("Make it again…");
    await press("Make it again", page.getByRole("dialog"));
    await page.getByText("The device has a new authority.").waitFor();
    await page.goto("about:blank");
    await chrome.close();
    await newChrome();
});

/* Clear-Com: the front panel, its menus, the reset, the network set anew; XClarity: installed once more. */
procedure("Clear-Com: all back to the factory default", 4, async () => { // R54
    await press("Reset the device…");
    const dialog = page.getByRole("dialog");
    await dialog.getByText("own", { exact: true }).waitFor();
    await accessible(page, "asked to reset the device");
    await press("Destroy and reset", dialog);
    await page.getByText("The device is as it left the factory.").waitFor();
    await accessible(page, "the device was reset");
    const address = await link("Open the page again").evaluate((node) => node.href);
    await page.goto("about:blank");
    await chrome.close();
    await newChrome();
    await page.goto(address);
    await label("User name").waitFor();
    assert.match(certctl("list"), /https/);
    assert.doesNotMatch(certctl("list"), /\bown\b/);
});
