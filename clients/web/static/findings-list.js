// SPDX-License-Identifier: LGPL-2.1-or-later
// The device's findings, and which of them stop an import: errors always, a warning until it has been accepted.

import { h, newId } from "./dom.js";
import { field, tick } from "./form.js";
import { _ } from "./i18n.js";

function acceptBox(finding, accepted, changed) {
    const code = finding.dataset.code;
    const box = tick({ checked: accepted.has(code), onchange: () => {
        if (box.checked)
            accepted.add(code);
        else
            accepted.delete(code);
        changed();
    } });
    const { node } = field(_("Install it in spite of this"), box, { kind: "mt-1" });
    const said = h("div", { id: newId("finding") }, ...finding.childNodes);
    box.setAttribute("aria-describedby", said.id);
    return [said, node];
}

/**
 * Gives each warning in root (of describeFinding(), as chainPath() has them) a box to accept it with. accepted: the Set
 * of codes that grows and shrinks with them; changed(): after that. A code that is there twice is accepted once.
 */
export function acceptWarnings(root, accepted, changed) {
    const told = new Set();
    for (const finding of root.querySelectorAll(".finding-warning")) {
        if (!told.has(finding.dataset.code))
            finding.append(...acceptBox(finding, accepted, changed));
        told.add(finding.dataset.code);
    }
}

/** What stops an import still: {errors, warnings}, how many. */
export function stopping(findings, accepted) {
    return {
        errors: findings.filter((finding) => finding.Severity === "error").length,
        warnings: new Set(findings.filter((finding) => finding.Severity === "warning" && !accepted.has(finding.Code))
            .map((finding) => finding.Code)).size,
    };
}
