/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The codes of problems: each has a name and a message id of its own. */
#include "model/problem.h"

#include <syslog.h>

static void test_table_is_complete(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (unsigned int i = 0; i < CERTD_PROBLEM_COUNT_; i++) {
        CertdProblemCode problem = (CertdProblemCode)i, back = CERTD_PROBLEM_COUNT_;
        const char *name = certd_problem_code_name(problem);
        const char *id = certd_problem_code_message_id(problem);
        g_test_message("%s", name);
        g_assert_true(g_regex_match_simple("^[a-z][a-z-]*[a-z]$", name, 0, 0));
        g_assert_true(g_regex_match_simple("^[0-9a-f]{32}$", id, 0, 0));
        g_assert_true(g_hash_table_add(seen, (char *)name));
        g_assert_true(g_hash_table_add(seen, (char *)id));
        g_assert_cmpint(certd_problem_code_priority(problem), >=, LOG_CRIT);
        g_assert_cmpint(certd_problem_code_priority(problem), <=, LOG_WARNING);
        g_assert_true(certd_problem_code_parse(name, &back));
        g_assert_cmpint(back, ==, problem);
    }
}

static void test_no_problem(void)
{
    static const char *const names[] = {"", "Clock-untrusted", "clock-untrusted ", "expired",
                                        "CERTD_PROBLEM_CLOCK_UNTRUSTED"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        CertdProblemCode problem = CERTD_PROBLEM_SAN_MISMATCH;
        g_assert_false(certd_problem_code_parse(names[i], &problem));
        g_assert_cmpint(problem, ==, CERTD_PROBLEM_SAN_MISMATCH);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/problem/table", test_table_is_complete);
    g_test_add_func("/problem/no-problem", test_no_problem);
    return g_test_run();
}
