// SPDX-License-Identifier: LGPL-2.1-or-later
// Times, numbers and fingerprints as the reader writes them.

import { h } from "./dom.js";
import { localeTag } from "./i18n.js";

const UNITS = [["year", 31556952], ["month", 2629746], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

/** "in 3 months": where a time is from now. */
export function fromNow(iso, now = Date.now()) {
    const seconds = (Date.parse(iso) - now) / 1000;
    const [unit, size] = UNITS.find((row) => Math.abs(seconds) >= 2 * row[1]) ?? UNITS[UNITS.length - 1];
    return new Intl.RelativeTimeFormat(localeTag(), { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
}

/** A time as text in the reader's zone; seconds: exactly, with its zone. */
export function timeText(iso, seconds = false) {
    return new Intl.DateTimeFormat(localeTag(), seconds ? { dateStyle: "full", timeStyle: "long" }
                                                          : { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}

/** The day of a time in the reader's zone. */
export function dayText(iso) {
    return new Intl.DateTimeFormat(localeTag(), { dateStyle: "medium" }).format(new Date(iso));
}

/** A time (as Redfish has it: ISO 8601) in the reader's zone, the exact one and UTC with the pointer. how: relative adds
    how far it is; exact writes UTC beside it. */
export function when(iso, { relative = false, exact = false } = {}) {
    if (!iso)
        return "";
    const full = `${timeText(iso, true)}, ${iso}`;
    return h("span.when", {}, h("time", { datetime: iso, title: full }, timeText(iso)),
        relative ? h("span.text-muted", {}, ` (${fromNow(iso)})`) : null,
        exact ? h("span.exact", {}, ` ${iso}`) : null);
}

/** Whole days until then, down; negative once it is over. */
export function daysUntil(iso, now = Date.now()) {
    return Math.floor((Date.parse(iso) - now) / 86400000);
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
