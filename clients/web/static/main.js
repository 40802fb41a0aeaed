// SPDX-License-Identifier: LGPL-2.1-or-later
// The page's frame: who is signed in, where to go, and the view of the address. A view is an async function of a context:
//   main    the element it fills (its h1 is there already)
//   parts   of the address: ["https"]
//   query   URLSearchParams of the address ("#/activity?object=…")
//   signal  aborted once the view is left
//   title(text)   another h1, and the window's title with it
//   listen(fn)    live.js, for as long as the view is there
//   go(address)   to another one: go(link("certificates/{}", name))

import { describeError } from "./codes.js";
import { button, h, replace, waiting } from "./dom.js";
import { select } from "./form.js";
import { LANGUAGES, _, language, load, remember } from "./i18n.js";
import * as live from "./live.js";
import { find as findSession, onUser, signInForm, signOut, user } from "./session.js";
import { currentTheme, setTheme, themes } from "./theme.js";
import { NAVIGATION, VIEWS, find } from "./views.js";

const FIRST = "overview";
const page = document.getElementById("page");
let leaving = new AbortController();
let main = null;

function settings() {
    const tongue = select(Object.entries(LANGUAGES), language(), { "aria-label": _("Language"), onchange: () => {
        remember(tongue.value);
        location.reload();
    } });
    const theme = select(themes(), currentTheme(), { "aria-label": _("Colours"), onchange: () => setTheme(theme.value) });
    return h("div.settings", {}, tongue, theme);
}

async function leave() {
    await signOut();
    live.close();
    showSignIn();
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
    onUser((name) => { who.textContent = name; });
    replace(page,
        h("a.visually-hidden-focusable.skip", { href: "#main", onclick: (event) => {
            event.preventDefault();
            main.focus();
        } }, _("To the content")),
        h("header", {}, h("div.bar", {}, h("a.brand", { href: `#/${FIRST}` }, _("Certificates of {host}", { host: location.hostname })),
            h("div.who", {}, who, button(_("Sign out"), leave))),
            navigation()),
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

async function show({ focus = true } = {}) {
    if (!main?.isConnected)
        return;
    const [address, query] = location.hash.replace(/^#\/?/, "").split("?");
    const found = find(address || FIRST);
    leaving.abort();
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
        await found[0][2]({ main: content, parts: found[1], query: new URLSearchParams(query), signal,
            title: (text) => signal.aborted || heading(text), go: (to) => { location.hash = to; },
            listen: (changed) => live.listen(changed, signal) });
    } catch (error) {
        if (!signal.aborted)
            replace(content, describeError(error));
    }
    clearTimeout(wait);
}

function showSignIn() {
    leaving.abort();
    document.title = _("Sign in: certificates of {host}", { host: location.hostname });
    const form = signInForm(begin);
    replace(page, h("main.gate", { id: "main" },
        h("h1", {}, _("Certificates of {host}", { host: location.hostname })), form, settings()));
    form.querySelector("[autofocus]").focus();
}

function begin() {
    frame();
    show({ focus: false });
}

async function start() {
    await load();
    try {
        if (await findSession())
            begin();
        else
            showSignIn();
    } catch (error) {
        replace(page, h("main.gate", {}, h("h1", {}, location.hostname), describeError(error),
            button(_("Try again"), () => location.reload(), { kind: "main" })));
    }
}

addEventListener("hashchange", () => show());
start();
