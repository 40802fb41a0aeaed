// SPDX-License-Identifier: LGPL-2.1-or-later
// Firefox's pages as an administrator uses them: what is pressed, filled and shown is found by its role and its name,
// as playwright does for Chromium. All presses and keys are the browser's own.

import assert from "node:assert/strict";
import { ADMIN, PAGE, WAIT_MSEC, viewAt } from "./harness.mjs";

/** A page that nobody sees is given no frame to draw, so that what is waited for is looked for by the clock. */
export const OFTEN_MSEC = 50;
const OFTEN = { polling: OFTEN_MSEC, timeout: WAIT_MSEC };
const KINDS = {
    button: "button, summary, [role=button]", link: "a[href]", field: "input, select, textarea", heading: "h1, h2, h3",
    region: "section, [role=region]", group: "[role=group]", alert: "[role=alert]", timer: "[role=timer]",
};

/* In the page: the first node of those selectors that is seen and has that name, or any, below the region of that name
   and in the dialog where one is open. A name is whole, or else how it begins. */
function seek(selectors, name, within, regions) {
    const plain = (text) => text.replace(/\s+/g, " ").trim();
    const named = (node) => plain(node.getAttribute("aria-label") ??
        [...(node.labels ?? [])].map((one) => one.textContent).join(" ")) ||
        plain(document.getElementById(node.getAttribute("aria-labelledby"))?.textContent ?? node.textContent);
    const find = (from, kind, wanted) => {
        const all = [...from.querySelectorAll(kind)].filter((one) => one.checkVisibility());
        return wanted === null ? all[0]
            : all.find((one) => named(one) === wanted) ?? all.find((one) => named(one).startsWith(wanted));
    };
    const top = document.querySelector("dialog[open]") ?? document;
    const from = within === null ? top : find(top, regions, within);
    const node = from && find(from, selectors, name);
    return node && !node.disabled ? node : null;
}

/** Firefox's page with an administrator at it; within: the name of the region that something is in. */
export function reader(page) {
    /* A failure tells what is shown in its place. */
    const failed = (what) => async (error) => {
        const shown = await page.evaluate(() =>
            (document.querySelector("dialog[open], main") ?? document.body).innerText);
        throw new Error(`${what}: ${error.message}, and the page shows: ${shown}`);
    };
    const find = async (kind, name, within = null) => {
        const found = await page.waitForFunction(seek, OFTEN, KINDS[kind], name, within, KINDS.region)
            .catch(failed(`${kind} “${name}”`));
        return found.asElement();
    };
    /* What is drawn anew between being found and being pressed is found once more. */
    const act = async (kind, name, within, action) => {
        for (let tries = 3; ; tries--) {
            const node = await find(kind, name, within);
            try {
                return await action(node);
            } catch (error) {
                if (tries === 0 || !/detached|not clickable|no such node|stale/i.test(error.message))
                    throw error;
            }
        }
    };
    const holds = (test, ...words) => page.waitForFunction(test, OFTEN, ...words).catch(failed(words.join()));
    const it = {
        page,
        find,
        button: (name, within) => act("button", name, within, (node) => node.click()),
        link: (name, within) => act("link", name, within, (node) => node.click()),
        tick: (name, within) => act("field", name, within, async (node) => {
            if (!await node.evaluate((one) => one.checked))
                await node.click();
        }),
        choose: (name, value, within) => act("field", name, within, (node) => node.select(value)),
        upload: (name, ...files) => act("field", name, null, (node) => node.uploadFile(...files)),
        /* As pasted: in the place of what stands there. */
        fill: (name, text, within) => act("field", name, within, async (node) => {
            await node.focus();
            await node.evaluate((one, words) => {
                one.select();
                document.execCommand(words === "" ? "delete" : "insertText", false, words);
            }, text);
        }),
        value: async (name, within) => (await find("field", name, within)).evaluate((node) => node.value),
        heading: (name, within) => find("heading", name, within),
        shows: (words) => holds((wanted) => document.body.innerText.includes(wanted), words),
        text: async (kind, name) => (await find(kind, name)).evaluate((node) => node.innerText),
        evaluate: (...what) => page.evaluate(...what),
        async signIn() {
            await it.fill("User name", ADMIN.name);
            await it.fill("Password", ADMIN.password);
            await it.button("Sign in");
        },
        /* Goes to an address of the page, and signs in where it asks. */
        async visit(address) {
            await page.bringToFront();
            const url = `${PAGE}#/${address}`;
            const view = await viewAt(page, url);
            const answer = await page.goto(url);
            assert.ok(answer === null || answer.ok(), address);
            await page.waitForSelector(`${view}, input[name=user]`);
            if (await page.$("input[name=user]") !== null)
                await it.signIn();
            await page.waitForSelector("nav");
        },
    };
    return it;
}
