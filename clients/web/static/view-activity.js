// SPDX-License-Identifier: LGPL-2.1-or-later
// The audit log: what was done and what was refused, newest first, as it happens. The filters are in the address, so
// that a reload and a link keep them; the device does the filtering.

import { ApiError, DEVICE, get, post } from "./api.js";
import { activityFilter } from "./activity-filter.js";
import { activityRow } from "./activity-row.js";
import { describeError } from "./codes.js";
import { announce, box, button, card, enable, h, pairs, replace, waiting } from "./dom.js";
import { number } from "./format.js";
import { _, ngettext } from "./i18n.js";
import { oneAtATime } from "./places.js";

const AUDIT = `${DEVICE}/LogServices/Audit`;
const ENTRIES = `${AUDIT}/Oem/Certd/Entries`;
const VERIFY = `${AUDIT}/Actions/Oem/CertdLog.Verify`;
const PAGE_ROWS = 50;
const NEXT = "Entries@odata.nextLink";

function verifier(signal) {
    const result = h("div", { "aria-live": "polite" });
    const start = button(_("Verify the chain"), async () => {
        start.disabled = true;
        replace(result, waiting(_("The device computes the hash of each row…")));
        try {
            const { First, Last, Hash } = await post(VERIFY, {}, { signal });
            replace(result, box("success.mt-3.mb-0", h("p", {}, _("Rows {first} to {last} are complete and unchanged.",
                { first: number(First), last: number(Last) })),
            pairs([[_("Hash of the last row"), h("code.hex", {}, Hash)]]),
            h("p.mb-0.mt-2", {}, _("Compare it with CERTD_LOG_HASH of that row in the device's journal: where it is " +
                "another one, the whole log was replaced."))));
        } catch (error) {
            if (!signal.aborted)
                replace(result, describeError(error));
        }
        enable(start);
    });
    return card(_("Is the log complete?"), {}, h("p", {}, _("Each row has the hash of the one before it: whoever " +
        "removes or changes a row breaks the chain.")), start, result);
}

function table(body) {
    const columns = [_("When"), _("Who"), _("What"), _("Object"), _("Outcome")];
    return h("table.table.activity", { role: "table" }, h("caption.visually-hidden", {}, _("The log, newest first")),
        h("thead", { role: "rowgroup" }, h("tr", { role: "row" },
            columns.map((text) => h("th", { scope: "col", role: "columnheader" }, text)))), body);
}

/* The rows that are shown, and how more of them come: older ones by a button, newer ones as they happen. */
class Rows {
    constructor(signal, showAll) {
        this.signal = signal;
        this.showAll = showAll;
        this.body = h("tbody", { role: "rowgroup" });
        this.older = h("div.actions");
        this.trouble = h("div");
        this.node = h("div", {}, this.trouble, table(this.body), this.older);
        this.refused = false;
    }

    async read(path) {
        return get(path, { signal: this.signal });
    }

    /** Begins anew with another filter: URLSearchParams. */
    async begin(filter) {
        const query = new URLSearchParams(filter);
        query.set("newest-first", "true");
        query.set("limit", String(PAGE_ROWS));
        this.first = `${ENTRIES}?${query}`;
        this.newest = 0;
        try {
            const page = await this.read(this.first);
            this.refused = false;
            replace(this.trouble);
            replace(this.body, page.Entries.map(activityRow));
            this.newest = page.Entries[0]?.Number ?? 0;
            this.setNext(page[NEXT]);
        } catch (error) {
            this.fail(error);
        }
    }

    /* Reading it may itself be refused, which is a row of its own: it is not tried again by itself. */
    fail(error) {
        if (this.signal.aborted)
            return;
        this.refused = true;
        replace(this.trouble, describeError(error));
        if (error instanceof ApiError && error.status !== 0)
            this.setNext(null);
    }

    setNext(next) {
        const empty = this.body.childElementCount === 0;
        this.node.querySelector("table").hidden = empty;
        if (empty && !this.refused)
            replace(this.older, box("info.mb-0", h("p", {}, _("No row suits the filter.")),
                button(_("Show all"), this.showAll)));
        else
            replace(this.older, next ? button(_("Show older"), () => this.showOlder(next)) : null);
    }

    async showOlder(path) {
        try {
            const page = await this.read(path);
            const rows = page.Entries.map(activityRow);
            this.body.append(...rows);
            this.setNext(page[NEXT]);
            announce(ngettext("{count} more row", "{count} more rows", rows.length));
            rows[0]?.querySelector("th").focus();
        } catch (error) {
            this.fail(error);
        }
    }

    /** Puts what is newer above; where that is more than a page, it begins anew. */
    async showNewer(filter) {
        if (this.refused)
            return;
        try {
            const page = await this.read(this.first);
            const newer = page.Entries.filter(({ Number }) => Number > this.newest);
            if (newer.length === PAGE_ROWS) {
                await this.begin(filter);
                return;
            }
            this.body.prepend(...newer.map(activityRow));
            if (newer.length > 0) {
                const was = this.newest;
                this.newest = newer[0].Number;
                announce(ngettext("{count} new row", "{count} new rows", newer.length));
                if (was === 0)
                    this.setNext(page[NEXT]);
            }
        } catch (error) {
            this.fail(error);
        }
    }
}

/** The view "activity"; its query has the filters of the API: object, action, uid, outcome, since, until. */
export async function view({ main, query, signal, listen }) {
    const filter = activityFilter(query, () => rows.begin(filter.value()));
    const rows = new Rows(signal, () => filter.clear());
    const begun = rows.begin(filter.value());
    const refresh = oneAtATime(async () => {
        await begun;
        await rows.showNewer(filter.value());
    }, signal);
    listen((records) => {
        if (records.some(({ id, origin }) => origin === AUDIT || id === "StreamBegan" || id === "EventsLost"))
            refresh();
    });
    await begun;
    replace(main, filter.node, card(_("What was done"), {}, rows.node), verifier(signal));
}
