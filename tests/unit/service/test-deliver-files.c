/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files of consumers: when they are there, and what happens where they can't be. */

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "delivered.h"
#include "service/configure.h"
#include "service/deliver.h"
#include "service/review.h"

/* The file system has no room for the key. */
static gboolean no_room;

/* In the place of the C library's. */
ssize_t sendfile(int to, int from, off_t *at, size_t size)
{
    if (no_room) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_sendfile, to, from, at, size);
}

static void change(Delivered *delivered, const char *name)
{
    delivered_change(delivered, name);
    fake_settle(&delivered->fake);
}

static void expect_written(Delivered *delivered, const char *name)
{
    g_autofree char *key_name = g_strconcat(name, "/tls.key", NULL);
    g_autofree char *leaf_name = g_strconcat(name, "/tls.crt", NULL);
    g_autofree char *chain_name = g_strconcat(name, "/fullchain.pem", NULL);
    g_autofree char *authority_name = g_strconcat(name, "/ca.pem", NULL);
    g_autofree char *key = delivered_read(delivered, key_name);
    g_autofree char *leaf = delivered_read(delivered, leaf_name);
    g_autofree char *chain = delivered_read(delivered, chain_name);
    g_autofree char *authority = delivered_read(delivered, authority_name);
    g_assert_cmpstr(key, ==, "key");
    g_assert_true(g_str_has_prefix(leaf, "-----BEGIN CERTIFICATE-----\n"));
    g_assert_true(g_str_has_prefix(chain, leaf));
    g_assert_true(g_str_has_prefix(authority, "-----BEGIN CERTIFICATE-----\n"));
    g_assert_cmpstr(authority, !=, leaf);
}

/* Files are there as long as there are consumers, and are those of what is in use. */
static void test_life(Delivered *delivered, const void *data)
{
    g_assert_false(delivered_exists(delivered, "web"));
    delivered_consume(delivered, "web", "user:postfix");
    expect_written(delivered, "web");
    g_autofree char *before = delivered_read(delivered, "web/tls.crt");
    change(delivered, "web");
    g_autofree char *after = delivered_read(delivered, "web/tls.crt");
    g_assert_cmpstr(after, !=, before);
    g_assert_false(delivered_exists(delivered, ".web.new"));
    delivered_consume(delivered, "web", "group:mail");
    delivered_remove(delivered, "web", "user", "postfix");
    fake_settle(&delivered->fake);
    expect_written(delivered, "web");
    delivered_remove(delivered, "web", "group", "mail");
    g_assert_false(delivered_exists(delivered, "web"));
}

/* A certificate that is removed leaves nothing, also where its key is just being opened. */
static void test_remove(Delivered *delivered, const void *data)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    delivered_consume(delivered, "web", "user:postfix");
    delivered_change(delivered, "web");
    while (fake_waiting(&delivered->fake, FAKE_OPEN_KEY) == 0)
        certd_work(delivered->fake.service);
    g_assert_true(certd_remove(delivered->fake.service, &fake_root, "web", none, NULL));
    g_assert_false(delivered_exists(delivered, "web"));
    fake_settle(&delivered->fake);
    g_assert_false(delivered_exists(delivered, "web"));
    g_assert_false(fake_problem(&delivered->fake, "export-failed"));
}

/* A restart writes them again, and clears away what has no consumers. */
static void test_start(Delivered *delivered, const void *data)
{
    g_autofree char *web = delivered_path(delivered, "web");
    g_autofree char *stray = delivered_path(delivered, "stray");
    g_autofree char *victim = g_build_filename(delivered->fake.runtime_directory, "victim", NULL);
    g_autofree char *planted = delivered_path(delivered, ".odd");
    delivered_consume(delivered, "web", "user:postfix");
    g_assert_true(g_file_set_contents(victim, "precious", -1, NULL));
    /* A link in the place of the directory, and things that are no certificate's. */
    g_assert_cmpint(g_mkdir_with_parents(stray, 0755), ==, 0);
    g_assert_cmpint(link(victim, planted), ==, 0);
    g_autofree char *moved = g_build_filename(stray, "moved", NULL);
    g_assert_cmpint(g_rename(web, moved), ==, 0);
    g_assert_cmpint(symlink(victim, web), ==, 0);
    delivered_restart(delivered);
    fake_start(&delivered->fake);
    expect_written(delivered, "web");
    g_assert_false(delivered_exists(delivered, "stray"));
    g_assert_false(delivered_exists(delivered, ".odd"));
    g_assert_true(g_file_test(web, G_FILE_TEST_IS_DIR));
    g_assert_false(g_file_test(web, G_FILE_TEST_IS_SYMLINK));
    g_autofree char *content = NULL;
    g_assert_true(g_file_get_contents(victim, &content, NULL, NULL));
    g_assert_cmpstr(content, ==, "precious");
}

/* Without room it is told and tried again; who reads files waits for them, others don't. */
static void test_no_room(Delivered *delivered, const void *data)
{
    delivered_consume(delivered, "web", "unit:nginx.service:reload");
    delivered_consume(delivered, "web", "unit:postgresql.service:restart");
    g_autofree char *before = delivered_read(delivered, "web/tls.crt");
    no_room = TRUE;
    change(delivered, "web");
    g_assert_true(fake_problem(&delivered->fake, "export-failed"));
    g_autofree char *kept = delivered_read(delivered, "web/tls.crt");
    g_assert_cmpstr(kept, ==, before);
    g_assert_false(delivered_exists(delivered, ".web.new"));
    delivered_expect(delivered, "postgresql.service:restart ");
    delivered_answer(delivered, NULL);
    fake_pass(&delivered->fake, 59);
    no_room = FALSE;
    delivered_expect(delivered, "");
    fake_pass(&delivered->fake, 1);
    g_assert_false(fake_problem(&delivered->fake, "export-failed"));
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_answer(delivered, NULL);
    g_autofree char *after = delivered_read(delivered, "web/tls.crt");
    g_assert_cmpstr(after, !=, before);
}

/* On a disk a key stays: nothing is written there, and units are told all the same. */
static void test_no_tmpfs(Delivered *delivered, const void *data)
{
    g_autofree char *directory = delivered->fake.runtime_directory;
    delivered->fake.runtime_directory = g_strdup("/sys/kernel");
    delivered_restart(delivered);
    fake_start(&delivered->fake);
    delivered_consume(delivered, "web", "unit:nginx.service:reload");
    g_assert_true(fake_problem(&delivered->fake, "export-refused"));
    g_assert_false(fake_problem(&delivered->fake, "export-failed"));
    change(delivered, "web");
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_answer(delivered, NULL);
    delivered_remove(delivered, "web", "unit", "nginx.service");
    g_assert_false(fake_problem(&delivered->fake, "export-refused"));
    g_free(delivered->fake.runtime_directory);
    delivered->fake.runtime_directory = g_steal_pointer(&directory);
}

/* R55: nobody goes on with a key that can't be opened any more; what stands in is there then. */
static void test_no_key(Delivered *delivered, const void *data)
{
    delivered_consume(delivered, "web", "user:postfix");
    delivered_change(delivered, "web");
    while (fake_waiting(&delivered->fake, FAKE_OPEN_KEY) == 0)
        certd_work(delivered->fake.service);
    fake_answer_code(&delivered->fake, FAKE_OPEN_KEY, CERTD_ERROR_KEY_UNAVAILABLE);
    g_assert_false(delivered_exists(delivered, "web"));
    g_assert_true(fake_problem(&delivered->fake, "export-failed"));
    fake_pass(&delivered->fake, 60);
    expect_written(delivered, "web");
    g_assert_false(fake_problem(&delivered->fake, "export-failed"));
}

/* A worker that failed says nothing of the key: what is there stays until it is tried again. */
static void test_worker_failed(Delivered *delivered, const void *data)
{
    delivered_consume(delivered, "web", "user:postfix");
    delivered_change(delivered, "web");
    while (fake_waiting(&delivered->fake, FAKE_OPEN_KEY) == 0)
        certd_work(delivered->fake.service);
    fake_answer_code(&delivered->fake, FAKE_OPEN_KEY, CERTD_ERROR_WORKER_FAILED);
    expect_written(delivered, "web");
    g_assert_true(fake_problem(&delivered->fake, "export-failed"));
    fake_pass(&delivered->fake, 60);
    g_assert_false(fake_problem(&delivered->fake, "export-failed"));
}

static gboolean any_user(void *userdata, const char *name, guint32 *uid)
{
    *uid = 1234;
    return TRUE;
}

/* A consumer that is not there yet is told of, and gets in once it is; others don't wait for it. */
static void test_unknown(Delivered *delivered, const void *data)
{
    delivered_consume(delivered, "web", "unit:nginx.service:reload");
    delivered->fake.device.user_id = any_user;
    delivered_consume(delivered, "web", "user:late");
    g_assert_false(fake_problem(&delivered->fake, "consumer-unknown"));
    delivered->fake.device.user_id = fake_user_id;
    delivered_restart(delivered);
    fake_start(&delivered->fake);
    g_assert_true(fake_problem(&delivered->fake, "consumer-unknown"));
    g_assert_false(fake_problem(&delivered->fake, "export-failed"));
    change(delivered, "web");
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_answer(delivered, NULL);
    expect_written(delivered, "web");
    /* Until then nobody's files are replaced for it. */
    g_autofree char *folder = delivered_path(delivered, "web");
    struct stat before, after;
    g_assert_cmpint(g_stat(folder, &before), ==, 0);
    fake_pass(&delivered->fake, 60);
    fake_pass(&delivered->fake, 60);
    g_assert_cmpint(g_stat(folder, &after), ==, 0);
    g_assert_cmpuint(before.st_ino, ==, after.st_ino);
    g_assert_true(fake_problem(&delivered->fake, "consumer-unknown"));
    delivered->fake.device.user_id = any_user;
    fake_pass(&delivered->fake, 60);
    g_assert_false(fake_problem(&delivered->fake, "consumer-unknown"));
    g_autofree char *path = delivered_path(delivered, "web/tls.key");
    g_assert_cmpint(getxattr(path, "system.posix_acl_access", NULL, 0), >, 0);
    delivered->fake.device.user_id = fake_user_id;
    change(delivered, "web");
    g_assert_true(fake_problem(&delivered->fake, "consumer-unknown"));
    delivered_remove(delivered, "web", "user", "late");
    fake_settle(&delivered->fake);
    g_assert_false(fake_problem(&delivered->fake, "consumer-unknown"));
}

/* R51: where who has consumers can't be read nobody has files, and later they have again. */
static void test_unread(Delivered *delivered, const void *data)
{
    delivered_consume(delivered, "web", "user:postfix");
    delivered_restart(delivered);
    delivered_sql(delivered, "ALTER TABLE consumer RENAME TO gone");
    fake_start(&delivered->fake);
    g_assert_true(fake_problem(&delivered->fake, "export-failed"));
    g_assert_false(delivered_exists(delivered, "web"));
    delivered_sql(delivered, "ALTER TABLE gone RENAME TO consumer");
    fake_pass(&delivered->fake, 60);
    g_assert_false(fake_problem(&delivered->fake, "export-failed"));
    expect_written(delivered, "web");
}

/* What lies there though nobody knows of it goes with the last consumer all the same. */
static void test_unknown_files(Delivered *delivered, const void *data)
{
    g_autofree char *path = delivered_path(delivered, "web/tls.key");
    g_autofree char *web = delivered_path(delivered, "web");
    g_assert_cmpint(g_mkdir_with_parents(web, 0755), ==, 0);
    g_assert_true(g_file_set_contents(path, "old", -1, NULL));
    certd_deliver(delivered->fake.service, "web");
    g_assert_false(delivered_exists(delivered, "web"));
}

/* A certificate that can't be read while its key is opened is tried again. */
static void test_unread_certificate(Delivered *delivered, const void *data)
{
    delivered_consume(delivered, "web", "user:postfix");
    g_autofree char *before = delivered_read(delivered, "web/tls.crt");
    delivered_change(delivered, "web");
    delivered_settle_without_keys(delivered);
    delivered_sql(delivered, "ALTER TABLE certificate RENAME TO gone");
    fake_answer(&delivered->fake, FAKE_OPEN_KEY, NULL);
    delivered_sql(delivered, "ALTER TABLE gone RENAME TO certificate");
    g_autofree char *kept = delivered_read(delivered, "web/tls.crt");
    g_assert_cmpstr(kept, ==, before);
    fake_pass(&delivered->fake, 60);
    g_autofree char *after = delivered_read(delivered, "web/tls.crt");
    g_assert_cmpstr(after, !=, before);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    delivered_add("/deliver-files/life", test_life);
    delivered_add("/deliver-files/remove", test_remove);
    delivered_add("/deliver-files/start", test_start);
    delivered_add("/deliver-files/no-room", test_no_room);
    delivered_add("/deliver-files/no-tmpfs", test_no_tmpfs);
    delivered_add("/deliver-files/no-key", test_no_key);
    delivered_add("/deliver-files/worker-failed", test_worker_failed);
    delivered_add("/deliver-files/unknown", test_unknown);
    delivered_add("/deliver-files/unread", test_unread);
    delivered_add("/deliver-files/unknown-files", test_unknown_files);
    delivered_add("/deliver-files/unread-certificate", test_unread_certificate);
    return g_test_run();
}
