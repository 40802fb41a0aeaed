/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Resets with a keystore that SQLite can't work with while certd runs, and factory resets that were cut
 * off (R51, R54). */

#include "service/reset.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"
#include "model/limits.h"
#include "service/import.h"
#include "store/audit.h"

#define PAGE_BYTES 4096

typedef struct {
    guint calls;
    GError *error;
    char **lost;
} Outcome;

static void on_done(const GError *error, void *userdata)
{
    Outcome *outcome = userdata;
    outcome->calls++;
    outcome->error = error != NULL ? g_error_copy(error) : NULL;
}

static void on_factory(char **lost, const GError *error, void *userdata)
{
    Outcome *outcome = userdata;
    on_done(error, userdata);
    outcome->lost = g_strdupv(lost);
}

static void on_imported(GPtrArray *findings, const GError *error, void *userdata)
{
    on_done(error, userdata);
}

/* Overwrites all pages but the first while the store is open and has read no other. */
static void spoil(Fake *fake)
{
    guint8 garbage[PAGE_BYTES];
    struct stat status;
    fake_restart_with_sql(fake, "SELECT 1");
    int fd = open(fake->fixture.path, O_RDWR | O_CLOEXEC);
    g_assert_cmpint(fstat(fd, &status), ==, 0);
    memset(garbage, 0xa5, sizeof garbage);
    for (off_t at = PAGE_BYTES; at < status.st_size; at += PAGE_BYTES)
        g_assert_cmpint(pwrite(fd, garbage, sizeof garbage, at), ==, sizeof garbage);
    close(fd);
}

static guint count_aside(const Fake *fake)
{
    g_autoptr(GDir) directory = g_dir_open(fake->fixture.directory, 0, NULL);
    const char *name;
    guint count = 0;
    while ((name = g_dir_read_name(directory)) != NULL)
        count += strstr(name, ".damaged-") != NULL && !g_str_has_suffix(name, "-wal") ? 1 : 0;
    return count;
}

static void begin(Fake *fake)
{
    fake_start(fake);
    fake_create(fake, "web");
    fake_request(fake, "web", "external");
}

static gboolean exists(Fake *fake, const char *name)
{
    return certd_store_certificate_exists(fake->fixture.store, name);
}

/* https is as after a first start, nothing is wrong, and a restart finds the same. */
static void check_new(Fake *fake)
{
    for (guint i = 0; i < 2; i++) {
        g_autoptr(CertdChainRecord) chain = fake_in_use(fake, "https");
        g_assert_cmpstr(chain->origin, ==, "default");
        g_assert_cmpuint(fixture_count(&fake->fixture), ==, 1);
        g_assert_false(certd_service_is_degraded(fake->service));
        fake_restart(fake);
        fake_start(fake);
    }
}

/* The new log begins with what became of the keystore before. */
static void check_log(Fake *fake)
{
    const CertdAuditFilter all = {0};
    gboolean more;
    g_autoptr(GPtrArray) page = certd_store_audit_page(fake->fixture.store, &all, 1, &more, NULL);
    g_assert_cmpuint(page->len, ==, 1);
    const CertdAuditRecord *row = g_ptr_array_index(page, 0);
    g_assert_cmpstr(row->action, ==, "keystore-aside");
    g_assert_cmpstr(row->object, ==, "keystore/all");
    g_assert_cmpstr(row->outcome, ==, CERTD_AUDIT_OK);
    g_autofree char *path = g_build_filename(fake->fixture.directory, row->detail, NULL);
    g_assert_true(g_file_test(path, G_FILE_TEST_IS_REGULAR));
}

/* R51: set aside without a restart, and https works. */
static void test_reset(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    g_autoptr(GVariant) none = fake_options(NULL);
    g_autoptr(GError) error = NULL;
    begin(fake);
    spoil(fake);
    g_assert_true(certd_reset(fake->service, &fake_root, "https", none, on_done, &outcome, &error));
    g_assert_no_error(error);
    g_assert_true(fake_problem(fake, "keystore-set-aside"));
    fake_settle(fake);
    g_assert_cmpuint(outcome.calls, ==, 1);
    g_assert_no_error(outcome.error);
    g_assert_cmpuint(count_aside(fake), ==, 1);
    check_log(fake);
    /* Told until the next reset: all other certificates were in there. */
    g_assert_true(fake_problem(fake, "keystore-set-aside"));
    fake_restart(fake);
    fake_start(fake);
    g_assert_true(fake_problem(fake, "keystore-set-aside"));
    g_assert_true(certd_reset(fake->service, &fake_root, "https", none, on_done, &outcome, &error));
    fake_settle(fake);
    g_assert_no_error(outcome.error);
    check_new(fake);
}

/* Another certificate's reset is no reason to part with all. */
static void test_reset_of_another(Fake *fake, const void *data)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    g_autoptr(GError) error = NULL;
    begin(fake);
    spoil(fake);
    g_assert_false(certd_reset(fake->service, &fake_root, "web", none, on_done, NULL, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED);
    g_assert_cmpuint(count_aside(fake), ==, 0);
}

/* R54: the same of a factory reset, which can't tell what was in it. */
static void test_factory_reset(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    g_autoptr(GVariant) none = fake_options(NULL);
    g_autoptr(GError) error = NULL;
    begin(fake);
    spoil(fake);
    g_assert_true(
        certd_factory_reset(fake->service, &fake_root, none, on_factory, &outcome, &error));
    g_assert_no_error(error);
    fake_settle(fake);
    g_assert_no_error(outcome.error);
    g_assert_false(fake->kept_old);
    g_assert_cmpuint(g_strv_length(outcome.lost), ==, 0);
    g_strfreev(outcome.lost);
    g_assert_cmpuint(count_aside(fake), ==, 1);
    check_log(fake);
    check_new(fake);
}

/* R54: what is cut off once it was noted, however far it came, the next start finishes. */
static void test_cut_off(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    g_autoptr(GVariant) none = fake_options(NULL);
    begin(fake);
    g_autoptr(CertdChainRecord) before = fake_in_use(fake, "https");
    g_assert_true(certd_factory_reset(fake->service, &fake_root, none, on_factory, &outcome, NULL));
    g_assert_cmpuint(fake_waiting(fake, FAKE_RENEW), ==, 1);
    g_assert_true(exists(fake, "web"));
    fake_restart(fake);
    fake->kept_old = TRUE;
    fake_start(fake);
    g_assert_cmpuint(outcome.calls, ==, 0);
    g_assert_false(fake->kept_old);
    g_autoptr(CertdChainRecord) after = fake_in_use(fake, "https");
    g_assert_cmpstr(after->fingerprint, !=, before->fingerprint);
    g_assert_cmpstr(after->authority, !=, before->authority);
    check_new(fake);
}

/* A factory reset that failed is none: the next start changes nothing. */
static void test_failed(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    g_autoptr(GVariant) none = fake_options(NULL);
    begin(fake);
    g_assert_true(certd_factory_reset(fake->service, &fake_root, none, on_factory, &outcome, NULL));
    fake_answer_code(fake, FAKE_RENEW, CERTD_ERROR_STORAGE_FULL);
    g_assert_error(outcome.error, CERTD_ERROR, CERTD_ERROR_STORAGE_FULL);
    g_clear_error(&outcome.error);
    fake_restart(fake);
    fake_start(fake);
    g_assert_true(exists(fake, "web"));
    g_assert_cmpuint(fake->sealing_key, ==, 0);
}

/* R54: one that failed once the key was destroyed is finished by the next start, and by the one after that
 * where it fails there. */
static void test_failed_late(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    g_autoptr(GVariant) none = fake_options(NULL);
    begin(fake);
    g_assert_true(certd_factory_reset(fake->service, &fake_root, none, on_factory, &outcome, NULL));
    fake_answer_code(fake, FAKE_RENEW, CERTD_ERROR_STORAGE_DAMAGED);
    g_assert_error(outcome.error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED);
    g_clear_error(&outcome.error);
    g_assert_true(fake_problem(fake, "factory-reset-unfinished"));
    fake_restart(fake);
    certd_start(fake->service, on_done, &outcome);
    fake_answer_code(fake, FAKE_RENEW, CERTD_ERROR_WORKER_FAILED);
    g_clear_error(&outcome.error);
    fake_settle(fake);
    g_clear_error(&outcome.error);
    fake_restart(fake);
    fake_start(fake);
    g_assert_false(exists(fake, "web"));
    check_new(fake);
}

/* R54: nothing that was begun before a factory reset is there after it. */
static void test_outlived(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    Outcome imported = {0};
    g_autoptr(GVariant) none = fake_options(NULL);
    g_autoptr(GError) error = NULL;
    const CertdImportInput input = {.data_fd = open("/dev/null", O_RDONLY | O_CLOEXEC),
                                    .passphrase_fd = -1};
    begin(fake);
    g_ptr_array_add(fake->read.public_key_hashes, fake_hash(0));
    fake->read.has_key = TRUE;
    fake->read.key_hash = fake_hash(0);
    g_assert_true(certd_import(fake->service, &fake_root, "https", &input, NULL, on_imported,
                               &imported, &error));
    close(input.data_fd);
    fake_answer(fake, FAKE_READ, NULL);
    g_assert_true(certd_factory_reset(fake->service, &fake_root, none, on_factory, &outcome, NULL));
    FakeJob *judging = g_queue_pop_head(&fake->jobs);
    fake_answer(fake, FAKE_RENEW, NULL);
    g_queue_push_head(&fake->jobs, judging);
    fake_settle(fake);
    g_assert_error(imported.error, CERTD_ERROR, CERTD_ERROR_CANCELLED);
    g_clear_error(&imported.error);
    g_assert_no_error(outcome.error);
    g_strfreev(outcome.lost);
    g_autoptr(CertdCertificateRecord) https = fake_get(fake, "https");
    g_assert_cmpint(https->previous_chain, ==, 0);
    /* It goes on from the one that was. */
    g_assert_cmpuint(https->generation, ==, 2);
    check_new(fake);
}

/* https is made again where its row is not there. */
static void test_without_row(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    g_autoptr(GVariant) none = fake_options(NULL);
    g_autoptr(GError) error = NULL;
    g_assert_false(exists(fake, "https"));
    g_assert_true(certd_reset(fake->service, &fake_root, "https", none, on_done, &outcome, &error));
    g_assert_no_error(error);
    fake_settle(fake);
    g_assert_no_error(outcome.error);
    check_new(fake);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/anew/reset", test_reset);
    fake_add("/anew/reset-of-another", test_reset_of_another);
    fake_add("/anew/factory-reset", test_factory_reset);
    fake_add("/anew/cut-off", test_cut_off);
    fake_add("/anew/failed", test_failed);
    fake_add("/anew/failed-late", test_failed_late);
    fake_add("/anew/outlived", test_outlived);
    fake_add("/anew/without-row", test_without_row);
    return g_test_run();
}
