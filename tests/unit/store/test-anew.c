/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A new keystore in the place of the one that is open, and what damage leads to it (R51). */
#include "fixture.h"

#include "model/error.h"
#include "shim.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
    const char *name;
    CertdStoreFate fate;
} FateRow;

static const FateRow FATES[] = {{"kept", CERTD_STORE_KEEP}, {"deleted", CERTD_STORE_DELETE}};

static guint count_aside(const Fixture *fixture)
{
    g_autoptr(GDir) directory = g_dir_open(fixture->directory, 0, NULL);
    const char *name;
    guint count = 0;

    while ((name = g_dir_read_name(directory)))
        count += strstr(name, ".damaged-") && !g_str_has_suffix(name, "-wal") ? 1 : 0;
    return count;
}

/* What was under way is rolled back, what was there is set aside or gone, and the new one is used as any
 * other, also after it was closed. */
static void test_fates(Fixture *fixture, const void *data)
{
    for (size_t i = 0; i < G_N_ELEMENTS(FATES); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *aside = NULL;
        fixture_add_committed(fixture, "old");
        fixture_begin(fixture);
        fixture_add_certificate(fixture, "under-way");
        g_assert_true(certd_store_begin_anew(fixture->store, FATES[i].fate, &aside, &error));
        g_assert_no_error(error);
        g_assert_cmpint(aside != NULL, ==, FATES[i].fate == CERTD_STORE_KEEP);
        g_assert_cmpuint(count_aside(fixture), ==, 1);
        g_assert_cmpuint(fixture_count(fixture), ==, 0);
        fixture_add_committed(fixture, "new");
        fixture_close(fixture);
        g_free(fixture_open(fixture, CERTD_STORE_OPENED));
        g_assert_cmpuint(fixture_count(fixture), ==, 1);
        fixture_begin(fixture);
        g_assert_true(certd_store_certificate_delete(fixture->store, "new", &error));
        fixture_commit(fixture);
    }
}

/* What can't be begun is an error, not the end: each call says so, and the next attempt succeeds. */
static void test_fails(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    char *aside = (char *)"untouched";
    guint64 number = 99;

    fixture_add_committed(fixture, "old");
    shim_fail(1, SQLITE_IOERR_WRITE);
    g_assert_false(certd_store_begin_anew(fixture->store, CERTD_STORE_KEEP, &aside, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED);
    g_assert_cmpstr(aside, ==, "untouched");
    shim_fail(0, SQLITE_OK);
    g_clear_error(&error);
    g_assert_false(certd_store_certificate_count(fixture->store, &number, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED);
    g_assert_cmpuint(number, ==, 99);
    g_assert_true(certd_store_is_corrupt(fixture->store));
    g_clear_error(&error);
    g_assert_true(certd_store_begin_anew(fixture->store, CERTD_STORE_KEEP, NULL, &error));
    g_assert_no_error(error);
    g_assert_false(certd_store_is_corrupt(fixture->store));
    fixture_add_committed(fixture, "new");
    g_assert_cmpuint(fixture_count(fixture), ==, 1);
}

/* A page of garbage is damage that SQLite sees; a disk that fails, a full one and a row that makes no sense
 * are not. */
static void test_corrupt(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    for (guint n = 0; n < 20000; n++) {
        g_autofree char *name = g_strdup_printf("c%05u", n);
        fixture_add_certificate(fixture, name);
    }
    fixture_commit(fixture);
    fixture_begin(fixture);
    shim_fail(1, SQLITE_FULL);
    fixture_add_certificate(fixture, "full");
    g_assert_false(certd_store_commit(fixture->store, &error));
    g_clear_error(&error);
    shim_fail(0, SQLITE_OK);
    g_assert_false(certd_store_is_corrupt(fixture->store));
    g_assert_false(certd_store_certificate_exists(fixture->store, "full"));
    shim_garble(TRUE);
    for (guint n = 0; n < 20000 && !error; n += 100) {
        g_autofree char *name = g_strdup_printf("c%05u", n);
        g_autoptr(CertdCertificateRecord) record =
            certd_store_certificate_get(fixture->store, name, &error);
        (void)record;
    }
    shim_garble(FALSE);
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED);
    g_assert_true(certd_store_is_corrupt(fixture->store));
    g_clear_error(&error);
    g_assert_true(certd_store_begin_anew(fixture->store, CERTD_STORE_KEEP, NULL, &error));
    g_assert_false(certd_store_is_corrupt(fixture->store));
    g_assert_cmpuint(fixture_count(fixture), ==, 0);
}

/* How many certificates a copy of the keystore has, as after a crash at this moment. */
static guint64 count_in_copy(const Fixture *fixture)
{
    Fixture copy = {.directory = g_dir_make_tmp("certd-copy-XXXXXX", NULL)};
    static const char *const FILES[] = {"keystore.db", "keystore.db-wal"};
    guint64 count = 0;

    copy.path = g_build_filename(copy.directory, FILES[0], NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(FILES); i++) {
        g_autofree char *from = g_build_filename(fixture->directory, FILES[i], NULL);
        g_autofree char *to = g_build_filename(copy.directory, FILES[i], NULL);
        g_autofree char *content = NULL;
        size_t size = 0;
        g_assert_true(g_file_get_contents(from, &content, &size, NULL));
        g_assert_true(g_file_set_contents(to, content, (gssize)size, NULL));
    }
    g_free(fixture_open(&copy, CERTD_STORE_OPENED));
    count = fixture_count(&copy);
    fixture_tear_down(&copy, NULL);
    return count;
}

/* What was answered with an error is not there after a crash either: a disk that fails once may have taken
 * all of it into the log. */
static void test_failed_commit(Fixture *fixture, const void *data)
{
    guint failures = 0;

    fixture_add_committed(fixture, "before");
    for (gboolean added = FALSE; !added;) {
        g_autoptr(GError) error = NULL;
        fixture_begin(fixture);
        fixture_add_certificate(fixture, "once");
        shim_fail_once(failures + 1, SQLITE_IOERR_FSYNC);
        added = certd_store_commit(fixture->store, &error);
        shim_fail(0, SQLITE_OK);
        failures += added ? 0 : 1;
        g_assert_cmpuint(fixture_count(fixture), ==, added ? 2 : 1);
        g_assert_cmpuint(count_in_copy(fixture), ==, added ? 2 : 1);
    }
    g_assert_cmpuint(failures, >=, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    shim_install();
    fixture_add("/store/anew/fates", test_fates);
    fixture_add("/store/anew/fails", test_fails);
    fixture_add("/store/anew/corrupt", test_corrupt);
    fixture_add("/store/anew/failed-commit", test_failed_commit);
    return g_test_run();
}
