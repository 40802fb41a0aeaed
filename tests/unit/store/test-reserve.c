/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Room that is kept, given back and taken again (R51). The limit on the size of a file is the full disk
 * of this test. */
#include "fixture.h"

#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"
#include "store/reserve.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART_BYTES (1024 * 1024)

static char *reserve_path(const Fixture *fixture)
{
    return g_build_filename(fixture->directory, CERTD_RESERVE_FILE, NULL);
}

static goffset size_of(const Fixture *fixture)
{
    g_autofree char *path = reserve_path(fixture);
    struct stat status;

    g_assert_cmpint(stat(path, &status), ==, 0);
    return status.st_size;
}

/* No file gets larger than @bytes; 0 for no limit. */
static void limit(goffset bytes)
{
    struct rlimit limits;

    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &limits), ==, 0);
    limits.rlim_cur = bytes == 0 ? limits.rlim_max : (rlim_t)bytes;
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limits), ==, 0);
}

/* Open, it is whole, for its owner alone, and not another one at the next open. */
static void test_whole(Fixture *fixture, const void *data)
{
    g_autofree char *path = reserve_path(fixture);
    struct stat before, after;

    g_assert_cmpint(stat(path, &before), ==, 0);
    g_assert_cmpint(before.st_size, ==, CERTD_RESERVE_BYTES);
    g_assert_cmpint(before.st_blocks * 512, >=, CERTD_RESERVE_BYTES);
    g_assert_cmpint(before.st_mode & 07777, ==, 0600);
    fixture_close(fixture);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    g_assert_cmpint(stat(path, &after), ==, 0);
    g_assert_cmpuint(after.st_ino, ==, before.st_ino);
    g_assert_cmpint(after.st_size, ==, CERTD_RESERVE_BYTES);
}

/* Given back when there is no room, and only then; for the first of several, until the last is done. */
static void test_released(Fixture *fixture, const void *data)
{
    certd_store_release_reserve(fixture->store);
    g_assert_cmpint(size_of(fixture), ==, CERTD_RESERVE_BYTES);
    certd_store_refill_reserve(fixture->store);
    limit(2 * CERTD_RESERVE_BYTES - 1);
    {
        g_autoptr(CertdRoom) first = certd_room_take(fixture->store);
        g_assert_cmpint(size_of(fixture), ==, 0);
        {
            g_autoptr(CertdRoom) second = certd_room_take(fixture->store);
            fixture_add_committed(fixture, "https");
            (void)second;
        }
        g_assert_cmpint(size_of(fixture), ==, 0);
        (void)first;
    }
    g_assert_cmpint(size_of(fixture), ==, CERTD_RESERVE_BYTES);
    limit(2 * CERTD_RESERVE_BYTES);
    certd_store_release_reserve(fixture->store);
    g_assert_cmpint(size_of(fixture), ==, CERTD_RESERVE_BYTES);
    certd_store_refill_reserve(fixture->store);
    limit(0);
    g_assert_cmpuint(fixture_count(fixture), ==, 1);
}

/* As much as there is room for; more is not tried at once, but at the next start. */
static void test_part(Fixture *fixture, const void *data)
{
    limit(PART_BYTES + 1);
    certd_store_release_reserve(fixture->store);
    certd_store_refill_reserve(fixture->store);
    limit(0);
    g_assert_cmpint(size_of(fixture), >=, PART_BYTES - 64 * 1024);
    g_assert_cmpint(size_of(fixture), <=, PART_BYTES + 1);
    fixture_add_committed(fixture, "https");
    g_assert_cmpint(size_of(fixture), <, CERTD_RESERVE_BYTES);
    fixture_close(fixture);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    g_assert_cmpint(size_of(fixture), ==, CERTD_RESERVE_BYTES);
}

/* With holes it is no reserve. */
static void test_holes(Fixture *fixture, const void *data)
{
    g_autofree char *path = reserve_path(fixture);
    struct stat status;

    fixture_close(fixture);
    g_assert_cmpint(truncate(path, 0), ==, 0);
    g_assert_cmpint(truncate(path, CERTD_RESERVE_BYTES), ==, 0);
    g_autoptr(CertdReserve) reserve = certd_reserve_new(fixture->directory);
    g_assert_cmpint(certd_reserve_size(reserve), ==, 0);
    certd_reserve_fill(reserve);
    g_assert_cmpint(certd_reserve_size(reserve), ==, CERTD_RESERVE_BYTES);
    g_assert_cmpint(stat(path, &status), ==, 0);
    g_assert_cmpint(status.st_blocks * 512, >=, CERTD_RESERVE_BYTES);
}

typedef struct {
    const char *name;
    gboolean directory; /* or a link */
} ForeignRow;

static const ForeignRow FOREIGN[] = {{"directory", TRUE}, {"link", FALSE}};

/* Something else in its place is left alone, and all works without a reserve. */
static void test_foreign(Fixture *fixture, const void *data)
{
    g_autofree char *path = reserve_path(fixture);

    for (size_t i = 0; i < G_N_ELEMENTS(FOREIGN); i++) {
        g_autofree char *name = g_strdup_printf("c%zu", i);
        fixture_close(fixture);
        g_assert_cmpint(g_remove(path), ==, 0);
        g_assert_cmpint(FOREIGN[i].directory ? g_mkdir(path, 0700) : symlink(fixture->path, path),
                        ==, 0);
        g_free(fixture_open(fixture, CERTD_STORE_OPENED));
        g_autoptr(CertdReserve) reserve = certd_reserve_new(fixture->directory);
        g_assert_cmpint(certd_reserve_size(reserve), ==, 0);
        g_assert_false(certd_reserve_has_room(reserve));
        g_assert_false(certd_reserve_release(reserve));
        certd_store_release_reserve(fixture->store);
        fixture_add_committed(fixture, name);
        certd_store_refill_reserve(fixture->store);
        g_assert_cmpuint(fixture_count(fixture), ==, i + 1);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    signal(SIGXFSZ, SIG_IGN);
    fixture_add("/store/reserve/whole", test_whole);
    fixture_add("/store/reserve/released", test_released);
    fixture_add("/store/reserve/part", test_part);
    fixture_add("/store/reserve/holes", test_holes);
    fixture_add("/store/reserve/foreign", test_foreign);
    return g_test_run();
}
