// SPDX-License-Identifier: LGPL-2.1-or-later
// A problem of the device as the page tells it: what it is, what to do, and where that is done.

import { describe, problemText } from "./codes.js";
import { h } from "./dom.js";
import { _ } from "./i18n.js";
import { PROBLEMS } from "./problem-codes.js";

/** The certificate that a problem's sentence names ('The certificate "mail" has expired'); "" where it names none. */
export function certificateOf(problem) {
    return /certificate "([^"]+)"/i.exec(problem.Message)?.[1] ?? "";
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
