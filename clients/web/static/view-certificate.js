// SPDX-License-Identifier: LGPL-2.1-or-later
// One certificate: how it stands, its chain, all that it says, its history, requests, settings and consumers. Each part
// is made anew only when what it shows has changed.

import { ApiError, readDevice } from "./api.js";
import { consumersCard } from "./certificate-consumers.js";
import { filesCard } from "./certificate-files.js";
import { dangerCard, historyCard } from "./certificate-history.js";
import { requestsCard } from "./certificate-requests.js";
import { linkButton, namesShort, stateCard } from "./certificate-state.js";
import { certificateDetails, chainPath } from "./chain.js";
import { describeError, digestText, issuerText, keyTypeText } from "./codes.js";
import { box, card, h, pairs, replace } from "./dom.js";
import { _, ngettext } from "./i18n.js";
import { part } from "./part.js";
import { concerns, oneAtATime, placePath, requestsOf } from "./places.js";
import { look } from "./seen.js";
import { trialBox } from "./trial.js";
import { link } from "./views.js";
import { AUTHORITY_ORIGINS } from "./words.js";

function chainCard({ Details, Findings, Origin }) {
    if (!Details)
        return null;
    const end = AUTHORITY_ORIGINS.includes(Origin) ? [_("The device's own authority. "),
        h("a", { href: link("authority") }, _("How clients come to trust it"))] : null;
    return card(_("Chain"), {}, chainPath(Details, Findings, { end }));
}

function detailsCard({ Details }) {
    return Details ? card(_("Details"), {}, certificateDetails(Details)) : null;
}

/* What certd puts where no names are set. */
function defaultNames({ Subject, CopyCommonName }) {
    if (!/(^|[,+])CN=/.test(Subject))
        return _("the device's names and addresses");
    return CopyCommonName ? _("the common name") : _("none");
}

function settingsCard({ Name, Settings }) {
    const names = Settings.SubjectAltNames;
    return card(_("Settings"), {},
        h("p", {}, _("What the next request or certificate will look like.")),
        pairs([
            [_("Subject"), Settings.Subject ? h("bdi", {}, Settings.Subject) : _("the device's host name")],
            [_("Subject alternative names"), names.length > 0 ? namesShort(names) : defaultNames(Settings)],
            [_("Key"), keyTypeText(Settings.KeyType)],
            [_("Digest"), digestText(Settings.Digest)],
            [_("Issuer"), issuerText(Settings.Issuer)],
            [_("Validity"), ngettext("{count} day", "{count} days", Settings.Days)],
            [_("Renewal"), Settings.ReuseKey ? _("with the same key") : _("with a new key")],
        ]),
        h("p.mt-3.mb-0", {}, linkButton(_("Change"), link("certificates/{}/request", Name))));
}

function gone(name) {
    return box("warning", h("p", {}, _("There is no certificate “{name}” on this device, or not any more.", { name })),
        h("a", { href: link("certificates") }, _("All certificates")));
}

/* The parts that are shown below the trial, in their order. */
function makeParts(name, page) {
    const { attempt, signal, go } = page;
    const whole = (data) => data;
    const inUse = ({ place }) => ({ Details: place.Details, Findings: place.Findings, Origin: place.Origin });
    return [
        part(whole, stateCard),
        part(inUse, chainCard),
        part(whole, (data) => requestsCard(data, attempt)),
        part(({ place }) => ({ Name: place.Name, Settings: place.Settings }), settingsCard),
        consumersCard(name, attempt),
        part(whole, (data) => historyCard(data, attempt, signal)),
        part(whole, filesCard),
        part(inUse, detailsCard),
        part(whole, (data) => dangerCard(data, attempt, go)),
    ];
}

function layOut(page, parts) {
    const nodes = parts.map((one) => one.node);
    replace(page.main, h("p", {}, h("a", { href: link("certificates") }, _("All certificates"))),
        page.trouble, page.trial, nodes);
}

async function readAll(name, signal) {
    const [seen, requests] = await Promise.all([look(placePath(name), { signal }), requestsOf(name, { signal }),
        readDevice({ signal })]);
    return { place: seen.body, seen, requests };
}

function showTrial(page, data, reread) {
    const box_ = trialBox(data.place, { changed: reread, signal: page.signal });
    if (page.trial.firstChild !== box_)
        replace(page.trial, box_);
}

/** See main.js. */
export async function view({ main, parts: [name], signal, title, go, listen }) {
    title(name);
    const page = { main, signal, go, trouble: h("div"), trial: h("div") };
    let sections = null;
    const refresh = async () => {
        try {
            const data = await readAll(name, signal);
            if (sections === null) {
                sections = makeParts(name, page);
                layOut(page, sections);
            }
            showTrial(page, data, again);
            sections.forEach((one) => one.update(data));
        } catch (error) {
            if (!(error instanceof ApiError) || error.status !== 404)
                throw error;
            sections = null;
            replace(main, gone(name));
        }
    };
    const reread = oneAtATime(refresh, signal);
    const again = () => reread().catch((error) => signal.aborted || replace(page.trouble, describeError(error)));
    page.attempt = async (action) => {
        replace(page.trouble);
        try {
            await action();
            await reread();
        } catch (error) {
            if (!signal.aborted) {
                replace(page.trouble, describeError(error));
                page.trouble.scrollIntoView({ block: "nearest" });
            }
        }
    };
    await reread();
    listen((records) => concerns(records, placePath(name)) && again());
}
