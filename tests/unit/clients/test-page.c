/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* That the manual page of certctl knows all verbs, all options, and what is printed as JSON. */
#include <glib.h>
#include <string.h>

#include "certctl/verb.h"

/* The page without the backslashes of roff. */
static char *read_page(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "data/man/certctl.1", NULL);
    g_autofree char *page = NULL;
    g_assert_true(g_file_get_contents(path, &page, NULL, &error));
    g_assert_no_error(error);
    g_auto(GStrv) parts = g_strsplit(page, "\\-", -1);
    return g_strjoinv("-", parts);
}

static void test_page(void)
{
    g_autofree char *page = read_page();
    for (const CertctlVerb *const *verb = certctl_verbs; *verb; verb++) {
        /* Each has a tag of its own in the section of verbs. */
        g_autofree char *pattern = g_strdup_printf("(?m)^\\.B[IR]? \"?%s\\b", (*verb)->name);
        if (!g_regex_match_simple(pattern, page, 0, 0))
            g_error("certctl.1 has no entry for the verb \"%s\"", (*verb)->name);
    }
    for (unsigned int option = 0; option < CERTCTL_OPTION_COUNT_; option++) {
        g_autofree char *pattern =
            g_strdup_printf("(?m)^\\.B[IR]? --%s\\b(?!-)", certctl_option_name(option));
        if (!g_regex_match_simple(pattern, page, 0, 0))
            g_error("certctl.1 has no entry for --%s", certctl_option_name(option));
    }
}

/* What each verb prints as JSON, and of a trial (R38), is in the section about it. */
static void test_page_json(void)
{
    g_autofree char *page = read_page();
    const char *start = strstr(page, "\n.SH JSON\n");
    g_assert_nonnull(start);
    const char *end = strstr(start + 1, "\n.SH ");
    g_assert_nonnull(end);
    g_autofree char *section = g_strndup(start, (size_t)(end - start));
    for (const CertctlVerb *const *verb = certctl_verbs; *verb; verb++) {
        g_autofree char *pattern =
            g_strdup_printf("(?m)^\\.TP\\n\\.BR? (.*[\" ])?%s\\b(?!-)", (*verb)->name);
        if ((*verb)->options & CERTCTL_BIT(JSON) && !g_regex_match_simple(pattern, section, 0, 0))
            g_error("certctl.1 does not say what \"%s\" prints as JSON", (*verb)->name);
    }
    static const char *const of_a_trial[] = {".B status\n", ".B list\n", ".BR show "};
    for (size_t i = 0; i < G_N_ELEMENTS(of_a_trial); i++) {
        const char *entry = strstr(section, of_a_trial[i]);
        g_assert_nonnull(entry);
        const char *next = strstr(entry, "\n.TP");
        g_autofree char *text = g_strndup(entry, next ? (size_t)(next - entry) : strlen(entry));
        if (!strstr(text, ".B TrialDeadline"))
            g_error("certctl.1 does not say that %s has TrialDeadline as JSON", of_a_trial[i]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/clients/page/verbs-and-options", test_page);
    g_test_add_func("/clients/page/json", test_page_json);
    return g_test_run();
}
