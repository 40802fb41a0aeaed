// SPDX-License-Identifier: LGPL-2.1-or-later
// One certificate that the device trusts: a line that unfolds, with the button that takes it away.

import { get, remove } from "./api.js";
import { describeError, keyTypeText } from "./codes.js";
import { confirm } from "./dialogs.js";
import { announce, button, h, pairs, replace } from "./dom.js";
import { isOver, isSoon } from "./expiry.js";
import { hex, when } from "./format.js";
import { copyButton, save } from "./handout.js";
import { N_, _ } from "./i18n.js";
import { shortName } from "./subject.js";

/** What an anchor vouches for: [Purpose, word]. */
export const PURPOSES = [["server", N_("Servers")], ["client", N_("Clients")]];

function purposeText(anchor) {
    return PURPOSES.filter(([key]) => anchor.Purposes.includes(key)).map(([, word]) => _(word)).join(", ");
}

function validity(anchor) {
    if (!anchor.ValidNotAfter)
        return null;
    if (isOver(anchor.ValidNotAfter))
        return h("span.state.state-bad", {}, _("Expired"));
    return isSoon(anchor.ValidNotAfter) ? h("span.state.state-warn", {}, _("Expires soon")) : null;
}

async function ask(anchor) {
    const name = shortName(anchor.Subject ?? "");
    return await confirm(_("Trust it no more?"), [
        h("p", {}, h("strong", {}, name)),
        h("ul", {},
            anchor.Purposes.includes("server") ? h("li", {}, _("Servers whose certificates it has issued are not " +
                "trusted any more: what the device does with them fails.")) : null,
            anchor.Purposes.includes("client") ? h("li", {}, _("Clients with certificates of it are not trusted any " +
                "more: at the level high they do not get in.")) : null),
        h("p.mb-0", {}, _("To trust it again it has to be added again.")),
    ], _("Remove"), { danger: true });
}

function facts(anchor) {
    return pairs([
        [_("Subject"), anchor.Subject],
        [_("Issuer"), anchor.SelfSigned ? _("Itself") : anchor.Issuer],
        [_("Vouches for"), purposeText(anchor)],
        [_("Valid from"), when(anchor.ValidNotBefore)],
        [_("Valid until"), when(anchor.ValidNotAfter, { relative: true })],
        [_("Key"), anchor.KeyType ? keyTypeText(anchor.KeyType) : null],
        [_("May speak for"), anchor.PermittedNames?.join(", ")],
        [_("Kind"), anchor.IsAuthority ? _("An authority") : _("One server or client")],
        [_("Added"), when(anchor.Added)],
        [_("SHA-256 fingerprint"), hex(anchor.Fingerprint)],
    ]);
}

/** A row of the list. anchor: an AnchorSummary; changed(): reads the list again; open: whether it begins unfolded. */
export function anchorRow(anchor, { signal, changed, open = false }) {
    const answer = h("div.mt-2", { "aria-live": "assertive" });
    const name = shortName(anchor.Subject ?? "");
    const attempt = async (what) => {
        replace(answer);
        try {
            await what();
        } catch (error) {
            if (error.name !== "AbortError")
                replace(answer, describeError(error));
        }
    };
    const takeAway = () => attempt(async () => {
        if (!await ask(anchor))
            return;
        await remove(anchor["@odata.id"], { signal });
        announce(_("{name} was removed", { name }));
        await changed();
    });
    const saveFile = () => attempt(async () => {
        const certificate = await get(anchor["@odata.id"], { signal });
        save("trusted.pem", certificate.CertificateString);
    });
    const details = h("details", { open, ontoggle: () => details.open && fill() },
        h("summary", {}, h("bdi.row-name", {}, name), " ", h("span.state.state-plain", {}, purposeText(anchor)), " ",
            validity(anchor)));
    const fill = () => {
        if (details.childElementCount > 1)
            return;
        const print = facts(anchor);
        details.append(h("div.row-body", {}, print, h("div.actions.mt-3", {},
            copyButton(() => anchor.Fingerprint, print.lastChild, { label: _("Copy the fingerprint") }),
            button(_("Download"), saveFile), button(_("Remove…"), takeAway, { kind: "danger" })), answer));
    };
    if (open)
        fill();
    return h("li", { "data-fingerprint": anchor.Fingerprint }, details);
}
