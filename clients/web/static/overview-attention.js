// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether anything is wrong: the device's problems and what is found at certificates, each with what to do and where.

import { describeFinding } from "./codes.js";
import { box, card, h } from "./dom.js";
import { _, ngettext } from "./i18n.js";
import { certificateOf, describeProblem } from "./problem.js";
import { link } from "./views.js";

const SHOWN = 8;
const RANKS = ["error", "warning", "note"];

function pick({ manager, found }) {
    const problems = [...manager.Oem.Certd.Problems]
        .sort((a, b) => RANKS.indexOf(a.Severity) - RANKS.indexOf(b.Severity));
    const told = new Set(problems.map(certificateOf));
    const certificates = found.details.filter(({ Name }) => !told.has(Name))
        .map(({ Name, Findings }) => ({ Name, Findings: Findings.filter(({ Severity }) => Severity !== "note") }));
    return { problems, certificates, more: found.more };
}

function certificate({ Name, Findings }) {
    return h("li", {}, h("h3.h6", {}, h("a", { href: link("certificates/{}", Name) }, Name)),
        Findings.map(describeFinding));
}

function list(rows) {
    const items = rows.map((row) => "Name" in row ? certificate(row) : h("li", {}, describeProblem(row)));
    const rest = items.splice(SHOWN);
    return [h("ul.plain", {}, items), rest.length === 0 ? null : h("details", { "data-key": "problems" },
        h("summary", {}, ngettext("{count} more", "{count} more", rest.length)), h("ul.plain.mt-2", {}, rest))];
}

function render({ problems, certificates, more }) {
    const count = problems.length + certificates.length + more;
    if (count === 0)
        return box("success", h("p.mb-0", { role: "status" }, _("Nothing needs attention.")));
    return card(ngettext("{count} thing needs attention", "{count} things need attention", count), {},
        list([...problems, ...certificates]), more === 0 ? null : h("p.mb-0", {}, h("a", { href: link("certificates") },
            ngettext("{count} more certificate with warnings or errors",
                "{count} more certificates with warnings or errors", more))));
}

/** [pick, render] of the part. */
export function attention() {
    return [pick, render];
}
