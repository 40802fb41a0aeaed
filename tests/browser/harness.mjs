// SPDX-License-Identifier: LGPL-2.1-or-later
// Real browsers on the page of a private bus (tests/private-bus --isolated --web -- node --test FILE). They trust the
// device's authority as a user would who has imported it, and no error of a certificate is ignored.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";

const modules = createRequire(path.join(process.env.CERTD_NODE ?? "build/node", "package.json"));
const place = new URL(process.env.CERTD_WEB_URL);
const AXE = fs.readFileSync(modules.resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--disable-crash-reporter"];

export const LONG = process.env.CERTD_TEST_LONG === "1";
export const ADMIN = { name: process.env.CERTD_WEB_USER, password: process.env.CERTD_WEB_PASSWORD };
export const READER = { name: process.env.CERTD_WEB_READER, password: process.env.CERTD_WEB_READER_PASSWORD };
/** The device as its certificate calls it, which every browser here takes for this machine. */
export const HOST = os.hostname();
export const PAGE = `https://${HOST}:${place.port}/`;
export const WAIT_MSEC = 60000; // other tests keep the machine busy meanwhile
const START_MSEC = 120000; // of a browser

/** What a command prints. */
export function run(command, ...words) {
    return execFileSync(command, words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

export function certctl(...words) {
    return run("certctl", ...words);
}

/** The device's authority, PEM. */
export function authority() {
    return path.join(process.env.CERTD_RUNTIME_DIRECTORY, "authority", "ca.crt");
}

/** Puts authorities (files) into an NSS database, Chromium's or Firefox's. */
function trust(database, files) {
    fs.mkdirSync(database, { recursive: true });
    run("certutil", "-d", `sql:${database}`, "-N", "--empty-password");
    files.forEach((file, i) => run("certutil", "-d", `sql:${database}`, "-A", "-t", "C,,", "-n", `authority ${i}`,
        "-i", file));
}

function newHome() {
    return fs.mkdtempSync(path.join(os.tmpdir(), "certd-browser-"));
}

/* What Firefox calls an error of the page's, and is the end of an event stream. */
const NO_FAULT = /can’t establish a connection to the server|The connection to \S+ was interrupted/;

/** What the page must not do: faults of scripts, what the Content-Security-Policy refuses, files that are not there. */
function watch(page, faults) {
    page.on("pageerror", (error) => {
        if (!NO_FAULT.test(error.message))
            faults.push(`${error.stack ?? error}`);
    });
    page.on("console", (message) => {
        if (/Content.Security.Policy|Failed to load module/i.test(message.text()))
            faults.push(message.text());
    });
}

async function end(browser, home, faults = []) {
    await browser.close();
    fs.rmSync(home, { recursive: true, force: true });
    assert.deepEqual(faults, []);
}

/**
 * A Chromium with a home of its own. trusted: files of authorities; more: of browser.newContext. {browser, context,
 * page(), another(), faults, close()}: another() is a page of another user of the same computer, with cookies and
 * connections of its own until its context is closed; close() fails where a page had a fault.
 */
export async function chromium({ trusted = [authority()], ...more } = {}) {
    const home = newHome();
    trust(path.join(home, ".pki", "nssdb"), trusted);
    const browser = await modules("playwright-core").chromium.launch({ executablePath: "/usr/bin/chromium",
        timeout: START_MSEC, args: [...FLAGS, `--host-resolver-rules=MAP * ${place.hostname}`],
        env: { ...process.env, HOME: home } });
    const faults = [];
    const context = await browser.newContext({ locale: "en-GB", timezoneId: "Europe/Berlin",
        reducedMotion: "reduce", ...more });
    const open = async (within) => {
        within.setDefaultTimeout(WAIT_MSEC);
        const page = await within.newPage();
        watch(page, faults);
        return page;
    };
    return {
        browser, context, faults,
        page: () => open(context),
        another: async () => open(await browser.newContext({ locale: "en-GB", reducedMotion: "reduce" })),
        close: () => end(browser, home, faults),
    };
}

/** A Firefox, by puppeteer: {browser, page(context), faults, close()}. personal: a PKCS#12 file without a pass phrase,
    of the certificate that it shows wherever one is asked for; downloads: the folder that it saves files in. */
export async function firefox({ trusted = [authority()], personal = null, downloads = "" } = {}) {
    const home = newHome();
    trust(home, trusted);
    if (personal !== null)
        run("pk12util", "-d", `sql:${home}`, "-i", personal, "-W", "", "-K", "");
    const browser = await modules("puppeteer-core").launch({ browser: "firefox", executablePath: "/usr/bin/firefox-esr",
        headless: true, userDataDir: home, env: { ...process.env, HOME: home }, acceptInsecureCerts: false,
        timeout: START_MSEC, extraPrefsFirefox: { "network.dns.forceResolve": place.hostname,
            "intl.accept_languages": "en-GB,en", "security.default_personal_cert": "Select Automatically",
            "browser.download.dir": downloads, "browser.download.folderList": 2 } });
    const faults = [];
    return {
        browser, faults,
        async page(context = browser) {
            const page = await context.newPage();
            page.setDefaultTimeout(WAIT_MSEC);
            watch(page, faults);
            return page;
        },
        close: () => end(browser, home, faults),
    };
}

/** The view of that address, once a page goes there: it is the same document, where the view of before stands for a
    moment. A selector. */
export async function viewAt(page, url) {
    await page.evaluate((next) => {
        const view = document.querySelector("main .view");
        if (view !== null && new URL(next).hash !== location.hash)
            view.dataset.left = "";
    }, url);
    return "main .view:not([data-left])";
}

/** Goes to an address of the page ("certificates/https"), and signs in where it asks. For playwright's pages. */
export async function visit(page, address = "overview", user = ADMIN) {
    const url = `${PAGE}#/${address}`;
    const view = await viewAt(page, url);
    await page.goto(url);
    const name = page.locator("input[name=user]");
    await name.or(page.locator(view)).first().waitFor({ state: "attached" });
    if (await name.isVisible()) {
        await name.fill(user.name);
        await page.locator("input[name=password]").fill(user.password);
        await page.locator("button[type=submit]").click();
    }
    await page.locator("nav").waitFor();
}

/** Gives the password again where the page asks for it; user: as for visit(). */
export async function password(page, user = ADMIN) {
    const dialog = page.locator("dialog[open]");
    await dialog.locator("input[type=password]").fill(user.password);
    await dialog.locator("button[type=submit]").click();
}

/** No violation of what axe-core knows, in the state that the page is in. */
export async function accessible(page, what) {
    const found = await page.evaluate(`${AXE}; axe.run(document, { resultTypes: ["violations"] })`);
    const violations = found.violations.map((one) => [one.id, one.help, one.nodes.map((node) => node.html).join(" | ")]
        .join(": "));
    assert.deepEqual(violations, [], what);
}

/** Nothing goes beyond the window's sides. */
export async function fits(page, what) {
    const [whole, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(whole <= window, `${what}: ${whole} of ${window} pixels`);
}

/** How many requests load() keeps going. */
export const AT_ONCE = 100;

/** Has a browser's page ask the device for something a hundred times at once, and again until stop() was called: what
    came of it, {answers, failed}. */
export async function load(page) {
    await page.evaluate((count) => {
        window.load = { on: true, answers: 0, failed: [] };
        const one = async () => {
            try {
                const answer = await fetch("/redfish/v1/CertificateService", { cache: "no-store" });
                await answer.json();
                if (!answer.ok)
                    throw new Error(`${answer.status}`);
                window.load.answers += 1;
            } catch (error) {
                window.load.failed.push(`${error}`);
            }
        };
        window.load.done = (async () => {
            do
                await Promise.all(Array.from({ length: count }, one));
            while (window.load.on);
        })();
    }, AT_ONCE);
    await page.waitForFunction(() => window.load.answers > 0);
    return { stop: () => page.evaluate(async () => {
        window.load.on = false;
        await window.load.done;
        return { answers: window.load.answers, failed: window.load.failed };
    }) };
}

/** Lighthouse in a Chromium of its own: {signIn(user), look(url, categories, "desktop" or "mobile"), close()}. */
export async function lighthouse() {
    const home = newHome();
    trust(path.join(home, ".pki", "nssdb"), [authority()]);
    const browser = await modules("puppeteer-core").launch({ executablePath: "/usr/bin/chromium", headless: true,
        timeout: START_MSEC,
        args: [...FLAGS, `--host-resolver-rules=MAP * ${place.hostname}`], env: { ...process.env, HOME: home } });
    const folder = path.dirname(modules.resolve("lighthouse/package.json"));
    const { default: look, desktopConfig } = await import(path.join(folder, "core", "index.js"));
    return {
        async signIn(user) {
            const page = await browser.newPage();
            await page.goto(PAGE);
            await page.waitForSelector("input[name=user], nav");
            if (await page.$("nav") === null) {
                await page.type("input[name=user]", user.name);
                await page.type("input[name=password]", user.password);
                await page.click("button[type=submit]");
                await page.waitForSelector("nav");
            }
            await page.close();
        },
        async look(url, categories, formFactor) {
            const page = await browser.newPage();
            const done = await look(url, { onlyCategories: categories, disableStorageReset: true, logLevel: "error" },
                formFactor === "desktop" ? desktopConfig : undefined, page);
            await page.close();
            return done.lhr;
        },
        close: () => end(browser, home),
    };
}
