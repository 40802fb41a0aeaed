// SPDX-License-Identifier: LGPL-2.1-or-later
// How the device serves HTTPS (R61 to R64): what is so now, what is on trial, and the settings. What could lock
// everybody out goes on trial, and the page says before which browser would not come back.

import { DEVICE, get, readDevice } from "./api.js";
import { describeError } from "./codes.js";
import { card, h, pairs, replace } from "./dom.js";
import { when } from "./format.js";
import { forceCard } from "./https-force.js";
import { levelCard } from "./https-level.js";
import { portsCard } from "./https-ports.js";
import { httpsTrial } from "./https-trial.js";
import { _ } from "./i18n.js";
import { part } from "./part.js";
import { oneAtATime } from "./places.js";
import { problemBox } from "./problem.js";
import { look } from "./seen.js";
import { link } from "./views.js";

const NETWORK = `${DEVICE}/NetworkProtocol`;
const POLICY = `${DEVICE}/SecurityPolicy`;
const CERTIFICATE = `${NETWORK}/HTTPS/Certificates/https`;
const NAME = "https"; // of the certificate that is served
const PROBLEM = "https-not-served";
const AGAIN_MSEC = 2000;

async function readState(signal) {
    const [seen, policySeen, device, certificate] = await Promise.all([look(NETWORK, { signal }),
        look(POLICY, { signal }), readDevice({ signal }), get(CERTIFICATE, { signal }).catch((error) => {
            if (error.status !== 404)
                throw error;
            return null;
        })]);
    const [network, policy] = [seen.body, policySeen.body];
    const clients = await get(policy.TLS.Server.TrustedCertificates["@odata.id"], { signal });
    return { network, policy, seen, policySeen, certificate, clients: clients["Members@odata.count"],
        problems: device.Oem.Certd.Problems.filter(({ Code }) => Code === PROBLEM) };
}

function certificateText(certificate) {
    if (certificate === null)
        return h("a", { href: link("certificates/{}", NAME) }, _("There is none"));
    return [h("a", { href: link("certificates/{}", NAME) },
        h("bdi", {}, certificate.Subject?.DisplayString || NAME)), ", ",
    _("valid until"), " ", when(certificate.ValidNotAfter, { relative: true })];
}

function shownText(policy) {
    return policy.Oem.Certd.ClientCertificateShown ?
        _("Shown, and trusted: this browser gets in at the level high, too")
        : _("Not shown: at the level high this browser would not get in");
}

function served({ network, policy, certificate }) {
    const plain = network.HTTP.ProtocolEnabled;
    return pairs([
        [_("Certificate"), certificateText(certificate)],
        [_("HTTPS"), _("Port {port}", { port: network.HTTPS.Port })],
        [_("HTTP"), plain ? _("Port {port}, which redirects to HTTPS", { port: network.HTTP.Port }) :
            _("Closed: HTTPS is forced")],
        [_("Level of security"), policy.Oem.Certd.Level === "high" ? _("High") : _("Standard")],
        [_("Client certificate of this browser"), shownText(policy)],
        [_("Proven"), network.Oem.Certd.Proven ? _("Yes: a client has been through HTTPS with the certificate in use")
            : _("Not yet")],
    ]);
}

/* The names of IANA, as they are. */
function allowed(policy) {
    const { Versions, Algorithms } = policy.TLS.Server.Allowed;
    return pairs([
        [_("TLS versions"), Versions.join(", ")],
        [_("Cipher suites"), h("ul.plain", {}, Algorithms.CipherSuites.map((suite) => h("li", {}, h("code", {},
            suite))))],
        [_("Client certificate"), policy.TLS.Server.VerifyCertificate ? _("Required") : _("Not required")],
    ]);
}

/** The view. */
export async function view({ main, signal, listen }) {
    const problems = h("div");
    const facts = part(({ network, policy, certificate }) => ({ network, policy, certificate }), served);
    const rules = h("div.mt-2");
    let timer = 0;
    let parts = [];
    const read = async () => {
        clearTimeout(timer);
        try {
            const state = await readState(signal);
            replace(problems, state.problems.map(problemBox));
            facts.update(state);
            replace(rules, allowed(state.policy));
            for (const part of parts)
                part.update(state);
        } catch (error) {
            if (signal.aborted)
                return;
            if (error.status !== 0)
                throw error;
            trial.lost(error);
            timer = setTimeout(again, AGAIN_MSEC);
        }
    };
    const reread = oneAtATime(read, signal);
    const again = () => reread().catch((error) => signal.aborted || replace(problems, describeError(error)));
    const trial = httpsTrial({ signal, changed: again });
    parts = [trial, forceCard(NETWORK, { signal, changed: again }), levelCard(POLICY, { signal, changed: again }),
        portsCard(NETWORK, { signal, changed: again })];
    await reread();
    const [, force, level, ports] = parts.map(({ node }) => node);
    replace(main, trial.node, problems, card(_("What is served"), {}, facts.node,
        h("details.mt-3", {}, h("summary", {}, _("TLS versions and cipher suites")), rules)), force, level, ports);
    listen((records) => {
        const mine = [NETWORK, POLICY, DEVICE, CERTIFICATE, `${POLICY}/TrustedCertificates`];
        if (records.some(({ id, origin }) => id !== "ResourceChanged" || mine.includes(origin)))
            again();
    });
}
