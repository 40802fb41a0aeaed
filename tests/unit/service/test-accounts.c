/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How often the device is asked for a number, and what is remembered of what it said. */

#include "service/accounts.h"

#include "model/limits.h"

#define KEPT_USEC (CERTD_ACCOUNT_SECONDS * (gint64)G_USEC_PER_SEC)

/* A device that counts what it is asked. */
typedef struct {
    CertdDevice device;
    CertdAccounts *accounts;
    gint64 now;
    guint asked;
    gboolean there; /* everybody exists */
    guint32 id;     /* of everybody; a group's is one more */
} Place;

static gint64 boottime(void *userdata)
{
    const Place *place = userdata;
    return place->now;
}

static gboolean user_id(void *userdata, const char *name, guint32 *uid)
{
    Place *place = userdata;
    place->asked++;
    if (place->there)
        *uid = place->id;
    return place->there;
}

static gboolean group_id(void *userdata, const char *name, guint32 *gid)
{
    if (!user_id(userdata, name, gid))
        return FALSE;
    *gid += 1;
    return TRUE;
}

static void set_up(Place *place, const void *data)
{
    *place = (Place){.now = 1, .there = TRUE, .id = 1000};
    place->device = (CertdDevice){
        .boottime = boottime, .user_id = user_id, .group_id = group_id, .userdata = place};
    place->accounts = certd_accounts_new(&place->device);
}

static void tear_down(Place *place, const void *data)
{
    certd_accounts_free(place->accounts);
}

/* Just before CERTD_ACCOUNT_SECONDS the device is not asked, and at it, it is. */
static void test_time(Place *place, const void *data)
{
    guint32 id = 0;
    g_assert_true(certd_accounts_user(place->accounts, "mail", &id));
    g_assert_cmpuint(id, ==, 1000);
    place->id = 1001;
    place->now += KEPT_USEC - 1;
    g_assert_true(certd_accounts_user(place->accounts, "mail", &id));
    g_assert_cmpuint(id, ==, 1000);
    g_assert_cmpuint(place->asked, ==, 1);
    place->now++;
    g_assert_true(certd_accounts_user(place->accounts, "mail", &id));
    g_assert_cmpuint(id, ==, 1001);
    g_assert_cmpuint(place->asked, ==, 2);
}

/* Who is not there is asked for once too, and is found when that is over. */
static void test_nobody(Place *place, const void *data)
{
    guint32 id = 7;
    place->there = FALSE;
    g_assert_false(certd_accounts_user(place->accounts, "mail", &id));
    g_assert_false(certd_accounts_user(place->accounts, "mail", &id));
    g_assert_cmpuint(place->asked, ==, 1);
    g_assert_cmpuint(id, ==, 7);
    place->there = TRUE;
    place->now += KEPT_USEC;
    g_assert_true(certd_accounts_user(place->accounts, "mail", &id));
    g_assert_cmpuint(id, ==, 1000);
    place->there = FALSE;
    place->now += KEPT_USEC;
    g_assert_false(certd_accounts_user(place->accounts, "mail", &id));
}

/* A group of a user's name is another. */
static void test_kinds(Place *place, const void *data)
{
    guint32 uid = 0, gid = 0;
    g_assert_true(certd_accounts_user(place->accounts, "mail", &uid));
    g_assert_true(certd_accounts_group(place->accounts, "mail", &gid));
    g_assert_true(certd_accounts_group(place->accounts, "mail", &gid));
    g_assert_cmpuint(gid, ==, uid + 1);
    g_assert_cmpuint(place->asked, ==, 2);
}

static void ask_users(Place *place, guint first, guint count)
{
    for (guint i = first; i < first + count; i++) {
        g_autofree char *name = g_strdup_printf("user-%u", i);
        guint32 id;
        g_assert_true(certd_accounts_user(place->accounts, name, &id));
    }
}

/* CERTD_LIMIT_KNOWN_ACCOUNTS: at it all are known, and one beyond begins anew. */
static void test_limit(Place *place, const void *data)
{
    ask_users(place, 0, CERTD_LIMIT_KNOWN_ACCOUNTS);
    ask_users(place, 0, CERTD_LIMIT_KNOWN_ACCOUNTS);
    g_assert_cmpuint(place->asked, ==, CERTD_LIMIT_KNOWN_ACCOUNTS);
    ask_users(place, CERTD_LIMIT_KNOWN_ACCOUNTS, 1);
    ask_users(place, 0, 1);
    g_assert_cmpuint(place->asked, ==, CERTD_LIMIT_KNOWN_ACCOUNTS + 2);
}

/* A device without accounts has nobody. */
static void test_none(Place *place, const void *data)
{
    guint32 id;
    place->device.user_id = NULL;
    place->device.group_id = NULL;
    g_assert_false(certd_accounts_user(place->accounts, "mail", &id));
    g_assert_false(certd_accounts_group(place->accounts, "mail", &id));
}

#define add(path, function) g_test_add(path, Place, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/service/accounts/time", test_time);
    add("/service/accounts/nobody", test_nobody);
    add("/service/accounts/kinds", test_kinds);
    add("/service/accounts/limit", test_limit);
    add("/service/accounts/none", test_none);
    return g_test_run();
}
