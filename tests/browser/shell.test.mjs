// SPDX-License-Identifier: LGPL-2.1-or-later
// The frame: signing in and out, sessions that end, the languages, the colours, addresses that are none, and what the
// browser says of HTTPS.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN, PAGE, READER, accessible, chromium, firefox, fits, run, visit } from "./harness.mjs";

const FORM = "certificates/https/request";
const SIGN_OUT = "**/SessionService/Sessions/*";
const NETWORK = "/redfish/v1/Managers/device/NetworkProtocol";
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
    await leave(page);
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
    for (const [language, word] of [["de", "Zertifikate"], ["fr", "Certificats"], ["ja", "証明書"], ["zh_CN", "证书"],
        ["en", "Certificates"]]) {
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

test("what nobody saved is there again for the same user alone", async () => { // R65
    const page = await signedOut();
    const organization = typed(page);
    await visit(page, FORM);
    await organization.fill("Ada's");
    for (const [user, text] of [[READER, ""], [ADMIN, "Ada's"]]) {
        await leave(page);
        await visit(page, FORM, user);
        await organization.waitFor();
        assert.equal(await organization.inputValue(), text);
    }
    await button(page, "Discard what I typed").click();
    await button(page.getByRole("dialog"), "Discard").click();
    await page.close();
});

test("signing out is no session that is over, and tells nobody what was done", async () => { // R60
    const page = await signedOut();
    await visit(page, "trust");
    const told = page.locator("body > [aria-live=polite]");
    await page.evaluate(async () => (await import("/dom.js")).announce("mqtt is removed"));
    await told.getByText("mqtt is removed").waitFor();
    const held = new Promise((done) => {
        page.route(SIGN_OUT, (route) => (route.request().method() === "DELETE" ? done(route) : route.fallback()));
    });
    await button(page, "Sign out").click();
    const route = await held;
    await page.route("**/redfish/v1/**", (one) => one.fulfill({ status: 401, json: {} }));
    await page.evaluate(() => { location.hash = "#/authority"; });
    await page.locator("main [role=alert]").waitFor();
    assert.equal(await page.locator("nav").count(), 1);
    await page.unroute("**/redfish/v1/**");
    await route.continue();
    await page.locator("input[name=user]").waitFor();
    assert.equal(await told.textContent(), "");
    await page.unroute(SIGN_OUT);
    await signIn(page);
    await page.locator("nav").waitFor();
    await endSession(page);
    await over(page);
    await page.close();
});

test("a device that has not heard of it hears it once more", async () => { // R60
    const page = await signedOut();
    await visit(page, "trust");
    await page.route(SIGN_OUT, (route) => route.abort());
    await button(page, "Sign out").click();
    const lost = page.getByRole("alert").getByText("The device did not hear that you signed out");
    await lost.waitFor();
    await accessible(page, "a sign-out that failed");
    await page.unroute(SIGN_OUT);
    const [answer] = await Promise.all([page.waitForResponse((one) => one.request().method() === "DELETE"),
        button(page, "Try again").click()]);
    assert.equal(answer.ok(), true);
    await lost.waitFor({ state: "detached" });
    await page.close();
});

test("another user in another window is another user here", async () => { // R60
    const [one, other] = [await chrome.page(), await chrome.page()];
    await visit(one, "trust");
    await visit(other, "authority");
    await one.evaluate(async () => document.body.append((await import("/session.js")).signInForm(() => {})));
    await signIn(one, READER);
    await other.locator("header .who").getByText(READER.name, { exact: true }).waitFor();
    await one.close();
    await other.close();
});

test("a browser that stores nothing lets its user in", async () => {
    const page = await signedOut();
    await page.evaluate(() => { Storage.prototype.setItem = () => { throw new Error("full"); }; });
    await signIn(page);
    await page.locator("nav").waitFor();
    assert.equal(await page.locator("[role=alert]").count(), 0);
    await leave(page);
    await page.close();
});

test("who is not reached at first is told so in the reader's language", async () => { // R65
    const page = await signedOut();
    await visit(page, "trust");
    await page.evaluate(() => localStorage.setItem("certd:language", "de"));
    const asked = page.waitForRequest("**/SessionService");
    await page.route("**/SessionService", (route) => route.abort());
    await page.route("**/de.mo", async (route) => {
        await (await asked).failure();
        await route.continue();
    });
    await page.reload();
    await button(page, "Erneut versuchen").waitFor();
    await page.evaluate(() => localStorage.removeItem("certd:language"));
    await page.close();
});

test("a view that did not come and was left again reloads nothing", async () => { // R65
    const page = await signedOut();
    await page.route("**/view-trust.js", (route) => route.abort());
    await visit(page, "authority");
    const held = new Promise((done) => { page.route("**/redfish/v1", done); });
    await page.evaluate(() => { window.stays = true; location.hash = "#/trust"; });
    const route = await held;
    const left = page.waitForEvent("requestfailed", (one) => one.url().endsWith("/redfish/v1"));
    await visit(page, FORM);
    await left;
    await route.abort();
    await typed(page).waitFor();
    assert.deepEqual(await page.evaluate(() => [window.stays, sessionStorage.getItem("certd:reloaded")]), [true, null]);
    await page.close();
});

test("whoever signs in where the session was over sees the address anew", async () => { // R65
    const page = await chrome.page();
    await visit(page, "trust");
    await page.context().clearCookies();
    await page.evaluate(() => { location.hash = "#/https"; });
    await over(page);
    await signIn(page, READER);
    await page.getByRole("heading", { name: "Ports" }).waitFor();
    assert.equal(await page.locator("header .who span").textContent(), READER.name);
    await page.close();
});

function typed(page) {
    return page.getByLabel("Organization (O)", { exact: true });
}

function button(on, name) {
    return on.getByRole("button", { name, exact: true });
}

async function leave(page) {
    await button(page, "Sign out").click();
    await page.locator("input[name=user]").waitFor();
}

/* The page says that the session is over, and shows nothing else. */
async function over(page) {
    await page.getByRole("heading", { name: "The session is over" }).waitFor();
    assert.equal(await page.locator("nav, .view, dialog").count(), 0);
    assert.match(await page.title(), /^Sign in/);
}

async function signIn(page, user = ADMIN) {
    await page.locator("input[name=user]").fill(user.name);
    await page.locator("input[name=password]").fill(user.password);
    await page.keyboard.press("Enter");
}

/* Ends the session of the page as another client of the same user does, which has a token. */
async function endSession(page) {
    await page.evaluate(async ({ name, password }) => {
        const { ROOT, get } = await import("/api.js");
        const send = async (method, path, more = {}) => {
            const answer = await fetch(path, { method, credentials: "omit", ...more });
            if (!answer.ok)
                throw new Error(`${method}: ${answer.status}`);
            return answer;
        };
        const ended = (await get(`${ROOT}/SessionService`)).Oem.Certd.CurrentSession["@odata.id"];
        const begun = await send("POST", `${ROOT}/SessionService/Sessions`, {
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ UserName: name, Password: password }) });
        const headers = { "X-Auth-Token": begun.headers.get("X-Auth-Token") };
        for (const path of [ended, begun.headers.get("Location")])
            await send("DELETE", path, { headers });
    }, ADMIN);
}

test("a session that ends elsewhere is told without a click, and the form goes on", async () => { // R60 R65
    const page = await signedOut();
    await visit(page, FORM);
    const organization = typed(page);
    const secret = page.getByLabel("Challenge password");
    await organization.waitFor();
    await page.locator("summary", { hasText: "besides" }).click();
    await secret.fill("no draft");
    await organization.pressSequentially("Example");
    await page.waitForFunction((name) => localStorage.getItem(`certd:draft:${name}:request:https`) !== null,
        ADMIN.name);
    await endSession(page);
    await over(page);
    assert.equal(await page.locator("input[name=password]").evaluate((node) => node === document.activeElement), true);
    await accessible(page, "the session is over");
    await signIn(page);
    await organization.waitFor();
    assert.equal(await organization.inputValue(), "Example");
    assert.equal(await secret.inputValue(), "no draft");
    assert.equal(await organization.evaluate((node) => node === document.activeElement), true);
    await page.keyboard.type(" Timing");
    assert.equal(await organization.inputValue(), "Example Timing");
    await endSession(page);
    await over(page);
    await page.goBack();
    await signIn(page, READER);
    await page.locator("nav").waitFor();
    assert.equal(await page.locator("header .who span").textContent(), READER.name);
    await page.close();
});

test("a window that signs out takes the others along, and back in", async () => { // R65
    const [one, other] = [await chrome.page(), await chrome.page()];
    await visit(one, "trust");
    await visit(other, "authority");
    await one.getByRole("button", { name: "Sign out" }).click();
    await over(other);
    await signIn(one);
    await other.getByRole("heading", { level: 1, name: "Authority" }).waitFor();
    await one.close();
    await other.close();
});

test("a device that has gone for a moment throws nobody out", async () => { // R65
    const page = await chrome.page();
    await visit(page, FORM);
    const lost = page.getByText("The device can't be reached at the moment.");
    const organization = typed(page);
    await organization.fill("Example");
    run("web-stop", "tls");
    await lost.waitFor();
    await accessible(page, "the device can't be reached");
    assert.equal(await organization.inputValue(), "Example");
    run("web-start", "tls");
    await lost.waitFor({ state: "detached" });
    assert.equal(await page.locator("nav").isVisible(), true);
    assert.equal(await organization.inputValue(), "Example");
    await page.getByRole("button", { name: "Discard what I typed" }).click();
    await page.close();
});

test("a question goes with the view that asks it", async () => { // R65
    const page = await chrome.page();
    await visit(page, "trust");
    await page.locator('nav a[data-route="https"]').click();
    await page.getByRole("button", { name: "Force HTTPS…" }).click();
    await page.getByRole("dialog").waitFor();
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Trust" }).waitFor();
    assert.equal(await page.locator("dialog").count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1");
    await page.close();
});

test("a question that comes late is not asked over the gate", async () => { // R54 R60
    const page = await signedOut();
    await visit(page, "overview");
    await button(page, "Reset the device…").waitFor();
    const json = await page.evaluate(async (path) => (await import("/api.js")).get(path), NETWORK);
    const held = new Promise((done) => { page.route(`**${NETWORK}`, done); });
    await button(page, "Reset the device…").click();
    const route = await held;
    await endSession(page);
    await over(page);
    await Promise.all([page.waitForEvent("requestfinished", (one) => one.url().endsWith(NETWORK)),
        route.fulfill({ json })]);
    await page.evaluate(() => new Promise(requestAnimationFrame));
    await over(page);
    await page.close();
});

test("what the modules promise each other", async () => {
    const page = await chrome.page();
    await page.goto(PAGE);
    const found = await page.evaluate(async () => {
        const { errorLine } = await import("/codes.js");
        const { oneAtATime } = await import("/places.js");
        const { shortName } = await import("/subject.js");
        const { countdown } = await import("/countdown.js");
        const { deviceNow } = await import("/api.js");
        const { h } = await import("/dom.js");
        /* One that is shown no more, as where the session is over, says nothing when 10 seconds are left. */
        const time = countdown(new Date(deviceNow() + 10500).toISOString(), { what: "A trial" });
        h("main", {}, time);
        while (time.textContent !== "0:09")
            await new Promise(requestAnimationFrame);
        const said = [...document.querySelectorAll("body > [aria-live]")].map((node) => node.textContent).join("");
        let read = 0;
        const again = oneAtATime(async () => { read += 1; }, new AbortController().signal);
        await Promise.all([again(), again(), again()]);
        await again();
        return { said, read, names: ["CN=a\\,b,O=Example", "O=Example", "2.5.4.97=x,CN=c", ""].map(shortName),
            line: errorLine({ status: 401,
                messages: [{ id: "Certd.NotProven", text: "Text.", remedy: "", args: [] }] }) };
    });
    assert.deepEqual(found.names, ["a,b", "Example", "c", ""]);
    assert.equal(found.read, 3);
    assert.equal(found.said, "");
    assert.match(found.line, /[a-z.] Text\.$/);
    await page.close();
});
