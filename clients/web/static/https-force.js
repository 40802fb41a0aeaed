// SPDX-License-Identifier: LGPL-2.1-or-later
// Forcing HTTPS (R62, R63): the HTTP port is closed altogether, on trial; or opened again, at once.

import { describeError } from "./codes.js";
import { confirm } from "./dialogs.js";
import { announce, button, card, h, replace } from "./dom.js";
import { field } from "./form.js";
import { _ } from "./i18n.js";
import { change, trialIn } from "./seen.js";
import { reach } from "./trial.js";
import { trialTimes } from "./trial-choice.js";

function whatDies(port) {
    return [
        h("p", {}, _("The HTTP port {port} is closed. Then these work no more:", { port })),
        h("ul", {},
            h("li", {}, _("addresses and bookmarks that begin with “http://”: they are redirected to HTTPS no more")),
            h("li", {}, _("downloads of the authority's certificate without HTTPS, by those who don't trust it yet")),
            h("li", {}, _("ACME challenges of the kind http-01"))),
        h("p.mb-0", {}, _("It is on trial first: whoever can't come by HTTPS is out until then, and the device goes " +
            "back by itself unless you keep it.")),
    ];
}

/* What somebody else may have changed. */
function pick(network, seen) {
    return [network.HTTP, trialIn(network, seen)];
}

/** The card. path: of the network protocols; changed(): reads the state again. {node, update(state)}. */
export function forceCard(path, { signal, changed }) {
    const text = h("p");
    const answer = h("div.mt-3", { "aria-live": "polite" });
    const time = field(_("Try it for"), trialTimes());
    let [port, seen] = [0, null];
    const send = async (known, enabled, more, said) => {
        replace(answer);
        try {
            /* This page's connection may be older than the certificate that is served: a new one is the proof. */
            if (!enabled)
                await reach(path, (body) => body.Oem.Certd.Proven, signal);
            await change("PATCH", path, known, pick, { body: { HTTP: { ProtocolEnabled: enabled }, ...more }, signal });
            announce(said);
        } catch (error) {
            if (error.name !== "AbortError")
                replace(answer, describeError(error));
        }
        await changed();
    };
    const force = async () => {
        const known = seen;
        if (await confirm(_("Force HTTPS?"), whatDies(port), _("Force HTTPS"), { danger: true }))
            await send(known, false, { Oem: { Certd: { Trial: Number(time.control.value) } } },
                _("HTTPS is forced, on trial"));
    };
    const close = h("div", {}, time.node, button(_("Force HTTPS…"), force, { kind: "main" }));
    const open = h("div", {}, button(_("Open the HTTP port"), () => send(seen, true, {}, _("The HTTP port is open"))));
    return {
        node: card(_("Force HTTPS"), {}, text, close, open, answer),
        update({ network, seen: now }) {
            seen = now;
            const enabled = network.HTTP.ProtocolEnabled;
            port = network.HTTP.Port;
            text.textContent = enabled
                ? _("The HTTP port {port} is open. It answers with a redirect to HTTPS, the authority's certificate " +
                    "and ACME challenges, and never with a sign-in. Forcing HTTPS closes it altogether.", { port })
                : _("HTTPS is forced: the HTTP port is closed. Opening it locks nobody out, and is done at once.");
            close.hidden = !enabled;
            open.hidden = enabled;
        },
    };
}
