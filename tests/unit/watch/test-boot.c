/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R38: which boot this is, also where the kernel says that of a container's host. */
#include "watch/boot.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

typedef struct {
    char *directory;
    char *marker;
    char kernel[SD_ID128_STRING_MAX];
} Fixture;

static void set_up(Fixture *fixture, const void *data)
{
    sd_id128_t boot;
    fixture->directory = g_dir_make_tmp("certd-boot-XXXXXX", NULL);
    fixture->marker = g_build_filename(fixture->directory, ".boot", NULL);
    g_assert_cmpint(sd_id128_get_boot(&boot), >=, 0);
    sd_id128_to_string(boot, fixture->kernel);
}

static void tear_down(Fixture *fixture, const void *data)
{
    (void)g_unlink(fixture->marker);
    (void)g_rmdir(fixture->marker);
    (void)g_rmdir(fixture->directory);
    g_free(fixture->marker);
    g_free(fixture->directory);
}

/* The same until the directory is another one. */
static void test_boots(Fixture *fixture, const void *data)
{
    g_autofree char *first = certd_boot_id(fixture->directory);
    g_autofree char *again = certd_boot_id(fixture->directory);
    struct stat status;
    g_assert_cmpuint(strlen(first), ==, 32);
    g_assert_cmpstr(first, ==, again);
    g_assert_cmpstr(first, !=, fixture->kernel);
    g_assert_cmpint(g_lstat(fixture->marker, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0600);
    g_assert_cmpint(g_unlink(fixture->marker), ==, 0);
    g_autofree char *other = certd_boot_id(fixture->directory);
    g_assert_cmpstr(other, !=, first);
}

/* What is no marker of certd's is replaced. */
static void test_damaged(Fixture *fixture, const void *data)
{
    static const char *const texts[] = {"", "0123", "not thirty-two digits, whatever else"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_assert_true(g_file_set_contents(fixture->marker, texts[i], -1, NULL));
        g_autofree char *first = certd_boot_id(fixture->directory);
        g_autofree char *again = certd_boot_id(fixture->directory);
        g_assert_cmpstr(first, ==, again);
        g_assert_cmpstr(first, !=, fixture->kernel);
    }
    g_assert_cmpint(g_unlink(fixture->marker), ==, 0);
    g_assert_cmpint(symlink("/proc/sys/kernel/random/uuid", fixture->marker), ==, 0);
    g_autofree char *first = certd_boot_id(fixture->directory);
    g_autofree char *again = certd_boot_id(fixture->directory);
    g_assert_cmpstr(first, ==, again);
    g_assert_false(g_file_test(fixture->marker, G_FILE_TEST_IS_SYMLINK));
}

/* Where nothing can be kept, the kernel is believed. */
static void test_nowhere(Fixture *fixture, const void *data)
{
    g_autofree char *none = certd_boot_id(NULL);
    g_autofree char *missing = certd_boot_id("/nonexistent");
    g_assert_cmpint(g_mkdir(fixture->marker, 0700), ==, 0);
    g_autofree char *taken = certd_boot_id(fixture->directory);
    g_assert_cmpstr(none, ==, fixture->kernel);
    g_assert_cmpstr(missing, ==, fixture->kernel);
    g_assert_cmpstr(taken, ==, fixture->kernel);
    g_autofree char *left = g_strconcat(fixture->marker, ".new", NULL);
    (void)g_unlink(left);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/boot/boots", Fixture, NULL, set_up, test_boots, tear_down);
    g_test_add("/boot/damaged", Fixture, NULL, set_up, test_damaged, tear_down);
    g_test_add("/boot/nowhere", Fixture, NULL, set_up, test_nowhere, tear_down);
    return g_test_run();
}
