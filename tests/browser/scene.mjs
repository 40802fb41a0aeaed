// SPDX-License-Identifier: LGPL-2.1-or-later
// A device that has been in use for a while, for the tests that look at every view of the page: an authority outside,
// certificates in each state, and the addresses that show them.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { certctl, run, visit } from "./harness.mjs";

const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
/** Everything by which a page can be looked at: [theme, width]. */
export const SIGHTS = ["light", "dark"].flatMap((theme) => [320, 768, 1200].map((width) => [theme, width]));
/** Names as long as they can be: of a certificate, and of a host (RFC 1035). */
export const LONG_NAME = `the-longest-name.${"x".repeat(47)}`;
export const LONG_HOST = `${[60, 60, 60, 60].map((count) => "h".repeat(count)).join(".")}.example.`.slice(0, 253);
/** [what, address] of the views of a device as enact() makes it. */
export const ADDRESSES = [["overview", "overview"], ["certificates", "certificates"],
    ["certificate", "certificates/mail"], ["https certificate", "certificates/https"], ["on trial", "certificates/web"],
    ["empty certificate", "certificates/mqtt"], ["long names", `certificates/${LONG_NAME}`],
    ["request", "certificates/mail/request"], ["long request", `certificates/${LONG_NAME}/request`],
    ["request text", "certificates/web/requests/REQUEST"],
    ["install", "certificates/web/install"], ["authority", "authority"], ["trust", "trust"], ["https", "https"],
    ["activity", "activity"]];

/** A folder of its own with an authority outside: {home, file(), openssl(), sign(), remove()}. */
export function outside() {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), "certd-scene-"));
    const file = (name) => path.join(home, name);
    const openssl = (...words) => execFileSync("openssl", words, { cwd: home, stdio: ["ignore", "pipe", "pipe"] });
    openssl("req", "-x509", ...EC, "-keyout", "root.key", "-out", "root.pem", "-subj", "/O=Example/CN=Example root",
        "-days", "900", "-addext", "keyUsage=critical,keyCertSign,cRLSign");
    return {
        home, file, openssl,
        /** What the authority makes of the text of a request: a file. */
        sign(request, names, days = "90", name = "leaf.pem") {
            fs.writeFileSync(file("leaf.csr"), request);
            fs.writeFileSync(file("leaf.cnf"), `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n` +
                "keyUsage=critical,digitalSignature\nbasicConstraints=CA:false\n");
            openssl("x509", "-req", "-in", "leaf.csr", "-CA", "root.pem", "-CAkey", "root.key", "-days", days,
                "-extfile", "leaf.cnf", "-out", name);
            return file(name);
        },
        /** A certificate with its key that signs itself: NAME.pem and NAME.key. */
        lone(name, subject, ...words) {
            openssl("req", "-x509", ...EC, "-keyout", `${name}.key`, "-out", `${name}.pem`, "-days", "90", "-utf8",
                "-subj", subject, ...words);
            return file(`${name}.pem`);
        },
        remove: () => fs.rmSync(home, { recursive: true, force: true }),
    };
}

/** The text of a new request of a certificate. */
export function requestText(name) {
    const text = certctl("request", name);
    return text.slice(text.indexOf("-----BEGIN"));
}

/** Brings the device into that state; authority: of outside(). The number of the request in ADDRESSES. */
export function enact(authority) {
    certctl("create", "mail", "--subject", "CN=mail.example.org,O=Example,C=SE", "--san", "DNS:mail.example.org",
        "--san", "DNS:imap.example.org");
    certctl("import", "mail", authority.sign(requestText("mail"), "DNS:mail.example.org,DNS:imap.example.org", "80"));
    certctl("consumers", "mail", "add", "unit:postfix.service:reload", "user:root");
    certctl("create", "web", "--subject", "CN=web.local", "--san", "DNS:web.local");
    certctl("issue", "web");
    certctl("request", "web");
    certctl("issue", "web", "--trial", "3600");
    certctl("create", "mqtt");
    certctl("create", LONG_NAME, "--subject",
        `CN=h.example.org,O=${"Organization ".repeat(4).trim()},OU=${"u".repeat(64)}`, "--san", `DNS:${LONG_HOST}`,
        "--san", `URI:https://example.org/${"p".repeat(200)}`);
    certctl("self-sign", LONG_NAME, "--days", "12");
    certctl("trust", "add", authority.file("root.pem"));
    return JSON.parse(certctl("requests", "web", "--json=short")).find(({ State }) => State === "ready").Id;
}

/** Waits until a view has all that it reads. */
export async function settled(page) {
    await page.locator("main .view > *").first().waitFor({ state: "attached" });
    await page.waitForFunction(() => document.querySelector("main .waiting") === null);
    await page.waitForFunction(() => document.querySelector("main h1").textContent !== "");
}

/** Goes there, and waits for it. */
export async function show(page, address) {
    await visit(page, address);
    await settled(page);
}

/** Makes the window and its colours those of a sight. */
export async function see(page, [theme, width], height = 900) {
    await page.setViewportSize({ width, height });
    await page.evaluate((name) => { document.documentElement.dataset.theme = name; }, theme);
}

/** Headings go down by one level at most, and the first is the only one of its level. */
export async function headings(page, what) {
    const levels = await page.evaluate(() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
        .filter((node) => node.checkVisibility() && !node.closest("dialog")).map((node) => Number(node.tagName[1])));
    assert.equal(levels.filter((level) => level === 1).length, 1, `${what}: ${levels}`);
    levels.forEach((level, i) => assert.ok(i === 0 ? level === 1 : level <= levels[i - 1] + 1, `${what}: ${levels}`));
}

/** Makes many certificates without anything in them: many000 and so on. */
export function crowd(count) {
    run("/usr/bin/python3", "-c", ["from gi.repository import Gio, GLib", "bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)",
        `for i in range(${count}):`,
        "    bus.call_sync('org.certd1', '/org/certd1', 'org.certd1.Manager', 'CreateCertificate',",
        "        GLib.Variant('(sa{sv})', (f'many{i:03}', {})), None, 0, -1, None)"].join("\n"));
}
