// SPDX-License-Identifier: LGPL-2.1-or-later
// Elements, made from values. Text from outside is only ever text: nothing here reads HTML.

const PROPERTIES = new Set(["checked", "disabled", "indeterminate", "open", "selected", "value"]);
let counted = 0;

/** An id that no other element of the page has. */
export function newId(stem = "e") {
    counted += 1;
    return `${stem}-${counted}`;
}

function set(node, name, value) {
    if (value === null || value === undefined || value === false) {
        if (PROPERTIES.has(name) && value === false)
            node[name] = false;
        return;
    }
    if (name.startsWith("on"))
        node.addEventListener(name.slice(2), value);
    else if (PROPERTIES.has(name))
        node[name] = value;
    else
        node.setAttribute(name, value === true ? "" : String(value));
}

function append(node, children) {
    for (const child of children.flat(Infinity)) {
        if (child !== null && child !== undefined && child !== false)
            node.append(child);
    }
    return node;
}

const SVG = new Set(["svg", "g", "path", "line", "rect", "circle", "polyline", "text"]);

/**
 * An element. what: "tag.class.class"; attributes: {name: value}, where a function of a name "onclick" listens, true is
 * an attribute without a value, and false, null and undefined are none; children: nodes, text, lists of them, or
 * nothing.
 */
export function h(what, attributes = {}, ...children) {
    const [tag, ...classes] = what.split(".");
    const node = SVG.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag)
                              : document.createElement(tag);
    if (classes.length > 0)
        node.setAttribute("class", classes.join(" "));
    for (const [name, value] of Object.entries(attributes))
        set(node, name, value);
    return append(node, children);
}

/** Puts children in the place of what node has. */
export function replace(node, ...children) {
    node.replaceChildren();
    return append(node, children);
}

/** The kinds of a button, in the order of their weight. */
const KINDS = { main: "btn-primary", plain: "btn-outline-secondary", danger: "btn-danger", link: "btn-link" };

/** A button. kind: main, plain, danger or link; more: attributes. */
export function button(label, onclick, { kind = "plain", ...more } = {}) {
    return h(`button.btn.${KINDS[kind]}`, { type: "button", onclick, ...more }, label);
}

/** Lets a button be pressed again that was disabled while something was done, and gives it back the keyboard that it
    had lost by that, unless that is elsewhere by now. */
export function enable(node) {
    node.disabled = false;
    if (document.activeElement === document.body)
        node.focus();
}

/** A box for what has to be seen; kind: danger, warning, success or info. */
export function box(kind, ...children) {
    return h(`div.alert.alert-${kind}`, { role: kind === "danger" ? "alert" : null }, children);
}

/** A list of pairs [term, value]; a value that is null, undefined or "" leaves its pair out. */
export function pairs(rows, kind = "") {
    return h(`dl.pairs${kind}`, {}, rows.filter(([, value]) => value !== null && value !== undefined && value !== "")
        .map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value))));
}

/** A card with a heading of that level. */
export function card(title, { level = 2, id = null } = {}, ...children) {
    const heading = newId("card");
    return h("section.card.mb-3", { "aria-labelledby": heading, id },
        h("div.card-body", {}, h(`h${level}.card-title.h5`, { id: heading }, title), children));
}

/** Something to wait at. */
export function waiting(text) {
    return h("p.waiting", { role: "status" },
        h("span.spinner-border.spinner-border-sm.me-2", { "aria-hidden": "true" }), text);
}

let region = null;
let speaking = 0;

/** Tells a screen reader, and nobody else. */
export function announce(text) {
    if (region === null) {
        region = h("div.visually-hidden", { "aria-live": "polite" });
        document.body.append(region);
    }
    hush();
    speaking = setTimeout(() => { region.textContent = text; }, 50);
}

/** Takes back what announce() has told: it is not for whoever comes next. */
export function hush() {
    clearTimeout(speaking);
    region?.replaceChildren();
}
