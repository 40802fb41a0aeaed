// SPDX-License-Identifier: LGPL-2.1-or-later
// Times, numbers and fingerprints as the reader writes them.

import { today } from "./api.js";
import { h } from "./dom.js";
import { localeTag } from "./i18n.js";

const DAY_SECONDS = 86400;
const UNITS = [["year", 31556952], ["month", 2629746], ["day", DAY_SECONDS], ["hour", 3600], ["minute", 60], ["second", 1]];

const TIMES = { day: { dateStyle: "medium" }, exact: { dateStyle: "full", timeStyle: "long" },
    short: { dateStyle: "medium", timeStyle: "short" } };
const GOES_ON_MSEC = 5000;
const made = new Map();
const distances = new WeakMap(); // what tells the text of an element of distance()
let timer = 0;

/* The reader's formatter of Intl of that name: making one takes a browser longer than a hundred uses of it. */
function formatter(Kind, name, how) {
    const key = `${name} ${localeTag()}`;
    if (!made.has(key))
        made.set(key, new Kind(localeTag(), how));
    return made.get(key);
}

function timeFormat(name) {
    return formatter(Intl.DateTimeFormat, name, TIMES[name]);
}

/** "in 3 months": where a time is from now, in milliseconds; deviceNow() for what the device has made by its clock,
    right or wrong. */
export function fromNow(iso, now = today()) {
    const seconds = (Date.parse(iso) - now) / 1000;
    const [unit, size] = UNITS.find((row) => Math.abs(seconds) >= 2 * row[1]) ?? UNITS[UNITS.length - 1];
    return formatter(Intl.RelativeTimeFormat, "relative", { numeric: "auto" }).format(size > DAY_SECONDS
        ? Math.round(seconds / size) : Math.trunc(seconds / size), unit);
}

function tellAgain() {
    for (const node of document.querySelectorAll(".distance")) {
        const text = distances.get(node)();
        if (node.textContent !== text)
            node.textContent = text;
    }
}

/* The same behind a time, which goes on while it is shown. */
function distance(iso, clock) {
    const tell = () => ` (${fromNow(iso, clock())})`;
    const node = h("span.text-muted.distance", {}, tell());
    distances.set(node, tell);
    timer ||= setInterval(tellAgain, GOES_ON_MSEC);
    return node;
}

/** A time as text in the reader's zone; seconds: exactly, with its zone. */
export function timeText(iso, seconds = false) {
    return timeFormat(seconds ? "exact" : "short").format(new Date(iso));
}

/** The day of a time in the reader's zone. */
export function dayText(iso) {
    return timeFormat("day").format(new Date(iso));
}

/** A time (as Redfish has it: ISO 8601) in the reader's zone, the exact one and UTC with the pointer. how: relative
    adds how far it is, from what clock() shows, today() or deviceNow(); exact writes UTC beside it. */
export function when(iso, { relative = false, exact = false, clock = today } = {}) {
    if (!iso)
        return "";
    const full = `${timeText(iso, true)}, ${iso}`;
    return h("span.when", {}, h("time", { datetime: iso, title: full }, timeText(iso)),
        relative ? distance(iso, clock) : null,
        exact ? h("span.exact", {}, ` ${iso}`) : null);
}

/** Hexadecimal as "AB:CD": as browsers show fingerprints and serial numbers. */
export function hex(text) {
    const plain = (text ?? "").replace(/:/g, "").toUpperCase();
    return h("code.hex", {}, plain.replace(/(..)(?=.)/g, "$1:"));
}

/** A number as the reader writes it. */
export function number(value) {
    return formatter(Intl.NumberFormat, "number").format(value);
}
