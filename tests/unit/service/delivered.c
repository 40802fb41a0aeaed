/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A service with consumers, whose units do what the test says. */

#include "delivered.h"

#include <fcntl.h>

#include "service/consumers.h"
#include "service/published.h"
#include "service/review.h"
#include "store/audit.h"
#include "store/statement.h"

static void act(void *userdata, const char *unit, CertdConsumerAction action, CertdDone done,
                void *done_userdata)
{
    Delivered *delivered = userdata;
    g_assert_null(delivered->done);
    g_string_append_printf(delivered->told, "%s:%s ", unit, certd_consumer_action_name(action));
    delivered->done = done;
    delivered->userdata = done_userdata;
}

static void listen_for_units(Delivered *delivered)
{
    const CertdUnits units = {.act = act, .userdata = delivered};
    delivered->done = NULL;
    certd_service_set_units(delivered->fake.service, &units);
}

void delivered_restart(Delivered *delivered)
{
    fake_restart(&delivered->fake);
    listen_for_units(delivered);
}

void delivered_set_up(Delivered *delivered, const void *data)
{
    char directory[] = "/dev/shm/certd-run-XXXXXX";
    fake_set_up(&delivered->fake, NULL);
    g_assert_nonnull(g_mkdtemp_full(directory, 0755));
    delivered->fake.runtime_directory = g_strdup(directory);
    delivered->told = g_string_new(NULL);
    delivered_restart(delivered);
    fake_start(&delivered->fake);
    delivered_make(delivered, "web");
}

void delivered_tear_down(Delivered *delivered, const void *data)
{
    g_assert_cmpint(certd_published_remove(AT_FDCWD, delivered->fake.runtime_directory), ==, 0);
    g_string_free(delivered->told, TRUE);
    fake_tear_down(&delivered->fake, NULL);
}

void delivered_change(Delivered *delivered, const char *name)
{
    fake_request(&delivered->fake, name, "internal");
}

void delivered_make(Delivered *delivered, const char *name)
{
    fake_create(&delivered->fake, name);
    delivered_change(delivered, name);
    fake_settle(&delivered->fake);
}

void delivered_consume(Delivered *delivered, const char *name, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, ":", 3);
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdConsumer) consumer =
        certd_consumer_new(words[0], words[1], words[2] != NULL ? words[2] : "none", &error);
    g_assert_no_error(error);
    g_assert_true(certd_add_consumer(delivered->fake.service, &fake_root, name, consumer, &error));
    g_assert_no_error(error);
    fake_settle(&delivered->fake);
}

void delivered_remove(Delivered *delivered, const char *name, const char *kind,
                      const char *consumer)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(
        certd_remove_consumer(delivered->fake.service, &fake_root, name, kind, consumer, &error));
    g_assert_no_error(error);
}

void delivered_expect(Delivered *delivered, const char *told)
{
    g_assert_cmpstr(delivered->told->str, ==, told);
    g_string_truncate(delivered->told, 0);
}

void delivered_answer(Delivered *delivered, const char *reason)
{
    g_autoptr(GError) failure =
        reason != NULL ? g_error_new_literal(CERTD_ERROR, CERTD_ERROR_WORKER_FAILED, reason) : NULL;
    CertdDone done = delivered->done;
    g_assert_nonnull(done);
    delivered->done = NULL;
    done(failure, delivered->userdata);
    fake_settle(&delivered->fake);
}

void delivered_pass(Delivered *delivered, gint64 seconds)
{
    delivered->fake.boottime += seconds * G_USEC_PER_SEC;
    fake_pass(&delivered->fake, seconds);
}

void delivered_settle_without_keys(Delivered *delivered)
{
    Fake *fake = &delivered->fake;
    while (TRUE) {
        const FakeJob *job = fake->jobs.head != NULL ? fake->jobs.head->data : NULL;
        if (job != NULL && job->kind != FAKE_OPEN_KEY) {
            fake_answer(fake, job->kind, NULL);
        } else if (fake->woken) {
            fake->woken = FALSE;
            fake->woken = certd_work(fake->service) || fake->woken;
            fake->timer = certd_work_next(fake->service);
        } else {
            return;
        }
    }
}

void delivered_sql(Delivered *delivered, const char *sql)
{
    char *message = NULL;
    sqlite3_exec(delivered->fake.fixture.store->db, sql, NULL, NULL, &message);
    g_assert_cmpstr(message, ==, NULL);
}

char *delivered_path(Delivered *delivered, const char *name)
{
    return g_build_filename(delivered->fake.runtime_directory, "export", name, NULL);
}

gboolean delivered_exists(Delivered *delivered, const char *name)
{
    g_autofree char *path = delivered_path(delivered, name);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

char *delivered_read(Delivered *delivered, const char *name)
{
    g_autofree char *path = delivered_path(delivered, name);
    g_autoptr(GError) error = NULL;
    char *content = NULL;
    g_assert_true(g_file_get_contents(path, &content, NULL, &error));
    g_assert_no_error(error);
    return content;
}

guint delivered_rows(Delivered *delivered, const char *outcome, char **detail)
{
    const CertdAuditFilter filter = {
        .object = "certificate/web", .action = "deliver", .outcome = outcome};
    g_autoptr(GError) error = NULL;
    gboolean more;
    g_autoptr(GPtrArray) rows =
        certd_store_audit_page(delivered->fake.fixture.store, &filter, 100, &more, &error);
    g_assert_no_error(error);
    const CertdAuditRecord *last = rows->len > 0 ? g_ptr_array_index(rows, rows->len - 1) : NULL;
    if (detail != NULL)
        *detail = g_strdup(last != NULL ? last->detail : NULL);
    return rows->len;
}
