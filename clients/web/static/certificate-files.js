// SPDX-License-Identifier: LGPL-2.1-or-later
// What is in use as files (R42), and with its private key where that may leave the device.

import { post } from "./api.js";
import { describeError } from "./codes.js";
import { dialog } from "./dialogs.js";
import { announce, button, card, enable, h, replace } from "./dom.js";
import { field, input } from "./form.js";
import { save } from "./handout.js";
import { N_, _ } from "./i18n.js";
import { actionPath } from "./places.js";

const FILES = [
    ["PEM", N_("Certificate and chain, PEM (.pem)")],
    ["DER", N_("Certificate alone, DER (.cer)")],
    ["PKCS7", N_("Certificate and chain, PKCS#7 (.p7b)")],
];

function bytesOf(base64) {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

async function exportKey(name, passphrase, signal) {
    const answer = await post(actionPath(name, "Export"), { Format: "p12", Passphrase: passphrase }, { signal });
    if (signal.aborted)
        return;
    save(`${name}.p12`, bytesOf(answer.Data), "application/x-pkcs12");
    announce(_("The file is saved by the browser."));
}

function passphraseForm(name, close, signal) {
    const first = field(_("Pass phrase"), input({ type: "password", autocomplete: "new-password", autofocus: true }),
        { help: _("Whoever has the file and the pass phrase can pose as this device. It is not kept anywhere.") });
    const second = field(_("Pass phrase, once more"), input({ type: "password", autocomplete: "new-password" }));
    const trouble = h("div", { "aria-live": "assertive" });
    const send = h("button.btn.btn-primary", { type: "submit" }, _("Export"));
    const check = () => {
        first.setError(first.control.value === "" ? _("Type a pass phrase.") : null);
        second.setError(second.control.value === first.control.value ? null : _("The two are not the same."));
        return [first, second].find((one) => one.control.classList.contains("is-invalid"));
    };
    const submit = async (event) => {
        event.preventDefault();
        const wrong = check();
        if (wrong) {
            wrong.control.focus();
            return;
        }
        send.disabled = true;
        try {
            await exportKey(name, first.control.value, signal);
            close(true);
        } catch (error) {
            if (!signal.aborted)
                replace(trouble, describeError(error));
        }
        enable(send);
    };
    return h("form", { onsubmit: submit }, trouble, first.node, second.node,
        h("div.actions", {}, button(_("Cancel"), () => close(false)), send));
}

/* Whoever closes the dialog gets no file, even where it is on its way. */
async function askExport(name) {
    const closed = new AbortController();
    await dialog(_("Export {name} with its private key", { name }),
        (close) => [passphraseForm(name, close, closed.signal)]);
    closed.abort();
}

function keyExport(place) {
    if (!place.KeyExportable)
        return h("p.text-muted.mb-0.mt-3", {}, place.Origin === "imported"
            ? _("The private key came from outside, as one that does not leave this device.")
            : _("The private key does not leave this device."));
    return h("div.mt-3", {},
        h("p", {}, _("The private key came from outside, as one that may leave this device: in a PKCS#12 file.")),
        button(_("Export with the private key…"), () => askExport(place.Name)));
}

/** The card of the files; null where nothing is in use. */
export function filesCard({ place }) {
    if (!place.Downloads)
        return null;
    return card(_("Download"), {},
        h("ul.mb-0", {}, FILES.map(([key, text]) => h("li", {},
            h("a", { href: place.Downloads[key], download: true }, _(text))))),
        keyExport(place));
}
