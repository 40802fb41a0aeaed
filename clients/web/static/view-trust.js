// SPDX-License-Identifier: LGPL-2.1-or-later
// What the device trusts (R70): the list, what is added and removed, the bundles, and whether a certificate would be
// trusted (R71).

import { DEVICE, get, isClockTrusted, readDevice } from "./api.js";
import { anchorRow } from "./anchor-row.js";
import { describeError } from "./codes.js";
import { card, h, replace } from "./dom.js";
import { field, input } from "./form.js";
import { _, languageTag, ngettext } from "./i18n.js";
import { oneAtATime } from "./places.js";
import { shortName } from "./subject.js";
import { addCard } from "./trust-add.js";
import { verifyCard } from "./trust-verify.js";

const POLICY = `${DEVICE}/SecurityPolicy`;
const TRUST = `${POLICY}/TrustedCertificates`;
const FILTER_FROM = 8; // fewer rows are seen at once

/* The collection's pages tell what a list shows of each. */
async function anchors(signal) {
    const pages = [];
    for (let next = TRUST; next;) {
        const page = await get(next, { signal });
        pages.push(...page.Oem.Certd.Anchors);
        next = page["Members@odata.nextLink"];
    }
    return pages.sort((a, b) => shortName(a.Subject ?? "").localeCompare(shortName(b.Subject ?? ""), languageTag(),
        { numeric: true }));
}

function empty() {
    return h("p", {}, _("The device trusts nothing yet."), " ",
        _("Add the root certificate of the authority that your servers or your users' certificates come from: see " +
            "“Add” below."));
}

/** Rows that stay as they are, open or not, as long as what they show is the same. */
function anchorList(signal, changed) {
    const rows = new Map();
    const list = h("ul.rows", {});
    const count = h("p.text-muted", { role: "status" });
    const filter = field(_("Find"), input({ type: "search", oninput: () => show() }));
    const nothing = empty();
    const matches = (anchor, word) => JSON.stringify([anchor.Subject, anchor.Issuer, anchor.Fingerprint,
        anchor.PermittedNames])
        .toLowerCase().includes(word);
    const show = () => {
        const word = filter.control.value.trim().toLowerCase();
        let shown = 0;
        for (const { anchor, node } of rows.values()) {
            node.hidden = word !== "" && !matches(anchor, word);
            shown += node.hidden ? 0 : 1;
        }
        nothing.hidden = rows.size > 0;
        count.hidden = rows.size === 0;
        filter.node.hidden = rows.size < FILTER_FROM;
        count.textContent = word === "" ? ngettext("{count} certificate", "{count} certificates", rows.size)
            : _("{shown} of {count} certificates", { shown, count: rows.size });
    };
    const update = (now) => {
        const before = new Map(rows);
        rows.clear();
        for (const anchor of now) {
            const old = before.get(anchor.Fingerprint);
            const text = JSON.stringify([anchor, isClockTrusted()]);
            rows.set(anchor.Fingerprint, old?.text === text ? old
                : { anchor, text, node: anchorRow(anchor, { signal, changed, open: old?.node.firstChild.open }) });
        }
        arrange(list, [...rows.values()].map(({ node }) => node));
        show();
    };
    return { node: h("div", {}, nothing, filter.node, count, list), update };
}

/* The nodes as the list's children, without moving what stands at its place: that would take the focus away. */
function arrange(list, nodes) {
    const wanted = new Set(nodes);
    for (const child of [...list.children]) {
        if (!wanted.has(child))
            child.remove();
    }
    nodes.forEach((node, i) => {
        if (list.children[i] !== node)
            list.insertBefore(node, list.children[i] ?? null);
    });
}

function bundles(policy) {
    const { ServerBundle, ClientBundle } = policy.Oem.Certd;
    const link = (href, label) => h("a.btn.btn-outline-secondary", { href }, label);
    return card(_("Bundles for other programs"), {},
        h("p", {}, _("All of them in one file, as PEM. On the device other programs find them in /run/certd/trust, " +
            "always up to date.")),
        h("div.actions", {}, link(ServerBundle, _("server.pem: what vouches for servers")),
            link(ClientBundle, _("client.pem: what vouches for clients"))));
}

/** The view. */
export async function view({ main, signal, listen }) {
    const policy = await get(POLICY, { signal });
    const trouble = h("div");
    const read = async () => {
        try {
            const [found] = await Promise.all([anchors(signal), readDevice({ signal })]);
            list.update(found);
            replace(trouble);
        } catch (error) {
            if (error.name !== "AbortError")
                replace(trouble, describeError(error));
        }
    };
    const reread = oneAtATime(read, signal);
    const list = anchorList(signal, reread);
    await reread();
    replace(main, h("p", {}, _("A server that the device talks to, or a client that shows a certificate to it, is " +
        "trusted where one of these certificates vouches for it. Nothing else is trusted.")),
        card(_("What the device trusts"), {}, trouble, list.node),
        addCard(TRUST, { signal, changed: reread }),
        verifyCard(policy.Actions.Oem["#CertdSecurityPolicy.Verify"].target, signal),
        bundles(policy));
    listen((records) => {
        if (records.some(({ id, origin }) => id !== "ResourceChanged" || [TRUST, DEVICE].includes(origin)))
            reread();
    });
}
