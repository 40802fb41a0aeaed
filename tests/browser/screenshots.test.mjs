// SPDX-License-Identifier: LGPL-2.1-or-later
// A picture of each view in both colours and three widths, for people to look at, and those of the README. They are
// kept in the folder CERTD_SCREENSHOTS, and in its folder README; without it they are made, looked at by this test,
// and gone.

import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { HOST, LONG, certctl, chromium } from "./harness.mjs";
import { ADDRESSES, LONG_NAME, SIGHTS, enact, outside, see, show } from "./scene.mjs";

const README = new URL("../../README.md", import.meta.url);
const SIZE = { width: 1200, height: 800 };
const COLOURS = 8;
/* What the README's pictures show: [file, address]. */
const PICTURES = [["overview", "overview"], ["request", "certificates/mail/request"], ["trial", "certificates/https"]];
/* Without the long form: the widest in light colours, the narrowest in dark ones. */
const SOME = [["light", 1200], ["dark", 320]];
const kept = process.env.CERTD_SCREENSHOTS;
const folder = kept ?? fs.mkdtempSync(path.join(os.tmpdir(), "certd-screenshots-"));
let chrome, page, authority, addresses;

before(async () => {
    authority = outside();
    const number = enact(authority);
    addresses = ADDRESSES.map(([what, address]) => [what, address.replace("REQUEST", number)]);
    chrome = await chromium({ reducedMotion: "reduce", viewport: SIZE });
    page = await chrome.page();
});

after(async () => {
    await chrome.close();
    authority.remove();
    if (kept === undefined)
        fs.rmSync(folder, { recursive: true });
});

/** How many colours a picture has, as a browser sees it, and its size: {colours, width, height}. */
async function seen(picture) {
    const reader = await chrome.browser.newPage();
    const found = await reader.evaluate(async (base64) => {
        const image = new Image();
        image.src = `data:image/png;base64,${base64}`;
        await image.decode();
        const canvas = new OffscreenCanvas(image.width, Math.min(image.height, 1000));
        const context = canvas.getContext("2d");
        context.drawImage(image, 0, 0);
        const pixels = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
        return { colours: new Set(pixels).size, width: image.width, height: image.height };
    }, picture.toString("base64"));
    await reader.close();
    return found;
}

async function take(name, how) {
    const file = path.join(folder, `${name}.png`);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const picture = await page.screenshot({ path: file, animations: "disabled", ...how });
    const found = await seen(picture);
    assert.ok(found.colours > COLOURS, `${name}: ${found.colours} colours`);
    return found;
}

test("each view, in both colours and three widths", async () => { // R65
    for (const [what, address] of addresses) {
        await show(page, address);
        for (const sight of kept || LONG ? SIGHTS : SOME) {
            await see(page, sight);
            const found = await take(`${what.replaceAll(" ", "-")}-${sight.join("-")}`, { fullPage: true });
            assert.equal(found.width, sight[1], what);
        }
    }
});

/* The address that the page is at differs by machine: the pictures show a device of the documentation's. */
async function asExample() {
    await page.evaluate((host) => {
        const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (nodes.nextNode())
            nodes.currentNode.textContent = nodes.currentNode.textContent
                .replace(new RegExp(`\\b${host}\\b`, "g"), "clock")
                .replace("certd-web-admin", "admin");
    }, HOST);
}

test("the README's", async () => {
    certctl("remove", LONG_NAME, "--yes");
    await see(page, ["light", SIZE.width], SIZE.height);
    for (const [name, address] of PICTURES) {
        if (name === "trial")
            certctl("issue", "https", "--trial", "600");
        await show(page, address);
        if (name === "trial")
            await page.locator("[data-trial] .alert-success").waitFor();
        await asExample();
        const { width, height } = await take(`README/${name}`, {});
        assert.deepEqual({ width, height }, SIZE);
    }
});

test("what the README shows is there, and of that size", async () => {
    const shown = [...fs.readFileSync(README, "utf8").matchAll(/!\[[^\]]*\]\(([^)]+\.png)\)/g)]
        .map((found) => found[1]);
    assert.deepEqual(shown.map((one) => path.basename(one, ".png")).sort(), PICTURES.map(([name]) => name).sort());
    for (const one of shown) {
        const { colours, ...size } = await seen(fs.readFileSync(new URL(one, README)));
        assert.deepEqual(size, SIZE, one);
        assert.ok(colours > COLOURS, one);
    }
});
