/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening, transactions, crashes and failing disks. */
#include "fixture.h"

#include "model/error.h"
#include "shim.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_reopen(Fixture *fixture, const void *data)
{
    g_autofree char *wal = g_strconcat(fixture->path, "-wal", NULL);
    struct stat status;

    fixture_add_committed(fixture, "https");
    g_assert_cmpint(stat(fixture->path, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0600);
    g_assert_cmpint(stat(wal, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0600);
    fixture_close(fixture);
    g_assert_false(g_file_test(wal, G_FILE_TEST_EXISTS));
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    g_assert_cmpuint(fixture_count(fixture), ==, 1);
}

static void test_busy(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(certd_store_open(fixture->directory, NULL, NULL, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_BUSY);
}

static void test_transactions(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(certd_store_commit(fixture->store, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_BUSY);
    g_clear_error(&error);
    certd_store_rollback(fixture->store);
    {
        fixture_begin(fixture);
        g_autoptr(CertdTransaction) transaction = fixture->store;
        fixture_add_certificate(fixture, "gone");
        g_assert_false(certd_store_begin(fixture->store, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_BUSY);
        g_clear_error(&error);
        g_assert_cmpuint(fixture_count(fixture), ==, 1);
        (void)transaction;
    }
    g_assert_cmpuint(fixture_count(fixture), ==, 0);
    g_assert_false(certd_store_key_collect(fixture->store, "x", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_BUSY);
    {
        fixture_begin(fixture);
        g_autoptr(CertdTransaction) transaction = fixture->store;
        fixture_add_certificate(fixture, "kept");
        fixture_commit(fixture);
        (void)transaction;
    }
    g_assert_cmpuint(fixture_count(fixture), ==, 1);
}

/* Commits rows and tells of each through @fd, until it is killed. */
G_NORETURN static void write_until_killed(const char *directory, guint round, int fd)
{
    Fixture child = {.directory = (char *)directory};

    child.store = certd_store_open(directory, NULL, NULL, NULL);
    for (guint n = 0; child.store; n++) {
        g_autofree char *name = g_strdup_printf("c%u-%u", round, n);
        fixture_begin(&child);
        fixture_add_certificate(&child, name);
        fixture_commit(&child);
        if (write(fd, "x", 1) != 1)
            break;
    }
    _exit(1);
}

/* R51: a hundred kills, and whatever was reported as committed is there. */
static void test_killed(Fixture *fixture, const void *data)
{
    guint64 reported = 0;

    for (guint round = 0; round < 100; round++) {
        int pipes[2];
        char byte;
        fixture_close(fixture);
        g_assert_cmpint(pipe(pipes), ==, 0);
        pid_t child = fork();
        if (child == 0)
            write_until_killed(fixture->directory, round, pipes[1]);
        close(pipes[1]);
        for (guint n = 0; n < 1 + round % 7; n++, reported++)
            g_assert_cmpint(read(pipes[0], &byte, 1), ==, 1);
        g_assert_cmpint(kill(child, SIGKILL), ==, 0);
        while (read(pipes[0], &byte, 1) == 1)
            reported++;
        g_assert_cmpint(waitpid(child, NULL, 0), ==, child);
        close(pipes[0]);
        g_free(fixture_open(fixture, CERTD_STORE_OPENED));
        /* One more may have been committed without having been reported. */
        g_assert_cmpuint(fixture_count(fixture), >=, reported);
        g_assert_cmpuint(fixture_count(fixture), <=, reported + 1);
        reported = fixture_count(fixture);
    }
}

typedef struct {
    const char *name;
    int code;
    CertdError error;
} FaultRow;

static const FaultRow FAULTS[] = {
    {"full disk", SQLITE_FULL, CERTD_ERROR_STORAGE_FULL},
    {"write error", SQLITE_IOERR_WRITE, CERTD_ERROR_STORAGE_DAMAGED},
};

static gboolean try_add(Fixture *fixture, const char *name, GError **error)
{
    g_autoptr(CertdCertificateRecord) record = g_new0(CertdCertificateRecord, 1);

    record->name = g_strdup(name);
    record->settings = certd_settings_new();
    if (!certd_store_begin(fixture->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = fixture->store;
    (void)transaction;
    return certd_store_certificate_insert(fixture->store, record, error) &&
           certd_store_commit(fixture->store, error);
}

/* Each write and each sync of a transaction fails in turn; nothing of it is left. */
static void test_faults(Fixture *fixture, const void *data)
{
    for (size_t i = 0; i < G_N_ELEMENTS(FAULTS); i++) {
        guint failures = 0;
        gboolean added = FALSE;
        g_autofree char *name = g_strdup_printf("row%zu", i);
        for (guint n = 1; !added; n++) {
            g_autoptr(GError) error = NULL;
            shim_fail(n, FAULTS[i].code);
            added = try_add(fixture, name, &error);
            shim_fail(0, SQLITE_OK);
            if (!added)
                g_assert_error(error, CERTD_ERROR, (int)FAULTS[i].error);
            failures += added ? 0 : 1;
            g_assert_cmpuint(fixture_count(fixture), ==, i + (added ? 1 : 0));
        }
        g_assert_cmpuint(failures, >=, 2);
    }
    fixture_close(fixture);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    g_assert_cmpuint(fixture_count(fixture), ==, G_N_ELEMENTS(FAULTS));
}

/* A disk that fails while the keystore is opened is no damage: nothing is set aside. */
static void test_faults_at_open(Fixture *fixture, const void *data)
{
    for (size_t i = 0; i < G_N_ELEMENTS(FAULTS); i++) {
        guint failures = 0;
        fixture_close(fixture);
        g_assert_cmpint(g_remove(fixture->path), ==, 0);
        for (guint n = 1; !fixture->store; n++) {
            CertdStoreOutcome outcome = CERTD_STORE_SET_ASIDE;
            g_autoptr(GError) error = NULL;
            g_autofree char *aside = NULL;
            shim_fail(n, FAULTS[i].code);
            fixture->store = certd_store_open(fixture->directory, &outcome, &aside, &error);
            shim_fail(0, SQLITE_OK);
            g_assert_null(aside);
            if (!fixture->store)
                g_assert_error(error, CERTD_ERROR, (int)FAULTS[i].error);
            failures += fixture->store ? 0 : 1;
        }
        g_assert_cmpuint(failures, >=, 2);
    }
}

/* What is read turns to garbage in the middle of a run. The next start has to check. */
static void test_damage_while_open(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    for (guint n = 0; n < 20000; n++) {
        g_autofree char *name = g_strdup_printf("c%05u", n);
        fixture_add_certificate(fixture, name);
    }
    fixture_commit(fixture);
    shim_garble(TRUE);
    gboolean failed = FALSE;
    for (guint n = 0; n < 20000 && !failed; n += 100) {
        g_autofree char *name = g_strdup_printf("c%05u", n);
        g_autoptr(CertdCertificateRecord) record =
            certd_store_certificate_get(fixture->store, name, &error);
        failed = !record;
    }
    shim_garble(FALSE);
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED);
    fixture_close(fixture);
    g_autofree char *mark = g_strconcat(fixture->path, ".clean", NULL);
    g_assert_false(g_file_test(mark, G_FILE_TEST_EXISTS));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    shim_install();
    fixture_add("/store/reopen", test_reopen);
    fixture_add("/store/busy", test_busy);
    fixture_add("/store/transactions", test_transactions);
    fixture_add("/store/killed", test_killed);
    fixture_add("/store/faults", test_faults);
    fixture_add("/store/faults-at-open", test_faults_at_open);
    fixture_add("/store/damage-while-open", test_damage_while_open);
    return g_test_run();
}
