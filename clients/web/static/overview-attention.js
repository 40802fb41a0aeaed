// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether anything is wrong: the device's problems, what is found at certificates, and which of them end soon, each
// with what to do and where.

import { describeFinding } from "./codes.js";
import { box, card, h } from "./dom.js";
import { endNote, isDue } from "./expiry.js";
import { fromNow } from "./format.js";
import { _, ngettext } from "./i18n.js";
import { trialsOf } from "./overview-times.js";
import { certificateOf, describeProblem } from "./problem.js";
import { link } from "./views.js";

const SHOWN = 8;
const RANKS = ["error", "warning", "note"];
/* Another certificate answers: what is found at that one says nothing more. */
const INSTEAD = new Set(["certificate-expired", "certificate-not-yet-valid", "certificate-damaged", "key-unreadable",
    "certificate-missing"]);

/* Whether a problem says already what is found at the certificate that it is about. */
function tells(problem, name, finding) {
    return certificateOf(problem) === name &&
        (INSTEAD.has(problem.Code) || problem.Code === finding.Code);
}

/* {Name: Findings} of what some certificates have. */
function findings({ found }, problems) {
    return Object.fromEntries(found.details.map(({ Name, Findings }) => [Name, Findings.filter((one) =>
        one.Severity !== "note" && !problems.some((problem) => tells(problem, Name, one)))])
        .filter(([, left]) => left.length > 0));
}

/* Those that end soon, the soonest first, with what is left, as that is shown. */
function ending({ all }) {
    return all.filter((one) => one.State === "active" && !one.Emergency && isDue(one))
        .sort((a, b) => Date.parse(a.NotAfter) - Date.parse(b.NotAfter))
        .map(({ Name, NotBefore, NotAfter, Origin }) =>
            ({ Name, NotBefore, NotAfter, Origin, left: fromNow(NotAfter) }));
}

function pick(data) {
    const problems = [...data.manager.Oem.Certd.Problems]
        .sort((a, b) => RANKS.indexOf(a.Severity) - RANKS.indexOf(b.Severity));
    const wrong = findings(data, problems);
    const due = ending(data);
    const ends = new Set(due.map(({ Name }) => Name));
    const certificates = [...Object.keys(wrong).filter((Name) => !ends.has(Name)).map((Name) => ({ Name })), ...due]
        .map((one) => ({ ...one, Findings: wrong[one.Name] ?? [] }));
    return { problems, certificates, more: data.found.more, trying: trialsOf(data).length > 0 };
}

function certificate(one) {
    return h("li", {}, h("h3.h6", {}, h("a", { href: link("certificates/{}", one.Name) }, one.Name)),
        one.Findings.map(describeFinding), endNote(one));
}

function list(rows) {
    const items = rows.map((row) => "Name" in row ? certificate(row) : h("li", {}, describeProblem(row)));
    const rest = items.splice(SHOWN);
    return [h("ul.plain", {}, items), rest.length === 0 ? null : h("details", { "data-key": "problems" },
        h("summary", {}, ngettext("{count} more", "{count} more", rest.length)), h("ul.plain.mt-2", {}, rest))];
}

function allWell(trying) {
    const text = trying ? _("Nothing is wrong. What is on trial ends by itself, unless somebody keeps it.")
                        : _("Nothing needs attention.");
    return box(trying ? "info" : "success", h("p.mb-0", { role: "status" }, text));
}

function render({ problems, certificates, more, trying }) {
    const count = problems.length + certificates.length + more;
    if (count === 0)
        return allWell(trying);
    return card(ngettext("{count} thing needs attention", "{count} things need attention", count), {},
        list([...problems, ...certificates]), more === 0 ? null : h("p.mb-0", {}, h("a", { href: link("certificates") },
            ngettext("{count} more certificate with warnings or errors",
                "{count} more certificates with warnings or errors", more))));
}

/** [pick, render] of the part. */
export function attention() {
    return [pick, render];
}
