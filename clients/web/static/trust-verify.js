// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether the device would trust a certificate, and why not (R71). Nothing is changed.

import { post } from "./api.js";
import { describe, describeError, describeFinding } from "./codes.js";
import { announce, box, card, enable, h, replace } from "./dom.js";
import * as draft from "./draft.js";
import { fileInput } from "./file-input.js";
import { field, input, select, textarea } from "./form.js";
import { _ } from "./i18n.js";
import { publicPart } from "./pem.js";
import { ACCEPT, textWrong } from "./trust-add.js";

const DRAFT = "trust-verify";

function controls(kept) {
    return {
        text: field(_("Certificate (PEM)"), textarea({ rows: "5", class: "form-control font-monospace",
            value: kept.text ?? "", placeholder: "-----BEGIN CERTIFICATE-----" }),
            { help: _("The certificate first, and after it what stands between it and its root.") }),
        purpose: field(_("Used by"), select([["server", _("A server that the device talks to")], ["client",
            _("A client that signs in to the device")]],
            kept.purpose ?? "server")),
        host: field(_("Host name or IP address that it has to be for"), input({ value: kept.host ?? "",
            placeholder: "server.example.org" }),
            { help: _("Any, where it is empty.") }),
    };
}

function read({ text, purpose, host }) {
    return { text: text.control.value, purpose: purpose.control.value, host: host.control.value.trim() };
}

function describeOne(finding) {
    /* The name is the one that was asked for here, not one of the device's. */
    if (finding.Code === "san-mismatch")
        return describe(finding, _("The certificate is for other names"));
    /* The verdict has said so already: only what vouches for it is new. */
    return finding.Code === "trusted" ? describe(finding, "") : describeFinding(finding);
}

function verdict(result) {
    return [box(result.Trusted ? "success" : "danger", h("strong", {},
        result.Trusted ? _("The device trusts it.") : _("The device does not trust it."))),
    h("ul.findings", {}, result.Findings.map((finding) => h("li", {}, describeOne(finding))))];
}

/** The card. target: of the action Verify. */
export function verifyCard(target, signal) {
    const fields = controls(draft.load(DRAFT) ?? {});
    const answer = h("div");
    const send = h("button.btn.btn-primary", { type: "submit" }, _("Check"));
    const keep = () => {
        const typed = read(fields);
        replace(answer);
        fields.text.setError(typed.text.trim() === "" ? null : textWrong(typed.text));
        draft.save(DRAFT, { ...typed, text: publicPart(typed.text) });
    };
    const file = fileInput(fields.text.control, { accept: ACCEPT, multiple: true, changed: keep });
    const submit = async (event) => {
        event.preventDefault();
        const typed = read(fields);
        const wrong = textWrong(typed.text);
        replace(answer);
        fields.text.setError(wrong);
        if (wrong !== null) {
            fields.text.control.focus();
            return;
        }
        send.disabled = true;
        try {
            const result = await post(target, { CertificateString: typed.text, Purpose: typed.purpose,
                ...(typed.host === "" ? {} : { HostName: typed.host }) }, { signal });
            draft.drop(DRAFT);
            replace(answer, verdict(result));
            announce(result.Trusted ? _("The device trusts it.") : _("The device does not trust it."));
        } catch (error) {
            if (error.name !== "AbortError")
                replace(answer, describeError(error));
        }
        enable(send);
    };
    return card(_("Check a certificate"), {}, h("details", { open: draft.load(DRAFT) !== null },
        h("summary", {}, _("Would the device trust it, and if not, why?")),
        h("form.mt-3", { onsubmit: submit, oninput: keep, novalidate: true }, file.node, fields.text.node,
            fields.purpose.node,
            fields.host.node, send), h("div.mt-3", {}, answer)));
}
