// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether something is tried first, and for how long: wherever what is new may keep somebody out.

import { h } from "./dom.js";
import { field, select, tick } from "./form.js";
import { _, ngettext } from "./i18n.js";
import { HTTPS } from "./places.js";

const TIMES = [30, 60, 180, 600, 1800, 3600]; // seconds, of the 30 to 3600 that the device takes
const USUAL = 180;

function timeText(seconds) {
    if (seconds < 60)
        return ngettext("{count} second", "{count} seconds", seconds);
    return seconds < 3600 ? ngettext("{count} minute", "{count} minutes", seconds / 60) : _("1 hour");
}

/** A choice of how long something is tried. chosen: seconds; more: attributes. */
export function trialTimes(chosen = USUAL, more = {}) {
    return select(TIMES.map((seconds) => [String(seconds), timeText(seconds)]),
        String(TIMES.includes(Number(chosen)) ? chosen : USUAL), more);
}

function help(name) {
    return name === HTTPS
        ? _("Where this browser can't come back with it, do nothing: when the time is over, the device goes back by " +
            "itself to what was there before.")
        : _("Where it does not work, do nothing: when the time is over, the device goes back by itself to what was " +
            "there before.");
}

/**
 * On trial or at once, for the certificate of that name: what HTTPS uses is tried, unless kept says something else.
 * {node, time: the field of its time, value(): {Trial} as the API takes it, or {}; draft(): what kept may be later}.
 */
export function trialChoice(name, title, { kept = {}, changed = () => {} } = {}) {
    const onTrial = (kept.how ?? (name === HTTPS ? "trial" : "once")) === "trial";
    const touched = () => {
        times.node.hidden = !trial.control.checked;
        changed();
    };
    const choice = (value, checked, label, words) => field(label,
        tick({ type: "radio", name: `how-${name}`, value, checked, onchange: touched }), { help: words });
    const trial = choice("trial", onTrial, _("On trial"), help(name));
    const once = choice("once", !onTrial, _("At once"), _("It stays. What was there before can be put back by hand."));
    const time = trialTimes(kept.time, { onchange: touched });
    const times = field(_("Time of the trial"), time, { kind: "mb-3.indent" });
    times.node.hidden = !onTrial;
    return {
        node: h("fieldset", {}, h("legend.h6", {}, title), trial.node, times.node, once.node),
        time: times,
        value: () => (trial.control.checked ? { Trial: Number(time.value) } : {}),
        draft: () => ({ how: trial.control.checked ? "trial" : "once", time: time.value }),
    };
}
