// SPDX-License-Identifier: LGPL-2.1-or-later
// The device's authority signs the request of another device or service (R28).

import { post } from "./api.js";
import { describeError } from "./codes.js";
import { announce, box, card, enable, h, replace } from "./dom.js";
import * as draft from "./draft.js";
import { field, input, textarea, tick } from "./form.js";
import { fileInput } from "./file-input.js";
import { copyButton, save } from "./handout.js";
import { _ } from "./i18n.js";

const DRAFT = "authority-sign";
const DAYS_MAX = 397;
const REQUEST = /-----BEGIN (NEW )?CERTIFICATE REQUEST-----[^-]*-----END (NEW )?CERTIFICATE REQUEST-----/;

/** What is wrong with days, "" being none; null where nothing is. */
export function daysWrong(text, least, most) {
    if (text === "" || (/^\d+$/.test(text) && Number(text) >= least && Number(text) <= most))
        return null;
    return _("Give whole days, from {least} to {most}.", { least, most });
}

/* The alternative names of lines of text. */
function namesOf(text) {
    return text.split(/[\n,]/).map((line) => line.trim()).filter((line) => line !== "");
}

function result(chain) {
    const text = h("pre.pem", { tabindex: "0", role: "group", "aria-label": _("Signed certificate") }, chain);
    return box("success", h("p", {},
        _("Signed. This is the certificate, with the authority's after it. The device keeps no copy: take it along.")),
        text, h("div.actions", {}, copyButton(() => chain, text),
            h("button.btn.btn-outline-secondary", { type: "button", onclick: () => save("certificate.pem", chain) },
                _("Download"))));
}

function controls(kept) {
    return {
        csr: field(_("Certificate request (PEM)"), textarea({ rows: "6", value: kept.csr ?? "", required: true,
            placeholder: "-----BEGIN CERTIFICATE REQUEST-----" }), { help: _("Paste it, or drop its file here.") }),
        days: field(_("Days that it is valid"), input({ inputmode: "numeric", value: kept.days ?? "",
            placeholder: String(DAYS_MAX) }), { help: _("At most {most}, as browsers want it.", { most: DAYS_MAX }) }),
        names: field(_("Other names than the request's"), textarea({ rows: "2", value: kept.names ?? "" }),
            { help: _("One in a line, such as DNS:printer.local or IP:192.168.1.7. Leave it empty to take those of " +
                "the request.") }),
        common: field(_("A host name in the common name becomes an alternative name"),
            tick({ checked: kept.common ?? true })),
    };
}

function read({ csr, days, names, common }) {
    return { csr: csr.control.value, days: days.control.value.trim(), names: names.control.value,
        common: common.control.checked };
}

function check({ csr, days }, typed) {
    csr.setError(REQUEST.test(typed.csr) ? null
        : _("This is no certificate request: it begins with “-----BEGIN CERTIFICATE REQUEST-----”."));
    days.setError(daysWrong(typed.days, 1, DAYS_MAX));
    const wrong = [csr, days].find((one) => one.control.classList.contains("is-invalid"));
    wrong?.control.focus();
    return !wrong;
}

function bodyOf(typed) {
    const names = namesOf(typed.names);
    return { CSRString: typed.csr, CopyCommonName: typed.common,
        ...(typed.days === "" ? {} : { Days: Number(typed.days) }), ...(names.length > 0 ? { AlternativeNames: names }
            : {}) };
}

/** The card. authority: its resource. */
export function signCard(authority, signal) {
    const fields = controls(draft.load(DRAFT) ?? {});
    const answer = h("div", { "aria-live": "polite" });
    const send = h("button.btn.btn-primary", { type: "submit" }, _("Sign"));
    const keep = () => draft.save(DRAFT, read(fields));
    const file = fileInput(fields.csr.control, { accept: ".csr,.req,.p10,.pem,.der,.txt",
        label: "CERTIFICATE REQUEST", changed: keep });
    const submit = async (event) => {
        event.preventDefault();
        const typed = read(fields);
        replace(answer);
        if (!check(fields, typed))
            return;
        send.disabled = true;
        try {
            const signed = await post(authority.Actions["#CertdAuthority.Sign"].target, bodyOf(typed), { signal });
            draft.drop(DRAFT);
            replace(answer, result(signed.CertificateString));
            announce(_("Signed"));
        } catch (error) {
            if (error.name !== "AbortError")
                replace(answer, describeError(error));
        }
        enable(send);
    };
    return card(_("Sign a request"), {}, h("details", { open: draft.load(DRAFT) !== null },
        h("summary", {}, _("For another device or service that trusts this authority")),
        h("form.mt-3", { onsubmit: submit, oninput: keep, novalidate: true },
            file.node, Object.values(fields).map((one) => one.node), send),
        h("div.mt-3", {}, answer)));
}
