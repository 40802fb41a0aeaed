// SPDX-License-Identifier: LGPL-2.1-or-later
// What was installed before, the way back to it (R39), to the factory default (R50), and removal.

import { DEVICE, get } from "./api.js";
import { consumerText } from "./certificate-consumers.js";
import { actionText, describeError } from "./codes.js";
import { confirm, dialog } from "./dialogs.js";
import { announce, button, card, h, replace, waiting } from "./dom.js";
import * as draft from "./draft.js";
import { when } from "./format.js";
import { _ } from "./i18n.js";
import { HTTPS, actionPath, placePath } from "./places.js";
import { change } from "./seen.js";
import { trialChoice } from "./trial-choice.js";
import { link } from "./views.js";

const ENTRIES = `${DEVICE}/LogServices/Audit/Oem/Certd/Entries`;
const ROWS = 1000;
const SHOWN = 10;
/* What was typed for a certificate dies with it: the next one of that name is another. */
const DRAFTS = ["request:", "install:", "install-how:", "consumer/"];
/* Actions after which another chain is in use. */
const INSTALLS = new Set(["issue", "import", "rollback", "trial-begin", "confirm", "trial-end", "reset", "first-start",
    "emergency", "recovered", "renew"]);

function activityAddress(name) {
    return `${link("activity")}?object=${encodeURIComponent(`certificate/${name}`)}`;
}

async function readHistory(name, signal) {
    const query = `object=${encodeURIComponent(`certificate/${name}`)}&outcome=ok&newest-first=true&limit=${ROWS}`;
    const body = await get(`${ENTRIES}?${query}`, { signal });
    return body.Entries.filter((entry) => INSTALLS.has(entry.Action)).slice(0, SHOWN);
}

function historyList(entries) {
    if (entries.length === 0)
        return h("p", {}, _("The log has nothing of it."));
    return h("ol.history", {}, entries.map((entry) => h("li", {}, when(entry.Time), _(": "), actionText(entry.Action),
        entry.Detail ? h("div.text-muted.hex", {}, h("bdi", {}, entry.Detail)) : null)));
}

/* Read only where somebody wants to see it: a look at the log is an action of its own. */
function history(name, signal) {
    const content = h("div");
    const node = h("details", { "data-key": "history", ontoggle: async () => {
        if (!node.open)
            return;
        replace(content, waiting(_("Reading…")));
        try {
            replace(content, historyList(await readHistory(name, signal)));
        } catch (error) {
            if (!signal.aborted)
                replace(content, describeError(error));
        }
    } }, h("summary", {}, _("What was in use, and when")), content,
    h("p", {}, h("a", { href: activityAddress(name) }, _("All that was done with {name}", { name }))));
    return node;
}

function told(place) {
    if (place.Consumers.length === 0)
        return null;
    return [h("p", {}, _("They are told of it:")),
        h("ul", {}, place.Consumers.map((one) => h("li", {}, h("bdi", {}, consumerText(one)))))];
}

function inShort({ Subject, Issuer, NotAfter }) {
    return [h("bdi", {}, Subject || _("a certificate without a subject")), ", ", _("issued by "),
        h("bdi", {}, Issuer), ", ", _("valid until "), when(NotAfter, { relative: true })];
}

/* What the questions tell of. */
function pick({ Fingerprint, OnTrial, HasPrevious, Previous, Consumers }) {
    return [Fingerprint, OnTrial, HasPrevious, Previous, Consumers];
}

function act(name, action, seen, body = {}) {
    return change("POST", actionPath(name, action), seen, pick, { of: placePath(name), body });
}

async function rollBack({ place, seen }) {
    const sure = await confirm(_("Roll {name} back?", { name: place.Name }), [
        h("p", {}, _("The previous certificate, with its private key, is in use again at once. What is in use now " +
            "becomes the previous one, so that rolling back once more undoes this. Settings and requests stay as " +
            "they are.")),
        place.Details ? h("p", {}, _("Goes out of use: "), inShort(place.Details)) : null,
        place.Previous ? h("p", {}, _("Comes back: "), inShort(place.Previous)) : null,
        told(place)], _("Roll back"));
    if (sure) {
        await act(place.Name, "Rollback", seen);
        announce(_("The previous certificate is in use again."));
    }
}

function resetQuestion(place) {
    const how = trialChoice(place.Name, _("How it is installed"));
    return dialog(_("Reset {name} to the factory default?", { name: place.Name }), (close) => [
        h("p", {}, _("The device makes a new private key and issues a certificate of its own authority for all its " +
            "names and addresses.")),
        h("ul", {},
            h("li", {}, _("The settings, subject and names included, go back to their defaults.")),
            h("li", {}, _("What is in use now becomes the previous one, and can be rolled back to.")),
            place.HasPrevious ? h("li", {},
                _("What is the previous one until now is destroyed, with its private key.")) : null,
            h("li", {}, _("Clients that trust only the authority outside will refuse the new certificate."), " ",
                h("a", { href: link("authority") }, _("How clients come to trust it"))),
            h("li", {}, _("Requests stay."))),
        h("div", {}, told(place)), how.node,
        h("div.actions", {}, button(_("Cancel"), () => close(null), { autofocus: true }),
            button(_("Reset"), () => close(how.value()), { kind: "danger" })),
    ]);
}

async function reset({ place, seen }) {
    const answer = await resetQuestion(place);
    if (answer) {
        await act(place.Name, "Reset", seen, answer);
        announce(_("{name} is back at the factory default.", { name: place.Name }));
    }
}

async function removeIt({ place, seen, requests }, go) {
    const sure = await confirm(_("Remove {name}?", { name: place.Name }), [
        h("p", {}, _("This can't be undone. These are destroyed:")),
        h("ul", {},
            place.Details ? h("li", {}, _("the certificate in use, with its private key")) : null,
            place.HasPrevious ? h("li", {}, _("the previous certificate, with its private key")) : null,
            requests.length > 0 ? h("li", {}, _("all requests, with their private keys: what is signed for them " +
                "can't be installed any more")) : null,
            h("li", {}, _("the settings"))),
        place.Consumers.length > 0 ? [h("p", {}, _("They get no certificate from here any more:")),
            h("ul", {}, place.Consumers.map((one) => h("li", {}, h("bdi", {}, consumerText(one)))))] : null,
    ], _("Remove"), { danger: true });
    if (!sure)
        return;
    await change("DELETE", placePath(place.Name), seen, pick);
    for (const key of DRAFTS)
        draft.drop(`${key}${place.Name}`);
    announce(_("{name} is removed.", { name: place.Name }));
    go(link("certificates"));
}

function rollBackBox(data, attempt) {
    const { place } = data;
    if (place.OnTrial)
        return h("p", {}, _("It is on trial: end that above to go back to the certificate of before."));
    if (!place.HasPrevious) {
        return h("p", {}, place.Details ? _("There is no previous certificate to roll back to. The next one that is " +
            "installed keeps this one, with its key.") : _("There is no previous certificate to roll back to."));
    }
    return h("p", {}, button(_("Roll back to the previous certificate…"), () => attempt(() => rollBack(data))));
}

/** The card of the history. attempt: as for requestsCard(). */
export function historyCard(data, attempt, signal) {
    return card(_("History"), {}, rollBackBox(data, attempt), history(data.place.Name, signal));
}

/** The card of what destroys. go: of the view. */
export function dangerCard(data, attempt, go) {
    const { place } = data;
    return card(_("Reset and remove"), {},
        h("p", {}, button(_("Reset to the factory default…"), () => attempt(() => reset(data)))),
        place.Name === HTTPS ? h("p.text-muted.mb-0", {},
            _("{name} can't be removed: the device needs it to be reached.", { name: place.Name }))
            : h("p.mb-0", {}, button(_("Remove…"), () => attempt(() => removeIt(data, go)))));
}
