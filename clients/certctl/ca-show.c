/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl ca show`: what somebody wants to see before trusting the authority (R27). */
#include <glib/gi18n-lib.h>

#include "certctl/ca.h"
#include "certctl/print.h"
#include "common/dict.h"
#include "common/when.h"
#include "model/text.h"

static const struct {
    const char *scope;
    const char *meaning;
} scopes[] = {
    {"local", N_("the device's names, its domain, its addresses and the private ranges")},
    {"device", N_("the device's names and addresses, no others")},
    {"any", N_("every name there is: it has no name constraints")},
};

static char *explain(const char *scope)
{
    for (size_t i = 0; i < G_N_ELEMENTS(scopes); i++) {
        if (g_str_equal(scopes[i].scope, scope))
            return g_strdup_printf("%s (%s)", scope, _(scopes[i].meaning));
    }
    return certd_text_escape(scope);
}

/* A kind of which nothing is permitted has a name that nobody has: no constraint on it would permit
 * all. */
static const struct {
    const char *nobody;
    const char *kind;
} placeholders[] = {
    {"DNS:invalid", N_("host names: none")},
    {"IP:0.0.0.0/32", N_("IPv4 addresses: none")},
    {"IP:::/128", N_("IPv6 addresses: none")},
};

/* How @name of the permitted ones is shown. Caller frees. */
static char *describe_permitted(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(placeholders); i++) {
        if (g_str_equal(placeholders[i].nobody, name))
            return g_strdup(_(placeholders[i].kind));
    }
    return certd_text_escape(name);
}

static void print_permitted(GVariant *properties)
{
    g_autoptr(GVariant) names = certd_dict_array(properties, "PermittedNames", "as");
    if (g_variant_n_children(names) > 0)
        printf("%s\n", _("It may speak for these host names and what is below them, for these "
                         "addresses, for e-mail addresses and URIs of those hosts, and for no "
                         "others:"));
    for (size_t i = 0; i < g_variant_n_children(names); i++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(names, i);
        g_autofree char *clean = describe_permitted(g_variant_get_string(one, NULL));
        printf("  %s\n", clean);
    }
}

gboolean certctl_ca_show(const CertctlCall *call, GError **error)
{
    g_autoptr(GVariant) properties = certctl_ca_properties(call, error);
    if (!properties)
        return FALSE;
    if (call->options->json) {
        certctl_print_json(call, properties);
        return TRUE;
    }
    guint64 until = certd_dict_number(properties, "NotAfter");
    g_autoptr(GVariant) pairs = certd_dict_array(properties, "Subject", "a(ss)");
    g_autofree char *subject = certctl_print_subject(pairs);
    g_autofree char *begin = certd_when_print(certd_dict_number(properties, "NotBefore"));
    g_autofree char *time = certd_when_print(until);
    g_autofree char *distance = certd_when_distance(until, certctl_now());
    g_autofree char *end = g_strdup_printf("%s (%s)", time, distance);
    g_autofree char *scope = explain(certd_dict_string(properties, "Scope"));
    g_autofree char *fingerprint =
        certctl_print_fingerprint(certd_dict_string(properties, "Fingerprint"));
    printf("%s\n", _("The device's own authority:"));
    certctl_print_field(stdout, _("Subject"), subject);
    certctl_print_field(stdout, _("Valid from"), begin);
    certctl_print_field(stdout, _("Valid until"), end);
    certctl_print_field(stdout, _("Scope"), scope);
    certctl_print_field(stdout, _("SHA-256 fingerprint"), fingerprint);
    print_permitted(properties);
    fprintf(stderr, _("To hand it out: certctl ca export. How to import it, and to compare the "
                      "fingerprint first: certctl(1), \"TRUSTING THE AUTHORITY\".\n"));
    return TRUE;
}
