// SPDX-License-Identifier: LGPL-2.1-or-later
// Signing in and out. The session is a cookie that no script sees; the token that goes with it is the session resource's.

import { ApiError, ROOT, get, post, remove, request, setGate, setToken } from "./api.js";
import { describeError, errorLine } from "./codes.js";
import { askPassword, dialog } from "./dialogs.js";
import { h, replace } from "./dom.js";
import { field, input } from "./form.js";
import { _ } from "./i18n.js";
import * as live from "./live.js";

const SERVICE = `${ROOT}/SessionService`;
const USER = "certd:user";
const SIGNED_IN = "certd:signed-in"; // the cookie is hidden from scripts

let current = null;
let asking = null;
let tellUser = () => {};

function keep(resource) {
    current = resource;
    if (resource)
        localStorage.setItem(SIGNED_IN, "yes");
    else
        localStorage.removeItem(SIGNED_IN);
    setToken(resource?.Oem.Certd.CsrfToken ?? "");
    if (resource)
        tellUser(resource.UserName);
}

/** Calls changed(name) when somebody has signed in from now on: not always the one of before. */
export function onUser(changed) {
    tellUser = changed;
}

/** The user's name, "" where nobody has signed in. */
export function user() {
    return current?.UserName ?? "";
}

/** Finds the session that the browser has. Whether there is one. */
export async function find() {
    if (!localStorage.getItem(SIGNED_IN))
        return false;
    try {
        const service = await get(SERVICE, { open: true });
        keep(await get(service.Oem.Certd.CurrentSession["@odata.id"], { open: true }));
        return true;
    } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 401)
            throw error;
        keep(null);
        return false;
    }
}

async function begin(name, password) {
    const answer = await request("POST", `${SERVICE}/Sessions`, { open: true,
        body: { UserName: name, Password: password, Oem: { Certd: { Cookie: true } } } });
    keep(answer.body);
    localStorage.setItem(USER, name);
    live.again();
}

/** A form that signs in, and calls done() then. */
export function signInForm(done) {
    const name = field(_("User name"), input({ name: "user", autocomplete: "username", required: true,
        autocapitalize: "none", value: localStorage.getItem(USER) ?? "" }));
    const word = field(_("Password"), input({ name: "password", type: "password", autocomplete: "current-password",
        required: true }));
    const send = h("button.btn.btn-primary", { type: "submit" }, _("Sign in"));
    const trouble = h("div", { "aria-live": "assertive" });
    const form = h("form.sign-in", { onsubmit: async (event) => {
        event.preventDefault();
        send.disabled = true;
        replace(trouble);
        try {
            await begin(name.control.value, word.control.value);
            word.control.value = "";
            done();
        } catch (error) {
            word.control.value = "";
            replace(trouble, describeError(error));
            word.control.focus();
        }
        send.disabled = false;
    } }, trouble, name.node, word.node, send);
    (name.control.value === "" ? name : word).control.setAttribute("autofocus", "");
    return form;
}

/** Ends the session. Drafts stay. */
export async function signOut() {
    const path = current?.["@odata.id"];
    if (path)
        await remove(path, { open: true }).catch(() => {});
    keep(null);
}

/* The page stays as it is behind the question, with all that was typed. */
async function signInAgain() {
    if (await find())
        return true;
    return await dialog(_("The session is over"), (close) => [
        h("p", {}, _("Sign in again. What you have typed is still there.")), signInForm(() => close(true)),
    ]) === true;
}

async function passwordAgain() {
    const target = current.Actions.Oem["#CertdSession.SignInAgain"].target;
    return askPassword(user(), _("This destroys something, or gives a private key away. Give your password again."),
        async (password) => {
            try {
                keep(await post(target, { Password: password }, { open: true }));
                return null;
            } catch (error) {
                return errorLine(error);
            }
        });
}

/* However many requests find out at once, one question is asked. */
function once(ask) {
    asking ??= ask().finally(() => { asking = null; });
    return asking;
}

setGate({ signIn: () => once(signInAgain), password: () => once(passwordAgain) });
