// SPDX-License-Identifier: LGPL-2.1-or-later
// The frame: signing in and out, the languages, the colours, addresses that are none, and what the browser says of HTTPS.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN, PAGE, READER, accessible, chromium, firefox, fits, visit } from "./harness.mjs";

let chrome;
before(async () => { chrome = await chromium({ reducedMotion: "reduce" }); });
after(() => chrome.close());

async function signedOut() {
    const page = await chrome.page();
    await page.context().clearCookies();
    await page.goto(PAGE);
    await page.evaluate(() => localStorage.clear());
    await page.reload();
    await page.locator("input[name=user]").waitFor();
    return page;
}

test("the browser calls it secure", async () => { // R27
    const page = await chrome.page();
    const answer = await page.goto(PAGE);
    const details = await answer.securityDetails();
    assert.equal(answer.status(), 200);
    assert.match(details.protocol, /^TLS 1\.3/);
    assert.equal(await page.evaluate(() => isSecureContext), true);
    assert.equal(answer.headers()["cache-control"], "no-store"); // R66
    await page.close();
});

test("so does Firefox", async () => {
    const fox = await firefox();
    try {
        const page = await fox.page();
        const answer = await page.goto(PAGE);
        assert.equal(answer.status(), 200);
        await page.waitForSelector("input[name=user]");
        await page.type("input[name=user]", ADMIN.name);
        await page.type("input[name=password]", ADMIN.password);
        await page.click("button[type=submit]");
        await page.waitForSelector("nav");
    } finally {
        await fox.close();
    }
});

test("a wrong password is told, and the right one gets in", async () => {
    const page = await signedOut();
    await accessible(page, "signing in");
    await page.locator("input[name=user]").fill(ADMIN.name);
    await page.locator("input[name=password]").fill("wrong");
    await page.keyboard.press("Enter");
    await page.locator("[role=alert]").waitFor();
    await accessible(page, "a wrong password");
    assert.equal(await page.locator("input[name=password]").inputValue(), "");
    await page.locator("input[name=password]").fill(ADMIN.password);
    await page.keyboard.press("Enter");
    await page.locator("nav").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.locator("input[name=user]").waitFor();
    await page.close();
});

test("a reload keeps who is signed in and where", async () => { // R65
    const page = await chrome.page();
    await visit(page, "trust");
    await page.reload();
    await page.locator("nav").waitFor();
    assert.equal(await page.locator("h1").textContent(), "Trust");
    assert.equal(await page.locator("nav [aria-current]").textContent(), "Trust");
    await page.close();
});

test("an address that is none says so", async () => {
    const page = await chrome.page();
    await visit(page, "nothing/of/that");
    assert.match(await page.locator("h1").textContent(), /no such page/);
    await accessible(page, "no such page");
    await page.close();
});

test("each language, both colours, and the smallest window", async () => {
    const page = await chrome.page();
    await visit(page);
    for (const [language, word] of [["de", "Zertifikate"], ["fr", "Certificats"], ["ja", "証明書"], ["zh_CN", "证书"], ["en", "Certificates"]]) {
        await page.getByRole("combobox").first().selectOption(language);
        await page.locator(`html[lang="${language.replace("_", "-")}"] nav`).waitFor();
        assert.equal(await page.locator('nav a[data-route="certificates"]').textContent(), word);
    }
    for (const theme of ["dark", "light"]) {
        await page.getByRole("combobox").last().selectOption(theme);
        await page.locator(`html[data-theme="${theme}"]`).waitFor();
        await accessible(page, theme);
    }
    await page.setViewportSize({ width: 320, height: 640 });
    await fits(page, "the frame");
    await page.close();
});

test("who leaves the question unanswered is asked again at the next address", async () => { // R65
    const page = await chrome.page();
    await visit(page, "trust");
    await page.context().clearCookies();
    const question = page.getByRole("dialog", { name: "The session is over" });
    await page.locator('nav a[data-route="authority"]').click();
    await question.waitFor();
    await page.keyboard.press("Escape");
    await page.locator("main [role=alert]").waitFor();
    await page.locator('nav a[data-route="https"]').click();
    await question.locator("input[name=user]").fill(READER.name);
    await question.locator("input[name=password]").fill(READER.password);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Ports" }).waitFor();
    assert.equal(await page.locator("header .who span").textContent(), READER.name);
    await page.close();
});

test("what the modules promise each other", async () => {
    const page = await chrome.page();
    await page.goto(PAGE);
    const found = await page.evaluate(async () => {
        const { errorLine } = await import("/codes.js");
        const { oneAtATime } = await import("/places.js");
        const { shortName } = await import("/subject.js");
        let read = 0;
        const again = oneAtATime(async () => { read += 1; }, new AbortController().signal);
        await Promise.all([again(), again(), again()]);
        await again();
        return { read, names: ["CN=a\\,b,O=Example", "O=Example", "2.5.4.97=x,CN=c", ""].map(shortName),
            line: errorLine({ status: 401, messages: [{ id: "Certd.NotProven", text: "Text.", remedy: "", args: [] }] }) };
    });
    assert.deepEqual(found.names, ["a,b", "Example", "c", ""]);
    assert.equal(found.read, 3);
    assert.match(found.line, /[a-z.] Text\.$/);
    await page.close();
});
