// SPDX-License-Identifier: LGPL-2.1-or-later
// A file as if its text were pasted: chosen, or dropped on the control. DER becomes PEM on the way.

import { announce, h } from "./dom.js";
import { field } from "./form.js";
import { _ } from "./i18n.js";
import { INPUT_BYTES, armour, readFile } from "./pem.js";

async function textOf(file, label) {
    const part = await readFile(file);
    if (part.text !== undefined)
        return part.text;
    return part.labels.length > 0 ? armour(label ?? part.labels[0], part.bytes) : null;
}

/**
 * Something to choose a file with, for the text of control. accept: as the browser has it; label: of the PEM that DER
 * becomes, where its form does not tell; changed(): once the text is there. {node, clear()}.
 */
export function fileInput(control, { accept = "", label = null, multiple = false, changed = () => {} } = {}) {
    const chosen = h("input.form-control", { type: "file", accept, multiple });
    const one = field(_("File"), chosen);
    const take = async (files) => {
        one.setError(null);
        if (files.length === 0)
            return;
        const large = files.find((file) => file.size > INPUT_BYTES);
        const texts = large ? [null] : await Promise.all(files.map((file) => textOf(file, label)));
        if (texts.includes(null)) {
            one.setError(large ? _("The file {name} is too large.", { name: large.name })
                : _("There is nothing of the kind in this file. Choose another one."));
            return;
        }
        control.value = texts.join("\n");
        announce(_("The file was read"));
        changed();
    };
    chosen.addEventListener("change", () => take([...chosen.files]));
    control.addEventListener("dragover", (event) => event.preventDefault());
    control.addEventListener("drop", (event) => {
        const files = [...event.dataTransfer.files].slice(0, multiple ? undefined : 1);
        if (files.length > 0) {
            event.preventDefault();
            take(files);
        }
    });
    return { node: one.node, clear: () => { chosen.value = ""; } };
}
