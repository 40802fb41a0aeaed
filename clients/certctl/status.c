/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl status`: is the service well, and which certificates need somebody (R41, R43)? */
#include <glib/gi18n-lib.h>
#include <unistd.h>

#include "certctl/find.h"
#include "certctl/print.h"
#include "common/clean.h"
#include "common/when.h"
#include "model/names.h"
#include "model/text.h"

/* Findings are read certificate by certificate; with more than this many that would take long. */
#define FINDINGS_READ_MAX 1000u

typedef struct {
    const char *name; /* borrowed from the row, as the next */
    const char *path;
    GVariant *summary;
    GVariant *findings; /* warnings and errors among them count */
    gboolean is_due;
} Attention;

static void attention_free(void *pointer)
{
    Attention *attention = pointer;
    g_clear_pointer(&attention->summary, g_variant_unref);
    g_clear_pointer(&attention->findings, g_variant_unref);
    g_free(attention);
}

/* The findings of the certificate at @path but notes; empty where they cannot be read, because
 * it may have been removed since. */
static GVariant *read_findings(const CertctlCall *call, const char *path)
{
    g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
        call->connection, CERTD_BUS_NAME, path, "org.freedesktop.DBus.Properties", "Get",
        g_variant_new("(ss)", CERTD_INTERFACE_CERTIFICATE, "Findings"), G_VARIANT_TYPE("(v)"),
        CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT, NULL, NULL);
    g_autoptr(GVariant) all = NULL;
    g_auto(GVariantBuilder) kept = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(ssss)"));
    if (reply)
        g_variant_get(reply, "(v)", &all);
    if (!all || !g_variant_is_of_type(all, G_VARIANT_TYPE("a(ssss)")))
        return g_variant_ref_sink(g_variant_builder_end(&kept));
    for (size_t i = 0; i < g_variant_n_children(all); i++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(all, i);
        g_autoptr(GVariant) severity = g_variant_get_child_value(one, 1);
        if (!g_str_equal(g_variant_get_string(severity, NULL), "note"))
            g_variant_builder_add_value(&kept, one);
    }
    return g_variant_ref_sink(g_variant_builder_end(&kept));
}

/* Those of @rows that have an issue or are due. */
static GPtrArray *pick(const CertctlCall *call, const GPtrArray *rows)
{
    GPtrArray *picked = g_ptr_array_new_with_free_func(attention_free);
    for (unsigned int i = 0; i < rows->len; i++) {
        Attention *one = g_new0(Attention, 1);
        g_variant_get(rows->pdata[i], "(&s&o@a{sv})", &one->name, &one->path, &one->summary);
        guint64 until = certctl_get_uint64(one->summary, "NotAfter");
        const char *state = certctl_get_string(one->summary, "State");
        gboolean is_empty = g_str_equal(state, "empty");
        if (!is_empty && i < FINDINGS_READ_MAX)
            one->findings = read_findings(call, one->path);
        one->is_due = !is_empty && certd_when_is_due(certctl_get_uint64(one->summary, "NotBefore"),
                                                     until, certctl_now());
        if (one->is_due || g_str_equal(state, "not-yet-valid") ||
            (one->findings && g_variant_n_children(one->findings) > 0))
            g_ptr_array_add(picked, one);
        else
            attention_free(one);
    }
    return picked;
}

static GVariant *to_json(GVariant *manager, const GPtrArray *picked)
{
    g_auto(GVariantBuilder) list = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("aa{sv}"));
    for (unsigned int i = 0; i < picked->len; i++) {
        const Attention *one = picked->pdata[i];
        g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(one->summary);
        g_variant_dict_insert(&dict, "Name", "s", one->name);
        g_variant_dict_insert(&dict, "Object", "o", one->path);
        g_variant_dict_insert(&dict, "Due", "b", one->is_due);
        if (one->findings)
            g_variant_dict_insert_value(&dict, "Findings", one->findings);
        g_variant_builder_add_value(&list, g_variant_dict_end(&dict));
    }
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(manager);
    g_variant_dict_insert_value(&dict, "NeedAttention", g_variant_builder_end(&list));
    return g_variant_dict_end(&dict);
}

static void print_service(GVariant *manager, unsigned int n_certificates)
{
    g_autofree char *version = certd_text_escape(certctl_get_string(manager, "Version"));
    g_autofree char *clean = certd_text_escape(certctl_get_string(manager, "State"));
    g_autofree char *state = certd_style_word(clean, certd_style_wanted(STDOUT_FILENO));
    printf("certd %s: %s\n", version, state);
    g_autoptr(GVariant) problems = certctl_get_array(manager, "Problems", "a(ssss)");
    certctl_print_findings(stdout, problems);

    guint64 next = certctl_get_uint64(manager, "NextRenewal");
    g_autofree char *time = certd_when_print(next);
    g_autofree char *distance = certd_when_distance(next, certctl_now());
    g_autofree char *renewal =
        next == 0 ? g_strdup(_("none is in use")) : g_strdup_printf("%s (%s)", time, distance);
    g_autofree char *count = g_strdup_printf("%u", n_certificates);
    certctl_print_field(stdout, _("Clock"),
                        certctl_get_boolean(manager, "ClockTrusted")
                            ? _("trusted")
                            : _("not trusted: dates are not judged until it is set"));
    certctl_print_field(stdout, _("Certificates"), count);
    certctl_print_field(stdout, _("Next renewal due"), renewal);
}

static void print_attention(const GPtrArray *picked)
{
    if (picked->len > 0)
        printf("%s\n", _("These need attention:"));
    for (unsigned int i = 0; i < picked->len; i++) {
        const Attention *one = picked->pdata[i];
        guint64 until = certctl_get_uint64(one->summary, "NotAfter");
        g_autofree char *name = certd_text_escape(one->name);
        g_autofree char *clean = certd_text_escape(certctl_get_string(one->summary, "State"));
        g_autofree char *state = certd_style_word(clean, certd_style_wanted(STDOUT_FILENO));
        g_autofree char *time = certd_when_print(until);
        g_autofree char *distance = certd_when_distance(until, certctl_now());
        printf(_("%s: %s, valid until %s (%s)\n"), name, state, time, distance);
        if (one->findings)
            certctl_print_findings(stdout, one->findings);
        if (one->is_due)
            printf(_("  Renew it: certctl request %s, or certctl self-sign %s\n"), name, name);
    }
}

static gboolean run(const CertctlCall *call, GError **error)
{
    g_autoptr(GVariant) manager =
        certd_bus_get_all(call->connection, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, error);
    if (!manager)
        return FALSE;
    g_autoptr(GPtrArray) rows = certctl_find_all(call, FALSE, NULL, error);
    if (!rows)
        return FALSE;
    g_autoptr(GPtrArray) picked = pick(call, rows);
    if (call->options->json) {
        certctl_print_json(call, to_json(manager, picked));
        return TRUE;
    }
    print_service(manager, rows->len);
    print_attention(picked);
    if (rows->len > FINDINGS_READ_MAX)
        fprintf(stderr, _("Only the findings of the first %u certificates were read.\n"),
                FINDINGS_READ_MAX);
    return TRUE;
}

const CertctlVerb certctl_verb_status = {
    .name = "status",
    .synopsis = "",
    .summary = N_("Show how the service is and which certificates need attention"),
    .example = "certctl status",
    .options = CERTCTL_BIT(JSON),
    .run = run,
};
