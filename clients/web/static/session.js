// SPDX-License-Identifier: LGPL-2.1-or-later
// Signing in and out. The session is a cookie that no script sees; the token that goes with it is the session
// resource's. A session that ends elsewhere is seen when the stream of events ends with it, or by another window.

import { ApiError, ROOT, get, post, remove, request, setGate, setToken } from "./api.js";
import { describeError, errorLine } from "./codes.js";
import { askPassword, here } from "./dialogs.js";
import { h, replace } from "./dom.js";
import * as draft from "./draft.js";
import { field, input } from "./form.js";
import { _ } from "./i18n.js";
import * as live from "./live.js";

const SERVICE = `${ROOT}/SessionService`;
const USER = "certd:user";
const SIGNED_IN = "certd:signed-in"; // which session: the cookie is hidden from scripts
const IS_OVER = [401, 404];

let current = null;
let ending = null; // the session that was signed out, until the device has heard it
const asking = new Map();
let cameBack = null; // where the session is over: somebody has signed in, here or in another window
let tellUser = () => {};
let showOver = () => () => false;

function note(key, value) {
    try {
        if (value === null)
            localStorage.removeItem(key);
        else
            localStorage.setItem(key, value);
    } catch {
        // The browser's store is full or shut: a reload asks for the password then.
    }
}

function keep(resource) {
    current = resource;
    ending = null;
    setToken(resource?.Oem.Certd.CsrfToken ?? "");
    if (resource) {
        draft.setOwner(resource.UserName);
        tellUser(resource.UserName);
    }
    note(SIGNED_IN, resource?.["@odata.id"] ?? null);
}

/** Calls changed(name) when somebody has signed in from now on: not always the one of before. */
export function onUser(changed) {
    tellUser = changed;
}

/** Calls show(cameBack) when the session is over: it takes away what stands there, and calls cameBack() once somebody
    has signed in. It gives back(same), which puts it back where it is the same user. Whether it did. */
export function onOver(show) {
    showOver = show;
}

/** The user's name, "" where nobody has signed in. */
export function user() {
    return current?.UserName ?? "";
}

/** Whether the browser had a session when this page was last here: it may have ended since. */
export function expected() {
    return localStorage.getItem(SIGNED_IN) !== null;
}

/* The session that the browser has, or null. */
async function look() {
    for (let before = null; ;) {
        const expects = localStorage.getItem(SIGNED_IN);
        if (expects === before)
            return null;
        try {
            const service = await get(SERVICE, { open: true });
            return await get(service.Oem.Certd.CurrentSession["@odata.id"], { open: true });
        } catch (error) {
            if (!(error instanceof ApiError) || error.status !== 401)
                throw error;
        }
        before = expects; // unless another window has signed in meanwhile
    }
}

/** Finds the session that the browser has. Whether there is one. */
export async function find() {
    keep(await look());
    return current !== null;
}

async function begin(name, password) {
    const answer = await request("POST", `${SERVICE}/Sessions`, { open: true,
        body: { UserName: name, Password: password, Oem: { Certd: { Cookie: true } } } });
    keep(answer.body);
    note(USER, name);
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

/** Ends the session. Drafts stay. Whether the device has heard it: where it has not, this may be called once more. */
export async function signOut() {
    ending = current?.["@odata.id"] ?? ending;
    current = null; // from now on nobody asks for the password: the token stays for what ends the session
    note(SIGNED_IN, null);
    try {
        if (ending !== null)
            await remove(ending, { open: true });
    } catch (error) {
        if (!IS_OVER.includes(error.status))
            return false;
    }
    keep(null);
    return true;
}

/* Whether the same user is back, and the page with all that was typed. False at once where nobody has signed in. */
async function signInAgain() {
    const before = user();
    const found = current && await look();
    if (current === null)
        return false;
    keep(found);
    if (user() === before)
        return true;
    const back = showOver(() => cameBack?.());
    if (found)
        return back(false);
    return new Promise((done) => {
        cameBack = () => {
            cameBack = null;
            done(back(user() === before));
        };
    });
}

async function passwordAgain() {
    if (current === null)
        return false;
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
    if (!asking.has(ask))
        asking.set(ask, ask().finally(() => asking.delete(ask)));
    return asking.get(ask);
}

/* Another window of this browser has signed out, or in: again, or as another user. */
addEventListener("storage", async ({ key, newValue }) => {
    if (key !== SIGNED_IN)
        return;
    if (current !== null && newValue !== current["@odata.id"])
        once(signInAgain).catch(() => {});
    else if (newValue !== null && cameBack !== null && await find().catch(() => false))
        cameBack?.();
});

/* Whoever has left the view is not asked any more for what it wanted. */
setGate({ here, signIn: () => once(signInAgain),
    password: (begun) => begun === here() ? once(passwordAgain) : false });
live.onEnd(() => once(signInAgain));
