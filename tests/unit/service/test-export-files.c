/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files themselves: who may read them, and what is done with what is in the way. */

#include "service/export-files.h"

#include <acl/libacl.h>
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
#include "service/sealed.h"

typedef struct {
    char *runtime;
    int key;
    CertdDevice device;
} Place;

/* The file system can't exchange two directories. */
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

static void set_up(Place *place, const void *data)
{
    char directory[] = "/dev/shm/certd-run-XXXXXX";
    g_autoptr(GError) error = NULL;
    g_assert_nonnull(g_mkdtemp_full(directory, 0755));
    place->runtime = g_strdup(directory);
    place->key = certd_sealed_new(-1, "the key\n", &error);
    g_assert_no_error(error);
    place->device = (CertdDevice){.user_id = fake_user_id, .group_id = fake_group_id};
}

static void tear_down(Place *place, const void *data)
{
    g_assert_cmpint(certd_published_remove(AT_FDCWD, place->runtime), ==, 0);
    close(place->key);
    g_free(place->runtime);
}

static int open_exports(Place *place)
{
    int exports = certd_export_files_open(place->runtime);
    g_assert_cmpint(exports, >=, 0);
    return exports;
}

/* Consumers "user:postfix", with spaces between. */
static CertdReaders *readers(Place *place, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    g_autoptr(GPtrArray) consumers = certd_consumer_list_new();
    for (size_t i = 0; words[i] != NULL && *words[i] != '\0'; i++) {
        g_auto(GStrv) parts = g_strsplit(words[i], ":", 2);
        CertdConsumer *consumer = certd_consumer_new(parts[0], parts[1], "none", NULL);
        g_assert_nonnull(consumer);
        g_ptr_array_add(consumers, consumer);
    }
    return certd_readers_new(consumers, &place->device);
}

static int put(Place *place, const char *leaf, const char *who)
{
    g_autoptr(CertdReaders) who_may = readers(place, who);
    const CertdExportFiles files = {
        .key = place->key, .leaf = leaf, .full_chain = "full", .authority = "ca"};
    int exports = open_exports(place);
    int code = certd_export_files_write(exports, "web", &files, who_may);
    close(exports);
    return code;
}

static void expect(Place *place, const char *name, const char *content)
{
    g_autofree char *path = g_build_filename(place->runtime, name, NULL);
    g_autofree char *found = NULL;
    g_assert_true(g_file_get_contents(path, &found, NULL, NULL));
    g_assert_cmpstr(found, ==, content);
}

static void expect_acl(Place *place, const char *name, const char *expected)
{
    g_autofree char *path = g_build_filename(place->runtime, "export/web", name, NULL);
    acl_t acl = acl_get_file(path, ACL_TYPE_ACCESS);
    g_assert_nonnull(acl);
    char *text = acl_to_any_text(acl, NULL, ',', TEXT_ABBREVIATE | TEXT_NUMERIC_IDS);
    g_assert_cmpstr(text, ==, expected);
    acl_free(text);
    acl_free(acl);
}

/* Users and groups that exist read; nobody else does, and a unit is neither. */
static void test_acl(Place *place, const void *data)
{
    mode_t before = umask(0);
    g_assert_cmpint(
        put(place, "leaf",
            "user:postfix group:ssl-cert user:nobody-here group:nothing unit:a.service"),
        ==, 0);
    expect_acl(place, "", "u::rwx,u:1000:r-x,g::---,g:2000:r-x,m::r-x,o::---");
    static const char *const names[] = {"tls.key", "tls.crt", "fullchain.pem", "ca.pem"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        expect_acl(place, names[i], "u::r--,u:1000:r--,g::---,g:2000:r--,m::r--,o::---");
    expect(place, "export/web/tls.key", "the key\n");
    expect(place, "export/web/tls.crt", "leaf");
    expect(place, "export/web/fullchain.pem", "full");
    expect(place, "export/web/ca.pem", "ca");
    g_assert_cmpint(put(place, "next", "unit:a.service"), ==, 0);
    expect_acl(place, "", "u::rwx,g::---,o::---");
    expect_acl(place, "tls.key", "u::r--,g::---,o::---");
    umask(before);
}

/* Two names of one number are one reader. */
static gboolean same_id(void *userdata, const char *name, guint32 *uid)
{
    *uid = 77;
    return TRUE;
}

static void test_same_number(Place *place, const void *data)
{
    place->device.user_id = same_id;
    g_assert_cmpint(put(place, "leaf", "user:one user:two"), ==, 0);
    expect_acl(place, "tls.key", "u::r--,u:77:r--,g::---,m::r--,o::---");
}

/* Who is no consumer any more can't go in, before anything is written again. */
static void test_restrict(Place *place, const void *data)
{
    g_assert_cmpint(put(place, "leaf", "user:postfix user:other"), ==, 0);
    int exports = open_exports(place);
    g_autoptr(CertdReaders) one = readers(place, "user:other");
    g_autoptr(CertdReaders) nobody = readers(place, "");
    g_assert_cmpint(certd_export_files_restrict(exports, "web", one), ==, 0);
    expect_acl(place, "", "u::rwx,u:1001:r-x,g::---,m::r-x,o::---");
    g_assert_cmpint(certd_export_files_restrict(exports, "web", nobody), ==, 0);
    expect_acl(place, "", "u::rwx,u:1001:r-x,g::---,m::---,o::---");
    g_assert_cmpint(certd_export_files_restrict(exports, "none", one), ==, 0);
    close(exports);
}

/* The directory is replaced as a whole: who holds the one of before finds it empty. */
static void test_replaced(Place *place, const void *data)
{
    for (int round = 0; round < 2; round++) {
        no_exchange = round == 1;
        g_assert_cmpint(put(place, "one", "user:postfix"), ==, 0);
        int exports = open_exports(place);
        int held = openat(exports, "web", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        g_assert_cmpint(held, >=, 0);
        g_assert_cmpint(put(place, "two", "user:postfix"), ==, 0);
        g_assert_cmpint(openat(held, "tls.key", O_RDONLY | O_CLOEXEC), ==, -1);
        g_assert_cmpint(errno, ==, ENOENT);
        expect(place, "export/web/tls.crt", "two");
        g_assert_cmpint(faccessat(exports, ".web.new", F_OK, 0), ==, -1);
        close(held);
        close(exports);
    }
    no_exchange = FALSE;
}

/* What lies in the way is neither followed nor written to. */
static void test_in_the_way(Place *place, const void *data)
{
    static const char *const ways[] = {"export", "export/web", "export/.web.new"};
    g_autofree char *victim = g_build_filename(place->runtime, "victim", NULL);
    g_autofree char *file = g_build_filename(victim, "tls.key", NULL);
    g_assert_cmpint(g_mkdir(victim, 0755), ==, 0);
    g_assert_true(g_file_set_contents(file, "precious", -1, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *path = g_build_filename(place->runtime, ways[i], NULL);
        g_assert_cmpint(certd_published_remove(AT_FDCWD, path), ==, 0);
        g_assert_cmpint(symlink(victim, path), ==, 0);
        g_assert_cmpint(put(place, "leaf", "user:postfix"), ==, 0);
        expect(place, "victim/tls.key", "precious");
        expect(place, "export/web/tls.crt", "leaf");
    }
    /* Hard links in the directory of before, and one in the place of that. */
    g_autofree char *linked = g_build_filename(place->runtime, "export/web/tls.key", NULL);
    g_assert_cmpint(g_unlink(linked), ==, 0);
    g_assert_cmpint(link(file, linked), ==, 0);
    g_assert_cmpint(put(place, "leaf", "user:postfix"), ==, 0);
    g_autofree char *web = g_build_filename(place->runtime, "export/web", NULL);
    g_assert_cmpint(certd_published_remove(AT_FDCWD, web), ==, 0);
    g_assert_cmpint(link(file, web), ==, 0);
    g_assert_cmpint(put(place, "leaf", "user:postfix"), ==, 0);
    expect(place, "victim/tls.key", "precious");
    expect(place, "export/web/tls.key", "the key\n");
}

/* A directory that is somebody else's is not used. */
static void test_foreign(Place *place, const void *data)
{
    g_autofree char *path = g_build_filename(place->runtime, "export", NULL);
    struct stat status;
    if (geteuid() != 0) {
        g_test_skip("only root can give a directory away");
        return;
    }
    g_assert_cmpint(g_mkdir(path, 0777), ==, 0);
    g_assert_cmpint(chown(path, 1000, 1000), ==, 0);
    g_assert_cmpint(put(place, "leaf", ""), ==, 0);
    g_assert_cmpint(stat(path, &status), ==, 0);
    g_assert_cmpuint(status.st_uid, ==, 0);
    g_assert_cmpuint(status.st_mode & 07777, ==, 0755);
}

/* Removing and clearing; and what is on no tmpfs. */
static void test_gone(Place *place, const void *data)
{
    g_autoptr(GHashTable) kept = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree char *other = g_build_filename(place->runtime, "export/other/deep", NULL);
    g_assert_cmpint(put(place, "leaf", ""), ==, 0);
    g_assert_cmpint(g_mkdir_with_parents(other, 0755), ==, 0);
    int exports = open_exports(place);
    g_hash_table_add(kept, (void *)"web");
    g_assert_cmpint(certd_export_files_clear(exports, kept), ==, 0);
    expect(place, "export/web/tls.crt", "leaf");
    g_assert_cmpint(faccessat(exports, "other", F_OK, 0), ==, -1);
    g_assert_cmpint(certd_export_files_remove(exports, "web"), ==, 0);
    g_assert_cmpint(faccessat(exports, "web", F_OK, 0), ==, -1);
    g_assert_cmpint(certd_export_files_remove(exports, "web"), ==, 0);
    close(exports);
    g_assert_cmpint(certd_export_files_open("/sys/kernel"), ==, -1);
    g_assert_cmpint(errno, ==, EMEDIUMTYPE);
    g_assert_cmpint(certd_export_files_open("/nonexistent"), ==, -1);
    g_assert_cmpint(errno, ==, ENOENT);
}

#define files_add(path, function) g_test_add(path, Place, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    files_add("/export-files/acl", test_acl);
    files_add("/export-files/same-number", test_same_number);
    files_add("/export-files/restrict", test_restrict);
    files_add("/export-files/replaced", test_replaced);
    files_add("/export-files/in-the-way", test_in_the_way);
    files_add("/export-files/foreign", test_foreign);
    files_add("/export-files/gone", test_gone);
    return g_test_run();
}
