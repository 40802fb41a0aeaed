// SPDX-License-Identifier: LGPL-2.1-or-later
// What is to be installed, as text that is pasted and as files that are chosen or dropped. Certificates that were
// pasted are kept as a draft; a private key, a PKCS#12, a pass phrase never are.

import * as draft from "./draft.js";
import { announce, button, h, newId, replace } from "./dom.js";
import { field, input, textarea } from "./form.js";
import { number } from "./format.js";
import { N_, _, ngettext } from "./i18n.js";
import { BODY_BYTES, INPUT_BYTES, NO_CERTIFICATE, isTooLarge, join, mayHaveKey, publicPart, readFile,
    readText } from "./pem.js";

const ACCEPTED = ".pem,.crt,.cer,.der,.p7b,.p7c,.p12,.pfx,.key,.txt,application/x-x509-ca-cert,application/pkix-cert";
const KIB = 1024;

const KINDS = {
    "CERTIFICATE": N_("certificate"), "X509 CERTIFICATE": N_("certificate"), "TRUSTED CERTIFICATE": N_("certificate"),
    "PKCS7": "PKCS#7", "PKCS #7 SIGNED DATA": "PKCS#7", "CMS": "PKCS#7", "PKCS12": "PKCS#12",
    "CERTIFICATE REQUEST": N_("request"), "NEW CERTIFICATE REQUEST": N_("request"),
};

function kindText(label) {
    return label.endsWith("PRIVATE KEY") ? _("private key") : _(KINDS[label] ?? label);
}

/* "certificate, certificate, private key", counted. */
function contentText(part) {
    const counts = new Map();
    for (const label of part.labels)
        counts.set(kindText(label), (counts.get(kindText(label)) ?? 0) + 1);
    const kinds = [...counts].map(([kind, count]) => (count > 1 ? `${number(count)} × ${kind}` : kind));
    return kinds.length > 0 ? kinds.join(", ") : _("of a kind that the page does not know");
}

function sizeText(part) {
    return ngettext("{count} byte", "{count} bytes", part.size);
}

function renderFiles(state) {
    const gone = (part) => () => {
        state.files.splice(state.files.indexOf(part), 1);
        renderFiles(state);
        announce(_("{name} was taken away", { name: part.name }));
        state.choose.focus();
        state.changed();
    };
    replace(state.list, state.files.map((part) => h("li", {}, h("span", {}, h("bdi.fw-bold", {}, part.name), " ",
        h("span.text-muted", {}, `${contentText(part)}, ${sizeText(part)}`)),
    button(_("Take away"), gone(part), { "aria-label": _("Take away {name}", { name: part.name }) }))));
    state.list.hidden = state.files.length === 0;
}

async function addFiles(state, files) {
    state.text.setError(null);
    const large = [...files].find((file) => file.size > INPUT_BYTES);
    if (large) {
        state.text.setError(_("The file {name} has {size} KiB. The device takes {most} KiB.", { name: large.name,
            size: number(Math.ceil(large.size / KIB)), most: number(INPUT_BYTES / KIB) }));
        announce(state.text.node.querySelector(".invalid-feedback").textContent);
        return;
    }
    const parts = await Promise.all([...files].map(readFile));
    state.files = state.files.filter((old) => !parts.some((part) => part.name === old.name)).concat(parts);
    renderFiles(state);
    announce(ngettext("{count} file was added", "{count} files were added", parts.length));
    state.changed();
}

/* Dropped anywhere in the window, files are meant for here: the browser would leave the page for them. */
function takeDrops(state, signal) {
    const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
    const light = (on) => state.zone.classList.toggle("drop-over", on);
    addEventListener("dragover", (event) => {
        if (!hasFiles(event))
            return;
        event.preventDefault();
        light(true);
    }, { signal });
    addEventListener("dragleave", (event) => {
        if (event.relatedTarget === null)
            light(false);
    }, { signal });
    addEventListener("drop", (event) => {
        light(false);
        if (!hasFiles(event))
            return;
        event.preventDefault();
        addFiles(state, event.dataTransfer.files);
    }, { signal });
}

function partsOf(state) {
    const text = state.text.control.value;
    return [...(text.trim() === "" ? [] : [readText(text)]), ...state.files];
}

/* {body}: {Data} and the pass phrase, null without an input; {wrong}: what is wrong with it already here. */
function bodyOf(state) {
    const parts = partsOf(state);
    if (parts.length === 0)
        return { body: null, wrong: null };
    if (parts.some(({ name, text, labels }) => name === "" && text !== undefined && labels.length === 0))
        return { body: null, wrong: _(NO_CERTIFICATE) };
    const { data, unknown } = join(parts);
    if (unknown)
        return { body: null, wrong: _("{name} is nothing that can stand beside the others. Take it away.",
            { name: unknown.name || _("What was pasted") }) };
    const body = { Data: data };
    if (!state.phrase.node.hidden && state.phrase.control.value !== "")
        body.Passphrase = state.phrase.control.value;
    if (isTooLarge(parts, body))
        return { body: null, wrong: _("This is too large. The device takes {most} KiB, and {body} KiB as it is sent.",
            { most: number(INPUT_BYTES / KIB), body: number(BODY_BYTES / KIB) }) };
    return { body, wrong: null };
}

function keepDraft(state) {
    const text = publicPart(state.text.control.value);
    if (text === "")
        draft.drop(state.key);
    else
        draft.save(state.key, { text });
}

function build(state) {
    state.text = field(_("Certificate, as text"), textarea({ rows: "8", class: "form-control font-monospace",
        placeholder: "-----BEGIN CERTIFICATE-----", oninput: () => { keepDraft(state); state.typed(); } }),
    { help: _("PEM, with its chain where you have it. Text around it does no harm.") });
    state.phrase = field(_("Pass phrase"), input({ type: "password", autocomplete: "off", name: "passphrase",
        oninput: () => state.typed() }), { help: _("Of the key or the PKCS#12. It is not kept.") });
    state.phrase.node.hidden = true;
    state.choose = h("input.form-control", { type: "file", multiple: true, accept: ACCEPTED, onchange: async () => {
        const files = [...state.choose.files];
        state.choose.value = "";
        await addFiles(state, files);
    } });
    const files = field(_("Or files"), state.choose, { help: _("Choose them, or drop them anywhere on this page: " +
        "PEM, DER, PKCS#7 or PKCS#12; several at once, such as certificate, chain and key.") });
    state.zone = h("div.drop", { id: newId("drop") }, state.text.node, files.node, state.list, state.phrase.node);
}

/**
 * The input of the certificate of that name. changed(): other files, at once; typed(): other text, at each key. {node,
 * body() as {body, wrong}, setWrong(text or null), askPhrase(what is wrong with it, or null), phraseRight(), clear()}.
 */
export function certificateInput(name, { changed, typed, signal }) {
    const state = { key: `install:${name}`, files: [], changed, typed, list: h("ul.files", { hidden: true }) };
    build(state);
    state.text.control.value = draft.load(state.key)?.text ?? "";
    takeDrops(state, signal);
    draft.follow(state.key, () => {
        if (document.activeElement === state.text.control || mayHaveKey(readText(state.text.control.value).labels))
            return;
        state.text.control.value = draft.load(state.key)?.text ?? "";
        changed();
    }, signal);
    return {
        node: state.zone,
        body: () => bodyOf(state),
        setWrong: (text) => state.text.setError(text),
        askPhrase(wrong) {
            const first = state.phrase.node.hidden;
            state.phrase.node.hidden = false;
            state.phrase.setError(wrong);
            if (first)
                announce(_("A pass phrase is needed"));
        },
        phraseRight: () => state.phrase.setError(null),
        clear() {
            draft.drop(state.key);
            state.files = [];
            state.text.control.value = "";
            state.phrase.control.value = "";
            state.phrase.node.hidden = true;
            renderFiles(state);
        },
    };
}
