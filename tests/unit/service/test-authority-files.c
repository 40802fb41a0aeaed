/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The authority's certificate for whoever wants to trust it (R27). */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"
#include "service/authority.h"
#include "service/published.h"
#include "service/review.h"

/* A runtime directory, and a service that publishes below it. */
static void set_up(Fake *fake, const void *data)
{
    g_autoptr(GError) error = NULL;
    fake_set_up(fake, NULL);
    fake->runtime_directory = g_dir_make_tmp("certd-run-XXXXXX", &error);
    g_assert_no_error(error);
    fake_restart(fake);
}

static void remove_all(const char *directory)
{
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    const char *name;
    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        g_assert_cmpint(g_remove(path), ==, 0);
    }
    g_assert_cmpint(g_rmdir(directory), ==, 0);
}

static void tear_down(Fake *fake, const void *data)
{
    g_assert_cmpint(certd_published_remove(AT_FDCWD, fake->runtime_directory), ==, 0);
    fake_tear_down(fake, NULL);
}

/* The file @name is what is exported as @format, and everybody may read it. */
static void expect_file(Fake *fake, const char *name, const char *format)
{
    g_autofree char *path = g_build_filename(fake->runtime_directory, "authority", name, NULL);
    g_autoptr(GBytes) exported = certd_authority_export(fake->service, format, NULL);
    g_autofree char *content = NULL;
    size_t length, size;
    struct stat status;
    g_assert_true(g_file_get_contents(path, &content, &length, NULL));
    const void *bytes = g_bytes_get_data(exported, &size);
    g_assert_cmpmem(content, length, bytes, size);
    g_assert_cmpint(stat(path, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0644);
}

static void expect_published(Fake *fake)
{
    g_autofree char *directory = g_build_filename(fake->runtime_directory, "authority", NULL);
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    struct stat status;
    guint count = 0;
    g_assert_nonnull(entries);
    while (g_dir_read_name(entries) != NULL)
        count++;
    g_assert_cmpuint(count, ==, 2);
    g_assert_cmpint(stat(directory, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0755);
    expect_file(fake, "ca.crt", "pem");
    expect_file(fake, "ca.cer", "der");
    g_assert_false(fake_problem(fake, "authority-unpublished"));
}

/* R27: as files, from the first start, after each change and after a boot that cleared them. */
static void test_published(Fake *fake, const void *data)
{
    mode_t before = umask(077);
    fake_start(fake);
    expect_published(fake);
    fake_rename(fake, "device.example.com", "DNS:device.example.com");
    certd_names_changed(fake->service);
    fake_settle(fake);
    expect_published(fake);
    g_autofree char *directory = g_build_filename(fake->runtime_directory, "authority", NULL);
    remove_all(directory);
    fake_restart(fake);
    fake_start(fake);
    expect_published(fake);
    umask(before);
}

/* R27: what can't be written is told, and is no reason not to go on. */
static void test_unpublished(Fake *fake, const void *data)
{
    g_autofree char *path = g_build_filename(fake->runtime_directory, "authority", NULL);
    g_assert_true(g_file_set_contents(path, "in the way", -1, NULL));
    fake_start(fake);
    g_assert_true(fake_problem(fake, "authority-unpublished"));
    g_assert_false(certd_service_is_degraded(fake->service));
    g_assert_cmpint(g_remove(path), ==, 0);
    fake_restart(fake);
    fake_start(fake);
    expect_published(fake);
}

/* R27: a link that somebody put there is not followed. */
static void test_link(Fake *fake, const void *data)
{
    g_autofree char *path = g_build_filename(fake->runtime_directory, "authority", NULL);
    g_autofree char *victim = g_build_filename(fake->runtime_directory, "victim", NULL);
    g_assert_cmpint(g_mkdir(victim, 0700), ==, 0);
    g_assert_cmpint(symlink(victim, path), ==, 0);
    fake_start(fake);
    g_assert_true(fake_problem(fake, "authority-unpublished"));
    g_autoptr(GDir) entries = g_dir_open(victim, 0, NULL);
    g_assert_null(g_dir_read_name(entries));
    g_assert_cmpint(g_remove(path), ==, 0);
}

/* R27: PEM, DER and the profile; the same profile for the same certificate, another for another. */
static void test_formats(Fake *fake, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(certd_authority_export(fake->service, "pem", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
    g_clear_error(&error);
    fake_start(fake);
    g_assert_null(certd_authority_export(fake->service, "p12", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT);
    g_autoptr(CertdAuthorityRecord) record = certd_authority_get(fake->service, NULL);
    g_autoptr(GBytes) der = certd_authority_export(fake->service, "der", NULL);
    g_autoptr(GBytes) pem = certd_authority_export(fake->service, "pem", NULL);
    g_autoptr(GBytes) first = certd_authority_export(fake->service, "mobileconfig", NULL);
    g_autoptr(GBytes) same = certd_authority_export(fake->service, "mobileconfig", NULL);
    g_assert_true(g_bytes_equal(der, record->certificate));
    g_assert_true(g_str_has_prefix(g_bytes_get_data(pem, NULL), "-----BEGIN CERTIFICATE-----\n"));
    g_assert_true(g_bytes_equal(first, same));
    g_autofree char *text = g_strndup(g_bytes_get_data(first, NULL), g_bytes_get_size(first));
    size_t size;
    const guchar *bytes = g_bytes_get_data(der, &size);
    g_autofree char *base64 = g_base64_encode(bytes, size);
    g_assert_nonnull(strstr(text, base64));
    g_assert_nonnull(strstr(text, "com.apple.security.root"));
    g_assert_nonnull(strstr(text, certd_subject_common_name(record->subject)));
    fake_rename(fake, "device.example.com", "DNS:device.example.com");
    certd_names_changed(fake->service);
    fake_settle(fake);
    g_autoptr(GBytes) other = certd_authority_export(fake->service, "mobileconfig", NULL);
    g_assert_false(g_bytes_equal(first, other));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/authority-files/published", Fake, NULL, set_up, test_published, tear_down);
    g_test_add("/authority-files/unpublished", Fake, NULL, set_up, test_unpublished, tear_down);
    g_test_add("/authority-files/link", Fake, NULL, set_up, test_link, tear_down);
    fake_add("/authority-files/formats", test_formats);
    return g_test_run();
}
