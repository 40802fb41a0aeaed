// SPDX-License-Identifier: LGPL-2.1-or-later
// Lifetimes to look at: one lane for each, all on one scale of time with the present in it. What a lane shows stands
// beside it as text, so that nobody needs the drawing: screen readers do not get it, and no colour says anything alone.

import { isClockTrusted, today } from "./api.js";
import { h } from "./dom.js";
import { DAY_MSEC, isDue, isEarly, isOver, isSoon } from "./expiry.js";
import { dayText, fromNow, timeText } from "./format.js";
import { _, localeTag } from "./i18n.js";

const LONGEST_DAYS = 3 * 366;
const SHORTEST_DAYS = 14;
// Of the whole scale: what is past gets that much at least, and the farthest end that much room behind it.
const PAST = 1 / 20;
const ROOM = 1 / 24;
const TICKS = 4;
// In percent: a label behind that would go beyond the drawing of a small window.
const LAST_TICK = 78;
const STEPS = [1, 7, 14, 30.44, 91.31, 182.62, 365.24];

/* Shapes around their own place. */
const DIAMOND = "M0,6 L6,12 L0,18 L-6,12 Z";
const CROSS = "M-5,7 L5,17 M5,7 L-5,17";
const ARROW = "M-1,7 L5,12 L-1,17";
const STOP = "M0,4 L0,20";

/* How a lifetime {NotBefore, NotAfter, Origin} stands: "bad" over or not begun, "warn" over soon, else "good". */
function standing(row) {
    if (isOver(row.NotAfter) || isEarly(row.NotBefore))
        return "bad";
    return (row.aside ? isSoon(row.NotAfter) : isDue(row)) ? "warn" : "good";
}

/* The scale that suits the rows: {at(time) in percent, from, to, now}. Very long lifetimes go beyond it. */
function scaleFor(rows, now) {
    const counted = rows.every((row) => row.aside) ? rows : rows.filter((row) => !row.aside);
    const ends = counted.map((row) => Date.parse(row.NotAfter) - now).filter((left) => left > 0);
    const ahead = Math.min(Math.max(SHORTEST_DAYS * DAY_MSEC, ...ends) * (1 + ROOM), LONGEST_DAYS * DAY_MSEC);
    const past = Math.min(Math.max(0, ...counted.map((row) => now - Date.parse(row.NotBefore))), ahead / 2);
    const from = now - Math.max(past, ahead * PAST);
    const to = now + ahead;
    return { from, to, now, at: (time) => Math.min(Math.max(100 * (time - from) / (to - from), 0), 100) };
}

function mark(x, path, kind) {
    return h("svg", { x: `${x}%`, overflow: "visible" }, h(`path.mark-${kind}`, { d: path }));
}

function nowLine(scale) {
    const x = `${scale.at(scale.now)}%`;
    return h("line.now", { x1: x, x2: x, y1: 0, y2: "100%" });
}

function lane(row, scale) {
    const [begin, end] = [Date.parse(row.NotBefore), Date.parse(row.NotAfter)];
    const [left, right] = [scale.at(begin), scale.at(end)];
    const renewal = row.Renewal ? Date.parse(row.Renewal) : null;
    const beyond = end > scale.to;
    const kind = standing(row);
    return h("svg.lane", { "aria-hidden": "true", width: "100%", height: 24 },
        h(`rect.bar-${kind}${row.trial ? ".bar-trial" : ""}`, { x: `${left}%`, y: 8, height: 8, rx: 2,
            width: `${Math.max(right - left, 0.5)}%` }),
        renewal !== null && renewal <= scale.to ? mark(scale.at(renewal), DIAMOND, "renewal") : null,
        mark(right, isOver(row.NotAfter) ? CROSS : beyond ? ARROW : STOP, kind), nowLine(scale));
}

function tickText(time, days) {
    const how = days < 300 ? (days < 30 ? { day: "numeric", month: "short" } : { month: "short", year: "numeric" })
                           : { year: "numeric" };
    return new Intl.DateTimeFormat(localeTag(), how).format(new Date(time));
}

/* Where the scale is labelled: the beginnings of days, months or years. */
function ticks(scale) {
    const days = (scale.to - scale.from) / DAY_MSEC;
    const step = STEPS.find((one) => days / one <= TICKS) ?? STEPS[STEPS.length - 1];
    const found = [];
    const time = new Date(scale.from);
    time.setHours(0, 0, 0, 0);
    if (step >= 30)
        time.setDate(1);
    if (step >= 365)
        time.setMonth(0);
    for (let i = 0; time.getTime() < scale.to && i < 40; i++) {
        if (time.getTime() > scale.from && scale.at(time.getTime()) <= LAST_TICK)
            found.push([time.getTime(), tickText(time.getTime(), step)]);
        if (step < 30)
            time.setDate(time.getDate() + step);
        else
            time.setMonth(time.getMonth() + Math.round(step / 30.44));
    }
    return found;
}

function axis(scale) {
    return h("div.timeline-axis", { "aria-hidden": "true" }, ticks(scale).map(([time, text]) => {
        const label = h("span", {}, text);
        label.style.left = `${scale.at(time)}%`;
        return label;
    }));
}

/** What a lane shows, as a sentence. */
function words(row) {
    const values = { time: dayText(row.NotAfter), far: fromNow(row.NotAfter) };
    if (isOver(row.NotAfter))
        return _("Expired {far}: {time}", values);
    if (isEarly(row.NotBefore))
        return _("Not valid before {time}", { time: timeText(row.NotBefore) });
    return isClockTrusted() ? _("Expires {far}: {time}", values) : `${_("Valid until ")}${values.time} (${values.far})`;
}

function key(path, kind, text) {
    return h("li", {}, h("svg", { width: 16, height: 24, viewBox: "-8 0 16 24", "aria-hidden": "true" },
        h(`path.mark-${kind}`, { d: path })), text);
}

function legend() {
    return h("ul.timeline-legend", { "aria-hidden": "true" }, key("M0,0 L0,24", "now", _("now")),
        key(DIAMOND, "renewal", _("is renewed")), key(STOP, "good", _("expires")),
        key(ARROW, "good", _("expires later than the drawing goes")),
        key(CROSS, "bad", _("has expired")));
}

/**
 * The lanes of rows {title: a node, NotBefore, NotAfter, Renewal or nothing, renews: a sentence or "", trial, aside:
 * whether the scale is made without regard to it}, in their order.
 */
export function timeline(rows) {
    const scale = scaleFor(rows, today());
    return h("div.timeline", {}, axis(scale), h("ol.timeline-rows", {}, rows.map((row) => h("li", {},
        h("div.timeline-title", {}, row.title), lane(row, scale),
        h("div.timeline-words", {},
            h("time", { datetime: row.NotAfter, title: timeText(row.NotAfter, true) }, words(row)),
            row.renews ? [h("br"), h("span.text-muted", {}, row.renews)] : null)))),
    legend());
}
