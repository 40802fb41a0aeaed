// SPDX-License-Identifier: LGPL-2.1-or-later
// What was typed and not sent yet. It outlives reloads, other tabs and the session, in this browser. Secrets have no
// place here: whoever keeps a draft hands over what is none.

const PREFIX = "certd:draft:";

/** What was kept under that key, or null. */
export function load(key) {
    try {
        return JSON.parse(localStorage.getItem(PREFIX + key));
    } catch {
        return null;
    }
}

/** Keeps a value that JSON can have. */
export function save(key, value) {
    try {
        localStorage.setItem(PREFIX + key, JSON.stringify(value));
    } catch {
        // The browser's store is full or shut: the draft lives as long as the page then.
    }
}

/** Forgets it. */
export function drop(key) {
    localStorage.removeItem(PREFIX + key);
}

/** Calls changed() when another tab has kept or dropped that draft, until signal aborts. */
export function follow(key, changed, signal) {
    addEventListener("storage", (event) => {
        if (event.key === PREFIX + key)
            changed();
    }, { signal });
}
