/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which level is meant by what a client asks for (R61). */
#include "web/redfish/security-policy.h"

#define BOTH                                                                                       \
    {                                                                                              \
        "1.2", "1.3", NULL                                                                         \
    }
#define NEW                                                                                        \
    {                                                                                              \
        "1.3", NULL                                                                                \
    }
#define NOTHING                                                                                    \
    {                                                                                              \
        NULL                                                                                       \
    }

typedef struct {
    const char *name;
    const char *level;
    const char *versions[4]; /* none: they are not asked for */
    int verify;
    const char *now;
    const char *wanted;
} LevelRow;

static const LevelRow LEVELS[] = {
    {"nothing", NULL, NOTHING, -1, "standard", "standard"},
    {"nothing at high", NULL, NOTHING, -1, "high", "high"},
    {"by name", "high", NOTHING, -1, "standard", "high"},
    {"back by name", "standard", NOTHING, -1, "high", "standard"},
    {"all three", "high", NEW, 1, "standard", "high"},
    {"both of the standard", NULL, NEW, 1, "standard", "high"},
    {"both of the standard, back", NULL, BOTH, 0, "high", "standard"},
    {"in another order", NULL, {"1.3", "1.2", NULL}, 0, "high", "standard"},
    {"as it is", NULL, BOTH, -1, "standard", "standard"},
    {"versions without certificates", NULL, NEW, -1, "standard", NULL},
    {"certificates without versions", NULL, NOTHING, 1, "standard", NULL},
    {"no certificates at high", NULL, NOTHING, 0, "high", NULL},
    {"name against versions", "high", BOTH, -1, "standard", NULL},
    {"name against certificates", "standard", NOTHING, 1, "high", NULL},
    {"old versions", NULL, {"1.1", "1.2", "1.3", NULL}, -1, "standard", NULL},
    {"one twice", NULL, {"1.3", "1.3", NULL}, -1, "standard", NULL},
    {"unknown name", "higher", NOTHING, -1, "standard", NULL},
    {"name in capitals", "High", NOTHING, -1, "standard", NULL},
};

static void test_levels(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(LEVELS); i++) {
        const LevelRow *row = &LEVELS[i];
        CertdLevelWanted wanted = {.level = row->level,
                                   .versions = row->versions[0] ? row->versions : NULL,
                                   .verify = row->verify};
        g_test_message("%s", row->name);
        g_assert_cmpstr(certd_security_policy_level(&wanted, row->now), ==, row->wanted);
    }
}

static void test_values(void)
{
    static const char *const both[] = BOTH, *const only[] = NEW, *const none[] = NOTHING,
                             *const old[] = {"1.2", NULL}, *const all[] = {"ALL", NULL};
    g_assert_true(certd_security_policy_is_level("standard"));
    g_assert_true(certd_security_policy_is_level("high"));
    g_assert_false(certd_security_policy_is_level(""));
    g_assert_true(certd_security_policy_has_versions(both));
    g_assert_true(certd_security_policy_has_versions(only));
    g_assert_false(certd_security_policy_has_versions(none));
    g_assert_false(certd_security_policy_has_versions(old));
    g_assert_false(certd_security_policy_has_versions(all));
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/web/security-policy/levels", test_levels);
    g_test_add_func("/web/security-policy/values", test_values);
    return g_test_run();
}
