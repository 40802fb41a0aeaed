/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The trust store for other programs: what is below the runtime directory (R70). */

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fake.h"
#include "service/published.h"
#include "service/trust.h"

/* The file system can't exchange two files. */
static gboolean no_exchange;

/* In the place of the C library's. */
int renameat2(int from_directory, const char *from, int to_directory, const char *to,
              unsigned int flags)
{
    if (no_exchange && (flags & RENAME_EXCHANGE) != 0) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
}

static void begin(Fake *fake, const void *data)
{
    g_autoptr(GError) error = NULL;
    fake_set_up(fake, NULL);
    fake->runtime_directory = g_dir_make_tmp("certd-run-XXXXXX", &error);
    g_assert_no_error(error);
    fake_restart(fake);
}

static void end(Fake *fake, const void *data)
{
    g_assert_cmpint(certd_published_remove(AT_FDCWD, fake->runtime_directory), ==, 0);
    g_clear_pointer(&fake->anchors, g_ptr_array_unref);
    fake_tear_down(fake, NULL);
}

static void on_added(char **fingerprints, const GError *error, void *userdata)
{
    g_assert_no_error(error);
}

/* Adds an anchor whose certificate is @content. */
static void add(Fake *fake, const char *content, const char *hash, const char *subject,
                const char *options)
{
    g_autoptr(GVariant) dict = fake_options(options);
    g_autoptr(GError) error = NULL;
    CertdAnchor *anchor = g_new0(CertdAnchor, 1);
    GVariantDict details;
    g_variant_dict_init(&details, NULL);
    g_variant_dict_insert(&details, "subject", "s", subject);
    anchor->details = g_variant_ref_sink(g_variant_dict_end(&details));
    anchor->certificate = g_bytes_new(content, strlen(content));
    anchor->fingerprint = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, anchor->certificate);
    anchor->subject_hash = g_strdup(hash);
    g_clear_pointer(&fake->anchors, g_ptr_array_unref);
    fake->anchors = g_ptr_array_new_with_free_func((GDestroyNotify)certd_anchor_free);
    g_ptr_array_add(fake->anchors, anchor);
    g_assert_true(certd_trust_add(fake->service, &fake_root, 0, -1, dict, on_added, NULL, &error));
    g_assert_no_error(error);
    fake_answer(fake, FAKE_READ_ANCHORS, NULL);
}

static char *path_of(Fake *fake, const char *name)
{
    return g_build_filename(fake->runtime_directory, name, NULL);
}

static gboolean exists(Fake *fake, const char *name)
{
    g_autofree char *path = path_of(fake, name);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* The content of a file that everybody may read. */
static char *read_file(Fake *fake, const char *name)
{
    g_autofree char *path = path_of(fake, name);
    char *content = NULL;
    struct stat status;
    g_assert_cmpint(stat(path, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 07777, ==, 0644);
    g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
    return content;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in the directory @name, sorted, with spaces between. */
static char *list(Fake *fake, const char *name)
{
    g_autofree char *path = path_of(fake, name);
    g_autoptr(GDir) entries = g_dir_open(path, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    struct stat status;
    const char *entry;
    g_assert_nonnull(entries);
    g_assert_cmpint(stat(path, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 07777, ==, 0755);
    while ((entry = g_dir_read_name(entries)) != NULL)
        g_ptr_array_add(names, g_strdup(entry));
    g_ptr_array_sort(names, compare);
    g_ptr_array_add(names, NULL);
    return g_strjoinv(" ", (char **)names->pdata);
}

static void expect_list(Fake *fake, const char *name, const char *expected)
{
    g_autofree char *found = list(fake, name);
    g_assert_cmpstr(found, ==, expected);
}

static void expect_export(Fake *fake, const char *format, const char *file)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) exported = certd_trust_export(fake->service, format, &error);
    g_autofree char *content = read_file(fake, file);
    size_t size;
    g_assert_no_error(error);
    const void *bytes = g_bytes_get_data(exported, &size);
    g_assert_cmpmem(bytes, size, content, strlen(content));
}

/* R70: bundles and directories of each purpose, from the start on and after each change. */
static void test_published(Fake *fake, const void *data)
{
    mode_t before = umask(077);
    fake_start(fake);
    expect_list(fake, "trust", "client client.pem server server.pem");
    expect_list(fake, "trust/server", "");
    g_autofree char *empty = read_file(fake, "trust/server.pem");
    g_assert_cmpstr(empty, ==, "");
    add(fake, "one", "0000aaaa", "CN=one", NULL);
    add(fake, "two", "0000aaaa", "CN=two", "{'purposes': <['client', 'server']>}");
    add(fake, "three", "0000bbbb", "CN=three", "{'purposes': <['client']>}");
    expect_list(fake, "trust/server", "0000aaaa.0 0000aaaa.1");
    expect_list(fake, "trust/client", "0000aaaa.0 0000bbbb.0");
    g_autofree char *file = read_file(fake, "trust/client/0000bbbb.0");
    g_assert_cmpstr(file, ==, "-----BEGIN CERTIFICATE-----\ndGhyZWU=\n-----END CERTIFICATE-----\n");
    expect_export(fake, "pem", "trust/server.pem");
    expect_export(fake, "client-pem", "trust/client.pem");
    g_autofree char *bundle = read_file(fake, "trust/client.pem");
    g_assert_nonnull(strstr(bundle, "# CN=three\n# SHA-256 "));
    g_assert_nonnull(strstr(bundle, file));
    g_assert_null(strstr(bundle, "CN=one"));
    const CertdAnchor *last = g_ptr_array_index(fake->anchors, 0);
    g_assert_true(certd_trust_remove(fake->service, &fake_root, last->fingerprint, NULL));
    expect_list(fake, "trust/client", "0000aaaa.0");
    umask(before);
}

static void test_formats(Fake *fake, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(certd_trust_export(fake->service, "der", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT);
}

/* A subject is somebody else's text: it neither ends its line nor begins a certificate. */
static void test_comment(Fake *fake, const void *data)
{
    fake_start(fake);
    add(fake, "one", "0000aaaa", "CN=a\n-----BEGIN CERTIFICATE-----\nAAAA", NULL);
    g_autofree char *bundle = read_file(fake, "trust/server.pem");
    g_auto(GStrv) lines = g_strsplit(bundle, "\n", -1);
    g_assert_true(g_str_has_prefix(lines[0], "# CN=a\\u{"));
    g_assert_true(g_str_has_prefix(lines[1], "# SHA-256 "));
    g_assert_cmpstr(lines[2], ==, "-----BEGIN CERTIFICATE-----");
    g_assert_null(strstr(lines[0], "-----"));
}

/* The tree of before stays for a moment, for who reads in it; and one that was left is cleared away. */
static void test_left(Fake *fake, const void *data)
{
    g_autofree char *new = path_of(fake, ".trust.new/server");
    fake_start(fake);
    add(fake, "one", "0000aaaa", "CN=one", NULL);
    g_assert_true(exists(fake, ".trust.old/server.pem"));
    expect_list(fake, ".trust.old/server", "");
    fake_pass(fake, 59);
    g_assert_true(exists(fake, ".trust.old"));
    fake_pass(fake, 1);
    g_assert_false(exists(fake, ".trust.old"));
    expect_list(fake, "trust/server", "0000aaaa.0");

    /* A certd that was killed, half way, left this. */
    g_assert_cmpint(g_mkdir_with_parents(new, 0755), ==, 0);
    fake_restart(fake);
    fake_start(fake);
    g_assert_false(exists(fake, ".trust.new"));
    expect_list(fake, "trust/server", "0000aaaa.0");
}

/* R70: where the two can't be exchanged, one is moved away and the other in. */
static void test_no_exchange(Fake *fake, const void *data)
{
    no_exchange = TRUE;
    fake_start(fake);
    add(fake, "one", "0000aaaa", "CN=one", NULL);
    expect_list(fake, "trust/server", "0000aaaa.0");
    add(fake, "two", "0000bbbb", "CN=two", NULL);
    expect_list(fake, "trust/server", "0000aaaa.0 0000bbbb.0");
    expect_list(fake, ".trust.old/server", "0000aaaa.0");
    fake_restart(fake);
    fake_start(fake);
    expect_list(fake, "trust/server", "0000aaaa.0 0000bbbb.0");
    g_assert_false(exists(fake, ".trust.new"));
    g_assert_false(fake_problem(fake, "trust-unpublished"));
    no_exchange = FALSE;
}

/* R70: what can't be written is told, no reason to fail, and tried again. */
static void test_unpublished(Fake *fake, const void *data)
{
    g_autofree char *moved = g_strconcat(fake->runtime_directory, ".away", NULL);
    guint count = 0;
    gint64 changed;
    fake_start(fake);
    g_assert_false(fake_problem(fake, "trust-unpublished"));
    g_assert_cmpint(g_rename(fake->runtime_directory, moved), ==, 0);
    add(fake, "one", "0000aaaa", "CN=one", NULL);
    g_assert_true(fake_problem(fake, "trust-unpublished"));
    g_assert_false(certd_service_is_degraded(fake->service));
    g_assert_true(certd_trust_state(fake->service, &count, &changed, NULL));
    g_assert_cmpuint(count, ==, 1);
    fake_pass(fake, 120);
    g_assert_true(fake_problem(fake, "trust-unpublished"));
    g_assert_cmpint(g_rename(moved, fake->runtime_directory), ==, 0);
    fake_pass(fake, 60);
    g_assert_false(fake_problem(fake, "trust-unpublished"));
    expect_list(fake, "trust/server", "0000aaaa.0");
}

/* What somebody put in the way is not followed, and goes. */
static void test_in_the_way(Fake *fake, const void *data)
{
    g_autofree char *victim = path_of(fake, "victim");
    g_autofree char *precious = path_of(fake, "victim/precious");
    static const char *const names[] = {"trust", ".trust.new", ".trust.old"};
    g_assert_cmpint(g_mkdir(victim, 0755), ==, 0);
    g_assert_true(g_file_set_contents(precious, "x", -1, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = path_of(fake, names[i]);
        g_assert_cmpint(symlink(victim, path), ==, 0);
    }
    fake_start(fake);
    fake_pass(fake, 60);
    expect_list(fake, "trust", "client client.pem server server.pem");
    expect_list(fake, "victim", "precious");
    g_assert_false(exists(fake, ".trust.new"));
    g_assert_false(exists(fake, ".trust.old"));
}

/* R51: an anchor that can't be believed is not handed out, is told of, and hides no other. */
static void test_damaged(Fake *fake, const void *data)
{
    fake_start(fake);
    add(fake, "one", "0000aaaa", "CN=one", NULL);
    add(fake, "two", "0000bbbb", "CN=two", NULL);
    fake_restart_with_sql(fake,
                          "UPDATE anchor SET certificate = x'00' WHERE subject_hash = '0000bbbb'");
    fake_start(fake);
    expect_list(fake, "trust/server", "0000aaaa.0");
    g_assert_true(fake_problem(fake, "anchor-damaged"));
    add(fake, "two", "0000bbbb", "CN=two", NULL);
    expect_list(fake, "trust/server", "0000aaaa.0 0000bbbb.0");
    g_assert_false(fake_problem(fake, "anchor-damaged"));
}

#define files_add(path, function) g_test_add(path, Fake, NULL, begin, function, end)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    files_add("/trust-files/published", test_published);
    files_add("/trust-files/formats", test_formats);
    files_add("/trust-files/comment", test_comment);
    files_add("/trust-files/left", test_left);
    files_add("/trust-files/no-exchange", test_no_exchange);
    files_add("/trust-files/unpublished", test_unpublished);
    files_add("/trust-files/in-the-way", test_in_the_way);
    files_add("/trust-files/damaged", test_damaged);
    return g_test_run();
}
