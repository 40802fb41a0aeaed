/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refusals in the log: so many of a user in a minute, at the limit and one beyond it; the others are
 * counted. */

#include "bus/refusals.h"
#include "fake.h"
#include "model/limits.h"
#include "service/log.h"

#define MINUTE (60 * G_USEC_PER_SEC)

static const CertdRefusal refusal = {CERTD_AUDIT_IMPORT, "certificate/web",
                                     "org.freedesktop.DBus.Error.AccessDenied", "You may not"};

static void refuse(CertdRefusals *refusals, guint32 uid, guint times)
{
    const CertdCaller caller = {.uid = uid, .sender = ":1.9", .unit = "web.service"};
    for (guint i = 0; i < times; i++)
        certd_refusals_note(refusals, &caller, &refusal);
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

static char *last_detail(Fake *fake)
{
    const CertdAuditFilter filter = {.newest_first = TRUE};
    gboolean more;
    g_autoptr(GPtrArray) page = certd_log_page(fake->service, &filter, 1, &more, NULL);
    return g_strdup(((const CertdAuditRecord *)g_ptr_array_index(page, 0))->detail);
}

static void test_limit(Fake *fake, const void *data)
{
    CertdRefusals *refusals = certd_refusals_new(fake->service, NULL);
    refuse(refusals, 1000, CERTD_LIMIT_LOGGED_REFUSALS);
    g_assert_cmpuint(count(fake, 1000, CERTD_AUDIT_IMPORT), ==, CERTD_LIMIT_LOGGED_REFUSALS);
    refuse(refusals, 1000, 7);
    g_assert_cmpuint(count(fake, 1000, CERTD_AUDIT_IMPORT), ==, CERTD_LIMIT_LOGGED_REFUSALS);
    g_assert_cmpuint(count(fake, 1000, CERTD_AUDIT_REFUSED), ==, 0);
    /* Another user's are written still. */
    refuse(refusals, 1001, 1);
    g_assert_cmpuint(count(fake, 1001, CERTD_AUDIT_IMPORT), ==, 1);
    /* The minute is over, and not a moment earlier. */
    fake->boottime += MINUTE - 1;
    refuse(refusals, 1001, 1);
    g_assert_cmpuint(count(fake, 1000, CERTD_AUDIT_REFUSED), ==, 0);
    fake->boottime += 1;
    refuse(refusals, 1001, 1);
    g_assert_cmpuint(count(fake, 1000, CERTD_AUDIT_REFUSED), ==, 1);
    g_assert_cmpuint(count(fake, 1001, CERTD_AUDIT_REFUSED), ==, 0);
    refuse(refusals, 1000, 1);
    g_assert_cmpuint(count(fake, 1000, CERTD_AUDIT_IMPORT), ==, CERTD_LIMIT_LOGGED_REFUSALS + 1);
    certd_refusals_free(refusals);
    g_assert_cmpuint(count(fake, 1000, CERTD_AUDIT_REFUSED), ==, 1);
}

/* What was counted is written at the end too. */
static void test_end(Fake *fake, const void *data)
{
    CertdRefusals *refusals = certd_refusals_new(fake->service, NULL);
    refuse(refusals, 1000, CERTD_LIMIT_LOGGED_REFUSALS + 3);
    certd_refusals_free(refusals);
    g_assert_cmpuint(count(fake, 1000, CERTD_AUDIT_REFUSED), ==, 1);
    g_autofree char *detail = last_detail(fake);
    g_assert_cmpstr(detail, ==, "3 more calls were refused within a minute");
}

/* More users than are counted one by one share what one may have. */
static void test_users(Fake *fake, const void *data)
{
    CertdRefusals *refusals = certd_refusals_new(fake->service, NULL);
    const guint32 beyond = 100000 + CERTD_LIMIT_REFUSED_USERS;
    for (guint32 uid = 100000; uid < beyond - 1; uid++)
        refuse(refusals, uid, 1);
    g_assert_cmpuint(count(fake, beyond - 2, CERTD_AUDIT_IMPORT), ==, 1);
    for (guint32 uid = beyond; uid < beyond + CERTD_LIMIT_LOGGED_REFUSALS + 1; uid++)
        refuse(refusals, uid, 1);
    g_assert_cmpuint(count(fake, beyond + CERTD_LIMIT_LOGGED_REFUSALS - 1, CERTD_AUDIT_IMPORT), ==,
                     1);
    g_assert_cmpuint(count(fake, beyond + CERTD_LIMIT_LOGGED_REFUSALS, CERTD_AUDIT_IMPORT), ==, 0);
    certd_refusals_free(refusals);
    g_assert_cmpuint(count(fake, CERTD_UID_UNKNOWN, CERTD_AUDIT_REFUSED), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/refusals/limit", test_limit);
    fake_add("/refusals/end", test_end);
    fake_add("/refusals/users", test_users);
    return g_test_run();
}
