/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R1: a sealing key that was made plain, and the wrapping key that came later. */
#include <errno.h>
#include <glib/gstdio.h>

#include "model/names.h"
#include "sealing-files.h"

/* It is wrapped once, which is told; and opens no more without the wrapping key. */
static void test_wrapped_later(void)
{
    Fixture fixture = {0};
    Heard heard = {0};
    g_auto(Answer) issued = {0};
    g_autofree char *credentials = credentials_new(WRAPPING_KEY);
    g_autoptr(GBytes) before = NULL;
    g_autoptr(GBytes) after = NULL;

    fixture_make_plain(&fixture, &issued);
    for (unsigned int i = 0; i < 3; i++) {
        fixture_start(&fixture, credentials);
        certd_pool_set_sealing_key_listener(fixture.pool, on_sealing_key, &heard);
        fixture_assert_wrapped(&fixture, &issued);
        g_assert_cmpuint(heard.n_calls, ==, i + 1);
        g_assert_cmpuint(heard.n_newly, ==, 1);
        g_assert_true(heard.wrapped);
        fixture_stop(&fixture);
        g_clear_pointer(&before, g_bytes_unref);
        before = g_steal_pointer(&after);
        after = key_file_read(&fixture, CERTD_SEALING_KEY_FILE);
        g_assert_true(before == NULL || g_bytes_equal(before, after));
    }
    fixture_start(&fixture, NULL);
    fixture_assert_sealing_key(&fixture, FALSE);
    fixture_stop_and_remove(&fixture);
    credentials_remove(credentials);
}

/* Without a wrapping key it stays plain, and that is no failure. */
static void test_plain(void)
{
    Fixture fixture = {0};
    Heard heard = {0};
    g_auto(Answer) issued = {0};
    g_auto(Answer) again = {0};
    g_autofree char *credentials = credentials_new(NULL);

    fixture_make_plain(&fixture, &issued);
    fixture_start(&fixture, credentials);
    certd_pool_set_sealing_key_listener(fixture.pool, on_sealing_key, &heard);
    issue_again(&fixture, &issued, &again);
    g_assert_no_error(again.error);
    g_assert_cmpuint(heard.n_calls, ==, 1);
    g_assert_false(heard.wrapped || heard.failed);
    g_assert_cmpint(key_file_form(&fixture), ==, PLAIN);
    fixture_stop_and_remove(&fixture);
    credentials_remove(credentials);
}

/* What can't be wrapped is used as it is, and wrapped by the next start. */
static void test_fails(void)
{
    Fixture fixture = {0};
    Heard heard = {0};
    g_auto(Answer) issued = {0};
    g_auto(Answer) again = {0};
    g_autofree char *credentials = credentials_new(WRAPPING_KEY);
    g_autofree char *obstacle = NULL;

    fixture_make_plain(&fixture, &issued);
    /* Not even root can make a file in the place of a directory. */
    obstacle = g_build_filename(fixture.directory, CERTD_SEALING_KEY_NEW_FILE, NULL);
    g_assert_cmpint(g_mkdir(obstacle, 0700), ==, 0);
    fixture_start(&fixture, credentials);
    certd_pool_set_sealing_key_listener(fixture.pool, on_sealing_key, &heard);
    issue_again(&fixture, &issued, &again);
    g_assert_no_error(again.error);
    g_assert_true(heard.failed);
    g_assert_cmpuint(heard.n_newly, ==, 0);
    g_assert_cmpint(key_file_form(&fixture), ==, PLAIN);
    fixture_stop(&fixture);
    g_assert_cmpint(g_rmdir(obstacle), ==, 0);
    fixture_start(&fixture, credentials);
    fixture_assert_wrapped(&fixture, &issued);
    fixture_stop_and_remove(&fixture);
    credentials_remove(credentials);
}

/* A renewal makes a wrapped one. */
static void test_renewed(void)
{
    Fixture fixture = {0};
    Heard heard = {0};
    g_auto(Answer) issued = {0};
    g_auto(Answer) renewed = {0};
    g_autofree char *credentials = credentials_new(WRAPPING_KEY);

    fixture_make_plain(&fixture, &issued);
    fixture_start(&fixture, credentials);
    certd_pool_set_sealing_key_listener(fixture.pool, on_sealing_key, &heard);
    fixture.workers->renew_sealing_key(fixture.workers, FALSE, on_renewed, &renewed);
    fixture_wait(&fixture, &renewed);
    g_assert_no_error(renewed.error);
    g_assert_true(heard.wrapped && !heard.failed);
    g_assert_cmpint(key_file_form(&fixture), ==, WRAPPED);
    g_assert_cmpuint(fixture_count_files(&fixture, ""), ==, 1);
    fixture_stop_and_remove(&fixture);
    credentials_remove(credentials);
}

/* Starts, finds the key usable, and hears that it is still in clear. */
static void assert_counts_as_plain(Fixture *fixture, const char *credentials, const Answer *issued)
{
    Heard heard = {0};
    g_auto(Answer) again = {0};

    fixture_start(fixture, credentials);
    certd_pool_set_sealing_key_listener(fixture->pool, on_sealing_key, &heard);
    issue_again(fixture, issued, &again);
    g_assert_no_error(again.error);
    g_assert_true(heard.failed);
    g_assert_cmpuint(heard.n_newly, ==, 0);
    g_assert_cmpuint(fixture_count_files(fixture, ""), ==, 2);
}

/* As long as it is not known that the exchange lasts, the plain one stays, which is told by each start;
 * a renewal that fails for it changes nothing; and the next start that can destroys it. */
static void test_directory_not_synced(void)
{
    Fixture fixture = {0};
    g_auto(Answer) issued = {0};
    g_autofree char *credentials = credentials_new(WRAPPING_KEY);
    g_autoptr(GBytes) plain = NULL;

    fixture_make_plain(&fixture, &issued);
    plain = key_file_read(&fixture, CERTD_SEALING_KEY_FILE);
    fixture_fail_fsync(S_IFDIR, EIO);
    for (unsigned int i = 0; i < 3; i++) {
        Heard heard = {0};
        g_auto(Answer) renewed = {0};

        assert_counts_as_plain(&fixture, credentials, &issued);
        certd_pool_set_sealing_key_listener(fixture.pool, on_sealing_key, &heard);
        fixture.workers->renew_sealing_key(fixture.workers, FALSE, on_renewed, &renewed);
        fixture_wait(&fixture, &renewed);
        g_assert_nonnull(renewed.error);
        while (heard.n_calls == 0)
            fixture_turn(&fixture);
        g_assert_true(heard.failed && !heard.wrapped);
        fixture_stop(&fixture);
        g_assert_cmpint(key_file_form(&fixture), ==, WRAPPED);
        assert_key_file(&fixture, CERTD_SEALING_KEY_NEW_FILE, plain);
    }
    fixture_fail_fsync(S_IFDIR, 0);
    fixture_start(&fixture, credentials);
    fixture_assert_wrapped(&fixture, &issued);
    fixture_stop_and_remove(&fixture);
    credentials_remove(credentials);
}

/* That the plain one is overwritten does not reach the disk: told, and tried again by the next start. */
static void test_file_not_synced(void)
{
    Fixture fixture = {0};
    g_auto(Answer) issued = {0};
    g_autofree char *credentials = credentials_new(WRAPPING_KEY);

    fixture_make_plain(&fixture, &issued);
    fixture_fail_fsync(S_IFREG, EIO);
    for (unsigned int i = 0; i < 2; i++) {
        assert_counts_as_plain(&fixture, credentials, &issued);
        fixture_stop(&fixture);
        g_assert_cmpint(key_file_form(&fixture), ==, WRAPPED);
    }
    fixture_fail_fsync(S_IFREG, 0);
    fixture_start(&fixture, credentials);
    fixture_assert_wrapped(&fixture, &issued);
    fixture_stop_and_remove(&fixture);
    credentials_remove(credentials);
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pool/sealing-wrap/later", test_wrapped_later);
    g_test_add_func("/pool/sealing-wrap/plain", test_plain);
    g_test_add_func("/pool/sealing-wrap/fails", test_fails);
    g_test_add_func("/pool/sealing-wrap/renewed", test_renewed);
    g_test_add_func("/pool/sealing-wrap/directory-not-synced", test_directory_not_synced);
    g_test_add_func("/pool/sealing-wrap/file-not-synced", test_file_not_synced);
    return g_test_run();
}
