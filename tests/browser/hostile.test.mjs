// SPDX-License-Identifier: LGPL-2.1-or-later
// Whatever strangers, users and other programs have written into a field comes out as text on every view: no element
// is made of it, nothing runs, nothing is fetched, and it neither tears the page nor turns the words around it.

import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";
import { HOST, LONG, PAGE, accessible, certctl, chromium, fits, run } from "./harness.mjs";
import { ADDRESSES, enact, outside, requestText, see, settled, show } from "./scene.mjs";

const MARKUP = "</script><script>hit=1</script><img src=x onerror=hit=1>";
/* At most 64 characters each, which is what a name in a subject may have (X.520). */
const TEXTS = {
    markup: MARKUP, quotes: "\"'`\\\"}],{\"<b id='made\">&lt;&#60;b>", turned: "שלום عربي 12/34",
    bidirectional: "a\u202egnp.exe\u2066\u200fb", terminal: "a\x1b[2J\x1b]0;b\x07c", c1: "a\x85b\x9b2J",
    format: "%s%n{name}{count}$&%00",
    separators: "a\u2028b\u2029c", wide: "W".repeat(64),
};
/* What the device refuses, or writes in another way, in what is typed: bytes that no reader would see. */
const HIDDEN = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
/* Of the device's answers: what is a text of somebody's, not a word of the API's own. */
const FREE = new Set(["Subject", "Issuer", "Message", "Remedy", "Resolution", "Detail", "UserName", "Unit", "Damage",
    "HostName", "FQDN", "SubjectAltNames", "PermittedNames", "DisplayString", "CommonName", "Organization",
    "SignatureAlgorithm", "Sender",
    "Version", "FirmwareVersion", "DeviceNames", "Model"]);
const USER = 65123;
const KIB = 1024;
let chrome, page, authority, addresses;
const elsewhere = [];

before(async () => {
    authority = outside();
    chrome = await chromium({ reducedMotion: "reduce", viewport: { width: 1200, height: 900 } });
    page = await chrome.page();
    page.on("dialog", (dialog) => { elsewhere.push(dialog.message()); dialog.dismiss(); });
    page.on("request", (request) => request.url().startsWith(PAGE) || elsewhere.push(request.url()));
    const number = enact(authority);
    addresses = ADDRESSES.map(([what, address]) => [what, address.replace("REQUEST", number)]);
});

after(async () => {
    await chrome.close();
    authority.remove();
});

/** Unfolds all there is, and sees that the page is what it would be with harmless texts. */
async function unharmed(what) {
    await page.locator("main details").evaluateAll((all) => all.forEach((one) => { one.open = true; }));
    await settled(page);
    assert.deepEqual(elsewhere, [], what);
    assert.equal(await page.evaluate(() => globalThis.hit), undefined, what);
    assert.equal(await page.locator("body :is(script, img, iframe, object, b, #made, base, style, form[action], " +
        "[onerror])").count(), 0, what);
    assert.deepEqual((await page.evaluate(turned)).slice(0, 3), [], what);
    await see(page, ["light", 320]);
    await fits(page, what);
    await see(page, ["light", 1200]);
    await fits(page, what);
}

/** Texts from right to left beside which there are words in their line that they would turn. */
function turned() {
    const found = [];
    const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (nodes.nextNode()) {
        const text = nodes.currentNode.textContent;
        if (!/[\u0590-\u08ff]/.test(text) || text.includes("\u2068"))
            continue;
        let line = nodes.currentNode.parentElement;
        while (getComputedStyle(line).display === "inline" && !getComputedStyle(line).unicodeBidi.includes("isolate"))
            line = line.parentElement;
        if (line.checkVisibility() && line.textContent.trim() !== text.trim() && line.tagName !== "OPTION")
            found.push(line.outerHTML.slice(0, 300));
    }
    return found;
}

function escaped(text) {
    return text.replace(/[,+"\\<>;=#]/g, "\\$&");
}

function typed() {
    return Object.entries(TEXTS).filter(([, text]) => !HIDDEN.test(text));
}

test("subjects and alternative names that are typed", async () => { // R2 R5
    for (const [kind, text] of typed()) {
        certctl("create", kind, "--subject", `CN=h.local,O=${escaped(text)}`, "--san", `dirName:CN=${escaped(text)}`);
        certctl("issue", kind);
        requestText(kind);
        await show(page, `certificates/${kind}`);
        await page.locator("main .chain-name").first().waitFor();
        const shown = await page.locator("main").textContent();
        assert.ok(shown.replaceAll("\\", "").includes(text.replaceAll("\\", "")), `${kind}: ${shown}`);
        await unharmed(kind);
        await show(page, `certificates/${kind}/request`);
        await page.waitForFunction((value) => [...document.querySelectorAll("main input")]
            .some((one) => one.value === value), text);
        await unharmed(`request: ${kind}`);
    }
});

test("what somebody outside has signed, and what is trusted", async () => { // R33 R40 R70
    for (const [kind, text] of Object.entries(TEXTS)) {
        const name = `outside-${kind}`;
        const pem = authority.lone(name, `/CN=${text.replace(/[\\/+]/g, "\\$&")}`, "-addext",
            "keyUsage=keyCertSign,cRLSign",
            "-addext", "subjectAltName=DNS:h.example.org");
        certctl("trust", "add", pem);
        await show(page, `certificates/mail/install`);
        await page.getByLabel("Certificate, as text").fill(fs.readFileSync(pem, "utf8"));
        await page.locator(".chain-name").first().waitFor();
        await unharmed(name);
        await page.getByLabel("Certificate, as text").fill("");
    }
    await show(page, "trust");
    await page.locator("ul.rows > li").nth(Object.keys(TEXTS).length).waitFor();
    assert.ok((await page.locator("ul.rows").textContent()).includes(MARKUP));
    await unharmed("trust");
    await accessible(page, "trust");
});

test("a user of a strange name, in the log", async () => { // R64
    fs.appendFileSync("/etc/passwd", `<b id=made>${TEXTS.turned.replace(/ .*/, "")}:x:${USER}:${USER}::/:/bin/sh\n`);
    run("sh", "-c", `setpriv --reuid ${USER} --clear-groups certctl create refused </dev/null >/dev/null 2>&1 || true`);
    await show(page, "activity");
    await page.getByText(String(USER)).first().waitFor();
    await unharmed("activity");
});

const WORDS = new Set(["default", "external", "internal", "self"]); // issuers of the settings

/** The same answer with text in the place of every text of somebody's. */
function changed(value, text, key = "") {
    if (Array.isArray(value))
        return value.map((one) => changed(one, text, key));
    if (value !== null && typeof value === "object")
        return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, changed(one, text, name)]));
    return typeof value === "string" && FREE.has(key) && !WORDS.has(value) ? text : value;
}

/* The page must not rely on the device either. */
async function everywhere(text, shown) {
    await page.route("**/redfish/v1/**", async (route) => {
        if (route.request().method() !== "GET" || route.request().url().endsWith("/SSE")) {
            await route.fallback();
            return;
        }
        const path = new URL(route.request().url());
        const cookies = await page.context().cookies(PAGE);
        const headers = { Cookie: cookies.map((one) => `${one.name}=${one.value}`).join("; ") };
        const body = JSON.parse(fetched(`${path.pathname}${path.search}`, headers));
        await route.fulfill({ json: changed(body, text) });
    });
    for (const [what, address] of shown) {
        await page.goto("about:blank");
        await show(page, address);
        await unharmed(`${what}: ${text.slice(0, 20)}`);
    }
    await page.unrouteAll({ behavior: "ignoreErrors" });
}

/** What the device answers, read by another program: the browser's own is what is changed. */
function fetched(path, headers) {
    return run("curl", "--silent", "--insecure", "--header", `Cookie: ${headers.Cookie}`, "--connect-to",
        `${HOST}::${new URL(process.env.CERTD_WEB_URL).hostname}:`, `${PAGE.slice(0, -1)}${path}`);
}

test("whatever the device may answer, in every view", async () => { // R65
    const text = `${TEXTS.turned} ${MARKUP}${TEXTS.bidirectional}\0${TEXTS.terminal}`;
    await everywhere(text, addresses);
});

test("values of 64 KiB, and names without an end", async () => {
    const long = "n".repeat(64 * KIB);
    await everywhere(long, LONG ? addresses : addresses.filter(([what]) => ["overview", "certificate"].includes(what)));
});

test("an error's sentence", async () => {
    await show(page, "certificates");
    const text = `${TEXTS.turned}${MARKUP}`;
    const info = { MessageId: `Certd.1.0.${text}`, Message: text, MessageArgs: [text], Resolution: text,
        MessageSeverity: "Critical" };
    await page.route("**/CertificateService/**", (route) => route.fulfill({ status: 400,
        json: { error: { code: text, message: text, "@Message.ExtendedInfo": [info] } } }));
    await page.getByLabel("Name", { exact: true }).fill("refused");
    await page.keyboard.press("Enter");
    await page.locator("main [role=alert]").waitFor();
    assert.ok((await page.locator("main [role=alert]").textContent()).includes(MARKUP));
    await unharmed("an error");
    await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("addresses", async () => {
    const [markup, turned] = [MARKUP, `certificate/${TEXTS.turned}${MARKUP}`].map(encodeURIComponent);
    for (const address of [`certificates/${markup}`, `certificates/${MARKUP}`, "certificates/%", "%ff",
        `activity?object=${turned}`, `certificates/mail/requests/${markup}`]) {
        await page.goto("about:blank");
        await show(page, address);
        await page.locator("h1").waitFor();
        await unharmed(address);
    }
});
