// SPDX-License-Identifier: LGPL-2.1-or-later
// Dark or light: as the system says, unless the reader has chosen.

import { _ } from "./i18n.js";

const CHOICE = "certd:theme";

/** What can be chosen: [value, label]. */
export function themes() {
    return [["auto", _("As the system")], ["light", _("Light")], ["dark", _("Dark")]];
}

/** What is chosen. */
export function currentTheme() {
    return localStorage.getItem(CHOICE) ?? "auto";
}

function apply() {
    const chosen = currentTheme();
    const dark = chosen === "dark" || (chosen === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
}

/** Chooses, for this browser. */
export function setTheme(value) {
    localStorage.setItem(CHOICE, value);
    apply();
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
apply();
