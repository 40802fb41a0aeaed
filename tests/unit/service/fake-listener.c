/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the listener hears becomes words. */

#include "fake.h"

static void heard_changed(void *userdata, const char *name, const char *cause)
{
    g_string_append_printf(((Fake *)userdata)->events, "%s:%s ", name, cause);
}

static void heard_request(void *userdata, const char *certificate, gint64 id,
                          CertdRequestState state)
{
    g_string_append_printf(((Fake *)userdata)->events, "%" G_GINT64_FORMAT ":%s ", id,
                           certd_request_state_name(state));
}

static void heard_expiring(void *userdata, const char *name, gint64 not_after)
{
    g_string_append_printf(((Fake *)userdata)->events, "%s:expiring ", name);
}

static void heard_findings(void *userdata, const char *name)
{
    g_string_append_printf(((Fake *)userdata)->events, "%s:findings ", name);
}

static void heard_names(void *userdata)
{
    g_string_append(((Fake *)userdata)->events, "device-names ");
}

static void heard_authority(void *userdata)
{
    g_string_append(((Fake *)userdata)->events, "authority ");
}

static void heard_trial(void *userdata, const char *name)
{
    g_string_append_printf(((Fake *)userdata)->events, "%s:trial ", name);
}

static void heard_trust(void *userdata)
{
    g_string_append(((Fake *)userdata)->events, "trust ");
}

static void heard_consumers(void *userdata, const char *name)
{
    g_string_append_printf(((Fake *)userdata)->events, "%s:consumers ", name);
}

static void heard_clock(void *userdata)
{
    g_string_append(((Fake *)userdata)->events, "clock ");
}

static void heard_https(void *userdata)
{
    g_string_append(((Fake *)userdata)->events, "https ");
}

void fake_listen(Fake *fake)
{
    const CertdListener listener = {
        .certificate_changed = heard_changed,
        .request_changed = heard_request,
        .certificate_expiring = heard_expiring,
        .findings_changed = heard_findings,
        .names_changed = heard_names,
        .authority_changed = heard_authority,
        .trust_changed = heard_trust,
        .clock_changed = heard_clock,
        .trial_changed = heard_trial,
        .https_changed = heard_https,
        .consumers_changed = heard_consumers,
        .userdata = fake,
    };
    certd_service_set_listener(fake->service, &listener);
}

guint fake_heard(Fake *fake, const char *word)
{
    g_auto(GStrv) words = g_strsplit(fake->events->str, " ", -1);
    guint count = 0;
    for (size_t i = 0; words[i] != NULL; i++)
        count += g_str_equal(words[i], word);
    g_string_truncate(fake->events, 0);
    return count;
}
