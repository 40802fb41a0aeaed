// SPDX-License-Identifier: LGPL-2.1-or-later
// A part of a view, which is made again when what it shows has changed on the device, and not a moment before. Whoever
// reads it keeps the keyboard's place, what is unfolded and what is selected.

import { isClockTrusted } from "./api.js";
import { h, replace } from "./dom.js";

const CONTROLS = "a, button, summary, input, select, textarea";

function keyOf(control) {
    return [control.tagName, control.dataset.key ?? control.getAttribute("href") ?? control.textContent].join(" ");
}

function isSelected(node) {
    const selection = getSelection();
    return selection !== null && !selection.isCollapsed && node.contains(selection.anchorNode);
}

function make(node, children) {
    const active = document.activeElement;
    const focused = node.contains(active) && active !== node ? keyOf(active) : null;
    const unfolded = new Set([...node.querySelectorAll("details[open]")].map((one) => one.dataset.key));
    replace(node, children);
    for (const one of node.querySelectorAll("details"))
        one.open = unfolded.has(one.dataset.key);
    if (focused === null)
        return;
    const same = [...node.querySelectorAll(CONTROLS)].find((one) => keyOf(one) === focused);
    (same ?? node).focus({ preventScroll: true });
}

/**
 * A part {node, update(data)}: render(what) gives its children from what pick(data) gives. It is made anew only when
 * that is another one, or the clock that judges dates is; where a text of it is selected, once it isn't any more. A
 * <details> in it needs a data-key.
 */
export function part(pick, render) {
    const node = h("div", { tabindex: "-1" });
    let shown = null;
    let latest = null;
    const show = () => {
        const text = JSON.stringify([latest, isClockTrusted()]);
        if (text === shown)
            return;
        if (isSelected(node)) {
            document.addEventListener("selectionchange", show, { once: true });
            return;
        }
        shown = text;
        make(node, render(latest));
    };
    return { node, update(data) {
        latest = pick(data);
        show();
    } };
}
