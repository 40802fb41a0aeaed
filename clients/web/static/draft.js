// SPDX-License-Identifier: LGPL-2.1-or-later
// What was typed and not sent yet. It outlives reloads, other tabs and the session, in this browser, and is there again
// for the same user alone. Secrets have no place here: whoever keeps a draft hands over what is none.

const PREFIX = "certd:draft:";

let owner = "";

function full(key) {
    return `${PREFIX}${owner}:${key}`;
}

/** The user whose drafts they are from now on. */
export function setOwner(user) {
    owner = user;
}

/** What was kept under that key, or null. */
export function load(key) {
    try {
        return JSON.parse(localStorage.getItem(full(key)));
    } catch {
        return null;
    }
}

/** Keeps a value that JSON can have. */
export function save(key, value) {
    try {
        localStorage.setItem(full(key), JSON.stringify(value));
    } catch {
        // The browser's store is full or shut: the draft lives as long as the page then.
    }
}

/** Forgets it. */
export function drop(key) {
    try {
        localStorage.removeItem(full(key));
    } catch {
        // The browser's store is shut: there is none.
    }
}

/** Calls changed() when another tab has kept or dropped that draft, until signal aborts. */
export function follow(key, changed, signal) {
    const followed = full(key);
    addEventListener("storage", (event) => {
        if (event.key === followed)
            changed();
    }, { signal });
}
