// SPDX-License-Identifier: LGPL-2.1-or-later
// Who gets the private key of a certificate, in the order in which they are told of another one. The list is read anew
// before it is changed, so that two administrators do not undo each other's work.

import { describeError } from "./codes.js";
import { confirm } from "./dialogs.js";
import { announce, button, card, enable, h, replace } from "./dom.js";
import * as draft from "./draft.js";
import { field, input, select } from "./form.js";
import { N_, _ } from "./i18n.js";
import { part } from "./part.js";
import { placePath } from "./places.js";
import { revise } from "./seen.js";

const SMALL = ["btn", "btn-outline-secondary", "btn-sm"].join(" ");
const KINDS = { unit: N_("Unit of systemd"), user: N_("User"), group: N_("Group") };
const ACTIONS = {
    reload: N_("is reloaded"), restart: N_("is restarted"),
    none: N_("is left alone: it looks for another one by itself"),
};
const EXAMPLES = { unit: "nginx.service", user: "postfix", group: "ssl-cert" };

/** "User postfix". */
export function consumerText(consumer) {
    return _("{kind} {name}", { kind: _(KINDS[consumer.Kind] ?? consumer.Kind), name: consumer.Name });
}

function isSame(a, b) {
    return a.Kind === b.Kind && a.Name === b.Name;
}

/* What is wrong with the name of a consumer, as in daemon/model/consumer.c; null for nothing. */
function checkConsumer(kind, name) {
    if (name === "")
        return _("Type a name, for example “{name}”.", { name: EXAMPLES[kind] });
    if (kind !== "unit")
        return /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/.test(name) ? null :
            _("A user or group begins with a letter or “_” and has letters, digits, “_”, “-” and “.”, 32 at most.");
    if (!name.endsWith(".service"))
        return _("Write the whole name of a service, with “.service”.");
    return /^[A-Za-z0-9:_.\\-]+(@[A-Za-z0-9:_.\\@-]+)?\.service$/.test(name) ? null :
        _("systemd has no unit of that name; an instance has its own behind “@”.");
}

/* The list as it is now, changed by change(list), which gives null where there is nothing to do. */
function update(name, change) {
    return revise(placePath(name), ({ Consumers }) => {
        const list = change(Consumers);
        return list && { Consumers: list };
    });
}

async function takeAway(name, consumer) {
    const sure = await confirm(_("Take {consumer} away?", { consumer: consumerText(consumer) }),
        _("It gets no other certificate and key from now on, and is not told of them. What it has been handed " +
            "already it keeps until the certificate has another key."),
        _("Take away"), { danger: true });
    if (!sure)
        return;
    await update(name, (list) => list.filter((one) => !isSame(one, consumer)));
    announce(_("{consumer} is no consumer any more.", { consumer: consumerText(consumer) }));
}

function moveUp(name, consumer) {
    return update(name, (list) => {
        const at = list.findIndex((one) => isSame(one, consumer));
        return at <= 0 ? null : [...list.slice(0, at - 1), list[at], list[at - 1], ...list.slice(at + 1)];
    });
}

function row(name, consumer, i, attempt) {
    const text = consumerText(consumer);
    return h("li.consumer", {},
        h("div", {}, h("strong", {}, h("bdi", {}, text)),
            consumer.Kind === "unit" ? h("div.text-muted", {}, _("With another certificate it {action}.",
                { action: _(ACTIONS[consumer.Action] ?? consumer.Action) })) : null),
        h("div.actions", {},
            i > 0 ? button(_("Earlier"), () => attempt(() => moveUp(name, consumer)),
                { class: SMALL, "aria-label": _("{consumer}: tell it earlier", { consumer: text }) }) : null,
            button(_("Take away…"), () => attempt(() => takeAway(name, consumer)),
                { class: SMALL, "aria-label": _("Take {consumer} away…", { consumer: text }) })));
}

function listOf({ Name, Consumers }, attempt) {
    if (Consumers.length === 0)
        return [h("p", {}, Name === "https" ? _("Nobody but the device's own HTTPS server, which always has it.")
            : _("Nobody gets it yet. Add the service, user or group that needs the certificate with its private " +
                "key."))];
    return [h("p", {}, _("They get the private key, and are told of another certificate in this order:")),
        h("ol.consumers", {}, Consumers.map((one, i) => row(Name, one, i, attempt)))];
}

function options(table) {
    return Object.entries(table).map(([value, text]) => [value, _(text)]);
}

function addForm(name) {
    const key = `consumer/${name}`;
    const kept = draft.load(key) ?? {};
    const kind = field(_("Kind"), select(options(KINDS),
        Object.hasOwn(KINDS, kept.kind ?? "") ? kept.kind : "unit"));
    const who = field(_("Name"), input({ value: kept.name ?? "" }));
    const action = field(_("With another certificate it"), select(options(ACTIONS),
        Object.hasOwn(ACTIONS, kept.action ?? "") ? kept.action : "reload"));
    const trouble = h("div", { "aria-live": "assertive" });
    const send = h("button.btn.btn-outline-secondary", { type: "submit" }, _("Add"));
    const follow = () => {
        action.node.hidden = kind.control.value !== "unit";
        who.control.placeholder = EXAMPLES[kind.control.value];
    };
    const changed = () => {
        draft.save(key, { kind: kind.control.value, name: who.control.value, action: action.control.value });
        follow();
        if (who.control.classList.contains("is-invalid"))
            who.setError(checkConsumer(kind.control.value, who.control.value.trim()));
    };
    const submit = async (event) => {
        event.preventDefault();
        const unit = kind.control.value === "unit";
        const added = { Kind: kind.control.value, Name: who.control.value.trim(),
            Action: unit ? action.control.value : "none" };
        const wrong = checkConsumer(added.Kind, added.Name);
        who.setError(wrong);
        if (wrong) {
            who.control.focus();
            return;
        }
        send.disabled = true;
        replace(trouble);
        try {
            await update(name, (list) => [...list.filter((one) => !isSame(one, added)), added]);
            draft.drop(key);
            who.control.value = "";
            announce(_("{consumer} is a consumer now.", { consumer: consumerText(added) }));
        } catch (error) {
            replace(trouble, describeError(error));
        }
        enable(send);
    };
    follow();
    return h("form.consumer-form", { onsubmit: submit, oninput: changed, novalidate: true },
        h("h3.h6", {}, _("Add a consumer")), trouble, kind.node, who.node, action.node, send);
}

/** The card of the consumers: {node, update({place})}. attempt: as for requestsCard(). */
export function consumersCard(name, attempt) {
    const shown = part(({ place }) => ({ Name: place.Name, Consumers: place.Consumers }),
        (what) => listOf(what, attempt));
    return { node: card(_("Consumers"), {}, shown.node, addForm(name)), update: shown.update };
}
