// SPDX-License-Identifier: LGPL-2.1-or-later
// How it is installed: on trial, for so long, or at once; and whether a key that comes with it may leave again.

import * as draft from "./draft.js";
import { h } from "./dom.js";
import { field, tick } from "./form.js";
import { _ } from "./i18n.js";
import { trialChoice } from "./trial-choice.js";

/**
 * The choices for the certificate of that name. {node, value(): {Trial, Exportable} as Import takes them,
 * showKey(whether a key comes with it), clear()}.
 */
export function installHow(name) {
    const key = `install-how:${name}`;
    const how = trialChoice(name, _("How it is installed"), { kept: draft.load(key) ?? {},
        changed: () => draft.save(key, how.draft()) });
    const leaves = field(_("The key may be exported again, as PKCS#12"), tick({}),
        { help: _("Without this it never leaves the device.") });
    leaves.node.hidden = true;
    return {
        node: h("div", {}, how.node, leaves.node),
        value: () => (leaves.control.checked && !leaves.node.hidden ? { ...how.value(), Exportable: true }
            : how.value()),
        showKey: (comes) => { leaves.node.hidden = !comes; },
        clear() {
            draft.drop(key);
            leaves.control.checked = false;
        },
    };
}
