/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a certificate says, row by row from a table (R40). All of it is foreign text. */
#include <glib/gi18n-lib.h>

#include "certctl/print.h"
#include "common/dict.h"
#include "common/when.h"
#include "model/text.h"

#define LINE 64u

typedef char *(*Printer)(GVariant *value);

static char *print_text(GVariant *value)
{
    return g_variant_is_of_type(value, G_VARIANT_TYPE_STRING)
               ? certd_text_escape(g_variant_get_string(value, NULL))
               : g_variant_print(value, FALSE);
}

static char *print_time(GVariant *value)
{
    return g_variant_is_of_type(value, G_VARIANT_TYPE_UINT64)
               ? certd_when_print(g_variant_get_uint64(value))
               : g_variant_print(value, FALSE);
}

static char *print_end(GVariant *value)
{
    if (!g_variant_is_of_type(value, G_VARIANT_TYPE_UINT64))
        return g_variant_print(value, FALSE);
    g_autofree char *time = certd_when_print(g_variant_get_uint64(value));
    g_autofree char *distance = certd_when_distance(g_variant_get_uint64(value), certctl_now());
    return g_strdup_printf("%s (%s)", time, distance);
}

static char *print_names(GVariant *value)
{
    return g_variant_is_of_type(value, G_VARIANT_TYPE("a(ss)")) ? certctl_print_names(value, ", ")
                                                                : g_variant_print(value, FALSE);
}

static char *print_words(GVariant *value)
{
    if (!g_variant_is_of_type(value, G_VARIANT_TYPE_STRING_ARRAY))
        return g_variant_print(value, FALSE);
    g_autofree const char **words = g_variant_get_strv(value, NULL);
    g_autofree char *joined = g_strjoinv(", ", (char **)words);
    return certd_text_escape(joined);
}

static char *print_truth(GVariant *value)
{
    if (!g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN))
        return g_variant_print(value, FALSE);
    return g_strdup(g_variant_get_boolean(value) ? _("yes") : _("no"));
}

static char *print_path_length(GVariant *value)
{
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_INT32) && g_variant_get_int32(value) < 0)
        return g_strdup("");
    return g_variant_print(value, FALSE);
}

static char *print_fingerprint(GVariant *value)
{
    return g_variant_is_of_type(value, G_VARIANT_TYPE_STRING)
               ? certctl_print_fingerprint(g_variant_get_string(value, NULL))
               : g_variant_print(value, FALSE);
}

/* Base64 in lines that are indented below the first. */
static char *print_bytes(GVariant *value)
{
    if (!g_variant_is_of_type(value, G_VARIANT_TYPE_BYTESTRING))
        return g_variant_print(value, FALSE);
    size_t size;
    const guint8 *bytes = g_variant_get_fixed_array(value, &size, sizeof *bytes);
    g_autofree char *text = g_base64_encode(bytes, size);
    GString *out = g_string_new(NULL);
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (i > 0 && i % LINE == 0)
            g_string_append_printf(out, "\n%*s", 29, "");
        g_string_append_c(out, text[i]);
    }
    return g_string_free(out, FALSE);
}

static const struct {
    const char *key;
    const char *label;
    Printer print;
} rows[] = {
    {"format", N_("Format"), print_text},
    {"has-key", N_("Brings a private key"), print_truth},
    {"version", N_("Version"), print_text},
    {"serial-number", N_("Serial number"), print_text},
    {"subject", N_("Subject"), print_text},
    {"issuer", N_("Issuer"), print_text},
    {"self-signed", N_("Self-signed"), print_truth},
    {"signature-algorithm", N_("Signature algorithm"), print_text},
    {"not-before", N_("Valid from"), print_time},
    {"not-after", N_("Valid until"), print_end},
    {"subject-alt-names", N_("Alternative names"), print_names},
    {"key-type", N_("Key type"), print_text},
    {"public-key", N_("Public key"), print_bytes},
    {"public-key-hash", N_("Public key SHA-256"), print_text},
    {"key-usage", N_("Key usage"), print_words},
    {"extended-key-usage", N_("Extended key usage"), print_words},
    {"is-ca", N_("Authority"), print_truth},
    {"path-length", N_("Path length"), print_path_length},
    {"subject-key-identifier", N_("Subject key identifier"), print_text},
    {"authority-key-identifier", N_("Authority key identifier"), print_text},
    {"fingerprint-sha1", N_("SHA-1 fingerprint"), print_fingerprint},
    {"fingerprint-sha256", N_("SHA-256 fingerprint"), print_fingerprint},
};

static void print_chain(FILE *file, GVariant *details)
{
    static const char *const keys[] = {"subject", "issuer", "not-after", "fingerprint-sha256"};
    g_autoptr(GVariant) chain = certd_dict_array(details, "chain", "aa{sv}");
    for (size_t i = 0; i < g_variant_n_children(chain); i++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(chain, i);
        fprintf(file, _("Chain, certificate %zu:\n"), i + 1);
        for (size_t j = 0; j < G_N_ELEMENTS(rows); j++) {
            g_autoptr(GVariant) value = g_variant_lookup_value(one, rows[j].key, NULL);
            gboolean wanted = FALSE;
            for (size_t k = 0; k < G_N_ELEMENTS(keys); k++)
                wanted = wanted || g_str_equal(keys[k], rows[j].key);
            g_autofree char *text = wanted && value ? rows[j].print(value) : NULL;
            if (text)
                certctl_print_field(file, _(rows[j].label), text);
        }
    }
}

void certctl_print_details(FILE *file, GVariant *details)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GVariant) value = g_variant_lookup_value(details, rows[i].key, NULL);
        g_autofree char *text = value ? rows[i].print(value) : NULL;
        if (text)
            certctl_print_field(file, _(rows[i].label), text);
    }
    print_chain(file, details);
}
