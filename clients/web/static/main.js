// SPDX-License-Identifier: LGPL-2.1-or-later
// The page's frame: who is signed in, where to go, and the view of the address. A view is an async function of a
// context:
//   main    the element it fills (its h1 is there already)
//   parts   of the address: ["https"]
//   query   URLSearchParams of the address ("#/activity?object=…")
//   signal  aborted once the view is left
//   title(text)   another h1, and the window's title with it
//   listen(fn)    live.js, for as long as the view is there
//   go(address)   to another one: go(link("certificates/{}", name))

import { ROOT, get } from "./api.js";
import { describeError } from "./codes.js";
import { leaveView } from "./dialogs.js";
import { box, button, h, hush, replace, waiting } from "./dom.js";
import { select } from "./form.js";
import { LANGUAGES, _, language, load, remember } from "./i18n.js";
import * as live from "./live.js";
import { expected, find as findSession, onOver, onUser, signInForm, signOut, user } from "./session.js";
import { currentTheme, setTheme, themes } from "./theme.js";
import { NAVIGATION, VIEWS, find } from "./views.js";

const FIRST = "overview";
const RELOADED = "certd:reloaded"; // for a view that did not come
const page = document.getElementById("page");
let leaving = new AbortController();
let main = null;

function settings() {
    const tongue = select(Object.entries(LANGUAGES), language(), { "aria-label": _("Language"), onchange: () => {
        remember(tongue.value);
        location.reload();
    } });
    const theme = select(themes(), currentTheme(), { "aria-label": _("Colours"),
        onchange: () => setTheme(theme.value) });
    return h("div.settings", {}, tongue, theme);
}

async function leave() {
    leaving.abort();
    live.close();
    showSignIn(await signOut() ? null : box("danger", h("p", {}, _("The device did not hear that you signed out: " +
        "unused, the session ends by itself after 10 minutes.")), button(_("Try again"), leave)));
}

function navigation() {
    return h("nav", { "aria-label": _("Main") }, h("ul.nav.nav-pills", {}, NAVIGATION.map((route) => {
        const title = VIEWS.find((row) => row[0] === route)[1];
        return h("li.nav-item", {}, h("a.nav-link", { href: `#/${route}`, "data-route": route }, _(title)));
    })));
}

function frame() {
    main = h("main", { id: "main", tabindex: "-1" });
    const who = h("span", {}, user());
    const reach = h("div", { role: "status" });
    let isThere = true;
    onUser((name) => { who.textContent = name; });
    live.onReach((there) => {
        if (there !== isThere)
            replace(reach, there ? null : box("warning", _("The device can't be reached at the moment. This page " +
                "tries again by itself, and what you have typed stays.")));
        isThere = there;
    });
    replace(page,
        h("a.visually-hidden-focusable.skip", { href: "#main", onclick: (event) => {
            event.preventDefault();
            main.focus();
        } }, _("To the content")),
        h("header", {}, h("div.bar", {},
            h("a.brand", { href: `#/${FIRST}` }, _("Certificates of {host}", { host: location.hostname })),
            h("div.who", {}, who, button(_("Sign out"), leave))),
            navigation(), reach),
        main,
        h("footer", {}, settings()));
}

function mark(route) {
    for (const item of page.querySelectorAll("nav a")) {
        const here = route.split("/")[0] === item.dataset.route;
        item.classList.toggle("active", here);
        if (here)
            item.setAttribute("aria-current", route === item.dataset.route ? "page" : "true");
        else
            item.removeAttribute("aria-current");
    }
}

function heading(text) {
    document.title = _("{title}: certificates of {host}", { title: text, host: location.hostname });
    let node = main.querySelector("h1");
    if (!node) {
        node = h("h1", { tabindex: "-1" });
        main.prepend(node);
    }
    node.textContent = text;
    return node;
}

/* The row and the parts of the address, and its query. */
function wanted() {
    const [address, query] = location.hash.replace(/^#\/?/, "").split("?");
    return [find(address || FIRST), query];
}

/* The module of a view. What the device did not answer once, Firefox does not ask for again: the page is loaded once
   more then, which drafts outlive. */
async function fetchView([, , fetchIt], signal) {
    try {
        const module = await fetchIt();
        sessionStorage.removeItem(RELOADED);
        return module;
    } catch (error) {
        if (!(error instanceof TypeError))
            throw error;
        await get(ROOT, { open: true, signal });
        signal.throwIfAborted();
        if (sessionStorage.getItem(RELOADED) !== null) {
            sessionStorage.removeItem(RELOADED);
            throw error;
        }
        sessionStorage.setItem(RELOADED, "yes");
        location.reload();
        return new Promise(() => {});
    }
}

/* A view that did not come, and whether that may be another time; the end of the session is heard meanwhile. */
function tellFailure(content, error, signal) {
    const passes = error.status === 0 || error.status >= 500;
    replace(content, describeError(error),
        passes ? button(_("Try again"), () => show(), { kind: "main" }) : null);
    live.listen(() => {}, signal);
}

async function show({ focus = true } = {}) {
    if (!main?.isConnected)
        return;
    const [found, query] = wanted();
    leaving.abort();
    leaveView();
    leaving = new AbortController();
    const { signal } = leaving;
    replace(main);
    const content = h("div.view");
    main.append(content);
    const h1 = heading(found ? _(found[0][1]) : _("There is no such page"));
    if (focus)
        h1.focus();
    mark(found ? found[0][0] : "");
    if (!found) {
        replace(content, h("a", { href: `#/${FIRST}` }, _("Overview")));
        return;
    }
    const wait = setTimeout(() => content.childNodes.length || replace(content, waiting(_("Reading…"))), 200);
    try {
        const { view } = await fetchView(found[0], signal);
        signal.throwIfAborted();
        await view({ main: content, parts: found[1], query: new URLSearchParams(query), signal,
            title: (text) => signal.aborted || heading(text), go: (to) => { location.hash = to; },
            listen: (changed) => live.listen(changed, signal) });
    } catch (error) {
        if (!signal.aborted)
            tellFailure(content, error, signal);
    }
    clearTimeout(wait);
    (window.requestIdleCallback ?? setTimeout)(fetchRest);
}

/* The other views, once the first is there and painted: then each is at hand, also while the device is busy. Where one
   does not come, whoever goes there hears why. */
function fetchRest() {
    for (const row of VIEWS)
        row[2]().catch(() => {});
}

function gate(title, said, signedIn) {
    leaveView();
    hush();
    document.title = _("Sign in: certificates of {host}", { host: location.hostname });
    const form = signInForm(signedIn);
    replace(page, h("main.gate", { id: "main" }, h("h1", {}, title), said, form, settings()));
    form.querySelector("[autofocus]").focus();
}

function showSignIn(trouble = null) {
    leaving.abort();
    gate(_("Certificates of {host}", { host: location.hostname }), trouble, begin);
}

/* Nothing of what stood there is left to be seen. It comes back as it was, with what was typed, for the same user
   alone. */
function showOver(signedIn) {
    leaveView();
    const [kept, address, top, focused] = [[...page.childNodes], location.hash, scrollY, document.activeElement];
    gate(_("The session is over"), h("p", {}, _("Sign in again. What you have typed is still there.")), signedIn);
    return (same) => {
        if (!same) {
            begin();
            return false;
        }
        replace(page, kept);
        if (location.hash !== address) {
            show();
            return false;
        }
        const h1 = heading(main.querySelector("h1").textContent);
        (main.contains(focused) ? focused : h1).focus({ preventScroll: true });
        scrollTo(0, top);
        return true;
    };
}

function begin() {
    frame();
    show({ focus: false });
}

async function start() {
    if (expected())
        wanted()[0]?.[0][2]().catch(() => {});
    const words = load();
    try {
        const [signedIn] = await Promise.all([findSession(), words]);
        if (signedIn)
            begin();
        else
            showSignIn();
    } catch (error) {
        await words.catch(() => {});
        replace(page, h("main.gate", {}, h("h1", {}, location.hostname), describeError(error),
            button(_("Try again"), () => location.reload(), { kind: "main" })));
    }
}

onOver(showOver);
addEventListener("hashchange", () => show());
start();
