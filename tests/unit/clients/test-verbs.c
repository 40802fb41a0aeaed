/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tables of verbs and options: what the parser takes and refuses, and that the completions and the
 * list of translated files know all of it.
 */
#include <glib.h>
#include <string.h>

#include "certctl/renewal.h"
#include "certctl/verb.h"
#include "model/finding.h"

static char *read_source(const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, name, NULL);
    char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, &error));
    g_assert_no_error(error);
    return text;
}

/* Whether @word stands in @text and neither a letter, digit nor dash follows it. */
static gboolean has_word(const char *text, const char *word)
{
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word)) {
        char next = at[strlen(word)];
        char before = at > text ? at[-1] : ' ';
        if (!g_ascii_isalnum(next) && next != '-' && !g_ascii_isalnum(before) && before != '-')
            return TRUE;
    }
    return FALSE;
}

static void assert_has_word(const char *text, const char *word, const char *where)
{
    if (!has_word(text, word))
        g_error("%s does not know \"%s\"", where, word);
}

static void test_completions(void)
{
    static const char *const files[] = {"data/completions/certctl.bash",
                                        "data/completions/_certctl"};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *text = read_source(files[i]);
        for (const CertctlVerb *const *verb = certctl_verbs; *verb; verb++)
            assert_has_word(text, (*verb)->name, files[i]);
        for (unsigned int option = 0; option < CERTCTL_OPTION_COUNT_; option++) {
            g_autofree char *word = g_strconcat("--", certctl_option_name(option), NULL);
            assert_has_word(text, word, files[i]);
        }
    }
}

/* Whether an import may be let through with this finding: a warning always or under `legacy`. */
static gboolean can_be_accepted(CertdFindingCode code)
{
    return code != CERTD_FINDING_EMERGENCY && /* of what is installed */
           (certd_finding_default_severity(code) == CERTD_SEVERITY_WARNING ||
            code == CERTD_FINDING_WEAK_KEY || code == CERTD_FINDING_WEAK_DIGEST);
}

/* R35: each warning that --accept can let through is offered and documented, and no other code. */
static void test_accepted(void)
{
    static const struct {
        const char *file;
        const char *start;
        const char *end;
    } lists[] = {
        {"data/completions/certctl.bash", "--accept) COMPREPLY=($(compgen -W '", "'"},
        {"data/completions/_certctl", "--accept=[accept this warning]:code:(", ")"},
        {"data/man/certctl.1", "The codes of warnings are ", "."},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_autofree char *source = read_source(lists[i].file);
        g_auto(GStrv) parts = g_strsplit(source, "\\-", -1);
        g_autofree char *text = g_strjoinv("-", parts);
        const char *list = strstr(text, lists[i].start);
        g_assert_nonnull(list);
        list += strlen(lists[i].start);
        g_autofree char *codes = g_strndup(list, strcspn(list, lists[i].end));
        for (unsigned int code = 0; code < CERTD_FINDING_CODE_COUNT_; code++) {
            const char *name = certd_finding_code_name((CertdFindingCode)code);
            if (has_word(codes, name) != can_be_accepted((CertdFindingCode)code))
                g_error("%s and the findings do not agree on \"%s\"", lists[i].file, name);
        }
    }
}

/* R41: certd renews what it issued, and nothing that a user installed. */
static void test_renewal_verbs(void)
{
    static const struct {
        const char *origin;
        const char *verb;
    } origins[] = {
        {"default", "issue"}, {"internal", "issue"}, {"self", "self-sign"},
        {"request", NULL},    {"imported", NULL},    {"emergency", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(origins); i++) {
        const char *verb = certctl_renewal_verb(origins[i].origin);
        g_assert_cmpstr(verb, ==, origins[i].verb);
        g_assert_true(!verb || certctl_verb_find(verb));
    }
}

/* Whether @verb takes an option called @name. */
static gboolean takes_option(const CertctlVerb *verb, const char *name)
{
    for (unsigned int option = 0; option < CERTCTL_OPTION_COUNT_; option++) {
        if ((verb->options & G_GUINT64_CONSTANT(1) << option) != 0 &&
            g_str_equal(certctl_option_name(option), name))
            return TRUE;
    }
    return FALSE;
}

/* No verb takes two options of one name. */
static void test_option_names(void)
{
    for (const CertctlVerb *const *verb = certctl_verbs; *verb; verb++) {
        g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
        for (unsigned int option = 0; option < CERTCTL_OPTION_COUNT_; option++) {
            if (((*verb)->options & G_GUINT64_CONSTANT(1) << option) != 0)
                g_assert_true(g_hash_table_add(names, (char *)certctl_option_name(option)));
        }
    }
}

/* In bash's table each verb has exactly the options that it takes. */
static void test_bash_options(void)
{
    g_autofree char *text = read_source("data/completions/certctl.bash");
    for (const CertctlVerb *const *verb = certctl_verbs; *verb; verb++) {
        g_autofree char *start = g_strdup_printf("[%s]='", (*verb)->name);
        const char *row = strstr(text, start);
        g_assert_nonnull(row);
        row += strlen(start);
        g_autofree char *options = g_strndup(row, (size_t)(strchr(row, '\'') - row));
        for (unsigned int option = 0; option < CERTCTL_OPTION_COUNT_; option++) {
            g_autofree char *word = g_strconcat("--", certctl_option_name(option), NULL);
            gboolean takes = takes_option(*verb, certctl_option_name(option));
            if (takes != has_word(options, word))
                g_error("bash: %s and %s do not agree", (*verb)->name, word);
        }
    }
}

static void test_table(void)
{
    g_autofree char *overview = certctl_verb_overview();
    for (const CertctlVerb *const *verb = certctl_verbs; *verb; verb++) {
        g_assert_true(certctl_verb_find((*verb)->name) == *verb);
        g_assert_nonnull((*verb)->run);
        g_assert_cmpuint((*verb)->n_min, <=, (*verb)->n_max);
        g_autofree char *example = g_strconcat("certctl ", (*verb)->name, NULL);
        g_assert_true(g_str_has_prefix((*verb)->example, example));
        assert_has_word(overview, (*verb)->name, "certctl --help");
    }
    g_assert_null(certctl_verb_find("renew"));
    g_assert_null(certctl_verb_find(""));
}

typedef struct {
    const char *name;
    const char *arguments; /* after the verb */
    gboolean is_fine;
} ParseRow;

static const ParseRow parses[] = {
    {"nothing", "", TRUE},
    {"json", "--json", TRUE},
    {"json-short", "--json=short", TRUE},
    {"json-pretty", "--json=pretty", TRUE},
    {"json-other", "--json=yaml", FALSE},
    {"json-empty", "--json=", FALSE},
    {"unknown", "--colour", FALSE},
    {"no-value", "--subject", FALSE},
    {"days", "--days 365", TRUE},
    {"days-biggest", "--days 4294967295", TRUE},
    {"days-too-big", "--days 4294967296", FALSE},
    {"days-negative", "--days -1", FALSE},
    {"days-no-number", "--days x", FALSE},
    {"both-copy", "--copy-cn --no-copy-cn", FALSE},
    {"both-reuse", "--reuse-key --no-reuse-key", FALSE},
    {"scope", "--scope device", TRUE},
    {"scope-no-value", "--scope", FALSE},
    {"not-utf8", "--subject \xff", FALSE},
    {"file-not-utf8", "--out \xff", TRUE},
    {"san-not-utf8", "--san DNS:a --san \xff", FALSE},
};

static void test_parse(const void *data)
{
    const ParseRow *row = data;
    g_autofree char *line = g_strconcat("verb ", row->arguments, NULL);
    g_auto(GStrv) argv = g_strsplit(g_strchomp(line), " ", -1);
    g_autoptr(GError) error = NULL;
    g_autoptr(CertctlOptions) options =
        certctl_options_parse(G_MAXUINT64, &argv, "", "", "", &error);
    if (row->is_fine) {
        g_assert_no_error(error);
        g_assert_nonnull(options);
    } else {
        g_assert_null(options);
        g_assert_true(error->domain == G_OPTION_ERROR);
    }
}

/* `--json` never takes the argument that follows it. */
static void test_json_alone(void)
{
    g_auto(GStrv) argv = g_strsplit("show --json https", " ", -1);
    g_autoptr(GError) error = NULL;
    g_autoptr(CertctlOptions) options =
        certctl_options_parse(CERTCTL_BIT(JSON), &argv, "", "", "", &error);
    g_assert_no_error(error);
    g_assert_cmpint(options->json, ==, CERTCTL_JSON_SHORT);
    g_assert_cmpstr(argv[1], ==, "https");
}

/* An option of another verb is as unknown as any. */
static void test_not_this_verb(void)
{
    const CertctlVerb *list = certctl_verb_find("list");
    g_auto(GStrv) argv = g_strsplit("list --yes", " ", -1);
    g_autoptr(GError) error = NULL;
    g_assert_null(certctl_options_parse(list->options, &argv, "", "", "", &error));
    g_assert_error(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION);
}

/* R2, R5, R7, R9: what the options become on the wire. */
static void test_settings(void)
{
    g_auto(GStrv) argv = g_strsplit("set --subject CN=a,C=DE --san DNS:a --san IP:::1 --key "
                                    "ed25519 --digest sha384 --days 9 --issuer self --no-copy-cn "
                                    "--reuse-key",
                                    " ", -1);
    g_autoptr(GError) error = NULL;
    g_autoptr(CertctlOptions) options =
        certctl_options_parse(G_MAXUINT64, &argv, "", "", "", &error);
    g_assert_no_error(error);
    g_auto(GVariantBuilder) dict = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    certctl_options_add_settings(options, &dict);
    g_autoptr(GVariant) settings = g_variant_ref_sink(g_variant_builder_end(&dict));
    g_autoptr(GVariant) expected = g_variant_ref_sink(g_variant_new_parsed(
        "{'subject': <'CN=a,C=DE'>, 'key-type': <'ed25519'>, 'digest': <'sha384'>, "
        "'issuer': <'self'>, 'subject-alt-names': <['DNS:a', 'IP:::1']>, 'days': <uint32 9>, "
        "'copy-common-name': <false>, 'reuse-key': <true>}"));
    g_assert_cmpvariant(settings, expected);
}

/* R15: a setting can be taken back, too. */
static void test_no_reuse_key(void)
{
    g_auto(GStrv) argv = g_strsplit("set --no-reuse-key", " ", -1);
    g_autoptr(GError) error = NULL;
    g_autoptr(CertctlOptions) options =
        certctl_options_parse(CERTCTL_SETTINGS, &argv, "", "", "", &error);
    g_assert_no_error(error);
    g_auto(GVariantBuilder) dict = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    certctl_options_add_settings(options, &dict);
    g_autoptr(GVariant) settings = g_variant_ref_sink(g_variant_builder_end(&dict));
    g_autoptr(GVariant) expected =
        g_variant_ref_sink(g_variant_new_parsed("{'reuse-key': <false>}"));
    g_assert_cmpvariant(settings, expected);
}

/* One option of each kind, and what was not given. */
static void test_given(void)
{
    const struct {
        const char *arguments;
        guint64 given;
    } given[] = {
        {"verb", 0},
        {"verb --yes", CERTCTL_BIT(YES)},
        {"verb --days 0", CERTCTL_BIT(DAYS)},
        {"verb --scope any --san DNS:a", CERTCTL_BIT(SCOPE) | CERTCTL_BIT(SAN)},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(given); i++) {
        g_auto(GStrv) argv = g_strsplit(given[i].arguments, " ", -1);
        g_autoptr(GError) error = NULL;
        g_autoptr(CertctlOptions) options =
            certctl_options_parse(G_MAXUINT64, &argv, "", "", "", &error);
        g_assert_no_error(error);
        g_assert_cmphex(certctl_options_given(options), ==, given[i].given);
    }
}

static void test_no_settings(void)
{
    g_auto(GStrv) argv = g_strsplit("set", " ", -1);
    g_autoptr(GError) error = NULL;
    g_autoptr(CertctlOptions) options =
        certctl_options_parse(CERTCTL_SETTINGS, &argv, "", "", "", &error);
    g_assert_no_error(error);
    g_auto(GVariantBuilder) dict = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    certctl_options_add_settings(options, &dict);
    g_autoptr(GVariant) settings = g_variant_ref_sink(g_variant_builder_end(&dict));
    g_assert_cmpuint(g_variant_n_children(settings), ==, 0);
}

/* Every source with a message is in po/POTFILES.in, and every file there exists. */
static void test_translated_files(void)
{
    static const char *const folders[] = {"clients/common", "clients/certctl"};
    g_autofree char *list = read_source("po/POTFILES.in");
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *folder = g_test_build_filename(G_TEST_DIST, folders[i], NULL);
        g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
        g_assert_nonnull(dir);
        for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
            g_autofree char *file = g_strconcat(folders[i], "/", name, NULL);
            if (!g_str_has_suffix(name, ".c"))
                continue;
            g_autofree char *text = read_source(file);
            gboolean has_messages = g_regex_match_simple("\\bN?_\\(|ngettext\\(", text, 0, 0);
            g_autofree char *line = g_strconcat(file, "\n", NULL);
            if (has_messages != (strstr(list, line) != NULL))
                g_error("po/POTFILES.in and the messages of %s do not agree", file);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/clients/verbs/table", test_table);
    g_test_add_func("/clients/verbs/completions", test_completions);
    g_test_add_func("/clients/verbs/option-names", test_option_names);
    g_test_add_func("/clients/verbs/bash-options", test_bash_options);
    g_test_add_func("/clients/verbs/accepted", test_accepted);
    g_test_add_func("/clients/verbs/renewal", test_renewal_verbs);
    g_test_add_func("/clients/verbs/translated-files", test_translated_files);
    for (size_t i = 0; i < G_N_ELEMENTS(parses); i++) {
        g_autofree char *path = g_strconcat("/clients/options/parse/", parses[i].name, NULL);
        g_test_add_data_func(path, &parses[i], test_parse);
    }
    g_test_add_func("/clients/options/given", test_given);
    g_test_add_func("/clients/options/no-reuse-key", test_no_reuse_key);
    g_test_add_func("/clients/options/json-alone", test_json_alone);
    g_test_add_func("/clients/options/not-this-verb", test_not_this_verb);
    g_test_add_func("/clients/options/settings", test_settings);
    g_test_add_func("/clients/options/no-settings", test_no_settings);
    return g_test_run();
}
