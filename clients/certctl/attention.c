/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is on trial needs somebody before it ends; what certd issued itself needs nobody until its renewal
 * has failed; what a user installed needs somebody in time; and a finding, an emergency or a certificate
 * that can't be used needs somebody now (R38, R41, R55).
 */
#include "certctl/attention.h"

#include <glib/gi18n-lib.h>
#include <unistd.h>

#include "certctl/find.h"
#include "certctl/print.h"
#include "certctl/renewal.h"
#include "certctl/trial.h"
#include "common/clean.h"
#include "common/dict.h"
#include "common/style.h"
#include "common/when.h"
#include "model/names.h"
#include "model/text.h"

typedef struct {
    const char *name; /* borrowed from the row, as the next */
    const char *path;
    GVariant *summary;
    GVariant *properties; /* NULL where they were not read */
    GVariant *findings;   /* but notes */
    gboolean is_due;
} Attention;

static void attention_free(void *pointer)
{
    Attention *attention = pointer;
    g_clear_pointer(&attention->summary, g_variant_unref);
    g_clear_pointer(&attention->properties, g_variant_unref);
    g_clear_pointer(&attention->findings, g_variant_unref);
    g_free(attention);
}

static GVariant *without_notes(GVariant *findings)
{
    g_auto(GVariantBuilder) kept = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(ssss)"));
    for (size_t i = 0; i < g_variant_n_children(findings); i++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(findings, i);
        g_autoptr(GVariant) severity = g_variant_get_child_value(one, 1);
        if (!g_str_equal(g_variant_get_string(severity, NULL), "note"))
            g_variant_builder_add_value(&kept, one);
    }
    return g_variant_ref_sink(g_variant_builder_end(&kept));
}

/* As the properties have it, which know more than the row does. */
static const char *state_of(const Attention *one)
{
    return certd_dict_string(one->properties ? one->properties : one->summary, "State");
}

static gboolean is_emergency(const Attention *one)
{
    return one->properties && certd_dict_boolean(one->properties, "Emergency");
}

static gboolean is_on_trial(const Attention *one)
{
    return certd_dict_number(one->summary, "TrialDeadline") != 0;
}

/* The row's origin is that of what is installed, an emergency or not. NULL where certd does not
 * renew it. */
static const char *own_verb(const Attention *one)
{
    return certctl_renewal_verb(certd_dict_string(one->summary, "Origin"));
}

static gboolean is_due(const Attention *one)
{
    guint64 since = certd_dict_number(one->summary, "NotBefore");
    guint64 until = certd_dict_number(one->summary, "NotAfter");
    if (until == 0)
        return FALSE;
    return own_verb(one) ? certd_when_is_late(since, until, certctl_now())
                         : certd_when_is_due(since, until, certctl_now());
}

static gboolean needs_somebody(const Attention *one)
{
    static const char *const states[] = {"expired", "not-yet-valid", "unusable", NULL};
    return one->is_due || is_emergency(one) || is_on_trial(one) ||
           g_variant_n_children(one->findings) > 0 || g_strv_contains(states, state_of(one));
}

GPtrArray *certctl_attention_pick(const CertctlCall *call, const GPtrArray *rows,
                                  gboolean clock_trusted)
{
    GPtrArray *picked = g_ptr_array_new_with_free_func(attention_free);
    for (unsigned int i = 0; i < rows->len; i++) {
        Attention *one = g_new0(Attention, 1);
        g_variant_get(rows->pdata[i], "(&s&o@a{sv})", &one->name, &one->path, &one->summary);
        /* It may have been removed since. */
        if (i < CERTCTL_ATTENTION_READ_MAX)
            one->properties =
                certd_bus_get_all(call->connection, one->path, CERTD_INTERFACE_CERTIFICATE, NULL);
        g_autoptr(GVariant) all = certd_dict_array(one->properties ? one->properties : one->summary,
                                                   "Findings", "a(ssss)");
        one->findings = without_notes(all);
        one->is_due = clock_trusted && is_due(one);
        if (needs_somebody(one))
            g_ptr_array_add(picked, one);
        else
            attention_free(one);
    }
    return picked;
}

GVariant *certctl_attention_to_json(const GPtrArray *picked)
{
    g_auto(GVariantBuilder) list = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("aa{sv}"));
    for (unsigned int i = 0; i < picked->len; i++) {
        const Attention *one = picked->pdata[i];
        g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(one->summary);
        g_variant_dict_insert(&dict, "Name", "s", one->name);
        g_variant_dict_insert(&dict, "Object", "o", one->path);
        g_variant_dict_insert(&dict, "State", "s", state_of(one));
        g_variant_dict_insert(&dict, "Due", "b", one->is_due);
        g_variant_dict_insert(&dict, "Emergency", "b", is_emergency(one));
        g_variant_dict_insert(&dict, "TrialDeadline", "t",
                              certd_dict_number(one->summary, "TrialDeadline"));
        if (one->properties)
            g_variant_dict_insert(&dict, "Renewal", "t",
                                  certd_dict_number(one->properties, "Renewal"));
        g_variant_dict_insert_value(&dict, "Findings", one->findings);
        g_variant_builder_add_value(&list, g_variant_dict_end(&dict));
    }
    return g_variant_builder_end(&list);
}

static void print_remedy(const CertctlCall *call, const Attention *one)
{
    g_autofree char *name = certd_text_escape(one->name);
    const char *verb = own_verb(one);
    if (verb) {
        printf(_("  It should have renewed itself; certd tries again. To try now: certctl %s %s\n"),
               verb, name);
        return;
    }
    g_autofree char *id = certctl_renewal_request(call, one->name);
    if (id)
        printf(_("  Its next request is ready: certctl request %s --id %s; then certctl import %s "
                 "FILE\n"),
               name, id, name);
    else
        printf(_("  Make its next request: certctl request %s; have it signed, and then certctl "
                 "import %s FILE\n"),
               name, name);
}

static void print_one(const CertctlCall *call, const Attention *one)
{
    guint64 until = certd_dict_number(one->summary, "NotAfter");
    g_autofree char *name = certd_text_escape(one->name);
    g_autofree char *clean = certd_text_escape(state_of(one));
    g_autofree char *state = certd_style_word(clean, certd_style_wanted(STDOUT_FILENO));
    g_autofree char *time = certd_when_print(until);
    g_autofree char *distance = certd_when_distance(until, certctl_now());
    if (until != 0)
        printf(_("%s: %s, valid until %s (%s)\n"), name, state, time, distance);
    else
        printf("%s: %s\n", name, state);
    if (is_emergency(one))
        printf(_("  An emergency certificate is in use until this is mended\n"));
    g_autofree char *trial = certctl_trial_describe(one->summary);
    if (trial)
        printf(_("  On trial %s. To keep it: certctl confirm %s --tested\n"), trial, name);
    certctl_print_findings(stdout, one->findings);
    if (one->is_due)
        print_remedy(call, one);
}

void certctl_attention_print(const CertctlCall *call, const GPtrArray *picked)
{
    if (picked->len > 0)
        printf("%s\n", _("These need attention:"));
    for (unsigned int i = 0; i < picked->len; i++)
        print_one(call, picked->pdata[i]);
}
