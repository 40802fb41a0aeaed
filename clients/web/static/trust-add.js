// SPDX-License-Identifier: LGPL-2.1-or-later
// Adds what the device is to trust. What it is, is shown first, with its fingerprint to compare.

import { SERVICE, post } from "./api.js";
import { PURPOSES } from "./anchor-row.js";
import { describeError } from "./codes.js";
import { announce, box, card, enable, h, pairs, replace } from "./dom.js";
import * as draft from "./draft.js";
import { fileInput } from "./file-input.js";
import { field, textarea, tick } from "./form.js";
import { hex, when } from "./format.js";
import { N_, _ } from "./i18n.js";
import { NO_CERTIFICATE, labelsIn, mayHaveKey, publicPart } from "./pem.js";
import { shortName } from "./subject.js";

const DRAFT = "trust-add";
const INSPECT = `${SERVICE}/Actions/Oem/CertdCertificateService.Inspect`;
const PAUSE_MSEC = 400;
const WHAT_FOR = {
    server: N_("Servers that the device talks to"),
    client: N_("Clients: people and programs that show a certificate to the device"),
};
export const ACCEPT = ".pem,.crt,.cer,.der,.p7b,.p7c,.txt";

/** What is wrong with pasted certificates before the device has seen them; null where nothing is. */
export function textWrong(text) {
    const labels = labelsIn(text);
    if (mayHaveKey(labels))
        return _("There is a private key in it. Take it out: only certificates belong here.");
    if (!labels.some((label) => publicPart(`-----BEGIN ${label}-----\n-----END ${label}-----`) !== ""))
        return _(NO_CERTIFICATE);
    return null;
}

/* How the API calls it. */
function typeOf(text) {
    return labelsIn(text).some((label) => label === "PKCS7" || label === "CMS") ? "PKCS7" : "PEMchain";
}

function shown(details) {
    const one = (certificate) => h("li", {}, h("strong", {}, shortName(certificate.Subject ?? "")), pairs([
        [_("Subject"), certificate.Subject], [_("Issuer"), certificate.SelfSigned ? _("Itself") : certificate.Issuer],
        [_("Valid until"), when(certificate.NotAfter, { relative: true })],
        [_("SHA-256 fingerprint"), hex(certificate.FingerprintSha256)]]));
    return box("info", h("p", {}, _("This is what you have given. Compare the fingerprint with what its owner tells " +
        "you.")),
        h("ul.plain", {}, one(details), (details.Chain ?? []).map(one)));
}

function preview(text, { signal, complain }) {
    const node = h("div", { "aria-live": "polite" });
    let timer = 0;
    let last = "";
    const look = async () => {
        const asked = text();
        if (asked === last)
            return;
        last = asked;
        replace(node);
        if (asked.trim() === "" || textWrong(asked) !== null)
            return;
        try {
            const { Details } = await post(INSPECT, { Data: asked }, { signal });
            if (asked === text())
                replace(node, shown(Details));
        } catch (error) {
            if (error.name !== "AbortError" && asked === text())
                complain(error);
        }
    };
    return { node, later() {
        clearTimeout(timer);
        timer = setTimeout(look, PAUSE_MSEC);
    } };
}

function purposeFields(kept) {
    const fields = PURPOSES.map(([key]) => [key, field(_(WHAT_FOR[key]),
        tick({ checked: (kept ?? ["server"]).includes(key) }))]);
    return {
        node: h("fieldset.mb-3", {}, h("legend.form-label.fs-6", {}, _("It vouches for")), fields.map(([,
            one]) => one.node)),
        reset: () => fields.forEach(([key, one]) => { one.control.checked = key === "server"; }),
        value: () => fields.filter(([, one]) => one.control.checked).map(([key]) => key),
        setError: (text) => fields[fields.length - 1][1].setError(text),
        focus: () => fields[0][1].control.focus(),
    };
}

function check(text, purposes) {
    const wrong = text.control.value.trim() === "" ? _("Paste a certificate, or choose its file.") :
        textWrong(text.control.value);
    text.setError(wrong);
    purposes.setError(purposes.value().length === 0 ? _("Choose what it vouches for.") : null);
    if (wrong !== null)
        text.control.focus();
    else if (purposes.value().length === 0)
        purposes.focus();
    return wrong === null && purposes.value().length > 0;
}

/** The card. collection: what is posted to; changed(): reads the list again. */
export function addCard(collection, { signal, changed }) {
    const kept = draft.load(DRAFT) ?? {};
    const answer = h("div", { "aria-live": "polite" });
    const text = field(_("Certificates (PEM)"), textarea({ rows: "6", class: "form-control font-monospace",
            value: kept.text ?? "", placeholder: "-----BEGIN CERTIFICATE-----" }),
        { help: _("One root certificate or several: paste them, or drop their files here. Added are all of them, or " +
            "none.") });
    const purposes = purposeFields(kept.purposes);
    const look = preview(() => text.control.value, { signal, complain: (error) => replace(answer,
        describeError(error)) });
    const send = h("button.btn.btn-primary", { type: "submit" }, _("Trust it"));
    const keep = () => {
        replace(answer);
        text.setError(text.control.value.trim() === "" ? null : textWrong(text.control.value));
        draft.save(DRAFT, { text: publicPart(text.control.value), purposes: purposes.value() });
        look.later();
    };
    const file = fileInput(text.control, { accept: ACCEPT, multiple: true, changed: keep });
    const clear = () => {
        text.control.value = "";
        file.clear();
        purposes.reset();
        look.later();
        draft.drop(DRAFT);
    };
    const submit = async (event) => {
        event.preventDefault();
        replace(answer);
        if (!check(text, purposes))
            return;
        send.disabled = true;
        try {
            await post(collection, { CertificateString: text.control.value, CertificateType: typeOf(text.control.value),
                Oem: { Certd: { Purposes: purposes.value() } } }, { signal });
            clear();
            replace(answer, box("success", _("The device trusts it now.")));
            announce(_("The device trusts it now."));
            await changed();
        } catch (error) {
            if (error.name !== "AbortError")
                replace(answer, describeError(error));
        }
        enable(send);
    };
    if (kept.text)
        look.later();
    return card(_("Add"), {}, h("form", { onsubmit: submit, oninput: keep, novalidate: true },
        file.node, text.node, look.node, purposes.node, send), h("div.mt-3", {}, answer));
}
