// SPDX-License-Identifier: LGPL-2.1-or-later
// Files and pasted text, made what the device takes: PEM, or base64 of DER. What is in them is the device's business;
// here only the outermost elements of DER are looked at, for the label that it has as PEM (RFC 7468).

import { N_ } from "./i18n.js";

/** What is wrong with a text that has nothing of what is looked for. */
export const NO_CERTIFICATE = N_("There is no certificate in it: it begins with “-----BEGIN CERTIFICATE-----”.");

/** What the device reads at most, and the longest body of a request (daemon/model/limits.h, web-limits.h). */
export const INPUT_BYTES = 256 * 1024;
export const BODY_BYTES = 320 * 1024;

const SEQUENCE = 0x30;
const [INTEGER, BITS, OCTETS, OID, CONTEXT] = [0x02, 0x03, 0x04, 0x06, 0xa0];
const LINES = /.{1,64}/g;
const BLOCK = /-----BEGIN ([A-Z0-9 #.]+)-----[\s\S]*?-----END \1-----/g;
const PUBLIC = new Set(["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE", "PKCS7", "PKCS #7 SIGNED DATA", "CMS",
    "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"]);

// As clients/common/pem.c: the tags of the first elements, the version where that differs, and the label.
const SHAPES = [
    [[SEQUENCE, SEQUENCE, BITS], null, "CERTIFICATE"],
    [[OID, CONTEXT], null, "PKCS7"],
    [[INTEGER, SEQUENCE], 3, "PKCS12"],
    [[INTEGER, SEQUENCE, OCTETS], 0, "PRIVATE KEY"],
    [[INTEGER, SEQUENCE, OCTETS], 1, "PRIVATE KEY"],
    [[SEQUENCE, OCTETS], null, "ENCRYPTED PRIVATE KEY"],
    [[INTEGER, INTEGER, INTEGER], 0, "RSA PRIVATE KEY"],
    [[INTEGER, OCTETS], 1, "EC PRIVATE KEY"],
];

/* The element at an offset: {tag, start, end}, null where there is none. */
function elementAt(bytes, at) {
    if (at + 2 > bytes.length)
        return null;
    const count = bytes[at + 1] < 0x80 ? 0 : bytes[at + 1] & 0x7f;
    if (count > 4 || bytes[at + 1] === 0x80 || at + 2 + count > bytes.length)
        return null;
    let length = count === 0 ? bytes[at + 1] : 0;
    for (let i = 0; i < count; i++)
        length = length * 256 + bytes[at + 2 + i];
    const start = at + 2 + count;
    return start + length <= bytes.length ? { tag: bytes[at], start, end: start + length } : null;
}

function firstElements(bytes, outer) {
    const found = [];
    for (let at = outer.start; found.length < 3 && at < outer.end;) {
        const element = elementAt(bytes, at);
        if (element === null)
            break;
        found.push(element);
        at = element.end;
    }
    return found;
}

/* The PEM label of DER: "CERTIFICATE", "PKCS7", "PKCS12", "PRIVATE KEY"…; null where it is none that is known. */
function labelOf(bytes) {
    const outer = elementAt(bytes, 0);
    if (outer === null || outer.tag !== SEQUENCE)
        return null;
    const parts = firstElements(bytes, outer);
    const first = parts[0];
    const version = first?.tag === INTEGER && first.end - first.start === 1 ? bytes[first.start] : null;
    const shape = SHAPES.find(([tags, wanted]) => (wanted === null || wanted === version) &&
        tags.every((tag, i) => parts[i]?.tag === tag));
    return shape ? shape[2] : null;
}

/* Base64 of bytes, without line ends. */
function base64(bytes) {
    let text = "";
    for (let at = 0; at < bytes.length; at += 0x8000)
        text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    return btoa(text);
}

/** DER as PEM. */
export function armour(label, bytes) {
    const lines = base64(bytes).match(LINES) ?? [];
    return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** The labels of the blocks of PEM in a text. */
export function labelsIn(text) {
    return [...text.matchAll(/-----BEGIN ([A-Z0-9 #.]+)-----/g)].map((found) => found[1]);
}

/** Whether there is, or may be, a private key in it. */
export function mayHaveKey(labels) {
    return labels.some((label) => label === "PKCS12" || label.endsWith("PRIVATE KEY"));
}

/** What of a text may be kept in the browser: its whole certificates. */
export function publicPart(text) {
    return [...text.matchAll(BLOCK)].filter((found) => PUBLIC.has(found[1])).map((found) => `${found[0]}\n`).join("");
}

function decodeBase64(text) {
    const plain = text.replace(/\s+/g, "");
    if (plain === "" || plain.length % 4 !== 0 || !/^[A-Za-z0-9+\/]+={0,2}$/.test(plain))
        return null;
    return Uint8Array.from(atob(plain), (character) => character.charCodeAt(0));
}

/** What a text is: {name, size, labels, text or bytes}. Text of base64 alone is taken for the DER that it is. */
export function readText(text, name = "") {
    const labels = labelsIn(text);
    const bytes = labels.length === 0 ? decodeBase64(text) : null;
    if (bytes !== null)
        return readBytes(bytes, name);
    return { name, size: new TextEncoder().encode(text).length, labels, text };
}

/* Notepad's UTF-16, by its mark; else UTF-8. */
function decodeText(bytes) {
    const mark = bytes.length > 1 ? bytes[0] * 256 + bytes[1] : 0;
    const encoding = mark === 0xfffe ? "utf-16le" : mark === 0xfeff ? "utf-16be" : "utf-8";
    return new TextDecoder(encoding).decode(bytes);
}

/* What the bytes of a file are, likewise. */
function readBytes(bytes, name = "") {
    const label = labelOf(bytes);
    if (label !== null)
        return { name, size: bytes.length, labels: [label], bytes };
    const text = decodeText(bytes);
    return text.includes("-----BEGIN ") || decodeBase64(text) !== null
        ? readText(text, name) : { name, size: bytes.length, labels: [], bytes };
}

/** A File of the browser's. */
export async function readFile(file) {
    return readBytes(new Uint8Array(await file.arrayBuffer()), file.name);
}

/* As PEM, where it has a form in it. */
function asText(part) {
    if (part.text !== undefined)
        return part.text;
    return part.labels.length > 0 ? armour(part.labels[0], part.bytes) : null;
}

/**
 * Parts (of readText(), readFile()) as the one Data that the device takes: {data}; or {unknown: the part} where one of
 * several is nothing that could stand beside others.
 */
export function join(parts) {
    if (parts.length === 1)
        return { data: parts[0].text ?? base64(parts[0].bytes) };
    const texts = parts.map(asText);
    const at = texts.indexOf(null);
    return at < 0 ? { data: texts.join("\n") } : { unknown: parts[at] };
}

/** Whether the device would refuse it for its size alone: the content, or the request's body that it makes. */
export function isTooLarge(parts, body) {
    return parts.reduce((sum, part) => sum + part.size, 0) > INPUT_BYTES ||
        new TextEncoder().encode(JSON.stringify(body)).length > BODY_BYTES;
}
