/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl status`: the one look that tells whether anything needs a person (R41, R43, R55). */
#include <glib/gi18n-lib.h>
#include <unistd.h>

#include "certctl/attention.h"
#include "certctl/find.h"
#include "certctl/https.h"
#include "certctl/print.h"
#include "common/clean.h"
#include "common/dict.h"
#include "common/when.h"
#include "model/names.h"
#include "model/text.h"

typedef struct {
    GVariant *manager;
    GVariant *authority; /* NULL where it can't be read */
    GVariant *https;     /* likewise */
    GPtrArray *rows;
    GPtrArray *picked;
} Status;

static void status_clear(Status *status)
{
    g_clear_pointer(&status->manager, g_variant_unref);
    g_clear_pointer(&status->authority, g_variant_unref);
    g_clear_pointer(&status->https, g_variant_unref);
    g_clear_pointer(&status->picked, g_ptr_array_unref);
    g_clear_pointer(&status->rows, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Status, status_clear)

static GVariant *to_json(const Status *status)
{
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(status->manager);
    g_variant_dict_insert_value(&dict, "NeedAttention", certctl_attention_to_json(status->picked));
    if (status->authority)
        g_variant_dict_insert_value(&dict, "Authority", status->authority);
    if (status->https)
        g_variant_dict_insert_value(&dict, "Https", status->https);
    return g_variant_dict_end(&dict);
}

/* "NAME, valid until … (in … days)", or what is wrong with it. Caller frees. */
static char *describe_authority(GVariant *authority)
{
    if (!authority)
        return g_strdup(_("it can't be read"));
    guint64 until = certd_dict_number(authority, "NotAfter");
    if (until == 0)
        return g_strdup(_("there is none; certctl ca regenerate makes one"));
    g_autoptr(GVariant) pairs = certd_dict_array(authority, "Subject", "a(ss)");
    g_autofree char *subject = certctl_print_subject(pairs);
    g_autofree char *time = certd_when_print(until);
    g_autofree char *distance = certd_when_distance(until, certctl_now());
    return g_strdup_printf(_("%s, valid until %s (%s)"), subject, time, distance);
}

static const char *describe_sealing_key(GVariant *manager)
{
    const char *form = certd_dict_string(manager, "SealingKey");
    if (g_str_equal(form, "wrapped"))
        return _("wrapped by the wrapping key");
    if (g_str_equal(form, "plain"))
        return _("plain in the state directory; see certctl wrapping-key");
    return _("unusable: no stored key can be opened");
}

static void print_service(const Status *status)
{
    GVariant *manager = status->manager;
    g_autofree char *version = certd_text_escape(certd_dict_string(manager, "Version"));
    g_autofree char *clean = certd_text_escape(certd_dict_string(manager, "State"));
    g_autofree char *state = certd_style_word(clean, certd_style_wanted(STDOUT_FILENO));
    printf("certd %s: %s\n", version, state);
    g_autoptr(GVariant) problems = certd_dict_array(manager, "Problems", "a(ssss)");
    certctl_print_findings(stdout, problems);

    guint64 next = certd_dict_number(manager, "NextRenewal");
    g_autofree char *time = certd_when_print(next);
    g_autofree char *distance = certd_when_distance(next, certctl_now());
    g_autofree char *renewal =
        next == 0 ? g_strdup(_("nothing is planned")) : g_strdup_printf("%s (%s)", time, distance);
    g_autofree char *count = g_strdup_printf("%u", status->rows->len);
    g_autofree char *authority = describe_authority(status->authority);
    g_autofree char *https = certctl_https_unusual(status->https);
    g_autoptr(GVariant) pairs = certd_dict_array(manager, "DeviceNames", "a(ss)");
    g_autofree char *names = certctl_print_names(pairs, ", ");
    certctl_print_field(stdout, _("Names"), names);
    certctl_print_field(stdout, _("Clock"),
                        certd_dict_boolean(manager, "ClockTrusted")
                            ? _("trusted")
                            : _("not trusted: dates are not judged until it is set"));
    certctl_print_field(stdout, _("Sealing key"), describe_sealing_key(manager));
    certctl_print_field(stdout, _("Authority"), authority);
    certctl_print_field(stdout, "HTTPS", https != NULL ? https : "");
    certctl_print_field(stdout, _("Certificates"), count);
    certctl_print_field(stdout, _("Next renewal due"), renewal);
}

static gboolean is_well(const Status *status)
{
    g_autoptr(GVariant) problems = certd_dict_array(status->manager, "Problems", "a(ssss)");
    return status->picked->len == 0 && g_variant_n_children(problems) == 0 &&
           certd_dict_boolean(status->manager, "ClockTrusted") &&
           g_str_equal(certd_dict_string(status->manager, "State"), "ready") && status->authority &&
           certd_dict_number(status->authority, "NotAfter") != 0;
}

static gboolean run(const CertctlCall *call, GError **error)
{
    g_auto(Status) status = {0};
    status.manager =
        certd_bus_get_all(call->connection, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, error);
    if (!status.manager)
        return FALSE;
    status.rows = certctl_find_all(call, FALSE, NULL, error);
    if (!status.rows)
        return FALSE;
    /* That it can't be read is shown, and why is among the problems. */
    status.authority =
        certd_bus_get_all(call->connection, CERTD_PATH_AUTHORITY, CERTD_INTERFACE_AUTHORITY, NULL);
    status.https = certctl_https_properties(call, NULL);
    status.picked = certctl_attention_pick(call, status.rows,
                                           certd_dict_boolean(status.manager, "ClockTrusted"));
    if (call->options->json) {
        certctl_print_json(call, to_json(&status));
        return TRUE;
    }
    print_service(&status);
    certctl_attention_print(call, status.picked);
    if (status.rows->len > CERTCTL_ATTENTION_READ_MAX)
        fprintf(stderr, _("Only the first %u certificates were read in full.\n"),
                CERTCTL_ATTENTION_READ_MAX);
    else if (is_well(&status))
        puts(_("Nothing needs attention."));
    return TRUE;
}

const CertctlVerb certctl_verb_status = {
    .name = "status",
    .synopsis = "",
    .summary = N_("Show whether anything needs you: the service, its authority, certificates"),
    .example = "certctl status",
    .options = CERTCTL_BIT(JSON),
    .run = run,
};
