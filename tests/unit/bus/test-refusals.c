/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refusals in the log: buckets of tokens for each user and action, and for all users together, at their
 * limits and one beyond; the others are counted. */

#include "bus/refusals.h"

#include <time.h>

#include "fake.h"
#include "model/limits.h"
#include "service/log.h"

#define REFILL (CERTD_LOGGED_REFUSAL_SECONDS * (gint64)G_USEC_PER_SEC)
#define COUNTED (CERTD_REFUSALS_COUNTED_SECONDS * (gint64)G_USEC_PER_SEC)
#define DAY (24 * 60 * 60 * (gint64)G_USEC_PER_SEC)

static void refuse_action(CertdRefusals *refusals, guint32 uid, CertdAuditAction action,
                          guint times)
{
    const CertdCaller caller = {
        .uid = uid, .administrator = uid == 0, .sender = ":1.9", .unit = "web.service"};
    const CertdRefusal refusal = {action, "certificate/web",
                                  "org.freedesktop.DBus.Error.AccessDenied", "You may not"};
    for (guint i = 0; i < times; i++)
        certd_refusals_note(refusals, &caller, &refusal);
}

static void refuse(CertdRefusals *refusals, guint32 uid, guint times)
{
    refuse_action(refusals, uid, CERTD_AUDIT_IMPORT, times);
}

static guint count(Fake *fake, guint32 uid, CertdAuditAction action)
{
    const CertdAuditFilter filter = {
        .by_uid = TRUE, .uid = uid, .action = certd_audit_action_name(action)};
    gboolean more;
    g_autoptr(GPtrArray) page =
        certd_log_page(fake->service, &filter, CERTD_LIMIT_PAGE, &more, NULL);
    return page->len;
}

/* All rows of @action. */
static guint count_all(Fake *fake, CertdAuditAction action)
{
    const CertdAuditFilter filter = {.action = certd_audit_action_name(action)};
    gboolean more;
    g_autoptr(GPtrArray) page =
        certd_log_page(fake->service, &filter, CERTD_LIMIT_LOG_ROWS, &more, NULL);
    return page->len;
}

/* What the newest row says. */
static char *last_detail(Fake *fake)
{
    const CertdAuditFilter filter = {.newest_first = TRUE};
    gboolean more;
    g_autoptr(GPtrArray) page = certd_log_page(fake->service, &filter, 1, &more, NULL);
    return g_strdup(((const CertdAuditRecord *)g_ptr_array_index(page, 0))->detail);
}

/* So many at once, and then another each time that a token came; not a moment earlier. */
static void test_bucket(Fake *fake, const void *data)
{
    CertdRefusals *refusals = certd_refusals_new(fake->service, NULL);
    guint most = CERTD_LIMIT_LOGGED_REFUSALS;
    refuse(refusals, 1000, most);
    g_assert_cmpuint(count(fake, 1000, CERTD_AUDIT_IMPORT), ==, most);
    refuse(refusals, 1000, 1);
    g_assert_cmpuint(count(fake, 1000, CERTD_AUDIT_IMPORT), ==, most);
    fake->boottime += REFILL - 1;
    refuse(refusals, 1000, 1);
    g_assert_cmpuint(count(fake, 1000, CERTD_AUDIT_IMPORT), ==, most);
    fake->boottime += 1;
    refuse(refusals, 1000, 2);
    g_assert_cmpuint(count(fake, 1000, CERTD_AUDIT_IMPORT), ==, most + 1);
    /* It does not get more than it holds. */
    fake->boottime += DAY;
    refuse(refusals, 1000, most + 1);
    g_assert_cmpuint(count(fake, 1000, CERTD_AUDIT_IMPORT), ==, 2 * most + 1);
    certd_refusals_free(refusals);
}

/* Noise with one action hides no other, and no other user's; nor does that of callers who have gone. */
static void test_decoys(Fake *fake, const void *data)
{
    static const guint32 users[] = {1000, CERTD_UID_UNKNOWN};
    CertdRefusals *refusals = certd_refusals_new(fake->service, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(users); i++) {
        refuse_action(refusals, users[i], CERTD_AUDIT_CREATE, 250);
        refuse_action(refusals, users[i], CERTD_AUDIT_EXPORT_KEY, 1);
        g_assert_cmpuint(count(fake, users[i], CERTD_AUDIT_CREATE), ==,
                         CERTD_LIMIT_LOGGED_REFUSALS);
        g_assert_cmpuint(count(fake, users[i], CERTD_AUDIT_EXPORT_KEY), ==, 1);
    }
    refuse_action(refusals, 1001, CERTD_AUDIT_CREATE, 1);
    g_assert_cmpuint(count(fake, 1001, CERTD_AUDIT_CREATE), ==, 1);
    certd_refusals_free(refusals);
}

/* What was counted is written after an hour, and not a moment earlier; it says how many of what. */
static void test_counts(Fake *fake, const void *data)
{
    CertdRefusals *refusals = certd_refusals_new(fake->service, NULL);
    refuse_action(refusals, 1000, CERTD_AUDIT_IMPORT, CERTD_LIMIT_LOGGED_REFUSALS + 4);
    refuse_action(refusals, 1000, CERTD_AUDIT_CREATE, CERTD_LIMIT_LOGGED_REFUSALS + 230);
    fake->boottime += COUNTED - 1;
    refuse(refusals, 1001, 1);
    g_assert_cmpuint(count_all(fake, CERTD_AUDIT_REFUSED), ==, 0);
    fake->boottime += 1;
    refuse(refusals, 1001, CERTD_LIMIT_LOGGED_REFUSALS);
    g_assert_cmpuint(count_all(fake, CERTD_AUDIT_REFUSED), ==, 1);
    g_assert_cmpuint(count(fake, 1000, CERTD_AUDIT_REFUSED), ==, 1);
    /* Nothing is told twice, and what was counted since is told at the end. */
    fake->boottime += COUNTED - 1;
    refuse(refusals, 1002, 1);
    g_assert_cmpuint(count_all(fake, CERTD_AUDIT_REFUSED), ==, 1);
    certd_refusals_free(refusals);
    g_assert_cmpuint(count_all(fake, CERTD_AUDIT_REFUSED), ==, 2);
    g_assert_cmpuint(count(fake, 1001, CERTD_AUDIT_REFUSED), ==, 1);
    g_autofree char *detail = last_detail(fake);
    g_assert_cmpstr(detail, ==, "More calls were refused: import 1");
}

/* Without another refusal too. */
static void test_timer(Fake *fake, const void *data)
{
    __attribute__((cleanup(sd_event_unrefp))) sd_event *event = NULL;
    struct timespec now;
    g_assert_cmpint(sd_event_new(&event), >=, 0);
    g_assert_cmpint(clock_gettime(CLOCK_BOOTTIME, &now), ==, 0);
    gint64 usec = (gint64)now.tv_sec * (gint64)G_USEC_PER_SEC + (gint64)now.tv_nsec / 1000;
    CertdRefusals *refusals = certd_refusals_new(fake->service, event);
    for (guint i = 1; i <= 2; i++) {
        fake->boottime = usec - COUNTED;
        refuse(refusals, 1000, 2 * CERTD_LIMIT_LOGGED_REFUSALS);
        g_assert_cmpuint(count(fake, 1000, CERTD_AUDIT_REFUSED), ==, i - 1);
        fake->boottime = usec;
        g_assert_cmpint(sd_event_run(event, UINT64_MAX), >, 0);
        g_assert_cmpuint(count(fake, 1000, CERTD_AUDIT_REFUSED), ==, i);
    }
    certd_refusals_free(refusals);
    g_assert_cmpuint(count(fake, 1000, CERTD_AUDIT_REFUSED), ==, 2);
}

static void test_count_of_actions(Fake *fake, const void *data)
{
    CertdRefusals *refusals = certd_refusals_new(fake->service, NULL);
    refuse_action(refusals, 1000, CERTD_AUDIT_IMPORT, CERTD_LIMIT_LOGGED_REFUSALS + 4);
    refuse_action(refusals, 1000, CERTD_AUDIT_CREATE, CERTD_LIMIT_LOGGED_REFUSALS + 230);
    certd_refusals_free(refusals);
    g_autofree char *detail = last_detail(fake);
    g_assert_cmpstr(detail, ==, "More calls were refused: create 230, import 4");
}

typedef struct {
    Fake *fake;
    guint heard;
    gint64 last; /* row there is when the first was heard of */
} Heard;

static void heard(void *userdata, const CertdAuditRecord *record)
{
    Heard *rows = userdata;
    gint64 first;
    if (rows->heard++ == 0)
        g_assert_true(certd_log_range(rows->fake->service, &first, &rows->last, NULL));
}

/* The counts of many users are one transaction: whoever hears of the first row finds all of them. */
static void test_one_transaction(Fake *fake, const void *data)
{
    CertdRefusals *refusals = certd_refusals_new(fake->service, NULL);
    Heard rows = {.fake = fake};
    const CertdListener listener = {.audit_added = heard, .userdata = &rows};
    for (guint32 uid = 1000; uid < 1003; uid++)
        refuse(refusals, uid, CERTD_LIMIT_LOGGED_REFUSALS + 1);
    certd_service_set_listener(fake->service, &listener);
    certd_refusals_free(refusals);
    g_assert_cmpuint(rows.heard, ==, 3);
    g_assert_cmpint(rows.last, ==, 3 * CERTD_LIMIT_LOGGED_REFUSALS + 3);
}

/* Counts that can't be kept are told all the same. */
static void test_counts_without_room(Fake *fake, const void *data)
{
    CertdRefusals *refusals = certd_refusals_new(fake->service, NULL);
    Heard rows = {.fake = fake};
    const CertdListener listener = {.audit_added = heard, .userdata = &rows};
    for (guint32 uid = 1000; uid < 1003; uid++)
        refuse(refusals, uid, CERTD_LIMIT_LOGGED_REFUSALS + 1);
    certd_service_set_listener(fake->service, &listener);
    g_assert_true(certd_store_begin(fake->fixture.store, NULL));
    certd_refusals_free(refusals);
    certd_store_rollback(fake->fixture.store);
    g_assert_cmpuint(rows.heard, ==, 3);
    g_assert_cmpuint(count_all(fake, CERTD_AUDIT_REFUSED), ==, 0);
}

/* Users who get a row of their own: at the limit all, beyond it the last are told together. */
static void test_rows_of_counts(Fake *fake, const void *data)
{
    for (guint beyond = 0; beyond <= 2; beyond += 2) {
        CertdRefusals *refusals = certd_refusals_new(fake->service, NULL);
        guint32 first = 1000 + 100 * beyond, end = first + CERTD_LIMIT_COUNTED_USERS + beyond;
        guint before = count_all(fake, CERTD_AUDIT_REFUSED);
        for (guint32 uid = first; uid < end; uid++)
            refuse(refusals, uid, CERTD_LIMIT_LOGGED_REFUSALS + 3);
        certd_refusals_free(refusals);
        g_assert_cmpuint(count_all(fake, CERTD_AUDIT_REFUSED), ==,
                         before + CERTD_LIMIT_COUNTED_USERS + (beyond > 0));
        g_assert_cmpuint(count(fake, CERTD_UID_UNKNOWN, CERTD_AUDIT_REFUSED), ==, beyond > 0);
    }
    g_autofree char *detail = last_detail(fake);
    g_assert_cmpstr(detail, ==, "More calls of other users were refused: import 6");
}

/* However many they are, users who are no administrators get so many rows, and so many in a day. */
static void test_all_users(Fake *fake, const void *data)
{
    CertdRefusals *refusals = certd_refusals_new(fake->service, NULL);
    const guint most = CERTD_LIMIT_LOGGED_USERS_REFUSALS, each = CERTD_LIMIT_LOGGED_REFUSALS;
    for (guint i = 0; i < most; i++)
        refuse(refusals, 1000 + i / each, 1);
    g_assert_cmpuint(count_all(fake, CERTD_AUDIT_IMPORT), ==, most);
    refuse(refusals, 5000, 1);
    g_assert_cmpuint(count_all(fake, CERTD_AUDIT_IMPORT), ==, most);
    /* Administrators have nothing to do with it. */
    refuse(refusals, 0, 1);
    g_assert_cmpuint(count(fake, 0, CERTD_AUDIT_IMPORT), ==, 1);
    fake->boottime += DAY / most - 1;
    refuse(refusals, 5000, 1);
    g_assert_cmpuint(count(fake, 5000, CERTD_AUDIT_IMPORT), ==, 0);
    fake->boottime += 1;
    refuse(refusals, 5000, 2);
    g_assert_cmpuint(count(fake, 5000, CERTD_AUDIT_IMPORT), ==, 1);
    certd_refusals_free(refusals);
    /* What found no token was no other's: 2 + 1 of this user were counted. */
    g_autofree char *detail = last_detail(fake);
    g_assert_cmpstr(detail, ==, "More calls were refused: import 3");
}

/* More users than are told apart share what one may have, and hide neither these nor those who have
 * gone; who was long quiet makes room. */
static void test_users(Fake *fake, const void *data)
{
    CertdRefusals *refusals = certd_refusals_new(fake->service, NULL);
    const guint32 first = 100000, end = first + CERTD_LIMIT_REFUSED_USERS;
    for (guint32 uid = first; uid < end; uid++)
        refuse(refusals, uid, 1);
    g_assert_cmpuint(count(fake, end - 1, CERTD_AUDIT_IMPORT), ==, 1);
    for (guint32 uid = end; uid < end + CERTD_LIMIT_LOGGED_REFUSALS + 2; uid++)
        refuse(refusals, uid, 1);
    const guint32 last = end + CERTD_LIMIT_LOGGED_REFUSALS - 1;
    g_assert_cmpuint(count(fake, last, CERTD_AUDIT_IMPORT), ==, 1);
    g_assert_cmpuint(count(fake, last + 1, CERTD_AUDIT_IMPORT), ==, 0);
    refuse(refusals, end - 1, 1);
    g_assert_cmpuint(count(fake, end - 1, CERTD_AUDIT_IMPORT), ==, 2);
    refuse(refusals, CERTD_UID_UNKNOWN, 1);
    g_assert_cmpuint(count(fake, CERTD_UID_UNKNOWN, CERTD_AUDIT_IMPORT), ==, 1);
    fake->boottime += REFILL;
    refuse(refusals, last + 1, 2);
    g_assert_cmpuint(count(fake, last + 1, CERTD_AUDIT_IMPORT), ==, 2);
    certd_refusals_free(refusals);
    g_autofree char *detail = last_detail(fake);
    g_assert_cmpstr(detail, ==, "More calls of other users were refused: import 2");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/refusals/bucket", test_bucket);
    fake_add("/refusals/decoys", test_decoys);
    fake_add("/refusals/counts", test_counts);
    fake_add("/refusals/timer", test_timer);
    fake_add("/refusals/count-of-actions", test_count_of_actions);
    fake_add("/refusals/one-transaction", test_one_transaction);
    fake_add("/refusals/counts-without-room", test_counts_without_room);
    fake_add("/refusals/rows-of-counts", test_rows_of_counts);
    fake_add("/refusals/all-users", test_all_users);
    fake_add("/refusals/users", test_users);
    return g_test_run();
}
