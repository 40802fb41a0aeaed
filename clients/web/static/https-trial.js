// SPDX-License-Identifier: LGPL-2.1-or-later
// HTTPS on trial (R63): the time that is left, and keeping what is tried or going back. Where this browser does not
// come back any more, the device goes back by itself.

import { describeError } from "./codes.js";
import { countdown } from "./countdown.js";
import { announce, box, button, h, replace } from "./dom.js";
import { when } from "./format.js";
import { _ } from "./i18n.js";
import { change, isSameTrial, trialIn } from "./seen.js";
import { reach } from "./trial.js";

function proofText({ network, policy }) {
    const high = policy.Oem.Certd.Level === "high";
    if (network.Oem.Certd.Proven) {
        return high ? _("A client has been through HTTPS with a certificate of its own since it began: it works.")
            : _("A client has been through HTTPS since it began: it works.");
    }
    return high ? _("No client has been through HTTPS with a certificate of its own since it began. “Keep it” tries " +
        "it with this browser first.")
        : _("No client has been through HTTPS since it began. “Keep it” tries it with this browser first.");
}

/* How a trial ended that this page has seen. */
function outcome(tried, { network, policy }) {
    const kept = tried.level === policy.Oem.Certd.Level && tried.open === network.HTTP.ProtocolEnabled;
    const text = kept ? _("What was on trial has been kept.") :
        _("The trial is over: the settings of before are back.");
    announce(text);
    return box(kept ? "success" : "info", text);
}

function question(deadline, proof, answer, { signal, changed, keep, goBack }) {
    return h("section.alert.alert-warning", { "aria-label": _("On trial") },
        h("h2.h5", {}, _("On trial:"), " ", countdown(deadline, { signal, what: _("HTTPS on trial"), ended: changed })),
        h("p", {}, _("These settings of HTTPS are tried. Unless they are kept, the device goes back by itself to " +
            "those of before: when the time is over, or when it starts again."),
            " ", h("span.text-nowrap", {}, when(deadline))),
        proof, answer,
        h("div.actions", {}, button(_("Keep it"), keep, { kind: "main" }), button(_("Go back now"), goBack)));
}

/**
 * The box of the trial. changed(): reads the state again. {node, update(state), lost(error)}: lost() says that the
 * device does not answer this browser; it is empty where nothing is on trial.
 */
export function httpsTrial({ signal, changed }) {
    const node = h("div", { "data-trial": "https" });
    const proof = h("p", { role: "status" });
    const answer = h("div", { "aria-live": "assertive" });
    let [deadline, tried, state] = [null, null, null];
    const act = (name) => async () => {
        const { network, seen } = state;
        replace(answer);
        try {
            /* A new connection is the proof that the device may lack yet. */
            if (name === "Confirm" && !network.Oem.Certd.Proven)
                await reach(network["@odata.id"], (body) => body.Oem.Certd.Proven, signal);
            await change("POST", network.Actions.Oem[`#CertdNetworkProtocol.${name}`].target, seen, trialIn,
                { of: network["@odata.id"], body: {}, signal });
        } catch (error) {
            if (error.name !== "AbortError")
                replace(answer, describeError(error));
        }
        await changed();
    };
    const begin = () => {
        replace(answer);
        replace(node, question(deadline, proof, answer, { signal, changed, keep: act("Confirm"),
            goBack: act("Rollback") }));
    };
    return {
        node,
        update(now) {
            const before = deadline;
            state = now;
            deadline = now.network.Oem.Certd.TrialDeadline ?? null;
            if (isSameTrial(deadline, before))
                deadline = before;
            else if (deadline !== null)
                begin();
            else
                replace(node, tried ? outcome(tried, now) : null);
            if (deadline === null) {
                tried = null;
                return;
            }
            proof.textContent = proofText(now);
            tried = { level: now.policy.Oem.Certd.Level, open: now.network.HTTP.ProtocolEnabled };
        },
        lost(error) {
            if (tried !== null && deadline !== null)
                proof.textContent = _("The device does not answer this browser. If what is tried keeps it out, " +
                    "wait: the device goes back by itself when the time is over, and this page finds it again.");
            else
                replace(node, describeError(error));
            deadline ??= "";
        },
    };
}
