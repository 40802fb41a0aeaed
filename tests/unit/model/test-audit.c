/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The actions of the log: each has a name, a message id and a sentence of its own. */
#include "model/audit.h"

#include <string.h>
#include <syslog.h>

static void test_table_is_complete(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (unsigned int i = 0; i < CERTD_AUDIT_COUNT_; i++) {
        CertdAuditAction action = (CertdAuditAction)i, back = CERTD_AUDIT_COUNT_;
        const char *name = certd_audit_action_name(action);
        const char *id = certd_audit_action_message_id(action);
        const char *sentence = certd_audit_action_sentence(action);
        g_test_message("%s", name);
        g_assert_true(g_regex_match_simple("^[a-z][a-z-]*[a-z]$", name, 0, 0));
        g_assert_true(g_regex_match_simple("^[0-9a-f]{32}$", id, 0, 0));
        g_assert_true(g_ascii_isupper(*sentence) && !g_str_has_suffix(sentence, "."));
        g_assert_true(g_hash_table_add(seen, (char *)name));
        g_assert_true(g_hash_table_add(seen, (char *)id));
        g_assert_true(g_hash_table_add(seen, (char *)sentence));
        g_assert_cmpint(certd_audit_action_priority(action), >=, LOG_CRIT);
        g_assert_cmpint(certd_audit_action_priority(action), <=, LOG_NOTICE);
        g_assert_true(certd_audit_action_parse(name, &back));
        g_assert_cmpint(back, ==, action);
    }
}

static void test_no_action(void)
{
    static const char *const names[] = {"", "Import", "import ", "ok", "CERTD_AUDIT_IMPORT"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        CertdAuditAction action = CERTD_AUDIT_CANCEL;
        g_assert_false(certd_audit_action_parse(names[i], &action));
        g_assert_cmpint(action, ==, CERTD_AUDIT_CANCEL);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/audit/table", test_table_is_complete);
    g_test_add_func("/audit/no-action", test_no_action);
    return g_test_run();
}
