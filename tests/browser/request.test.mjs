// SPDX-License-Identifier: LGPL-2.1-or-later
// Requests: the rules of names and subjects, the form with its three endings, drafts, two administrators at once, and
// the text of a request.

import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";
import { COUNTRIES } from "../../clients/web/static/countries.js";
import { nameKey, parseName } from "../../clients/web/static/names.js";
import { checkName } from "../../clients/web/static/names-check.js";
import { splitNames } from "../../clients/web/static/names-editor.js";
import { checkAttribute, parseSubject, writeSubject } from "../../clients/web/static/subject.js";
import { READER, accessible, certctl, chromium, fits, run, visit } from "./harness.mjs";

const NAME = "clock";
let chrome;
let page;

before(async () => {
    certctl("create", NAME);
    chrome = await chromium();
    page = await chrome.page();
    await visit(page, `certificates/${NAME}/request`);
});
after(async () => {
    await chrome.close();
    certctl("remove", NAME, "--yes");
});

const label = (text) => page.getByLabel(text, { exact: true });
const press = (name) => page.getByRole("button", { name, exact: true }).click();
const typedNames = () => page.locator(".name-row input").evaluateAll((all) => all.map((one) => one.value));

async function openForm(query = "") {
    await page.evaluate((address) => { location.hash = "#/overview"; location.hash = address; },
        `#/certificates/${NAME}/request${query}`);
    await page.locator("form.request-form").waitFor();
}

async function opened(pattern) {
    await page.waitForURL(/\/requests\/\d+$/);
    await page.getByText(pattern).first().waitFor();
    return page.url().split("/").pop();
}

test("the countries are the device's", () => { // R3
    const rows = fs.readFileSync(new URL("../../daemon/model/country.def", import.meta.url), "utf8");
    assert.deepEqual([...COUNTRIES].sort(),
        [...rows.matchAll(/CERTD_COUNTRY_ROW\("(..)"/g)].map((row) => row[1]).sort());
});

test("a subject is the same in both directions", () => { // R2
    const rows = [
        ["", []],
        ["CN=a\\, b\\+c\\\\,O=Ex\\\"a\\<\\>\\;,C=DE", [["C", "DE"], ["O", "Ex\"a<>;"], ["CN", "a, b+c\\"]]],
        ["OU=\\#b\\ ,OU=\\ a", [["OU", " a"], ["OU", "#b "]]],
        ["CN=\\ ", [["CN", " "]]],
    ];
    for (const [text, pairs] of rows) {
        assert.deepEqual(parseSubject(text), pairs);
        assert.equal(writeSubject(pairs), text);
    }
    assert.deepEqual(parseSubject("2.5.4.3=#0C0141, E=Ä\\C3\\84@b"), [["emailAddress", "ÄÄ@b"], ["CN", "A"]]);
    for (const text of ["x", "CN=a+O=b", "/CN=a", "CN=a,", "CN=\\zz", "FOO=1", "CN=\"a\"", "CN=#0C0241", "CN=\\FF"])
        assert.throws(() => parseSubject(text), Error, text);
});

test("attributes have their bounds", () => { // R3
    for (const [type, most] of [["CN", 64], ["O", 64], ["OU", 64], ["L", 128], ["ST", 128], ["DC", 63],
        ["serialNumber", 64]]) {
        assert.equal(checkAttribute(type, "a".repeat(most)), null, type);
        assert.notEqual(checkAttribute(type, "a".repeat(most + 1)), null, type);
    }
    for (const [type, value] of [["C", "UK"], ["O", "a\u202eb"], ["serialNumber", "a_b"], ["DC", "ä"],
        ["emailAddress", "a b@c"]])
        assert.notEqual(checkAttribute(type, value), null, value);
});

test("the page judges names as the device does", () => { // R5, R8
    const values = [
        "DNS:a.example", "DNS:*.example.org", "DNS:*.org", "DNS:a*.example.org", "DNS:müller.example",
        "DNS:192.0.2.1", "DNS:a..b", "DNS:-a.b", "DNS:a_b.c", "DNS:a.5", `DNS:${"a".repeat(63)}.x`,
        `DNS:${"a".repeat(64)}.x`, "IP:192.0.2.1", "IP:01.2.3.4", "IP:::1", "IP:fe80::1%eth0", "IP:[::1]",
        "IP:192.0.2.0/24", "email:a@b.example", "email:a b@c", "email:a@", "URI:https:x", "URI:https://x/%zz",
        "URI:urn:a:b", "URI:https:///", "URI:foo", "URI:https://[::1]/", "RID:1.2.3", "RID:1.40", "RID:3.1",
        "RID:2.999.4294967296", "dirName:CN=a,C=GB", "dirName:CN=a,C=UK", "dirName:CN=a+O=b", "dirName:",
    ];
    for (const text of values) {
        const { type, value } = parseName(text);
        let taken = true;
        try {
            run("certctl", "san", NAME, "add", text);
            run("certctl", "san", NAME, "remove", text);
        } catch {
            taken = false;
        }
        assert.equal(checkName(type, value) === null, taken, text);
    }
});

test("names that are pasted have the type of their form", () => { // R5
    const pasted = "a.example\r\n192.0.2.1, 2001:db8::1\nIP Address:192.0.2.2 DNS:b\na@b.example\nCN=x, O=y z\n" +
        "urn:x:y\n1.3.6.1.4";
    assert.deepEqual(splitNames(pasted).map((name) => `${name.type}:${name.value}`), ["DNS:a.example", "IP:192.0.2.1",
        "IP:2001:db8::1", "IP:192.0.2.2", "DNS:b", "email:a@b.example", "dirName:CN=x, O=y z", "URI:urn:x:y",
        "RID:1.3.6.1.4"]);
    assert.equal(nameKey(parseName("2001:DB8:0::1")), nameKey(parseName("2001:db8::1")));
});

test("what is typed is checked, and survives a reload without the password", async () => { // R4, R5, R65
    await accessible(page, "the empty form");
    await label("Common name (CN)").fill("clock.example.org");
    await label("Country (C)").selectOption("DE");
    await label("Organizational unit (OU)").fill("First");
    await press("Add the field");
    await page.keyboard.type("Second, \"quoted\" + <b>");
    await press("Add a name");
    for (const text of ["www.example.org", "192.0.2.7", "bad..name"]) {
        await page.keyboard.type(text);
        await page.keyboard.press("Enter");
    }
    await page.getByText("What some authorities").click();
    await label("Challenge password").fill("never kept");
    assert.equal(await label("Challenge password").getAttribute("autocomplete"), "off");
    await accessible(page, "something wrong");
    await page.setViewportSize({ width: 320, height: 640 });
    await fits(page, "the form");
    await page.setViewportSize({ width: 1200, height: 900 });
    assert.ok(!(await page.evaluate(() => JSON.stringify(localStorage))).includes("never kept"));
    await page.reload();
    await page.locator("form.request-form").waitFor();
    assert.deepEqual(await typedNames(), ["www.example.org", "192.0.2.7", "bad..name"]);
    await press("Make the request");
    assert.equal(await page.evaluate(() => document.activeElement.value), "bad..name");
    await page.locator(".name-row").last().getByRole("button", { name: /^Remove/ }).click();
});

test("what somebody else has set is not overwritten unseen", async () => { // R6
    certctl("san", NAME, "add", "DNS:theirs.example.org");
    await page.getByRole("heading", { name: "Somebody else has changed these settings" }).waitFor();
    await accessible(page, "a conflict");
    await press("Make the request");
    assert.match(page.url(), /\/request$/);
    assert.deepEqual(await typedNames(), ["www.example.org", "192.0.2.7"]);
    await press("Keep mine");
});

test("a request for an outside authority: its text, out of date, cancelled", async () => { // R2, R6, R11, R14
    await press("Make the request");
    const id = await opened("What comes next");
    const request = run("bash", "-c", "openssl req -noout -text <<<\"$1\"", "bash",
        await page.locator("pre.pem").textContent());
    assert.match(request, /Subject: C = DE, OU = First, OU = "Second, \\"quoted\\" \+ <b>", CN = clock.example.org/);
    assert.match(request, /DNS:www.example.org, IP Address:192.0.2.7, DNS:clock.example.org/); // R7
    for (const file of ["PEM", "DER"]) {
        const begun = page.waitForEvent("download");
        await page.getByRole("link", { name: `Download as ${file}` }).click();
        assert.equal((await begun).suggestedFilename(), `${NAME}.csr`);
    }
    assert.ok((await page.locator("main").innerText()).includes("Public key, SHA-256"));
    const made = await page.locator(".distance").textContent();
    assert.match(made, /^ \((now|\d+ seconds? ago)\)$/);
    await page.waitForFunction((text) => document.querySelector(".distance").textContent !== text, made);
    certctl("san", NAME, "add", "DNS:later.example.org");
    await page.getByText("This request is out of date.").waitFor();
    await accessible(page, "out of date");
    await page.setViewportSize({ width: 320, height: 640 });
    await fits(page, "a request");
    await page.setViewportSize({ width: 1200, height: 900 });
    await press("Cancel the request…");
    await page.locator("dialog").getByRole("button", { name: "Cancel the request" }).click();
    await page.getByText("It was cancelled").waitFor();
    assert.match(certctl("requests", NAME), new RegExp(`^.*\\b${id}\\b.*cancelled`, "m"));
});

test("a slow key is followed live, and given up", async () => { // R9, R11
    await openForm();
    await label("Key type").selectOption("rsa:8192");
    await press("Make the request");
    await opened(/Its key is being made/);
    await accessible(page, "a key in the making");
    await press("Cancel the request…");
    await page.locator("dialog").getByRole("button", { name: "Cancel the request" }).click();
    await page.getByText("It was cancelled").waitFor();
});

test("what the device refuses is shown at its field", async () => { // R10, R21
    await openForm("?issuer=internal");
    await press("Issue the certificate");
    await page.locator(".name-row .is-invalid").first().waitFor();
    assert.match(await page.locator(".name-row .invalid-feedback").filter({ hasText: /./ }).first().textContent(),
        /may not speak for/);
    await label("Valid for how many days").fill("398");
    await page.getByText("Type a whole number from 1 to 397.").waitFor();
    await label("An authority outside").check();
    assert.equal(await label("Valid for how many days").isVisible(), false);
});

test("self-signed, for ten years, on trial", async () => { // R20, R21, R38
    await openForm();
    await label("Itself (self-signed)").check();
    await label("Key type").selectOption("ec:secp384r1");
    await label("Valid for how many days").fill("3650");
    await label("On trial").check();
    await press("Issue the certificate");
    await opened(/The certificate was issued/);
    await page.getByRole("button", { name: "Go back now" }).waitFor();
    await accessible(page, "issued on trial");
    const shown = certctl("show", NAME);
    assert.match(shown, /Origin: +self/);
    assert.match(shown, /ec:secp384r1/);
    certctl("confirm", NAME, "--tested");
});

test("a renewal has the key in use, or a new one, as its reader chooses", async () => { // R15
    const key = (text) => run("bash", "-c", "openssl pkey -pubin -outform DER <<<\"$1\" | sha256sum", "bash", text);
    const inUse = key(run("bash", "-c", "openssl x509 -noout -pubkey <<<\"$1\"", "bash",
        certctl("export", NAME, "--format", "pem")));
    for (const [choice, same] of [["The key in use", true], ["A new key", false]]) {
        await openForm();
        await label("An authority outside").check();
        await page.getByRole("radio", { name: choice }).check();
        await press("Make the request");
        await opened("What comes next");
        const asked = run("bash", "-c", "openssl req -noout -pubkey <<<\"$1\"", "bash",
            await page.locator("pre.pem").textContent());
        assert.equal(key(asked) === inUse, same, choice);
    }
});

test("whoever may not is told so", async () => { // R60
    const theirs = await chrome.another();
    await visit(theirs, `certificates/${NAME}/request`, READER);
    await theirs.getByRole("button", { name: "Make the request" }).click();
    await theirs.getByRole("alert").waitFor();
    await theirs.context().close();
});
