// SPDX-License-Identifier: LGPL-2.1-or-later
// Making a request: one form from the subject to who signs it. What is typed is a draft until it is sent; what
// somebody else changes meanwhile is shown beside it, and nobody's settings are overwritten unseen.

import { DEVICE, SERVICE, get } from "./api.js";
import { describeError, digestText, keyTypeText } from "./codes.js";
import { confirm } from "./dialogs.js";
import { announce, box, button, enable, h, replace } from "./dom.js";
import * as draft from "./draft.js";
import { _ } from "./i18n.js";
import { isAddress } from "./names.js";
import { HTTPS, actionPath, concerns, oneAtATime, placePath } from "./places.js";
import { markErrors } from "./request-errors.js";
import { requestForm, settingsOf, valuesOf } from "./request-form.js";
import { change, look } from "./seen.js";
import { link } from "./views.js";

const ISSUERS = ["external", "internal", "self"];

function same(one, other) {
    return JSON.stringify(one) === JSON.stringify(other);
}

/* What the form begins with: the factory default's issuer is nobody's choice. */
function issuerFor(place, query) {
    const wanted = query.get("issuer");
    if (ISSUERS.includes(wanted))
        return wanted;
    return place.Id === HTTPS ? "external" : place.Settings.Issuer;
}

/* Names of the device: what it is called now, and what the browser has called it. */
async function deviceNames(signal) {
    const manager = await get(DEVICE, { signal });
    const host = location.hostname.replace(/^\[|\]$/g, "");
    return [...new Set([isAddress(host) ? `IP:${host}` : `DNS:${host}`, ...manager.Oem.Certd.DeviceNames])];
}

/* Rows [setting, typed, the device's] of what is not the same. */
function differences(mine, theirs) {
    const yes = (on) => (on ? _("Yes") : _("No"));
    const rows = [
        [_("Subject"), (of) => of.Subject], [_("Subject alternative names"), (of) => of.SubjectAltNames.join(", ")],
        [_("Key type"), (of) => keyTypeText(of.KeyType)], [_("Digest of the signature"), (of) => digestText(of.Digest)],
        [_("Valid for how many days"), (of) => String(of.Days)],
        [_("Copy the common name into the names"), (of) => yes(of.CopyCommonName)],
        [_("A renewal keeps the key"), (of) => yes(of.ReuseKey)],
    ];
    return rows.map(([label, text]) => [label, text(mine), text(theirs)]).filter(([, one, other]) => one !== other);
}

function conflictBox(mine, theirs, { takeTheirs, keepMine }) {
    const head = [_("Setting"), _("What you have typed"), _("What the device has now")];
    return box("warning", h("h2.h5", { tabindex: "-1" }, _("Somebody else has changed these settings")),
        h("p", {}, _("Nothing of yours is lost. Choose which of both goes on.")),
        h("div.table-responsive", { tabindex: "0", role: "region", "aria-label": _("Differences") },
            h("table.table", {}, h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col" }, text)))),
            h("tbody", {}, differences(mine, theirs).map(([label, one, other]) =>
                h("tr", {}, h("th", { scope: "row" }, label), h("td", {}, one || "–"), h("td", {}, other || "–")))))),
        h("div.actions", {}, button(_("Keep mine"), keepMine), button(_("Take the device's"), takeTheirs)));
}

/* The form of one certificate, and all that it knows. */
class Editor {
    constructor(context, features) {
        this.name = context.parts[0];
        this.context = context;
        this.features = features;
        this.key = `request:${this.name}`;
        this.names = [];
        this.theirs = null; // somebody else's settings, until it is chosen whose go on
        this.busy = false;
        this.above = h("div", { "aria-live": "polite" });
        this.holder = h("div");
        this.trouble = h("div");
        this.send = h("button.btn.btn-primary", { type: "submit" });
        this.keep = button(_("Save without a request"), () => this.saveOnly());
        this.forget = button(_("Discard what I typed"), () => this.discard());
        this.node = h("form.request-form", { novalidate: true, autocomplete: "off", onsubmit: (event) => {
            event.preventDefault();
            this.submit();
        } }, this.above, this.holder, this.trouble, h("div.actions.mb-3", {}, this.send, this.keep, this.forget));
    }

    /* What the device has, from now on the ground on which the form stands. */
    async read() {
        this.seen = await look(placePath(this.name), { signal: this.context.signal });
        this.place = this.seen.body;
        return this.place.Settings;
    }

    fresh() {
        return valuesOf(this.place, issuerFor(this.place, this.context.query));
    }

    async begin() {
        this.base = await this.read();
        this.fromDraft();
    }

    fromDraft() {
        const kept = draft.load(this.key);
        this.show(kept?.values ? { ...this.fresh(), ...kept.values } : this.fresh());
        const stale = kept?.base && !same(kept.base, this.base);
        if (stale && !same(settingsOf(this.form.value()), this.base))
            this.conflict(this.base, kept.base);
        else if (kept?.values)
            replace(this.above, box("info", _("What you had typed and not sent is here again.")));
    }

    show(values) {
        this.theirs = null;
        replace(this.above);
        replace(this.trouble);
        this.form = requestForm(values, { place: this.place, features: this.features }, () => this.typed());
        this.form.suggest(this.names);
        replace(this.holder, this.form.node);
        this.label();
    }

    label() {
        const external = this.form.value().issuer === "external";
        this.send.textContent = external ? _("Make the request") : _("Issue the certificate");
        this.forget.disabled = !this.isTyped();
    }

    isTyped() {
        return !same(this.form.value(), this.fresh());
    }

    typed() {
        this.label();
        if (!this.form.faulty())
            replace(this.trouble);
        if (this.isTyped())
            draft.save(this.key, { values: this.form.value(), base: this.base });
        else
            draft.drop(this.key);
    }

    conflict(theirs, mineBase = this.base) {
        this.base = mineBase;
        this.theirs = theirs;
        replace(this.above, conflictBox(settingsOf(this.form.value()), theirs, {
            keepMine: () => {
                this.settle(theirs);
                this.send.focus();
            },
            takeTheirs: () => {
                this.base = theirs;
                draft.drop(this.key);
                this.show(this.fresh());
                this.send.focus();
            },
        }));
    }

    /* Something has happened on the device. Who is in the form is asked, else it shows what is new. */
    async changed() {
        if (this.busy)
            return;
        const typed = this.isTyped() || this.form.password() !== "";
        const theirs = await this.read();
        if (this.busy || same(theirs, this.theirs ?? this.base))
            return;
        if (same(settingsOf(this.form.value()), theirs))
            this.settle(theirs);
        else if (typed || this.holder.contains(document.activeElement))
            this.conflict(theirs);
        else {
            this.base = theirs;
            this.show(this.fresh());
        }
    }

    /* Both are the same. */
    settle(theirs) {
        this.base = theirs;
        this.theirs = null;
        replace(this.above);
        this.typed();
    }

    async discard() {
        const body = _("The form shows the device's settings again.");
        if (!await confirm(_("Discard what you typed?"), body, _("Discard"), { danger: true }))
            return;
        draft.drop(this.key);
        this.show(this.fresh());
        this.send.focus();
    }

    /* Whether what is typed may be sent; else the keyboard is where it has to be mended. */
    good() {
        if (this.theirs) {
            this.above.querySelector("h2").focus();
            return false;
        }
        const wrong = this.form.faulty();
        if (!wrong)
            return true;
        replace(this.trouble, box("danger", _("Something is not right yet: see the field that is marked.")));
        wrong.focus();
        return false;
    }

    /* Sends while the device's settings are those on which the form stands. What else of the certificate has changed
       is no reason to ask. Null where somebody else has changed them. */
    async guarded(method, path, body, more = {}) {
        try {
            return await change(method, path, this.seen, ({ Settings }) => Settings,
                { of: placePath(this.name), body, ...more });
        } catch (error) {
            const theirs = error.status === 412 ? await this.read() : this.base;
            if (same(theirs, this.base))
                throw error;
            this.conflict(theirs);
            this.above.querySelector("h2").focus();
            return null;
        }
    }

    async busily(work) {
        if (!this.good())
            return;
        const buttons = [this.send, this.keep];
        const pressed = buttons.find((one) => one === document.activeElement) ?? this.send;
        for (const one of buttons)
            one.disabled = true;
        this.busy = true;
        replace(this.trouble);
        try {
            await work();
        } catch (error) {
            replace(this.trouble, describeError(error));
            markErrors(this.form.fields, error)?.focus();
        }
        for (const one of buttons)
            one.disabled = false;
        enable(pressed);
        this.busy = false;
    }

    submit() {
        return this.busily(async () => {
            const values = this.form.value();
            const issued = values.issuer !== "external";
            const body = { ...settingsOf(values), Issuer: values.issuer };
            if (issued && values.trial)
                body.Trial = values.trial;
            if (!issued && this.form.password() !== "")
                body.ChallengePassword = this.form.password();
            if (!issued && values.unstructured !== "")
                body.UnstructuredName = values.unstructured;
            const answer = await this.guarded("POST", actionPath(this.name, "Request"), body, { later: true });
            if (!answer)
                return;
            this.form.clearPassword();
            draft.drop(this.key);
            const made = answer.status === 202 ? answer.body.Links.CreatedResources[0] : answer.body;
            const id = decodeURIComponent(made["@odata.id"].split("/").pop());
            this.context.go(link("certificates/{}/requests/{}", this.name, id));
        });
    }

    saveOnly() {
        return this.busily(async () => {
            const body = { Settings: settingsOf(this.form.value()) };
            const answer = await this.guarded("PATCH", placePath(this.name), body);
            if (!answer)
                return;
            this.base = await this.read();
            replace(this.above);
            if (!same(settingsOf(this.form.value()), this.base))
                this.show({ ...this.form.value(), subject: this.fresh().subject, names: this.fresh().names });
            this.typed();
            const text = _("Saved. Requests made earlier stay as they are, and are marked as out of date where " +
                "they differ.");
            replace(this.trouble, box("success", text));
            announce(text);
        });
    }
}

/** Shows the view; the context is described in main.js. */
export async function view(context) {
    const { main, parts, signal, title, listen } = context;
    title(_("Request for {name}", { name: parts[0] }));
    const service = await get(SERVICE, { signal });
    const editor = new Editor(context, service.Oem.Certd.Features);
    await editor.begin();
    replace(main, h("p", {}, h("a", { href: link("certificates/{}", parts[0]) }, _("Back to the certificate"))),
        editor.node);
    listen((() => {
        const again = oneAtATime(() => editor.changed().catch(() => {}), signal);
        return (records) => concerns(records, placePath(parts[0])) && again();
    })());
    draft.follow(editor.key, () => document.hidden && editor.fromDraft(), signal);
    deviceNames(signal).then((names) => {
        editor.names = names;
        editor.form.suggest(names);
    }).catch(() => {});
}
