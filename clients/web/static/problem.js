// SPDX-License-Identifier: LGPL-2.1-or-later
// A problem of the device as the page tells it: what it is, what to do, and where that is done.

import { describe, problemText, severityText } from "./codes.js";
import { box, h } from "./dom.js";
import { _ } from "./i18n.js";
import { PROBLEMS } from "./problem-codes.js";

/** The name of the certificate that a problem is about; "" where it is about none. */
export function certificateOf(problem) {
    return decodeURIComponent(problem.Certificate?.["@odata.id"].split("/").pop() ?? "");
}

function address(problem) {
    const where = Object.hasOwn(PROBLEMS, problem.Code) ? PROBLEMS[problem.Code][1] : "";
    const name = certificateOf(problem);
    return name === "" ? where.split("/{}")[0] : where.replace("{}", () => encodeURIComponent(name));
}

/** {Code, Severity, Message, Remedy} of Oem.Certd.Problems, with a link to where it is mended. */
export function describeProblem(problem) {
    const there = address(problem);
    return describe(problem, problemText(problem.Code),
        there === "" ? null : h("div", {}, h("a", { href: `#/${there}` }, _("Go to where this is mended"))));
}

/** The same as a box, without the link: where the view is the one that mends it. */
export function problemBox(problem) {
    return box(problem.Severity === "error" ? "danger" : "warning",
        h("strong", {}, severityText(problem.Severity), _(": "), problemText(problem.Code)),
        h("span.own", { lang: "en" }, problem.Message), h("span.own", { lang: "en" }, problem.Remedy));
}
