// SPDX-License-Identifier: LGPL-2.1-or-later
// A list of rows that a reader edits: each can be moved and taken away by buttons, and the keyboard stays where it was.

import { announce, button, h } from "./dom.js";
import { _ } from "./i18n.js";

/**
 * A list of rows: {node, rows, add(row, { at, focus }), remove(row)}. row: {node, control (that takes the focus),
 * label()}; empty(): takes the focus where no row is left; changed() after a row was moved or taken away.
 */
export function rowList(kind, { changed, empty }) {
    const node = h(`ol.edit-rows.${kind}`);
    const rows = [];

    function place(row, at) {
        rows.splice(at, 0, row);
        node.insertBefore(row.node, node.children[at] ?? null);
    }

    function take(row) {
        const at = rows.indexOf(row);
        rows.splice(at, 1);
        row.node.remove();
        return at;
    }

    const list = {
        node, rows,
        add(row, { at = rows.length, focus = false } = {}) {
            place(row, at);
            if (focus)
                row.control.focus();
        },
        move(row, by, clicked) {
            const to = rows.indexOf(row) + by;
            if (to < 0 || to >= rows.length)
                return;
            take(row);
            place(row, to);
            clicked.focus();
            announce(_("{label} is number {number} of {count} now.",
                { label: row.label(), number: to + 1, count: rows.length }));
            changed();
        },
        remove(row) {
            const label = row.label();
            const at = take(row);
            (rows[at]?.control ?? rows[at - 1]?.control ?? empty()).focus();
            announce(_("{label} is gone.", { label }));
            changed();
        },
        /** The buttons of a row that is made: up and down, and unless it stays (how.stays) away. */
        buttons(row, { stays = false } = {}) {
            const up = button("↑", () => list.move(row, -1, up), { "aria-label": _("Up"), title: _("Up") });
            const down = button("↓", () => list.move(row, 1, down), { "aria-label": _("Down"), title: _("Down") });
            const away = stays ? null
                : button("✕", () => list.remove(row), { "aria-label": _("Remove"), title: _("Remove") });
            row.relabel = () => {
                up.setAttribute("aria-label", _("Move {label} up", { label: row.label() }));
                down.setAttribute("aria-label", _("Move {label} down", { label: row.label() }));
                away?.setAttribute("aria-label", _("Remove {label}", { label: row.label() }));
            };
            return h("div.row-buttons", {}, h("span.row-order", {}, up, down), away);
        },
    };
    return list;
}
