/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way back from a sealing key that cannot be used, and who is told. */
#include <glib/gstdio.h>
#include <string.h>

#include "fixture.h"
#include "model/error.h"
#include "model/names.h"

/* What the listener was told. */
typedef struct {
    unsigned int n_ready, n_broken;
    GError *error;      /* the last one */
    CertdPool *retries; /* a pool to retry from within, once */
} Heard;

static void heard_clear(Heard *heard)
{
    g_clear_error(&heard->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Heard, heard_clear)

static void on_settled(const CertdSealingKeyStatus *status, void *userdata)
{
    Heard *heard = userdata;
    const GError *error = status->error;
    CertdPool *retries = g_steal_pointer(&heard->retries);

    heard->n_ready += error == NULL;
    heard->n_broken += error != NULL;
    g_clear_error(&heard->error);
    heard->error = error ? g_error_copy(error) : NULL;
    if (retries)
        g_assert_true(certd_pool_retry_sealing_key(retries));
}

static void heard_wait(Fixture *fixture, const Heard *heard, unsigned int n)
{
    while (heard->n_ready + heard->n_broken < n)
        fixture_turn(fixture);
    g_assert_cmpuint(heard->n_ready + heard->n_broken, ==, n);
}

/* R55: the file is back, and what it sealed opens again; as long as it is not, it is not replaced
 * either. */
static void test_retry(void)
{
    Fixture fixture = {0};
    g_auto(Answer) issued = {0};
    g_auto(Answer) checked = {0};
    g_auto(Heard) heard = {0};
    g_autofree char *path = NULL;
    g_autofree char *away = NULL;

    fixture_start(&fixture, NULL);
    g_assert_false(certd_pool_retry_sealing_key(fixture.pool));
    issue_wait(&fixture, CERTD_KEY_ED25519, &issued);
    g_assert_no_error(issued.error);
    g_assert_false(certd_pool_retry_sealing_key(fixture.pool));
    fixture_stop(&fixture);
    path = fixture_key_path(&fixture);
    away = g_strconcat(path, ".away", NULL);
    g_assert_cmpint(g_rename(path, away), ==, 0);
    g_assert_true(g_file_set_contents(path, "damaged", -1, NULL));
    fixture_start(&fixture, NULL);
    certd_pool_set_sealing_key_listener(fixture.pool, on_settled, &heard);
    fixture_assert_sealing_key(&fixture, FALSE);
    /* Told by the event loop alone. */
    g_assert_cmpuint(heard.n_broken, ==, 0);
    heard_wait(&fixture, &heard, 1);
    g_assert_error(heard.error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_true(certd_pool_retry_sealing_key(fixture.pool));
    g_assert_false(certd_pool_retry_sealing_key(fixture.pool));
    heard_wait(&fixture, &heard, 2);
    g_assert_cmpuint(heard.n_broken, ==, 2);
    g_assert_nonnull(strstr(heard.error->message, "No such file"));
    g_assert_cmpint(g_rename(away, path), ==, 0);
    g_assert_true(certd_pool_retry_sealing_key(fixture.pool));
    /* It waits for the outcome. */
    fixture.workers->check(fixture.workers, "0123456789abcdef0123456789abcdef", issued.sealed_key,
                           on_bytes, &checked);
    fixture_wait(&fixture, &checked);
    g_assert_no_error(checked.error);
    g_assert_true(g_bytes_equal(checked.request, issued.hash));
    g_assert_cmpuint(heard.n_ready, ==, 1);
    g_assert_no_error(heard.error);
    fixture_assert_sealing_key(&fixture, TRUE);
    g_assert_cmpuint(fixture_count_files(&fixture, ""), ==, 1);
    fixture_stop_and_remove(&fixture);
}

/* The credential is back. */
static void test_retry_wrapping_key(void)
{
    Fixture fixture = {0};
    g_auto(Heard) heard = {0};
    g_autofree char *credentials = g_dir_make_tmp("certd-credentials-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(credentials, CERTD_WRAPPING_CREDENTIAL, NULL);

    g_assert_true(g_file_set_contents(path, "0123456789abcdef", -1, NULL));
    fixture_start(&fixture, credentials);
    fixture_assert_sealing_key(&fixture, TRUE);
    fixture_stop(&fixture);
    g_assert_cmpint(g_unlink(path), ==, 0);
    fixture_start(&fixture, credentials);
    fixture_assert_sealing_key(&fixture, FALSE);
    certd_pool_set_sealing_key_listener(fixture.pool, on_settled, &heard);
    heard_wait(&fixture, &heard, 1);
    g_assert_true(g_file_set_contents(path, "0123456789abcdef", -1, NULL));
    g_assert_true(certd_pool_retry_sealing_key(fixture.pool));
    fixture_assert_sealing_key(&fixture, TRUE);
    heard_wait(&fixture, &heard, 2);
    g_assert_cmpuint(heard.n_ready, ==, 1);
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(credentials), ==, 0);
    fixture_stop_and_remove(&fixture);
}

/* A key that could not be made, and never was, is made by the retry; which the listener may ask for
 * itself. */
static void test_retry_makes(void)
{
    Fixture fixture = {0};
    g_auto(Answer) issued = {0};
    g_auto(Heard) heard = {0};
    g_autofree char *obstacle = NULL;

    /* Not even root can make a file in the place of a directory. */
    fixture.directory = g_dir_make_tmp("certd-pool-XXXXXX", NULL);
    obstacle = g_build_filename(fixture.directory, CERTD_SEALING_KEY_FILE ".new", NULL);
    g_assert_cmpint(g_mkdir(obstacle, 0700), ==, 0);
    fixture_start(&fixture, NULL);
    certd_pool_set_sealing_key_listener(fixture.pool, on_settled, &heard);
    heard.retries = fixture.pool;
    heard_wait(&fixture, &heard, 2);
    g_assert_cmpuint(heard.n_broken, ==, 2);
    g_assert_cmpint(g_rmdir(obstacle), ==, 0);
    g_assert_true(certd_pool_retry_sealing_key(fixture.pool));
    heard_wait(&fixture, &heard, 3);
    g_assert_cmpuint(heard.n_ready, ==, 1);
    issue_wait(&fixture, CERTD_KEY_ED25519, &issued);
    g_assert_no_error(issued.error);
    g_assert_cmpuint(fixture_count_files(&fixture, ""), ==, 1);
    fixture_stop_and_remove(&fixture);
}

/* A renewal mends it too, and the listener knows before whoever asked. */
static void test_renewal_told(void)
{
    Fixture fixture = {0};
    g_auto(Answer) renewed = {0};
    g_auto(Heard) heard = {0};

    fixture_start_broken(&fixture);
    certd_pool_set_sealing_key_listener(fixture.pool, on_settled, &heard);
    heard_wait(&fixture, &heard, 1);
    g_assert_cmpuint(heard.n_broken, ==, 1);
    fixture.workers->renew_sealing_key(fixture.workers, TRUE, on_renewed, &renewed);
    fixture_wait(&fixture, &renewed);
    g_assert_no_error(renewed.error);
    g_assert_cmpuint(heard.n_ready, ==, 1);
    certd_pool_set_sealing_key_listener(fixture.pool, NULL, NULL);
    fixture_stop_and_remove(&fixture);
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pool/retry/file", test_retry);
    g_test_add_func("/pool/retry/wrapping-key", test_retry_wrapping_key);
    g_test_add_func("/pool/retry/makes", test_retry_makes);
    g_test_add_func("/pool/retry/renewal", test_renewal_told);
    return g_test_run();
}
