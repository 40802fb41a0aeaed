// SPDX-License-Identifier: LGPL-2.1-or-later
// What an authority may speak for, in words.

import { N_ } from "./i18n.js";

/** [Scope, name, what it permits], in the order of the choice. */
export const SCOPES = [
    ["local", N_("This device and the local network"),
        N_("The device's own names and addresses, its domain, “.local”, and all private addresses.")],
    ["device", N_("This device alone"), N_("The device's host names and addresses, and nothing else.")],
    ["any", N_("Any name"), N_("There are no limits: whoever trusts it trusts it for every site of the web.")],
];
