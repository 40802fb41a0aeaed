// SPDX-License-Identifier: LGPL-2.1-or-later
// Text that the reader takes along: to the clipboard, or as a file that the browser itself makes.

import { announce, button, h } from "./dom.js";
import { _ } from "./i18n.js";

const SHOWN_MSEC = 4000;

/* Where the clipboard is shut the text is selected instead, for the keyboard. */
function choose(node) {
    const range = document.createRange();
    range.selectNodeContents(node);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
}

/** A button that copies what text() gives. shown: the node that shows it; kind: as for button(). */
export function copyButton(text, shown, { label = _("Copy"), kind = "plain" } = {}) {
    const node = button(label, async () => {
        let done = _("Copied");
        try {
            await navigator.clipboard.writeText(text());
        } catch {
            choose(shown);
            done = _("Selected: press Ctrl+C");
        }
        node.textContent = done;
        announce(done);
        setTimeout(() => { node.textContent = label; }, SHOWN_MSEC);
    }, { kind });
    return node;
}

/** Has the browser save content as a file of that name. */
export function save(name, content, type = "application/x-pem-file") {
    const address = URL.createObjectURL(new Blob([content], { type }));
    h("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), SHOWN_MSEC);
}
