/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The small parts of output; details.c has the long one. */
#include "certctl/print.h"

#include <glib/gi18n-lib.h>
#include <unistd.h>

#include "common/clean.h"
#include "common/dict.h"
#include "common/json.h"
#include "common/when.h"
#include "model/subject.h"
#include "model/text.h"

#define LABEL_WIDTH 26u

void certctl_print_json(const CertctlCall *call, GVariant *value)
{
    g_autoptr(GVariant) kept = g_variant_ref_sink(value);
    g_autofree char *json = certd_json_print(kept, call->options->json == CERTCTL_JSON_PRETTY);
    puts(json);
}

void certctl_print_table(const CertdTable *table)
{
    g_autofree char *text =
        certd_table_print(table, isatty(STDOUT_FILENO) != 0, certd_style_wanted(STDOUT_FILENO));
    fputs(text, stdout);
}

void certctl_print_cell(CertdTable *table, const char *text)
{
    g_autofree char *clean = certd_text_escape(*text ? text : "-");
    certd_table_add(table, certd_style_of(clean), clean);
}

void certctl_print_field(FILE *file, const char *label, const char *value)
{
    if (*value == '\0')
        return;
    fprintf(file, "  %s:", label);
    for (size_t n = certd_table_text_width(label); n < LABEL_WIDTH; n++)
        fputc(' ', file);
    fprintf(file, "%s\n", value);
}

void certctl_print_findings(FILE *file, GVariant *findings)
{
    gboolean colour = certd_style_wanted(fileno(file));
    GVariantIter iter;
    const char *code, *severity, *message, *remedy;
    g_variant_iter_init(&iter, findings);
    while (g_variant_iter_next(&iter, "(&s&s&s&s)", &code, &severity, &message, &remedy)) {
        g_autofree char *word = certd_clean_text(severity);
        g_autofree char *styled = certd_style_word(word, colour);
        g_autofree char *clean_code = certd_clean_text(code);
        g_autofree char *clean_message = certd_clean_text(message);
        g_autofree char *clean_remedy = certd_clean_text(remedy);
        fprintf(file, "  %s %s: %s\n", styled, clean_code, clean_message);
        if (*clean_remedy != '\0')
            fprintf(file, "    %s\n", clean_remedy);
    }
}

char *certctl_print_subject(GVariant *pairs)
{
    g_autoptr(CertdSubject) subject = certd_subject_from_variant(pairs, NULL);
    g_autofree char *text = subject ? certd_subject_print(subject) : NULL;
    if (text)
        return certd_clean_text(text);
    /* Not a subject of ours: show what there is. */
    return certctl_print_names(pairs, ", ");
}

char *certctl_print_names(GVariant *pairs, const char *separator)
{
    GString *out = g_string_new(NULL);
    GVariantIter iter;
    const char *type, *value;
    g_variant_iter_init(&iter, pairs);
    while (g_variant_iter_next(&iter, "(&s&s)", &type, &value)) {
        g_autofree char *clean_type = certd_text_escape(type);
        g_autofree char *clean_value = certd_text_escape(value);
        g_string_append_printf(out, "%s%s:%s", out->len > 0 ? separator : "", clean_type,
                               clean_value);
    }
    return g_string_free(out, FALSE);
}

char *certctl_print_fingerprint(const char *hex)
{
    g_autofree char *clean = certd_text_escape(hex);
    GString *out = g_string_new(NULL);
    for (size_t i = 0; clean[i] != '\0'; i++) {
        if (i > 0 && i % 2 == 0)
            g_string_append_c(out, ':');
        g_string_append_c(out, g_ascii_toupper(clean[i]));
    }
    return g_string_free(out, FALSE);
}

void certctl_print_active(GVariant *properties)
{
    g_autofree char *state =
        certd_style_word(certd_dict_string(properties, "State"), certd_style_wanted(STDERR_FILENO));
    g_autofree char *name = certd_text_escape(certd_dict_string(properties, "Name"));
    g_autofree char *fingerprint =
        certctl_print_fingerprint(certd_dict_string(properties, "Fingerprint"));
    if (*fingerprint == '\0') {
        fprintf(stderr, _("%s is %s\n"), name, state);
        return;
    }
    g_autofree char *until = certd_when_print(certd_dict_number(properties, "NotAfter"));
    fprintf(stderr, _("%s is %s, valid until %s\n"), name, state, until);
    certctl_print_field(stderr, _("SHA-256 fingerprint"), fingerprint);
}

guint64 certctl_now(void)
{
    return (guint64)(g_get_real_time() / G_USEC_PER_SEC);
}
