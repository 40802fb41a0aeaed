/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R1, R51: the file beside the sealing key, which a start that was cut off has left. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/names.h"
#include "sealing-files.h"

/* Beside PLAIN and WRAPPED: what was overwritten. */
#define ZEROS 2
#define KILLS 25u

typedef struct {
    const char *name;
    int own;       /* what has the key's name */
    int beside;    /* and the name beside */
    double part;   /* how much of that */
    gboolean bare; /* without the wrapping key */
    gboolean fails;
} Row;

/* The key's own file can be used. */
static const Row cut_rows[] = {
    {"nothing-written", PLAIN, WRAPPED, 0, FALSE, FALSE},
    {"half-written", PLAIN, WRAPPED, 0.5, FALSE, FALSE},
    {"written", PLAIN, WRAPPED, 1, FALSE, FALSE},
    {"exchanged", WRAPPED, PLAIN, 1, FALSE, FALSE},
    {"half-overwritten", WRAPPED, PLAIN, 0.5, FALSE, FALSE},
    {"overwritten", WRAPPED, ZEROS, 1, FALSE, FALSE},
};

/* It can't. */
static const Row used_rows[] = {
    {"wrapped", ZEROS, WRAPPED, 1, FALSE, FALSE},
    {"plain", ZEROS, PLAIN, 1, FALSE, FALSE},
    {"plain-alone", WRAPPED, PLAIN, 1, TRUE, FALSE},
    {"wrapped-alone", ZEROS, WRAPPED, 1, TRUE, TRUE},
    {"half", ZEROS, WRAPPED, 0.5, FALSE, TRUE},
    {"zeros", WRAPPED, ZEROS, 1, TRUE, TRUE},
};

/* Makes the files as @row says, and a key that opens with @credentials. */
static void make_files(Fixture *fixture, const Row *row, const char *credentials, Answer *issued)
{
    GBytes *files[3];

    fixture_make_plain(fixture, issued);
    files[PLAIN] = key_file_read(fixture, CERTD_SEALING_KEY_FILE);
    fixture_start(fixture, credentials);
    fixture_assert_sealing_key(fixture, TRUE);
    fixture_stop(fixture);
    files[WRAPPED] = key_file_read(fixture, CERTD_SEALING_KEY_FILE);
    files[ZEROS] = g_bytes_new_take(g_malloc0(64), 64);
    key_file_write(fixture, CERTD_SEALING_KEY_FILE, files[row->own],
                   g_bytes_get_size(files[row->own]));
    key_file_write(fixture, CERTD_SEALING_KEY_NEW_FILE, files[row->beside],
                   (size_t)(row->part * (double)g_bytes_get_size(files[row->beside])));
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        g_bytes_unref(files[i]);
}

/* What a start leaves that is cut off: the next one opens the key, wraps it, and leaves nothing. */
static void test_cut_off(const void *data)
{
    Fixture fixture = {0};
    g_auto(Answer) issued = {0};
    g_autofree char *credentials = credentials_new(WRAPPING_KEY);

    make_files(&fixture, data, credentials, &issued);
    fixture_start(&fixture, credentials);
    fixture_assert_wrapped(&fixture, &issued);
    fixture_stop_and_remove(&fixture);
    credentials_remove(credentials);
}

/* R51: what has the key's name can't be used. Where the file beside can, it is used, and takes its
 * place; else both stay as they are. */
static void test_used(const void *data)
{
    const Row *row = data;
    Fixture fixture = {0};
    g_auto(Answer) issued = {0};
    g_auto(Answer) again = {0};
    g_autofree char *credentials = credentials_new(WRAPPING_KEY);
    g_autoptr(GBytes) own = NULL;
    g_autoptr(GBytes) beside = NULL;

    make_files(&fixture, row, credentials, &issued);
    own = key_file_read(&fixture, CERTD_SEALING_KEY_FILE);
    beside = key_file_read(&fixture, CERTD_SEALING_KEY_NEW_FILE);
    fixture_start(&fixture, row->bare ? NULL : credentials);
    fixture_assert_sealing_key(&fixture, !row->fails);
    issue_again(&fixture, &issued, &again);
    g_assert_cmpint(again.error != NULL, ==, row->fails);
    fixture_stop(&fixture);
    g_assert_cmpuint(fixture_count_files(&fixture, ""), ==, 2);
    g_assert_cmpuint(fixture_count_files(&fixture, CERTD_SEALING_KEY_FILE ".aside-"), ==,
                     row->fails ? 0 : 1);
    if (row->fails) {
        assert_key_file(&fixture, CERTD_SEALING_KEY_FILE, own);
        assert_key_file(&fixture, CERTD_SEALING_KEY_NEW_FILE, beside);
    } else {
        g_assert_cmpint(key_file_form(&fixture), ==, row->bare ? PLAIN : WRAPPED);
    }
    fixture_remove(&fixture);
    credentials_remove(credentials);
}

/* That it has the key's place does not reach the disk: the key is unusable until it does. */
static void test_used_not_synced(void)
{
    Fixture fixture = {0};
    g_auto(Answer) issued = {0};
    g_auto(Answer) again = {0};
    g_autofree char *credentials = credentials_new(WRAPPING_KEY);

    make_files(&fixture, &used_rows[0], credentials, &issued);
    fixture_fail_fsync(S_IFDIR, EIO);
    fixture_start(&fixture, credentials);
    fixture_assert_sealing_key(&fixture, FALSE);
    fixture_fail_fsync(S_IFDIR, 0);
    g_assert_true(certd_pool_retry_sealing_key(fixture.pool));
    fixture_assert_sealing_key(&fixture, TRUE);
    issue_again(&fixture, &issued, &again);
    g_assert_no_error(again.error);
    fixture_stop_and_remove(&fixture);
    credentials_remove(credentials);
}

/* In a process of its own: starts a pool and goes on until it is killed. */
static void run_until_killed(Fixture *fixture, const char *credentials)
{
    fixture_start(fixture, credentials);
    fixture_assert_sealing_key(fixture, TRUE);
    for (;;)
        pause();
}

/* Killed at random while it wraps: whatever is there then, the next start opens the key. */
static void test_killed(void)
{
    g_autofree char *credentials = credentials_new(WRAPPING_KEY);
    gint64 start = g_get_monotonic_time();
    gint64 longest = 0;
    unsigned int n_wrapped = 0;

    for (unsigned int i = 0; i <= KILLS; i++) {
        Fixture fixture = {0};
        g_auto(Answer) issued = {0};

        fixture_make_plain(&fixture, &issued);
        start = g_get_monotonic_time();
        if (i > 0) {
            pid_t child = fork();

            g_assert_cmpint(child, >=, 0);
            if (child == 0)
                run_until_killed(&fixture, credentials);
            /* Most of the time goes into the worker's start. */
            g_usleep((gulong)g_test_rand_int_range((gint32)longest / 4, (gint32)longest * 5 / 4));
            g_assert_cmpint(kill(child, SIGKILL), ==, 0);
            g_assert_cmpint(waitpid(child, NULL, 0), ==, child);
            n_wrapped += key_file_form(&fixture) == WRAPPED;
        }
        fixture_start(&fixture, credentials);
        fixture_assert_wrapped(&fixture, &issued);
        /* The first turn is left alone: it says how long one takes. */
        if (i == 0)
            longest = g_get_monotonic_time() - start;
        fixture_stop_and_remove(&fixture);
    }
    g_test_message("%u of %u were wrapped when they were killed", n_wrapped, KILLS);
    credentials_remove(credentials);
}

static void add_rows(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cut_rows); i++) {
        g_autofree char *path =
            g_strconcat("/pool/sealing-beside/cut-off/", cut_rows[i].name, NULL);

        g_test_add_data_func(path, &cut_rows[i], test_cut_off);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(used_rows); i++) {
        g_autofree char *path = g_strconcat("/pool/sealing-beside/used/", used_rows[i].name, NULL);

        g_test_add_data_func(path, &used_rows[i], test_used);
    }
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    add_rows();
    g_test_add_func("/pool/sealing-beside/used-not-synced", test_used_not_synced);
    g_test_add_func("/pool/sealing-beside/killed", test_killed);
    return g_test_run();
}
