// SPDX-License-Identifier: LGPL-2.1-or-later
// The level of security (R61, R63). High lets nobody in who has no certificate: what that takes is said before, for
// this browser too.

import { describeError } from "./codes.js";
import { confirm } from "./dialogs.js";
import { announce, box, button, card, h, replace } from "./dom.js";
import { field } from "./form.js";
import { _ } from "./i18n.js";
import { part } from "./part.js";
import { change, trialIn } from "./seen.js";
import { trialTimes } from "./trial-choice.js";
import { link } from "./views.js";

function checkRow(good, text, ...more) {
    return h("li", {}, h(good ? "span.state.state-good" : "span.state.state-warn", {}, good ? _("yes") : _("not yet")),
        " ", text, ...more);
}

/* What has to be so before the level is high, in the order in which it is done. */
function checks({ policy, clients }) {
    const { ProvenClientCertificate, ClientCertificateShown } = policy.Oem.Certd;
    return h("ul.checks", {},
        checkRow(clients > 0, _("The device trusts an authority for clients."), " ",
            h("a", { href: link("trust") }, _("Trust"))),
        checkRow(ProvenClientCertificate,
            _("A client has shown a certificate of it since the trust and the certificate of HTTPS changed last.")),
        checkRow(ClientCertificateShown, _("This browser has shown one on this connection.")));
}

function howTo() {
    return h("details.mb-3", {}, h("summary", {}, _("How this browser gets to show one")),
        h("ol.mt-2", {},
            h("li", {}, _("Have an authority of your organization issue a certificate for you, for the use “client " +
                "authentication”.")),
            h("li", {}, _("Add the root certificate of that authority under Trust, for clients.")),
            h("li", {}, _("Import your certificate with its key (PKCS#12) into the browser, or into the system that " +
                "it runs on.")),
            h("li", {}, _("Close all windows of the browser and come back: it asks which certificate to show."))));
}

function warning(state, level) {
    if (level === "standard")
        return h("p", {}, _("TLS 1.2 is taken again, and nobody has to show a certificate: the password is enough. " +
            "It is on trial first."));
    const shown = state.policy.Oem.Certd.ClientCertificateShown;
    return [
        h("p", {}, _("From now on nobody gets in who does not show a certificate that the device trusts, or who " +
            "knows TLS 1.2 alone. Passwords are asked for as before.")),
        box(shown ? "info" : "warning", shown ? _("This browser has shown such a certificate: it comes back.")
            : _("This browser has shown none on this connection. It does not come back, and the page does not " +
                "answer until the device goes back by itself.")),
        h("p.mb-0", {}, _("It is on trial first: unless somebody keeps it, the device goes back by itself.")),
    ];
}

/* What somebody else may have changed. */
function pick(policy, seen) {
    return [policy.Oem.Certd.Level, trialIn(policy, seen)];
}

const QUESTIONS = {
    standard: () => [_("Set the level standard?"), _("Set the level standard")],
    high: () => [_("Set the level high?"), _("Set the level high")],
};

/** The card. path: of the security policy; changed(): reads the state again. {node, update(state)}. */
export function levelCard(path, { signal, changed }) {
    const text = h("p");
    const needs = part(({ policy, clients }) => ({ policy, clients }), checks);
    const answer = h("div.mt-3", { "aria-live": "polite" });
    const time = field(_("Try it for"), trialTimes());
    let state = null;
    const set = async (level) => {
        const [title, verb] = QUESTIONS[level]();
        const { policySeen } = state;
        replace(answer);
        if (!await confirm(title, warning(state, level), verb, { danger: level === "high" }))
            return;
        try {
            const body = { Oem: { Certd: { Level: level, Trial: Number(time.control.value) } } };
            await change("PATCH", path, policySeen, pick, { body, signal });
            announce(_("The level is changed, on trial"));
        } catch (error) {
            if (error.name !== "AbortError") {
                replace(answer, describeError(error), error.is?.("Certd.NotProven")
                    ? h("p", {}, _("Do what is marked “not yet” above, then try again.")) : null);
            }
        }
        await changed();
    };
    const raise = h("div", {}, needs.node, howTo(),
        button(_("Set the level high…"), () => set("high"), { kind: "main" }));
    const lower = h("div", {}, button(_("Set the level standard…"), () => set("standard")));
    return {
        node: card(_("Level of security"), {}, text, time.node, raise, lower, answer),
        update(now) {
            state = now;
            const high = now.policy.Oem.Certd.Level === "high";
            text.textContent = high
                ? _("High: TLS 1.3 alone, and every client has to show a certificate that the device trusts, before " +
                    "it signs in.")
                : _("Standard: TLS 1.2 and 1.3, and signing in with a password. At the level high there is TLS 1.3 " +
                    "alone, and every client has to show a certificate that the device trusts.");
            raise.hidden = high;
            lower.hidden = !high;
            needs.update(now);
        },
    };
}
