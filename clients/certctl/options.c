/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of options. GOption would convert text from the locale's character set, which fails
 * under LANG=C on a serial console; so text is taken as bytes (as a file name is) and must be
 * UTF-8.
 */
#include "certctl/options.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/limits.h"
#include "model/text.h"

#define TEXT G_OPTION_ARG_FILENAME
#define TEXTS G_OPTION_ARG_FILENAME_ARRAY

typedef struct {
    const char *name;
    GOptionArg kind;
    gboolean is_file; /* any bytes */
    size_t offset;
    const char *description;
    const char *value;
} OptionRow;

#define ROW(name, kind, is_file, field, description, value)                                        \
    {                                                                                              \
        name, kind, is_file, G_STRUCT_OFFSET(CertctlOptions, field), description, value            \
    }

/* clang-format off */
static const OptionRow rows[CERTCTL_OPTION_COUNT_] = {
    [CERTCTL_OPTION_SUBJECT] = ROW("subject", TEXT, FALSE, subject,
        N_("Subject, most specific first: CN=www.example.org,O=Example,C=DE"), N_("DN")),
    [CERTCTL_OPTION_SAN] = ROW("san", TEXTS, FALSE, sans,
        N_("A subject alternative name (again for more): DNS, IP, email, URI, RID, dirName"),
        N_("TYPE:VALUE")),
    [CERTCTL_OPTION_KEY] = ROW("key", TEXT, FALSE, key_type,
        N_("Key type: ec:secp256r1, ec:secp384r1, ec:secp521r1, ed25519, rsa:2048, rsa:3072, "
           "rsa:4096, rsa:8192"), N_("TYPE")),
    [CERTCTL_OPTION_DIGEST] = ROW("digest", TEXT, FALSE, digest,
        N_("Digest: sha256, sha384 or sha512; sha1 under the legacy policy"), N_("NAME")),
    [CERTCTL_OPTION_DAYS] = ROW("days", G_OPTION_ARG_INT64, FALSE, days,
        N_("Validity of what certd issues: 1 to 36500 days; of what the device's own authority issues "
           "or signs 1 to 397; of that authority itself 365 to 36500"), N_("N")),
    [CERTCTL_OPTION_COPY_CN] = ROW("copy-cn", G_OPTION_ARG_NONE, FALSE, copy_cn,
        N_("Copy the common name into the alternative names (the default)"), NULL),
    [CERTCTL_OPTION_NO_COPY_CN] = ROW("no-copy-cn", G_OPTION_ARG_NONE, FALSE, no_copy_cn,
        N_("Don't copy the common name into the alternative names"), NULL),
    [CERTCTL_OPTION_ISSUER] = ROW("issuer", TEXT, FALSE, issuer,
        N_("Who issues what is requested without naming an issuer: external, self or internal (the "
           "device's own authority)"), N_("NAME")),
    [CERTCTL_OPTION_REUSE_KEY] = ROW("reuse-key", G_OPTION_ARG_NONE, FALSE, reuse_key,
        N_("Use the key that is there again instead of a new one"), NULL),
    [CERTCTL_OPTION_NO_REUSE_KEY] = ROW("no-reuse-key", G_OPTION_ARG_NONE, FALSE, no_reuse_key,
        N_("Make a new key each time (the default)"), NULL),
    [CERTCTL_OPTION_SCOPE] = ROW("scope", TEXT, FALSE, scope,
        N_("What the authority may speak for: local (the device's names, its domain and the "
           "private ranges), device (its names and addresses alone) or any"), N_("SCOPE")),
    [CERTCTL_OPTION_CHALLENGE_PASSWORD_FILE] = ROW("challenge-password-file", TEXT, TRUE,
        challenge_password_file,
        N_("Put the first line of FILE into the request as the challenge password"), N_("FILE")),
    [CERTCTL_OPTION_UNSTRUCTURED_NAME] = ROW("unstructured-name", TEXT, FALSE, unstructured_name,
        N_("Put TEXT into the request as the unstructured name"), N_("TEXT")),
    [CERTCTL_OPTION_NO_WAIT] = ROW("no-wait", G_OPTION_ARG_NONE, FALSE, no_wait,
        N_("Print the request's id at once and don't wait for its key"), NULL),
    [CERTCTL_OPTION_ID] = ROW("id", TEXT, FALSE, id,
        N_("Hand out this request, made before, instead of making another"), N_("ID")),
    [CERTCTL_OPTION_OUT] = ROW("out", TEXT, TRUE, out,
        N_("Write to FILE, or to a file named after the certificate if it is a directory"),
        N_("FILE")),
    [CERTCTL_OPTION_FORMAT] = ROW("format", TEXT, FALSE, format,
        N_("Format of what is handed out, pem by default; request: pem, der; export: pem, der, p7b, "
           "p12; ca export: pem, der, mobileconfig; trust export: pem, directory"),
        N_("FORMAT")),
    [CERTCTL_OPTION_KEY_FILE] = ROW("key-file", TEXT, TRUE, key_file,
        N_("The private key that belongs to the certificate, PEM or DER"), N_("FILE")),
    [CERTCTL_OPTION_PASSPHRASE_FILE] = ROW("passphrase-file", TEXT, TRUE, passphrase_file,
        N_("Take the pass phrase from the first line of FILE"), N_("FILE")),
    [CERTCTL_OPTION_ACCEPT] = ROW("accept", TEXTS, FALSE, accept,
        N_("Import in spite of the warning with this code (again for more)"), N_("CODE")),
    [CERTCTL_OPTION_EXPORTABLE] = ROW("exportable", G_OPTION_ARG_NONE, FALSE, exportable,
        N_("Allow the private key that is imported to be exported as PKCS#12 later"), NULL),
    [CERTCTL_OPTION_DRY_RUN] = ROW("dry-run", G_OPTION_ARG_NONE, FALSE, dry_run,
        N_("Check everything and install nothing"), NULL),
    [CERTCTL_OPTION_TRIAL] = ROW("trial", G_OPTION_ARG_INT64, FALSE, trial,
        N_("Install on trial: what was there before comes back by itself after 30 to 3600 seconds, "
           "unless certctl confirm keeps what is tried"), N_("SECONDS")),
    [CERTCTL_OPTION_TESTED] = ROW("tested", G_OPTION_ARG_NONE, FALSE, tested,
        N_("Say that you have tested it, where certd has not seen a connection that uses it"), NULL),
    [CERTCTL_OPTION_CERTIFICATE] = ROW("certificate", TEXT, FALSE, certificate,
        N_("Judge the file as if it were imported as NAME"), N_("NAME")),
    [CERTCTL_OPTION_PURPOSE] = ROW("purpose", TEXTS, FALSE, purposes,
        N_("What it is trusted for: server (servers that this device talks to; the default) or client "
           "(clients that sign in to it); for trust add again for both"), N_("PURPOSE")),
    [CERTCTL_OPTION_NAME] = ROW("name", TEXT, FALSE, name,
        N_("The DNS name or IP address that the chain has to answer for"), N_("NAME")),
    [CERTCTL_OPTION_VERIFY] = ROW("verify", G_OPTION_ARG_NONE, FALSE, verify,
        N_("Check that no row of the log was removed, changed or swapped"), NULL),
    [CERTCTL_OPTION_FOLLOW] = ROW("follow", G_OPTION_ARG_NONE, FALSE, follow,
        N_("Print rows as they come, until interrupted"), NULL),
    [CERTCTL_OPTION_SINCE] = ROW("since", TEXT, FALSE, since,
        N_("Rows from TIME on: 2026-11-21, 2026-11-21T10:30:00Z (ISO 8601, UTC), or how long ago: "
           "30m, 2h, 3d"), N_("TIME")),
    [CERTCTL_OPTION_UNTIL] = ROW("until", TEXT, FALSE, until,
        N_("Rows before TIME, as for --since"), N_("TIME")),
    [CERTCTL_OPTION_OBJECT] = ROW("object", TEXT, FALSE, object,
        N_("Rows about a certificate, or about another object: request/12, request/ for all of them"),
        N_("NAME|OBJECT")),
    [CERTCTL_OPTION_ACTION] = ROW("action", TEXT, FALSE, action,
        N_("Rows of one action, such as import or reset"), N_("ACTION")),
    [CERTCTL_OPTION_USER] = ROW("user", TEXT, FALSE, user,
        N_("Rows of one user, by name or number; certd is what it did by itself"), N_("USER")),
    [CERTCTL_OPTION_FAILED] = ROW("failed", G_OPTION_ARG_NONE, FALSE, failed,
        N_("Only what was refused or failed"), NULL),
    [CERTCTL_OPTION_LINES] = ROW("lines", G_OPTION_ARG_INT64, FALSE, lines,
        N_("At most the newest N rows (100, or with --since all), 0 for all"), N_("N")),
    [CERTCTL_OPTION_PART_KEY] = ROW("key", G_OPTION_ARG_NONE, FALSE, part_key,
        N_("The private key, first"), NULL),
    [CERTCTL_OPTION_PART_CERT] = ROW("cert", G_OPTION_ARG_NONE, FALSE, part_cert,
        N_("The certificate alone"), NULL),
    [CERTCTL_OPTION_PART_CHAIN] = ROW("chain", G_OPTION_ARG_NONE, FALSE, part_chain,
        N_("What goes between it and the trust anchor"), NULL),
    [CERTCTL_OPTION_PART_FULLCHAIN] = ROW("fullchain", G_OPTION_ARG_NONE, FALSE, part_fullchain,
        N_("Both of these (the default)"), NULL),
    [CERTCTL_OPTION_PART_CA] = ROW("ca", G_OPTION_ARG_NONE, FALSE, part_ca,
        N_("What the chain ends in, to verify it by, last"), NULL),
    [CERTCTL_OPTION_RELOAD] = ROW("reload", G_OPTION_ARG_NONE, FALSE, reload,
        N_("For a service that takes up another certificate when it is reloaded: it reads the files of the "
           "export directory"), NULL),
    [CERTCTL_OPTION_YES] = ROW("yes", G_OPTION_ARG_NONE, FALSE, yes,
        N_("Don't ask for confirmation"), NULL),
    [CERTCTL_OPTION_JSON] = ROW("json", TEXT, FALSE, json_name,
        N_("Print JSON: short (one line; also without a value) or pretty"), N_("short|pretty")),
};
/* clang-format on */

const char *certctl_option_name(CertctlOptionId option)
{
    return rows[option].name;
}

void certctl_options_free(CertctlOptions *options)
{
    if (!options)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        void *field = G_STRUCT_MEMBER_P(options, rows[i].offset);
        if (rows[i].kind == TEXT)
            g_free(*(char **)field);
        else if (rows[i].kind == TEXTS)
            g_strfreev(*(char ***)field);
    }
    g_free(options);
}

static gboolean check_one_text(const char *name, const char *text, GError **error)
{
    if (g_utf8_validate(text, -1, NULL))
        return TRUE;
    g_autofree char *quoted = certd_text_quote(text);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("The value %s of --%s is not UTF-8; type it in a UTF-8 terminal"), quoted, name);
    return FALSE;
}

static gboolean check_texts(const CertctlOptions *options, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const void *field = G_STRUCT_MEMBER_P(options, rows[i].offset);
        const char *text = rows[i].kind == TEXT ? *(char *const *)field : NULL;
        char *const *texts = rows[i].kind == TEXTS ? *(char **const *)field : NULL;
        if (text && !rows[i].is_file && !check_one_text(rows[i].name, text, error))
            return FALSE;
        for (; texts && *texts; texts++) {
            if (!check_one_text(rows[i].name, *texts, error))
                return FALSE;
        }
    }
    return TRUE;
}

static gboolean is_given(const OptionRow *row, const CertctlOptions *options)
{
    const void *field = G_STRUCT_MEMBER_P(options, row->offset);
    if (row->kind == G_OPTION_ARG_NONE)
        return *(const gboolean *)field;
    if (row->kind == G_OPTION_ARG_INT64)
        return *(const gint64 *)field != CERTCTL_UNSET;
    return *(void *const *)field != NULL;
}

guint64 certctl_options_given(const CertctlOptions *options)
{
    guint64 given = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (is_given(&rows[i], options))
            given |= G_GUINT64_CONSTANT(1) << i;
    }
    return given;
}

static gboolean check_values(CertctlOptions *options, GError **error)
{
    if (options->copy_cn && options->no_copy_cn) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("--copy-cn and --no-copy-cn exclude each other; give one"));
        return FALSE;
    }
    if (options->reuse_key && options->no_reuse_key) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("--reuse-key and --no-reuse-key exclude each other; give one"));
        return FALSE;
    }
    if (options->days != CERTCTL_UNSET &&
        (options->days < 0 || options->days > (gint64)G_MAXUINT32)) {
        g_set_error(
            error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
            _("--days %lld is out of range; give 1 to 36500, or what --help says for this verb"),
            (long long)options->days);
        return FALSE;
    }
    if (options->trial != CERTCTL_UNSET && (options->trial < CERTD_LIMIT_TRIAL_SECONDS_MIN ||
                                            options->trial > CERTD_LIMIT_TRIAL_SECONDS_MAX)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("--trial %lld is out of range; give 30 to 3600 seconds"),
                    (long long)options->trial);
        return FALSE;
    }
    if (!options->json_name)
        return TRUE;
    options->json =
        g_str_equal(options->json_name, "pretty") ? CERTCTL_JSON_PRETTY : CERTCTL_JSON_SHORT;
    if (options->json == CERTCTL_JSON_PRETTY || g_str_equal(options->json_name, "short"))
        return TRUE;
    g_autofree char *quoted = certd_text_quote(options->json_name);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("There is no JSON form %s; give --json=short or --json=pretty"), quoted);
    return FALSE;
}

/* `--json` alone means short. GOption's optional values would take the next argument for it. */
static void give_json_its_value(char **argv)
{
    for (; *argv && !g_str_equal(*argv, "--"); argv++) {
        if (!g_str_equal(*argv, "--json"))
            continue;
        g_free(*argv);
        *argv = g_strdup("--json=short");
    }
}

CertctlOptions *certctl_options_parse(guint64 allowed, char ***argv, const char *synopsis,
                                      const char *summary, const char *description, GError **error)
{
    g_autoptr(CertctlOptions) options = g_new0(CertctlOptions, 1);
    options->days = CERTCTL_UNSET;
    options->trial = CERTCTL_UNSET;
    options->lines = CERTCTL_UNSET;

    GOptionEntry entries[CERTCTL_OPTION_COUNT_ + 1] = {0};
    size_t n_entries = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (!(allowed & G_GUINT64_CONSTANT(1) << i))
            continue;
        entries[n_entries++] = (GOptionEntry){
            .long_name = rows[i].name,
            .arg = rows[i].kind,
            .arg_data = G_STRUCT_MEMBER_P(options, rows[i].offset),
            .description = rows[i].description,
            .arg_description = rows[i].value,
        };
    }
    g_autoptr(GOptionContext) context = g_option_context_new(synopsis);
    g_option_context_set_translation_domain(context, GETTEXT_PACKAGE);
    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, description);
    g_option_context_add_main_entries(context, entries, GETTEXT_PACKAGE);
    give_json_its_value(*argv);
    if (!g_option_context_parse_strv(context, argv, error) || !check_texts(options, error) ||
        !check_values(options, error))
        return NULL;
    return g_steal_pointer(&options);
}

void certctl_options_add_trial(const CertctlOptions *options, GVariantBuilder *dict)
{
    if (options->trial != CERTCTL_UNSET)
        g_variant_builder_add(dict, "{sv}", "trial", g_variant_new_uint32((guint32)options->trial));
}

void certctl_options_add_settings(const CertctlOptions *options, GVariantBuilder *dict)
{
    const struct {
        const char *key;
        const char *value;
    } texts[] = {
        {"subject", options->subject},
        {"key-type", options->key_type},
        {"digest", options->digest},
        {"issuer", options->issuer},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (texts[i].value)
            g_variant_builder_add(dict, "{sv}", texts[i].key, g_variant_new_string(texts[i].value));
    }
    if (options->sans)
        g_variant_builder_add(dict, "{sv}", "subject-alt-names",
                              g_variant_new_strv((const char *const *)options->sans, -1));
    if (options->days != CERTCTL_UNSET)
        g_variant_builder_add(dict, "{sv}", "days", g_variant_new_uint32((guint32)options->days));
    if (options->copy_cn || options->no_copy_cn)
        g_variant_builder_add(dict, "{sv}", "copy-common-name",
                              g_variant_new_boolean(options->copy_cn));
    if (options->reuse_key || options->no_reuse_key)
        g_variant_builder_add(dict, "{sv}", "reuse-key", g_variant_new_boolean(options->reuse_key));
}
