// SPDX-License-Identifier: LGPL-2.1-or-later
// How it is installed: on trial, for so long, or at once; and whether a key that comes with it may leave again.

import * as draft from "./draft.js";
import { h } from "./dom.js";
import { field, select, tick } from "./form.js";
import { _, ngettext } from "./i18n.js";

const HTTPS = "https";
// 30 to 3600 seconds (daemon/model/limits.h).
const TIMES = [30, 60, 180, 600, 1800, 3600];
const USUAL = 180;

function timeText(seconds) {
    return seconds < 60 ? ngettext("{count} second", "{count} seconds", seconds)
        : ngettext("{count} minute", "{count} minutes", seconds / 60);
}

/** "3 minutes", of what the reader can choose. */
export function trialTimes() {
    return TIMES.map((seconds) => [String(seconds), timeText(seconds)]);
}

function choice(name, value, label, help, state) {
    const one = tick({ type: "radio", name, value, onchange: () => state.keep() });
    return field(label, one, { help });
}

function help(name) {
    return name === HTTPS
        ? _("Where this browser can't come back with it, do nothing: when the time is over, the device goes back by " +
            "itself to what was there before.")
        : _("Where it does not work, do nothing: when the time is over, the device goes back by itself to what was " +
            "there before.");
}

/**
 * The choices for the certificate of that name. {node, value(): {Trial, Exportable} as Import takes them,
 * showKey(whether a key comes with it), clear()}.
 */
export function installHow(name) {
    const key = `install-how:${name}`;
    const kept = draft.load(key) ?? {};
    const state = { keep() {
        draft.save(key, { how: trial.control.checked ? "trial" : "once", time: time.value });
        times.hidden = !trial.control.checked;
    } };
    const trial = choice(`how-${name}`, "trial", _("On trial"), help(name), state);
    const once = choice(`how-${name}`, "once", _("At once"),
        _("It stays. What was there before can be put back by hand."), state);
    const time = select(trialTimes(), TIMES.includes(Number(kept.time)) ? String(kept.time) : String(USUAL),
        { onchange: () => state.keep() });
    const leaves = field(_("The key may be exported again, as PKCS#12"), tick({}),
        { help: _("Without this it never leaves the device.") });
    const onTrial = (kept.how ?? (name === HTTPS ? "trial" : "once")) === "trial";
    trial.control.checked = onTrial;
    once.control.checked = !onTrial;
    const times = field(_("Time of the trial"), time, { kind: "mb-3.indent" }).node;
    times.hidden = !onTrial;
    leaves.node.hidden = true;
    return {
        node: h("div", {}, h("fieldset", {}, h("legend.h6", {}, _("How it is installed")), trial.node, times,
            once.node), leaves.node),
        value() {
            const how = trial.control.checked ? { Trial: Number(time.value) } : {};
            return leaves.control.checked && !leaves.node.hidden ? { ...how, Exportable: true } : how;
        },
        showKey: (comes) => { leaves.node.hidden = !comes; },
        clear() {
            draft.drop(key);
            leaves.control.checked = false;
        },
    };
}
