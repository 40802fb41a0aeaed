// SPDX-License-Identifier: LGPL-2.1-or-later
// Each code and each word that the device can say has its text on the page, and the page has no other.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { PAGE, chromium, visit } from "./harness.mjs";

const SOURCE = path.join(import.meta.dirname, "..", "..");
const SCHEMAS = "clients/web/redfish/schemas";
// Answers to what went well.
const GOOD = ["Base.Created", "Base.PropertyValueModified", "Base.SessionTerminated", "Base.Success"];
// The messages of findings have the finding's text.
const FINDING = "Certd.Finding";

let chrome, page;
before(async () => {
    chrome = await chromium();
    page = await chrome.page();
    await page.goto(PAGE);
});
after(() => chrome.close());

function found(file, pattern) {
    return [...fs.readFileSync(path.join(SOURCE, file), "utf8").matchAll(pattern)].map((match) => match[1]);
}

function words(schema, definition, property) {
    const file = JSON.parse(fs.readFileSync(path.join(SOURCE, SCHEMAS, `${schema}.json`), "utf8"));
    return file.definitions[definition].properties[property].enum.filter((word) => word !== "");
}

const SAID = {
    "finding-codes.js FINDINGS": found("daemon/model/finding.c", /= \{"([a-z-]+)", CERTD_SEVERITY_/g),
    "problem-codes.js PROBLEMS": found("daemon/model/problem.def", /_ROW\([A-Z_]+,\s*"([a-z-]+)"/g),
    "audit-codes.js ACTIONS": found("daemon/model/audit.def", /_ROW\([A-Z_]+,\s*"([a-z-]+)"/g),
    "error-codes.js ERRORS": [
        ...found("daemon/model/errors.def", /_ROW\([A-Z_]+,\s*"(\w+)"/g).map((name) => `Certd.${name}`),
        ...found("clients/web/messages.def", /MESSAGE_ROW\([A-Z_]+,\s*"(\w+)"/g).map((name) => `Base.${name}`),
        ...found("clients/web/messages.def", /OWN_ROW\([A-Z_]+,\s*"(\w+)"/g).map((name) => `Certd.${name}`),
    ].filter((id) => id !== FINDING && !GOOD.includes(id)),
    "words.js STATES": words("CertdCertificate.v1_0_0", "Certificate", "State"),
    "words.js REQUEST_STATES": words("CertdRequest.v1_0_0", "Request", "State"),
    "words.js ORIGINS": words("CertdCertificate.v1_0_0", "Certificate", "Origin"),
    "words.js ISSUERS": words("CertdCertificate.v1_0_0", "Settings", "Issuer"),
    "words.js DIGESTS": words("CertdCertificate.v1_0_0", "Settings", "Digest"),
    "words.js KEY_TYPES": found("daemon/model/key-type.c", /\[CERTD_KEY_\w+\] = \{"([a-z0-9:]+)"/g),
    "words.js SEALING_KEYS": words("CertdManager.v1_0_0", "Manager", "SealingKey"),
};

for (const [table, codes] of Object.entries(SAID)) {
    test(table, async () => {
        const [file, name] = table.split(" ");
        const texts = await page.evaluate(async ([from, what]) => (await import(`/${from}`))[what], [file, name]);
        assert.ok(codes.length > 2);
        assert.deepEqual(Object.keys(texts).sort(), [...new Set(codes)].sort());
        assert.ok(Object.values(texts).every((text) => [text].flat()[0].length > 1));
    });
}

test("words.js KEY_USAGES and PURPOSES", async () => {
    const usages = found("clients/web/redfish/terms.c", /\{"(\w+)", "\w+", REQUESTED/g);
    const texts = await page.evaluate(async () => {
        const { KEY_USAGES, PURPOSES } = await import("/words.js");
        return [...Object.keys(KEY_USAGES), ...Object.keys(PURPOSES)];
    });
    assert.deepEqual(texts.sort(), usages.sort());
});

test("words.js FEATURES", async () => { // R43
    await visit(page);
    const kinds = await page.evaluate(async () => {
        const { DEVICE, get } = await import("/api.js");
        const { FEATURES } = await import("/words.js");
        const said = (await get(DEVICE)).Oem.Certd.Features.map((feature) => feature.split(":")[0]);
        return [Object.keys(FEATURES).sort(), [...new Set(said)].sort()];
    });
    assert.deepEqual(kinds[0], kinds[1]);
});
