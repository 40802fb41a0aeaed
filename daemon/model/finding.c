/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Findings: codes and severities as tables, lists, and the one decision what stops an import. The
 * codes are an interface: scripts accept warnings by them.
 */
#include "model/finding.h"

#include <string.h>

#include "model/error.h"
#include "model/text.h"

#define FINDINGS_TYPE G_VARIANT_TYPE("a(ssss)")

typedef struct {
    const char *name;
    CertdSeverity severity;
} FindingRow;

static const FindingRow finding_rows[CERTD_FINDING_CODE_COUNT_] = {
    [CERTD_FINDING_KEY_MISMATCH] = {"key-mismatch", CERTD_SEVERITY_ERROR},
    [CERTD_FINDING_EXPIRED] = {"expired", CERTD_SEVERITY_ERROR},
    [CERTD_FINDING_NOT_YET_VALID] = {"not-yet-valid", CERTD_SEVERITY_ERROR},
    [CERTD_FINDING_NO_SAN] = {"no-san", CERTD_SEVERITY_WARNING},
    [CERTD_FINDING_SAN_MISMATCH] = {"san-mismatch", CERTD_SEVERITY_WARNING},
    [CERTD_FINDING_WEAK_KEY] = {"weak-key", CERTD_SEVERITY_ERROR},
    [CERTD_FINDING_WEAK_DIGEST] = {"weak-digest", CERTD_SEVERITY_ERROR},
    [CERTD_FINDING_NO_SERVER_AUTH] = {"no-server-auth", CERTD_SEVERITY_WARNING},
    [CERTD_FINDING_KEY_USAGE] = {"key-usage", CERTD_SEVERITY_WARNING},
    [CERTD_FINDING_IS_CA] = {"is-ca", CERTD_SEVERITY_WARNING},
    [CERTD_FINDING_CHAIN_INCOMPLETE] = {"chain-incomplete", CERTD_SEVERITY_WARNING},
    [CERTD_FINDING_CHAIN_ORDER] = {"chain-order", CERTD_SEVERITY_NOTE},
    [CERTD_FINDING_ROOT_INCLUDED] = {"root-included", CERTD_SEVERITY_NOTE},
    [CERTD_FINDING_CERTIFICATE_IGNORED] = {"certificate-ignored", CERTD_SEVERITY_NOTE},
    [CERTD_FINDING_SELF_SIGNED] = {"self-signed", CERTD_SEVERITY_NOTE},
    [CERTD_FINDING_LIFETIME_LONG] = {"lifetime-long", CERTD_SEVERITY_NOTE},
    [CERTD_FINDING_WILDCARD] = {"wildcard", CERTD_SEVERITY_NOTE},
    [CERTD_FINDING_CLOCK_UNTRUSTED] = {"clock-untrusted", CERTD_SEVERITY_NOTE},
    [CERTD_FINDING_DAMAGED] = {"damaged", CERTD_SEVERITY_ERROR},
    [CERTD_FINDING_KEY_UNREADABLE] = {"key-unreadable", CERTD_SEVERITY_ERROR},
    [CERTD_FINDING_EMERGENCY] = {"emergency", CERTD_SEVERITY_WARNING},
    [CERTD_FINDING_UNTRUSTED] = {"untrusted", CERTD_SEVERITY_ERROR},
    [CERTD_FINDING_BAD_SIGNATURE] = {"bad-signature", CERTD_SEVERITY_ERROR},
    [CERTD_FINDING_NOT_CA] = {"not-ca", CERTD_SEVERITY_ERROR},
    [CERTD_FINDING_PATH_LENGTH] = {"path-length", CERTD_SEVERITY_ERROR},
    [CERTD_FINDING_NAME_CONSTRAINTS] = {"name-constraints", CERTD_SEVERITY_ERROR},
    [CERTD_FINDING_WRONG_PURPOSE] = {"wrong-purpose", CERTD_SEVERITY_ERROR},
    [CERTD_FINDING_UNKNOWN_EXTENSION] = {"unknown-extension", CERTD_SEVERITY_ERROR},
    [CERTD_FINDING_MALFORMED] = {"malformed", CERTD_SEVERITY_ERROR},
    [CERTD_FINDING_DISPUTED] = {"disputed", CERTD_SEVERITY_ERROR},
    [CERTD_FINDING_TRUSTED] = {"trusted", CERTD_SEVERITY_NOTE},
};

static const char *const severities[] = {
    [CERTD_SEVERITY_NOTE] = "note",
    [CERTD_SEVERITY_WARNING] = "warning",
    [CERTD_SEVERITY_ERROR] = "error",
};

const char *certd_finding_code_name(CertdFindingCode code)
{
    g_return_val_if_fail((unsigned int)code < CERTD_FINDING_CODE_COUNT_, NULL);

    return finding_rows[code].name;
}

gboolean certd_finding_code_parse(const char *name, CertdFindingCode *code)
{
    if (!name)
        return FALSE;

    for (size_t i = 0; i < CERTD_FINDING_CODE_COUNT_; i++) {
        if (g_str_equal(name, finding_rows[i].name)) {
            *code = (CertdFindingCode)i;
            return TRUE;
        }
    }
    return FALSE;
}

const char *certd_severity_name(CertdSeverity severity)
{
    g_return_val_if_fail((unsigned int)severity < G_N_ELEMENTS(severities), NULL);

    return severities[severity];
}

CertdSeverity certd_finding_default_severity(CertdFindingCode code)
{
    g_return_val_if_fail((unsigned int)code < CERTD_FINDING_CODE_COUNT_, CERTD_SEVERITY_ERROR);

    return finding_rows[code].severity;
}

static gboolean severity_parse(const char *name, CertdSeverity *severity)
{
    for (size_t i = 0; i < G_N_ELEMENTS(severities); i++) {
        if (g_str_equal(name, severities[i])) {
            *severity = (CertdSeverity)i;
            return TRUE;
        }
    }
    return FALSE;
}

static void finding_free(CertdFinding *finding)
{
    g_free(finding->message);
    g_free(finding->remedy);
    g_free(finding);
}

GPtrArray *certd_finding_list_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
}

void certd_finding_list_add(GPtrArray *list, CertdFindingCode code, CertdSeverity severity,
                            const char *message, const char *remedy)
{
    CertdFinding *finding = g_new0(CertdFinding, 1);

    finding->code = code;
    finding->severity = severity;
    finding->message = g_strdup(message);
    finding->remedy = g_strdup(remedy);
    g_ptr_array_add(list, finding);
}

GPtrArray *certd_finding_list_from_variant(GVariant *variant)
{
    g_autoptr(GPtrArray) list = certd_finding_list_new();
    GVariantIter iter;
    const char *code_name, *severity_name, *message, *remedy;

    if (!g_variant_is_of_type(variant, FINDINGS_TYPE))
        return NULL;

    g_variant_iter_init(&iter, variant);
    while (
        g_variant_iter_next(&iter, "(&s&s&s&s)", &code_name, &severity_name, &message, &remedy)) {
        CertdFindingCode code;
        CertdSeverity severity;

        if (!certd_finding_code_parse(code_name, &code) ||
            !severity_parse(severity_name, &severity))
            return NULL;
        /* A worker that was taken over must not reach a terminal or the journal through these. */
        if (!certd_text_is_clean(message) || !certd_text_is_clean(remedy))
            return NULL;
        certd_finding_list_add(list, code, severity, message, remedy);
    }
    return g_steal_pointer(&list);
}

GVariant *certd_finding_list_to_variant(const GPtrArray *list)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, FINDINGS_TYPE);
    for (guint i = 0; i < list->len; i++) {
        const CertdFinding *finding = g_ptr_array_index(list, i);

        g_variant_builder_add(&builder, "(ssss)", certd_finding_code_name(finding->code),
                              certd_severity_name(finding->severity), finding->message,
                              finding->remedy);
    }
    return g_variant_builder_end(&builder);
}

static gboolean finding_stops(const CertdFinding *finding, const char *const *accepted)
{
    switch (finding->severity) {
    case CERTD_SEVERITY_NOTE:
        return FALSE;
    case CERTD_SEVERITY_WARNING:
        return !accepted || !g_strv_contains(accepted, certd_finding_code_name(finding->code));
    case CERTD_SEVERITY_ERROR:
        return TRUE;
    }
    return TRUE;
}

static void append_sentence(GString *text, const char *sentence)
{
    if (!sentence || !*sentence)
        return;
    if (text->len > 0)
        g_string_append_c(text, ' ');
    g_string_append(text, sentence);
    if (!strchr(".!?", text->str[text->len - 1]))
        g_string_append_c(text, '.');
}

static void append_finding(GString *text, const CertdFinding *finding)
{
    const char *code = certd_finding_code_name(finding->code);

    append_sentence(text, finding->message);
    append_sentence(text, finding->remedy);
    if (finding->severity == CERTD_SEVERITY_WARNING)
        g_string_append_printf(text, " Accept \"%s\" to go on as it is.", code);
    else
        g_string_append_printf(text, " (%s)", code);
}

/* The error that says most: a code of its own where every finding that stops has the same. */
static CertdError error_of(CertdFindingCode code)
{
    static const struct {
        CertdFindingCode finding;
        CertdError error;
    } own[] = {
        {CERTD_FINDING_KEY_MISMATCH, CERTD_ERROR_KEY_MISMATCH},
        {CERTD_FINDING_CHAIN_INCOMPLETE, CERTD_ERROR_CHAIN_INCOMPLETE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(own); i++) {
        if (own[i].finding == code)
            return own[i].error;
    }
    return CERTD_ERROR_REJECTED;
}

gboolean certd_finding_list_passes(const GPtrArray *list, const char *const *accepted,
                                   GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    CertdError code = CERTD_ERROR_REJECTED;
    guint stopping = 0;

    for (guint i = 0; i < list->len; i++) {
        const CertdFinding *finding = g_ptr_array_index(list, i);

        if (!finding_stops(finding, accepted))
            continue;
        if (stopping == 0)
            code = error_of(finding->code);
        else if (code != error_of(finding->code))
            code = CERTD_ERROR_REJECTED;
        stopping++;
        append_finding(text, finding);
    }
    if (stopping == 0)
        return TRUE;
    g_set_error_literal(error, CERTD_ERROR, (int)code, text->str);
    return FALSE;
}
