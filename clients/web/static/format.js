// SPDX-License-Identifier: LGPL-2.1-or-later
// Times, numbers and fingerprints as the reader writes them.

import { today } from "./api.js";
import { h } from "./dom.js";
import { localeTag } from "./i18n.js";

const DAY_SECONDS = 86400;
const UNITS = [["year", 31556952], ["month", 2629746], ["day", DAY_SECONDS], ["hour", 3600], ["minute", 60], ["second", 1]];

const TIMES = { day: { dateStyle: "medium" }, exact: { dateStyle: "full", timeStyle: "long" },
    short: { dateStyle: "medium", timeStyle: "short" } };
const made = new Map();

/* The reader's Intl.DateTimeFormat of that name: making one takes a browser longer than a hundred uses of it. */
function timeFormat(name) {
    const key = `${name} ${localeTag()}`;
    if (!made.has(key))
        made.set(key, new Intl.DateTimeFormat(localeTag(), TIMES[name]));
    return made.get(key);
}

/** "in 3 months": where a time is from now; deviceNow() where the device has made it by its clock, right or wrong. */
export function fromNow(iso, now = today()) {
    const seconds = (Date.parse(iso) - now) / 1000;
    const [unit, size] = UNITS.find((row) => Math.abs(seconds) >= 2 * row[1]) ?? UNITS[UNITS.length - 1];
    return new Intl.RelativeTimeFormat(localeTag(), { numeric: "auto" }).format(size > DAY_SECONDS
        ? Math.round(seconds / size) : Math.trunc(seconds / size), unit);
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
    adds how far it is, from now as fromNow() takes it; exact writes UTC beside it. */
export function when(iso, { relative = false, exact = false, now } = {}) {
    if (!iso)
        return "";
    const full = `${timeText(iso, true)}, ${iso}`;
    return h("span.when", {}, h("time", { datetime: iso, title: full }, timeText(iso)),
        relative ? h("span.text-muted", {}, ` (${fromNow(iso, now)})`) : null,
        exact ? h("span.exact", {}, ` ${iso}`) : null);
}

/** Hexadecimal as "AB:CD": as browsers show fingerprints and serial numbers. */
export function hex(text) {
    const plain = (text ?? "").replace(/:/g, "").toUpperCase();
    return h("code.hex", {}, plain.replace(/(..)(?=.)/g, "$1:"));
}

/** A number as the reader writes it. */
export function number(value) {
    return new Intl.NumberFormat(localeTag()).format(value);
}
