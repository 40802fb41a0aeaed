// SPDX-License-Identifier: LGPL-2.1-or-later
// Controls with a label, help, and a place for what is wrong with them.

import { h, newId } from "./dom.js";

/**
 * A control with its label. help: a sentence; both nodes or text. {node, control, setError(text or null)}: an error is
 * told below the control, and by it to a screen reader.
 */
export function field(label, control, { help = null, kind = "mb-3" } = {}) {
    const id = control.id || newId("field");
    control.id = id;
    const helpNode = help ? h("div.form-text", { id: `${id}-help` }, help) : null;
    const errorNode = h("div.invalid-feedback", { id: `${id}-error` });
    const describe = (wrong) => {
        const ids = [wrong ? errorNode.id : null, helpNode ? helpNode.id : null].filter(Boolean);
        if (ids.length > 0)
            control.setAttribute("aria-describedby", ids.join(" "));
        else
            control.removeAttribute("aria-describedby");
    };
    const check = control.type === "checkbox" || control.type === "radio";
    const labelNode = h(check ? "label.form-check-label" : "label.form-label", { for: id }, label);
    const node = check ? h(`div.form-check.${kind}`, {}, control, labelNode, helpNode, errorNode)
                       : h(`div.${kind}`, {}, labelNode, control, helpNode, errorNode);
    describe(false);
    return {
        node, control,
        setError(text) {
            errorNode.textContent = text ?? "";
            control.classList.toggle("is-invalid", Boolean(text));
            if (text)
                control.setAttribute("aria-invalid", "true");
            else
                control.removeAttribute("aria-invalid");
            describe(Boolean(text));
        },
    };
}

/** A line of text; more: attributes. */
export function input(attributes = {}) {
    return h("input.form-control", { type: "text", autocomplete: "off", spellcheck: "false", ...attributes });
}

/** Several lines. */
export function textarea(attributes = {}) {
    return h("textarea.form-control", { autocomplete: "off", spellcheck: "false", ...attributes });
}

/** A box to tick, or with type radio one of several. */
export function tick(attributes = {}) {
    return h("input.form-check-input", { type: "checkbox", ...attributes });
}

/** One of a list of pairs [value, label]. */
export function select(options, value, attributes = {}) {
    const node = h("select.form-select", attributes,
        options.map(([key, label]) => h("option", { value: key }, label)));
    node.value = value;
    return node;
}
