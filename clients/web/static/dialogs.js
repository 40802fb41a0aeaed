// SPDX-License-Identifier: LGPL-2.1-or-later
// Questions, in the browser's own modal dialog: it keeps the keyboard inside and gives it back. They belong to the view
// that asks, and end with it.

import { button, h, newId, replace } from "./dom.js";
import { field, input } from "./form.js";
import { _ } from "./i18n.js";

const shown = new Set(); // what ends each question
let views = 0;

/** The view that is there now, for whoever asks only after a while: here() is another one then. */
export function here() {
    return views;
}

/** Leaves the view: each of its questions ends as if it were left with Escape. */
export function leaveView() {
    views += 1;
    for (const end of [...shown])
        end();
}

/**
 * Asks. build(close) gives the children; close(value) ends it. Resolves to the value, null where it was left with
 * Escape, or with its view. begun: what here() was where that is a while ago; it is not asked in another view.
 */
export function dialog(title, build, { begun = views } = {}) {
    if (begun !== views)
        return Promise.resolve(null);
    const id = newId("dialog");
    return new Promise((done) => {
        let value = null;
        const end = () => {
            shown.delete(leaveIt);
            node.remove();
            done(value);
        };
        const leaveIt = () => {
            node.close();
            end();
        };
        const node = h("dialog.dialog", { "aria-labelledby": id, onclose: end });
        const close = (with_) => { value = with_; node.close(); };
        replace(node, h("h2.h5", { id }, title), build(close));
        document.body.append(node);
        shown.add(leaveIt);
        node.showModal();
    });
}

/** Whether to do it: body says what will happen, or what will die; verb is what the button says; begun: of dialog(). */
export async function confirm(title, body, verb, { danger = false, begun } = {}) {
    return await dialog(title, (close) => [
        h("div.mb-3", {}, body),
        h("div.actions", {}, button(_("Cancel"), () => close(false), { autofocus: danger }),
            button(verb, () => close(true), { kind: danger ? "danger" : "main", autofocus: !danger })),
    ], { begun }) === true;
}

/** Asks for the password of user; tryIt(password) resolves to what is wrong with it, or null. Whether it was right. */
export async function askPassword(user, why, tryIt) {
    return await dialog(_("Password of {user}", { user }), (close) => {
        const word = field(_("Password"),
            input({ type: "password", autocomplete: "current-password", autofocus: true }));
        const send = h("button.btn.btn-primary", { type: "submit" }, _("Go on"));
        return [h("p", {}, why), h("form", { onsubmit: async (event) => {
            event.preventDefault();
            send.disabled = true;
            const wrong = await tryIt(word.control.value);
            send.disabled = false;
            word.control.value = "";
            if (wrong === null) {
                close(true);
                return;
            }
            word.setError(wrong);
            word.control.focus();
        } }, h("input", { type: "text", value: user, autocomplete: "username", hidden: true }), word.node,
        h("div.actions", {}, button(_("Cancel"), () => close(false)), send))];
    }) === true;
}
