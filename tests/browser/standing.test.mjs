// SPDX-License-Identifier: LGPL-2.1-or-later
// What stays as it is until somebody does something, and how the page tells of it: certificates whose names are the
// device's no more, that end soon, and that services share; what would come back, and which key may leave.

import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";
import { HOST, accessible, authority, certctl, chromium, fits, run, visit } from "./harness.mjs";
import { outside, requestText, settled } from "./scene.mjs";

const ADDRESS = "192.168.61.9";
const RENAMED = "renamed-device";
const [HOUR, DAY] = [3600, 86400];
const MADE = ["phone", "mail", "imap", "shared"];
/* [name, seconds that are left, of how many, what stands there]. */
const ENDS = [
    ["days29", 29 * DAY, 29 * DAY + HOUR, "in 29 days"], ["days13", 13 * DAY, 14 * DAY, "in 13 days"],
    ["days6", 6 * DAY, 90 * DAY, "in 6 days"], ["days2", 2 * DAY, 300 * DAY, "in 2 days"],
    ["hours20", 20 * HOUR, 90 * DAY, "in 20 hours"], ["third", 95 * DAY, 300 * DAY, "in 3 months"],
];
const LATER = ["later", 110 * DAY, 300 * DAY];
let chrome, page, ca;

function section(title) {
    return page.locator("section.card").filter({ has: page.getByRole("heading", { name: title, exact: true }) });
}

/* What the overview says of a certificate beside the problems. */
function attention(name) {
    return page.locator("section.card li").filter({ has: page.getByRole("heading", { name, exact: true }) });
}

async function open(address) {
    await visit(page, address);
    await settled(page);
}

async function looked(what) {
    await accessible(page, what);
    await page.setViewportSize({ width: 320, height: 640 });
    await fits(page, what);
    await page.setViewportSize({ width: 1200, height: 900 });
}

/* Gives the device another name. Its files of /etc are this test's own. */
function call(name) {
    run("hostname", name);
    fs.writeFileSync("/etc/hostname", `${name}\n`);
}

function stamp(seconds) {
    return new Date(Date.now() + seconds * 1000).toISOString().replace(/[-:T]/g, "").replace(/\.\d+/, "");
}

/* A certificate of the authority outside that has so many seconds left of its lifetime, and some minutes. */
function install(name, left, lifetime) {
    certctl("create", name, "--san", `DNS:${name}.example.org`);
    fs.writeFileSync(ca.file("ends.csr"), requestText(name));
    fs.writeFileSync(ca.file("ends.cnf"), "[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\nnew_certs_dir=.\n" +
        "certificate=root.pem\nprivate_key=root.key\ndefault_md=sha256\npolicy=any\nunique_subject=no\n" +
        "rand_serial=yes\nx509_extensions=leaf\n[any]\ncommonName=optional\n[leaf]\nextendedKeyUsage=serverAuth\n" +
        `keyUsage=critical,digitalSignature\nbasicConstraints=CA:false\nsubjectAltName=DNS:${name}.example.org\n`);
    ca.openssl("ca", "-batch", "-config", "ends.cnf", "-in", "ends.csr", "-out", "ends.pem", "-notext",
        "-startdate", stamp(left - lifetime), "-enddate", stamp(left + 600));
    certctl("import", name, ca.file("ends.pem"));
}

before(async () => {
    ca = outside();
    fs.writeFileSync(ca.file("index.txt"), "");
    run("ip", "link", "add", "near", "type", "veth", "peer", "name", "far");
    run("ip", "address", "add", `${ADDRESS}/24`, "dev", "near");
    run("ip", "link", "set", "near", "up");
    run("ip", "link", "set", "far", "up");
    chrome = await chromium({ trusted: [authority(), ca.file("root.pem")], viewport: { width: 1200, height: 900 } });
    page = await chrome.page();
    await open("overview");
});

after(async () => {
    run("sh", "-c", "ip link delete near 2>/dev/null || true");
    call(HOST);
    for (const name of [...MADE, ...ENDS.map(([one]) => one), LATER[0]])
        run("sh", "-c", `certctl remove ${name} --yes >/dev/null 2>&1 || true`);
    await chrome.close();
    ca.remove();
});

test("the device's names of now are shown, and offered for a certificate", async () => { // R24
    const names = section("Which names the device answers to");
    await names.getByRole("link", { name: ADDRESS, exact: true }).waitFor();
    certctl("create", "phone", "--san", `IP:${ADDRESS}`);
    await open("certificates/phone/request");
    await page.getByRole("button", { name: `Add DNS:${HOST}`, exact: true }).waitFor();
    assert.equal(await page.getByRole("button", { name: `Add IP:${ADDRESS}` }).count(), 0); // it is there already
    await open("certificates/https/request");
    await page.getByRole("button", { name: `Add IP:${ADDRESS}`, exact: true }).waitFor();
});

test("a certificate that was installed stays when the address goes, and the page warns of it", async () => { // R25
    certctl("import", "phone", ca.sign(requestText("phone"), `IP:${ADDRESS}`));
    const fingerprint = JSON.parse(certctl("show", "phone", "--json=short")).Fingerprint;
    await open("overview");
    assert.equal(await attention("phone").count(), 0);
    run("ip", "link", "delete", "near");
    const said = attention("phone").locator('[data-code="san-mismatch"]');
    await said.waitFor();
    assert.match(await said.textContent(), /for none of the device's names.*Have it issued for a name/);
    await section("Which names the device answers to").getByText(ADDRESS).waitFor({ state: "detached" });
    await looked("an overview of a certificate for another address");
    await attention("phone").getByRole("link", { name: "phone" }).click();
    await page.locator('[data-code="san-mismatch"]').getByText("Have it issued for a name").waitFor();
    await page.getByText("In use, with warnings").first().waitFor();
    assert.equal(JSON.parse(certctl("show", "phone", "--json=short")).Fingerprint, fingerprint);
});

test("so does that of HTTPS when the device is called otherwise", async () => { // R25
    certctl("import", "https", ca.sign(requestText("https"), `DNS:${HOST}`));
    const fingerprint = JSON.parse(certctl("show", "https", "--json=short")).Fingerprint;
    await open("overview");
    call(RENAMED);
    const problem = page.locator('[data-code="san-mismatch"]').filter({ hasText: "HTTPS" });
    await problem.getByText("Have one issued for the names that the device has now").waitFor();
    assert.equal(await problem.getByRole("link").getAttribute("href"), "#/certificates/https/request");
    assert.equal(await attention("https").count(), 0); // told once
    const names = section("Which names the device answers to");
    await names.getByText(`${RENAMED} (not in the certificate of HTTPS)`).waitFor();
    await names.getByText(`The certificate is for ${HOST},`).waitFor(); // the browser still finds its name there
    await open("certificates/https");
    await page.locator('[data-code="san-mismatch"]').getByText("Have it issued for a name").waitFor();
    assert.equal(JSON.parse(certctl("show", "https", "--json=short")).Fingerprint, fingerprint);
    call(HOST);
    await page.locator('[data-code="san-mismatch"]').waitFor({ state: "detached" });
});

test("what ends soon is a warning with the time that is left", async () => { // R41
    for (const [name, left, lifetime] of [...ENDS, LATER])
        install(name, left, lifetime);
    await open("overview");
    await attention("third").waitFor({ state: "attached" });
    for (const [name, , , text] of ENDS) {
        const said = await attention(name).locator('.finding-warning[data-code="certificate-expiring"]').textContent();
        assert.match(said, new RegExp(`^Warning: Expires ${text}: .*Request another one in time`), name);
        const lane = page.locator(".timeline-rows > li").filter({ has: page.getByRole("link", { name, exact: true }) });
        assert.equal(await lane.locator(".mark-warn").count(), 1, name);
        assert.match(await lane.locator(".timeline-words").textContent(), new RegExp(text));
    }
    assert.equal(await attention(LATER[0]).count(), 0);
    const shown = await page.locator("section.card li h3").allTextContents();
    assert.deepEqual(shown.filter((name) => ENDS.some(([one]) => one === name)),
        ["hours20", "days2", "days6", "days13", "days29", "third"]);
    await looked("an overview of certificates that end soon");
    await open("certificates/hours20");
    await page.locator('[data-code="certificate-expiring"]').getByText("in 20 hours").waitFor();
    await open("certificates");
    assert.equal(await page.locator("tbody .text-warn").count(), ENDS.length);
});

/* Adds a unit to the certificate that is open. */
async function addUnit(name) {
    const consumers = section("Consumers");
    await consumers.getByLabel("Name", { exact: true }).fill(name);
    await consumers.getByRole("button", { name: "Add", exact: true }).click();
    await consumers.locator(".consumer").filter({ hasText: name }).waitFor();
}

function unitsOf(name) {
    return JSON.parse(certctl("show", name, "--json=short")).Consumers.map(([, unit]) => unit);
}

test("services share one certificate, and one of them gets another", async () => { // R29
    for (const name of ["mail", "imap"]) {
        certctl("create", name, "--subject", `CN=${name}.local`, "--san", `DNS:${name}.local`);
        certctl("issue", name);
    }
    await open("certificates/mail");
    await addUnit("postfix.service");
    await addUnit("dovecot.service");
    assert.deepEqual(unitsOf("mail"), ["postfix.service", "dovecot.service"]);
    await section("Consumers").getByRole("button", { name: /Take .*dovecot.service away/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Take away" }).click();
    await section("Consumers").locator(".consumer").nth(1).waitFor({ state: "detached" });
    await open("certificates/imap");
    await addUnit("dovecot.service");
    assert.deepEqual([unitsOf("mail"), unitsOf("imap")], [["postfix.service"], ["dovecot.service"]]);
    await open("certificates");
    for (const name of ["mail", "imap"]) {
        const row = page.getByRole("row").filter({ has: page.getByRole("link", { name, exact: true }) });
        assert.equal(await row.getByRole("cell").last().locator(".cell-value").textContent(), "1");
    }
});

test("a problem leads to the certificate that it is about", async () => { // R29
    await open("overview");
    certctl("issue", "imap"); // nobody on this bus is systemd: the unit is not told
    const problem = page.locator('[data-code="consumer-failed"]');
    await problem.waitFor();
    await problem.getByRole("link").click();
    await page.getByRole("heading", { level: 1, name: "imap" }).waitFor();
});

test("who rolls back is told what comes back", async () => { // R39
    certctl("self-sign", "imap", "--days", "30");
    await open("certificates/imap");
    await section("State").filter({ hasText: "Self-signed by the device" })
        .filter({ hasText: "issues the next one by itself" }).waitFor(); // it is planned a moment later
    await section("History").getByRole("button", { name: /Roll back/ }).click();
    const dialog = page.getByRole("dialog");
    const previous = JSON.parse(certctl("show", "imap", "--json=short")).Previous;
    const text = await dialog.textContent();
    assert.match(text, /Goes out of use: (\S+), issued by \1, valid until [^(]*\(in 29 days\)Comes back/);
    assert.ok(text.includes(`Comes back: ${previous.subject}, issued by ${previous.issuer}, valid until `), text);
    await looked("the question before a roll-back");
    certctl("set", "imap", "--days", "31"); // the question tells nothing of it
    await dialog.getByRole("button", { name: "Roll back" }).click();
    await page.getByText("The previous certificate is in use again.").first().waitFor();
    const now = JSON.parse(certctl("show", "imap", "--json=short"));
    assert.equal(now.Fingerprint, previous["fingerprint-sha256"]);
});

test("whether a key may leave is said before anybody asks for it", async () => { // R34
    certctl("create", "shared");
    ca.lone("own", "/CN=shared", "-addext", "subjectAltName=DNS:shared.example.org");
    const both = ["own.pem", "own.key"].map((name) => fs.readFileSync(ca.file(name)));
    fs.writeFileSync(ca.file("both.pem"), both.join(""));
    certctl("import", "shared", ca.file("both.pem"), "--accept", "san-mismatch", "--accept", "is-ca");
    await open("certificates/shared");
    await section("Download").getByText("as one that does not leave this device").waitFor();
    assert.equal(await section("Download").getByRole("button").count(), 0);
    certctl("set", "shared", "--reuse-key");
    certctl("self-sign", "shared");
    await section("Download").getByText("The private key does not leave this device.").waitFor();
    assert.match(certctl("show", "shared"), /Key may be exported: +no/);
    certctl("import", "shared", ca.file("both.pem"), "--exportable", "--accept", "san-mismatch", "--accept", "is-ca");
    await section("Download").getByRole("button", { name: /Export/ }).waitFor();
    ca.lone("nobody", "/", "-addext", "subjectAltName=critical,DNS:shared.example.org");
    fs.writeFileSync(ca.file("both.pem"), ["nobody.pem", "nobody.key"].map((name) => fs.readFileSync(ca.file(name)))
        .join(""));
    certctl("import", "shared", ca.file("both.pem"), "--accept", "san-mismatch", "--accept", "is-ca");
    certctl("self-sign", "shared");
    assert.match(certctl("show", "shared"), /Previous one kept: +a certificate without a subject, valid until/);
    await section("State").getByText("Self-signed by the device").waitFor();
    await section("History").getByRole("button", { name: /Roll back/ }).click();
    await page.getByRole("dialog").getByText("a certificate without a subject, issued by").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
});
