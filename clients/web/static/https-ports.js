// SPDX-License-Identifier: LGPL-2.1-or-later
// The ports (R62). They change at once, so the page goes to the new one itself, where it can see that it would arrive.

import { describeError } from "./codes.js";
import { confirm } from "./dialogs.js";
import { box, button, card, h, pairs, replace } from "./dom.js";
import * as draft from "./draft.js";
import { field, input } from "./form.js";
import { _, ngettext } from "./i18n.js";
import { change } from "./seen.js";

const DRAFT = "https-ports";
const PORT_MAX = 65535;
const WAIT_SECONDS = 5;
/* Where no browser connects to, whoever listens there: the bad ports of the Fetch standard (fetch.spec.whatwg.org). */
const REFUSED = new Set([
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530,
    531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190,
    5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/* What is wrong with a port, as typed; other: the one of the other protocol. null where nothing is. */
function portWrong(text, other) {
    if (!/^[0-9]{1,5}$/.test(text) || Number(text) < 1 || Number(text) > PORT_MAX)
        return _("Give a TCP port, from {least} to {most}.", { least: 1, most: PORT_MAX });
    if (REFUSED.has(Number(text)))
        return _("Browsers refuse to connect to the port {port}. Choose another one.", { port: text });
    return Number(text) === Number(other) ? _("HTTP and HTTPS need a port each.") : null;
}

/* The page's address at another port. */
function addressAt(port) {
    return `https://${location.hostname}${Number(port) === 443 ? "" : `:${port}`}/#/https`;
}

/* Whether the browser's port is the device's own: a router or proxy between them has ports of its own. */
function isDirect(network) {
    return Number(location.port || 443) === network.HTTPS.Port;
}

function question(port, direct) {
    return [
        h("p", {}, direct ? _("HTTPS goes to the port {port} at once, and this page with it. Whoever uses the old " +
            "address finds nothing there.", { port })
            : _("HTTPS goes to the port {port} at once. This page comes by another port than the device's: what " +
                "stands between them has to be told.", { port })),
        h("p", {}, _("A firewall between has to let the new port in, for this is not on trial: if it does not, only " +
            "the device's console helps.")),
        direct ? h("p.mb-0", {}, _("At the new address you sign in again. What you have typed here and not sent " +
            "stays with the old address.")) : null,
    ];
}

/* Counts down, then goes; stop() keeps the page here. */
function move(port, signal) {
    const left = h("span");
    const address = addressAt(port);
    let seconds = WAIT_SECONDS;
    const show = () => { left.textContent = ngettext("It goes there in {count} second.",
        "It goes there in {count} seconds.", seconds); };
    const tick = () => {
        seconds -= 1;
        show();
        if (seconds === 0 && !signal.aborted)
            location.href = address;
        if (seconds === 0 || signal.aborted)
            clearInterval(timer);
    };
    const timer = setInterval(tick, 1000);
    const stop = () => {
        clearInterval(timer);
        left.textContent = _("It stays here as long as this connection lasts.");
        stay.remove();
    };
    const stay = button(_("Stay here"), stop);
    show();
    return { stop, node: box("success", h("p", {}, _("The page is now at"), " ", h("a", { href: address }, address)),
        h("p", { role: "status" }, left), stay) };
}

/* The field of a protocol's port. It follows the device until something else is typed; base is what the device had
   then, null where nothing is. kept: {typed, base} of a draft. */
function portField(protocol, label, help, kept) {
    const one = field(label, input({ inputmode: "numeric", maxlength: "5", value: kept?.typed ?? "" }), { help });
    return { ...one, protocol, label, base: kept?.base ?? null, typed: () => one.control.value.trim() };
}

function keep(ports, network) {
    for (const port of ports) {
        const now = network[port.protocol].Port;
        port.base = port.typed() === String(now) ? null : port.base ?? now;
    }
    const kept = ports.filter(({ base }) => base !== null);
    if (kept.length > 0)
        draft.save(DRAFT, Object.fromEntries(kept.map(({ protocol, base, typed }) => [protocol,
            { base, typed: typed() }])));
    else
        draft.drop(DRAFT);
}

/* Shows the device's ports where nothing else is typed. Those that somebody has changed that something else is typed
   for: [[label, port]]. */
function follow(ports, network) {
    const others = [];
    for (const port of ports) {
        const now = network[port.protocol].Port;
        if (port.base !== null && port.base !== now && port.typed() !== String(now)) {
            others.push([port.label, now]);
            port.base = now;
        }
        if (port.base === null)
            port.control.value = now;
    }
    keep(ports, network);
    return others;
}

function conflictBox(others) {
    return box("warning", h("strong", {}, _("Somebody else has changed these settings")), pairs(others));
}

function check([https, http]) {
    https.setError(portWrong(https.typed(), http.typed()));
    http.setError(portWrong(http.typed(), https.typed()));
    const wrong = [https, http].find(({ control }) => control.classList.contains("is-invalid"));
    wrong?.control.focus();
    return !wrong;
}

/** The card. path: of the network protocols; changed(): reads the state again. {node, update(state)}. */
export function portsCard(path, { signal, changed }) {
    const kept = draft.load(DRAFT) ?? {};
    const ports = [
        portField("HTTPS", _("HTTPS port"), _("443 unless it was changed; addresses need no port then."), kept.HTTPS),
        portField("HTTP", _("HTTP port"), _("80 unless it was changed."), kept.HTTP),
    ];
    const conflict = h("div.mt-3", { "aria-live": "polite" });
    const answer = h("div.mt-3", { "aria-live": "polite" });
    let [seen, moving] = [null, null];
    const send = async (known, mine) => {
        const port = mine.find(({ protocol }) => protocol === "HTTPS")?.typed();
        const body = Object.fromEntries(mine.map(({ protocol, typed }) => [protocol, { Port: Number(typed()) }]));
        try {
            const { body: now } = await change("PATCH", path, known,
                (network) => mine.map(({ protocol }) => network[protocol].Port), { body, signal });
            keep(ports, now);
            replace(conflict);
            moving = port && isDirect(known.body) ? move(port, signal) : null;
            replace(answer, moving?.node ?? box("success", _("The ports are changed.")));
        } catch (error) {
            if (error.name !== "AbortError")
                replace(answer, describeError(error));
        }
        await changed();
    };
    const submit = async (event) => {
        event.preventDefault();
        const known = seen;
        const mine = ports.filter(({ base }) => base !== null);
        const port = mine.find(({ protocol }) => protocol === "HTTPS")?.typed();
        replace(answer);
        if (mine.length === 0)
            ports[0].control.focus();
        else if (check(ports) && (!port || await confirm(_("Change the HTTPS port?"),
            question(port, isDirect(known.body)), _("Change it"), { danger: true })))
            await send(known, mine);
    };
    return {
        node: card(_("Ports"), {}, h("form", { onsubmit: submit, oninput: () => keep(ports, seen.body),
            novalidate: true }, h("div.pair", {}, ports.map(({ node }) => node)),
        h("button.btn.btn-primary", { type: "submit" }, _("Set the ports")), conflict, answer)),
        update(state) {
            seen = state.seen;
            if (state.problems.length > 0)
                moving?.stop();
            const others = follow(ports, seen.body);
            if (others.length > 0)
                replace(conflict, conflictBox(others));
        },
    };
}
