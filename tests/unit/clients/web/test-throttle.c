/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How often somebody may guess, minute by minute (R60). */
#include "model/web-limits.h"
#include "web/throttle.h"

#define SECOND G_USEC_PER_SEC
#define HERE "192.0.2.1"
#define THERE "198.51.100.7"

/* One try, which has to be allowed. */
/* Wrong tries a minute for one name from one source. */
#define ONE_SOURCE (CERTD_LIMIT_SIGN_INS_A_MINUTE - CERTD_SIGN_INS_RESERVED)

static void try_once(CertdThrottle *throttle, const char *user, const char *address, gint64 now,
                     CertdTry result)
{
    gboolean apart = FALSE;
    g_assert_cmpuint(certd_throttle_begin(throttle, user, address, now, &apart), ==, 0);
    certd_throttle_end(throttle, user, address, now, apart, result);
}

/* As many wrong ones at once as there may be. */
static void use_up(CertdThrottle *throttle, const char *user, const char *address, gint64 now)
{
    gboolean apart[CERTD_LIMIT_SIGN_INS_A_MINUTE];
    guint n = 0;
    while (n < CERTD_LIMIT_SIGN_INS_A_MINUTE &&
           certd_throttle_begin(throttle, user, address, now, &apart[n]) == 0)
        n++;
    g_assert_cmpuint(n, >=, ONE_SOURCE);
    for (guint i = 0; i < n; i++)
        certd_throttle_end(throttle, user, address, now, apart[i], CERTD_TRY_WRONG);
}

/* At CERTD_LIMIT_SIGN_INS_A_MINUTE less CERTD_SIGN_INS_RESERVED, and one beyond; those under way count. */
static void test_limit(void)
{
    g_autoptr(CertdThrottle) throttle = certd_throttle_new();
    gboolean apart[ONE_SOURCE + 1];
    for (guint i = 0; i < ONE_SOURCE; i++)
        g_assert_cmpuint(certd_throttle_begin(throttle, "anna", HERE, 0, &apart[i]), ==, 0);
    guint n = ONE_SOURCE;
    g_assert_cmpuint(certd_throttle_begin(throttle, "anna", HERE, 0, &apart[n]), >, 0);
    for (guint i = 0; i < n; i++)
        certd_throttle_end(throttle, "anna", HERE, i * SECOND, apart[i], CERTD_TRY_WRONG);

    /* The first is a minute old then. */
    g_assert_cmpuint(certd_throttle_wait(throttle, "anna", HERE, 9 * SECOND), ==, 51);
    g_assert_cmpuint(certd_throttle_wait(throttle, "anna", HERE, 59 * SECOND + 1), ==, 1);
    g_assert_cmpuint(certd_throttle_wait(throttle, "anna", HERE, 60 * SECOND), ==, 0);
}

/* What one gets who tries again as soon as it is allowed. */
static void test_delay(void)
{
    static const guint waits[CERTD_LIMIT_SIGN_INS_A_MINUTE] = {0, 0, 0, 0, 1, 2, 4, 8, 8, 8};
    g_autoptr(CertdThrottle) throttle = certd_throttle_new();
    gint64 now = 0;
    for (guint i = 0; i < ONE_SOURCE; i++) {
        guint wait = certd_throttle_wait(throttle, "anna", HERE, now);
        g_assert_cmpuint(wait, ==, waits[i]);
        if (wait > 0)
            g_assert_cmpuint(certd_throttle_wait(throttle, "anna", HERE, now + wait * SECOND - 1),
                             ==, 1);
        now += wait * SECOND;
        try_once(throttle, "anna", HERE, now, CERTD_TRY_WRONG);
    }
    /* Never more than that in any minute. */
    g_assert_cmpint(now, <, 60 * SECOND);
    g_assert_cmpuint(certd_throttle_wait(throttle, "anna", HERE, now), ==,
                     (guint)(60 - now / SECOND));
}

static const struct {
    const char *name;
    const char *user; /* the next after "anna" from HERE, or 2001:db8:0:1::1, has used up hers */
    const char *address;
    gboolean v6;
    gboolean allowed;
} nexts[] = {
    {"same", "anna", HERE, FALSE, FALSE},
    {"other-case", "ANNA", HERE, FALSE, FALSE},
    {"same-user-elsewhere", "anna", THERE, FALSE, TRUE},
    {"other-user-there", "ben", HERE, FALSE, FALSE},
    {"mapped", "ben", "::ffff:192.0.2.1", FALSE, FALSE},
    {"others", "ben", THERE, FALSE, TRUE},
    {"same-network", "ben", "2001:db8:0:1:ffff::1", TRUE, FALSE},
    {"next-network", "ben", "2001:db8:0:2::1", TRUE, TRUE},
    {"not-an-address", "ben", "local", FALSE, TRUE},
};

static void test_next(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    g_autoptr(CertdThrottle) throttle = certd_throttle_new();
    use_up(throttle, "anna", nexts[i].v6 ? "2001:db8:0:1::1" : HERE, 0);
    guint wait = certd_throttle_wait(throttle, nexts[i].user, nexts[i].address, 0);
    g_assert_cmpint(wait == 0, ==, nexts[i].allowed);
}

/* The last tries of a user's minute: each other source has one of them, at once, and then there is none. */
static void test_reserved(void)
{
    g_autoptr(CertdThrottle) throttle = certd_throttle_new();
    use_up(throttle, "anna", HERE, 0);
    for (guint i = 0; i < CERTD_SIGN_INS_RESERVED; i++) {
        g_autofree char *address = g_strdup_printf("203.0.113.%u", i + 1);
        try_once(throttle, "anna", address, SECOND, CERTD_TRY_WRONG);
        g_assert_cmpuint(certd_throttle_wait(throttle, "anna", address, SECOND), >, 0);
    }
    g_assert_cmpuint(certd_throttle_wait(throttle, "anna", THERE, SECOND), ==, 59);
    /* Who is right there has used none. */
    g_assert_cmpuint(certd_throttle_wait(throttle, "anna", THERE, 60 * SECOND), ==, 0);
    try_once(throttle, "anna", THERE, 60 * SECOND, CERTD_TRY_GOOD);
}

/* Strangers, and others at the same address, do not keep out who has signed in from there. */
static void test_apart(void)
{
    g_autoptr(CertdThrottle) throttle = certd_throttle_new();
    try_once(throttle, "anna", HERE, 0, CERTD_TRY_GOOD);
    use_up(throttle, "anna", THERE, 0);
    use_up(throttle, "ben", HERE, 0);
    g_assert_cmpuint(certd_throttle_wait(throttle, "anna", HERE, 0), ==, 0);
    g_assert_cmpuint(certd_throttle_wait(throttle, "ben", HERE, 0), >, 0);
    /* Guesses count there all the same, and nowhere else. */
    use_up(throttle, "anna", HERE, 61 * SECOND);
    g_assert_cmpuint(certd_throttle_wait(throttle, "anna", HERE, 61 * SECOND), ==, 60);
    g_assert_cmpuint(certd_throttle_wait(throttle, "anna", THERE, 61 * SECOND), ==, 0);
}

/* Right ones count for nothing, nor do those that nobody could judge. */
static void test_right(void)
{
    g_autoptr(CertdThrottle) throttle = certd_throttle_new();
    for (guint i = 0; i < 3 * CERTD_LIMIT_SIGN_INS_A_MINUTE; i++)
        try_once(throttle, "anna", HERE, 0, CERTD_TRY_GOOD);
    for (guint i = 0; i < 3 * CERTD_LIMIT_SIGN_INS_A_MINUTE; i++)
        try_once(throttle, "ben", THERE, 0, CERTD_TRY_NOTHING);
}

/* One that became known while strangers' tries were under way: each ends where it began. */
static void test_become_apart(void)
{
    g_autoptr(CertdThrottle) throttle = certd_throttle_new();
    gboolean apart = TRUE;
    g_assert_cmpuint(certd_throttle_begin(throttle, "anna", HERE, 0, &apart), ==, 0);
    g_assert_false(apart);
    try_once(throttle, "anna", HERE, 0, CERTD_TRY_GOOD);
    certd_throttle_end(throttle, "anna", HERE, 0, apart, CERTD_TRY_NOTHING);
    use_up(throttle, "anna", HERE, 0);
    use_up(throttle, "anna", THERE, 0);
}

/* CERTD_LIMIT_SIGN_IN_COUNTS: many others do not make a count forgotten that has reached its end. */
static void test_room(void)
{
    g_autoptr(CertdThrottle) throttle = certd_throttle_new();
    use_up(throttle, "anna", HERE, 0);
    for (guint i = 0; i < CERTD_SIGN_INS_RESERVED; i++) {
        g_autofree char *address = g_strdup_printf("203.0.113.%u", i + 1);
        try_once(throttle, "anna", address, 0, CERTD_TRY_WRONG);
    }
    for (guint i = 0; i < CERTD_LIMIT_SIGN_IN_COUNTS + 1; i++) {
        g_autofree char *user = g_strdup_printf("user-%u", i);
        g_autofree char *address = g_strdup_printf("10.0.%u.%u", i / 256, i % 256);
        try_once(throttle, user, address, SECOND, CERTD_TRY_WRONG);
    }
    g_assert_cmpuint(certd_throttle_wait(throttle, "anna", THERE, SECOND), >, 0);
    g_assert_cmpuint(certd_throttle_wait(throttle, "ben", HERE, SECOND), >, 0);
}

static void sign_in_from(CertdThrottle *throttle, const char *user, guint place, gint64 now)
{
    g_autofree char *address = g_strdup_printf("10.1.%u.%u", place / 256, place % 256);
    try_once(throttle, user, address, now, CERTD_TRY_GOOD);
}

static gboolean is_apart(CertdThrottle *throttle, const char *user, guint place, gint64 now)
{
    g_autofree char *address = g_strdup_printf("10.1.%u.%u", place / 256, place % 256);
    gboolean apart = FALSE;
    g_assert_cmpuint(certd_throttle_begin(throttle, user, address, now, &apart), ==, 0);
    certd_throttle_end(throttle, user, address, now, apart, CERTD_TRY_NOTHING);
    return apart;
}

/* CERTD_LIMIT_SIGN_IN_USER_PLACES of one user: the oldest makes room, and nobody else's. */
static void test_user_places(void)
{
    g_autoptr(CertdThrottle) throttle = certd_throttle_new();
    sign_in_from(throttle, "ben", 0, 0);
    for (guint i = 0; i < CERTD_LIMIT_SIGN_IN_USER_PLACES; i++)
        sign_in_from(throttle, "anna", i, i * SECOND);
    g_assert_true(is_apart(throttle, "anna", 1, 90 * SECOND));
    sign_in_from(throttle, "anna", 0, 90 * SECOND);
    sign_in_from(throttle, "anna", CERTD_LIMIT_SIGN_IN_USER_PLACES, 91 * SECOND);
    g_assert_true(is_apart(throttle, "anna", 0, 92 * SECOND));
    g_assert_false(is_apart(throttle, "anna", 2, 92 * SECOND));
    g_assert_true(is_apart(throttle, "ben", 0, 92 * SECOND));
}

/* CERTD_LIMIT_SIGN_IN_PLACES in all. */
static void test_places(void)
{
    g_autoptr(CertdThrottle) throttle = certd_throttle_new();
    for (guint i = 0; i < CERTD_LIMIT_SIGN_IN_PLACES; i++) {
        g_autofree char *user = g_strdup_printf("user-%u", i);
        sign_in_from(throttle, user, i, i);
    }
    g_assert_true(is_apart(throttle, "user-0", 0, 1000));
    sign_in_from(throttle, "anna", 1000, 1001);
    g_assert_true(is_apart(throttle, "anna", 1000, 1002));
    g_assert_true(is_apart(throttle, "user-0", 0, 1002));
    g_assert_false(is_apart(throttle, "user-1", 1, 1002));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/web/throttle/limit", test_limit);
    g_test_add_func("/web/throttle/delay", test_delay);
    for (size_t i = 0; i < G_N_ELEMENTS(nexts); i++) {
        g_autofree char *path = g_strconcat("/web/throttle/next/", nexts[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_next);
    }
    g_test_add_func("/web/throttle/reserved", test_reserved);
    g_test_add_func("/web/throttle/apart", test_apart);
    g_test_add_func("/web/throttle/right", test_right);
    g_test_add_func("/web/throttle/become-apart", test_become_apart);
    g_test_add_func("/web/throttle/room", test_room);
    g_test_add_func("/web/throttle/user-places", test_user_places);
    g_test_add_func("/web/throttle/places", test_places);
    return g_test_run();
}
