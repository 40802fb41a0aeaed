/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl show NAME`: everything about one certificate (R40). */
#include <glib/gi18n-lib.h>
#include <unistd.h>

#include "certctl/consumers.h"
#include "certctl/find.h"
#include "certctl/print.h"
#include "certctl/renewal.h"
#include "certctl/trial.h"
#include "common/clean.h"
#include "common/dict.h"
#include "common/path.h"
#include "common/when.h"
#include "model/names.h"
#include "model/text.h"

/* Newest requests that are shown; `certctl requests NAME` has all. */
#define REQUESTS_SHOWN 10u

static void print_settings(GVariant *properties)
{
    g_autoptr(GVariant) pairs = certd_dict_array(properties, "Subject", "a(ss)");
    g_autoptr(GVariant) names = certd_dict_array(properties, "SubjectAltNames", "a(ss)");
    g_autofree char *subject = certctl_print_subject(pairs);
    g_autofree char *sans = certctl_print_names(names, ", ");
    g_autofree char *days =
        g_strdup_printf("%" G_GUINT64_FORMAT, certd_dict_number(properties, "Days"));
    g_autofree char *key_type = certd_text_escape(certd_dict_string(properties, "KeyType"));
    g_autofree char *digest = certd_text_escape(certd_dict_string(properties, "Digest"));
    g_autofree char *issuer = certd_text_escape(certd_dict_string(properties, "Issuer"));
    printf("%s\n", _("Settings for the next one:"));
    certctl_print_field(stdout, _("Subject"), *subject ? subject : _("the host name"));
    certctl_print_field(stdout, _("Alternative names"), sans);
    certctl_print_field(stdout, _("Copy the common name"),
                        certd_dict_boolean(properties, "CopyCommonName") ? _("yes") : _("no"));
    certctl_print_field(stdout, _("Key type"), key_type);
    certctl_print_field(stdout, _("Digest"), digest);
    certctl_print_field(stdout, _("Days"), days);
    certctl_print_field(stdout, _("Issued by"), issuer);
    certctl_print_field(stdout, _("Keep the key"),
                        certd_dict_boolean(properties, "ReuseKey") ? _("yes") : _("no"));
}

static void print_request(const CertctlCall *call, const char *path)
{
    /* It may have been removed since. */
    g_autoptr(GVariant) request =
        certd_bus_get_all(call->connection, path, CERTD_INTERFACE_REQUEST, NULL);
    if (!request)
        return;
    g_autofree char *raw_id = certd_path_id(path);
    g_autofree char *id = certd_text_escape(raw_id);
    g_autofree char *clean = certd_text_escape(certd_dict_string(request, "State"));
    g_autofree char *state = certd_style_word(clean, certd_style_wanted(STDOUT_FILENO));
    g_autofree char *created = certd_when_print(certd_dict_number(request, "Created"));
    g_autofree char *hash = certd_text_escape(certd_dict_string(request, "PublicKeyHash"));
    printf("  %s  %s  %s  %s%s\n", id, state, created, hash,
           certd_dict_boolean(request, "OutOfDate") ? _("  (out of date)") : "");
}

static void print_requests(const CertctlCall *call, GVariant *properties)
{
    g_autoptr(GVariant) paths = certd_dict_array(properties, "Requests", "ao");
    size_t n_paths = g_variant_n_children(paths);
    if (n_paths > 0)
        printf("%s\n", _("Requests, newest first:"));
    for (size_t i = 0; i < MIN(n_paths, REQUESTS_SHOWN); i++) {
        g_autoptr(GVariant) path = g_variant_get_child_value(paths, i);
        print_request(call, g_variant_get_string(path, NULL));
    }
    if (n_paths > REQUESTS_SHOWN)
        printf(_("  and more: certctl requests %s\n"), call->arguments[0]);
}

/* What certd does next: renews what it issued itself, and has the next request ready for what a
 * user installed, after which nothing is planned. */
static void print_plan(const CertctlCall *call, GVariant *properties)
{
    guint64 renewal = certd_dict_number(properties, "Renewal");
    g_autofree char *origin = certctl_renewal_origin(call, properties);
    gboolean is_own = *origin != '\0'
                          ? certctl_renewal_verb(origin) != NULL
                          : !g_str_equal(certd_dict_string(properties, "Issuer"), "external");
    g_autofree char *time = certd_when_print(renewal);
    g_autofree char *distance = certd_when_distance(renewal, certctl_now());
    g_autofree char *text = g_strdup_printf("%s (%s)", time, distance);
    g_autofree char *id = renewal == 0 && !is_own && *origin != '\0'
                              ? certctl_renewal_request(call, certd_dict_string(properties, "Name"))
                              : NULL;
    if (renewal != 0)
        certctl_print_field(stdout, is_own ? _("Renewed by itself") : _("Next request made"), text);
    else if (id)
        certctl_print_field(stdout, _("Next request ready"), id);
}

static void print_renewal(const CertctlCall *call, GVariant *properties)
{
    if (certd_dict_boolean(properties, "Emergency"))
        certctl_print_field(stdout, _("Emergency certificate"),
                            _("in use, because what is installed can't be; see the findings"));
    print_plan(call, properties);
    g_autofree char *trial = certctl_trial_describe(properties);
    if (trial)
        certctl_print_field(stdout, _("On trial"), trial);
}

static void print_consumers(GVariant *properties)
{
    g_autoptr(GVariant) list = certd_dict_array(properties, "Consumers", "a(sss)");
    g_autofree char *consumers = certctl_consumers_print(list, ", ");
    certctl_print_field(stdout, _("Consumers"), consumers);
}

/* What a rollback goes back to. */
static void print_previous(GVariant *properties)
{
    g_autoptr(GVariant) previous = certd_dict_array(properties, "Previous", "a{sv}");
    g_autofree char *subject = certd_text_escape(certd_dict_string(previous, "subject"));
    guint64 until = certd_dict_number(previous, "not-after");
    g_autofree char *time = certd_when_print(until);
    g_autofree char *distance = certd_when_distance(until, certctl_now());
    g_autofree char *text =
        until != 0 ? g_strdup_printf(_("%s, valid until %s (%s)"),
                                     *subject ? subject : _("a certificate without a subject"),
                                     time, distance)
                   : NULL;
    const char *kept = certd_dict_boolean(properties, "HasPrevious") ? _("yes") : _("no");
    certctl_print_field(stdout, _("Previous one kept"), text ? text : kept);
}

/* Only of a key in use. Of each origin: one that was imported may be in use again (--reuse-key). */
static void print_exportable(GVariant *properties)
{
    if (*certd_dict_string(properties, "Origin") != '\0')
        certctl_print_field(stdout, _("Key may be exported"),
                            certd_dict_boolean(properties, "KeyExportable") ? _("yes") : _("no"));
}

static void print_active(const CertctlCall *call, GVariant *properties)
{
    g_autofree char *clean = certd_text_escape(certd_dict_string(properties, "State"));
    g_autofree char *state = certd_style_word(clean, certd_style_wanted(STDOUT_FILENO));
    g_autofree char *name = certd_text_escape(certd_dict_string(properties, "Name"));
    g_autofree char *origin = certd_text_escape(certd_dict_string(properties, "Origin"));
    g_autofree char *generation =
        g_strdup_printf("%" G_GUINT64_FORMAT, certd_dict_number(properties, "Generation"));
    g_autoptr(GVariant) details = certd_dict_array(properties, "Details", "a{sv}");
    g_autoptr(GVariant) findings = certd_dict_array(properties, "Findings", "a(ssss)");
    printf("%s: %s\n", name, state);
    certctl_print_field(stdout, _("Origin"), origin);
    certctl_print_field(stdout, _("Generation"), generation);
    print_previous(properties);
    print_exportable(properties);
    print_renewal(call, properties);
    print_consumers(properties);
    certctl_print_details(stdout, details);
    if (g_variant_n_children(findings) > 0)
        printf("%s\n", _("Findings:"));
    certctl_print_findings(stdout, findings);
}

static gboolean run(const CertctlCall *call, GError **error)
{
    g_autoptr(GVariant) properties = certctl_find_properties(call, call->arguments[0], error);
    if (!properties)
        return FALSE;
    if (call->options->json) {
        certctl_print_json(call, properties);
        return TRUE;
    }
    print_active(call, properties);
    print_settings(properties);
    print_requests(call, properties);
    return TRUE;
}

const CertctlVerb certctl_verb_show = {
    .name = "show",
    .synopsis = "NAME",
    .n_min = 1,
    .n_max = 1,
    .summary = N_("Show everything about a certificate"),
    .example = "certctl show https",
    .options = CERTCTL_BIT(JSON),
    .run = run,
};
