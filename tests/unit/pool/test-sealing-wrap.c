/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R1: a sealing key that was made plain, and the wrapping key that came later. */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "model/error.h"
#include "model/names.h"

#define WRAPPING_KEY "0123456789abcdef"
/* What the file says of its form, behind 20 bytes of magic. */
#define FORM_OFFSET 20u
#define PLAIN 0
#define WRAPPED 1
#define KILLS 25u

/* What the listener was told last. */
typedef struct {
    unsigned int n_calls, n_newly;
    gboolean wrapped, failed;
} Heard;

static void on_settled(const CertdSealingKeyStatus *status, void *userdata)
{
    Heard *heard = userdata;

    g_assert_no_error(status->error);
    heard->n_calls++;
    heard->n_newly += status->newly;
    heard->wrapped = status->wrapped;
    heard->failed = status->wrap_error != NULL;
    g_assert_false(status->wrapped && status->wrap_error);
}

static GBytes *file_read(const Fixture *fixture, const char *name)
{
    g_autofree char *path = g_build_filename(fixture->directory, name, NULL);
    g_autoptr(GError) error = NULL;
    char *content = NULL;
    size_t size;

    g_file_get_contents(path, &content, &size, &error);
    g_assert_no_error(error);
    return g_bytes_new_take(content, size);
}

static void file_write(const Fixture *fixture, const char *name, GBytes *content, size_t size)
{
    g_autofree char *path = g_build_filename(fixture->directory, name, NULL);

    g_assert_cmpuint(size, <=, g_bytes_get_size(content));
    g_assert_true(g_file_set_contents(path, g_bytes_get_data(content, NULL), (gssize)size, NULL));
}

static int form_of(const Fixture *fixture)
{
    g_autoptr(GBytes) file = file_read(fixture, CERTD_SEALING_KEY_FILE);
    const unsigned char *data = g_bytes_get_data(file, NULL);

    g_assert_cmpuint(g_bytes_get_size(file), >, FORM_OFFSET);
    return data[FORM_OFFSET];
}

/* A state directory whose sealing key is plain, and a key under it. */
static void make_plain(Fixture *fixture, Answer *issued)
{
    fixture_start(fixture, NULL);
    issue_wait(fixture, CERTD_KEY_ED25519, issued);
    g_assert_no_error(issued->error);
    fixture_stop(fixture);
    g_assert_cmpint(form_of(fixture), ==, PLAIN);
}

/* The pool has what sealed @issued, and is wrapped; nothing else is left. */
static void assert_wrapped(Fixture *fixture, const Answer *issued)
{
    g_auto(Answer) again = {0};

    fixture_assert_sealing_key(fixture, TRUE);
    issue_again(fixture, issued, &again);
    g_assert_no_error(again.error);
    g_assert_cmpint(form_of(fixture), ==, WRAPPED);
    g_assert_cmpuint(fixture_count_files(fixture, ""), ==, 1);
}

/* It is wrapped once, which is told; and opens no more without the wrapping key. */
static void test_wrapped_later(void)
{
    Fixture fixture = {0};
    Heard heard = {0};
    g_auto(Answer) issued = {0};
    g_autofree char *credentials = credentials_new(WRAPPING_KEY);
    g_autoptr(GBytes) before = NULL;
    g_autoptr(GBytes) after = NULL;

    make_plain(&fixture, &issued);
    for (unsigned int i = 0; i < 3; i++) {
        fixture_start(&fixture, credentials);
        certd_pool_set_sealing_key_listener(fixture.pool, on_settled, &heard);
        assert_wrapped(&fixture, &issued);
        g_assert_cmpuint(heard.n_calls, ==, i + 1);
        g_assert_cmpuint(heard.n_newly, ==, 1);
        g_assert_true(heard.wrapped);
        fixture_stop(&fixture);
        g_clear_pointer(&before, g_bytes_unref);
        before = g_steal_pointer(&after);
        after = file_read(&fixture, CERTD_SEALING_KEY_FILE);
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

    make_plain(&fixture, &issued);
    fixture_start(&fixture, credentials);
    certd_pool_set_sealing_key_listener(fixture.pool, on_settled, &heard);
    issue_again(&fixture, &issued, &again);
    g_assert_no_error(again.error);
    g_assert_cmpuint(heard.n_calls, ==, 1);
    g_assert_false(heard.wrapped || heard.failed);
    g_assert_cmpint(form_of(&fixture), ==, PLAIN);
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

    make_plain(&fixture, &issued);
    /* Not even root can make a file in the place of a directory. */
    obstacle = g_build_filename(fixture.directory, CERTD_SEALING_KEY_NEW_FILE, NULL);
    g_assert_cmpint(g_mkdir(obstacle, 0700), ==, 0);
    fixture_start(&fixture, credentials);
    certd_pool_set_sealing_key_listener(fixture.pool, on_settled, &heard);
    issue_again(&fixture, &issued, &again);
    g_assert_no_error(again.error);
    g_assert_true(heard.failed);
    g_assert_cmpuint(heard.n_newly, ==, 0);
    g_assert_cmpint(form_of(&fixture), ==, PLAIN);
    fixture_stop(&fixture);
    g_assert_cmpint(g_rmdir(obstacle), ==, 0);
    fixture_start(&fixture, credentials);
    assert_wrapped(&fixture, &issued);
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

    make_plain(&fixture, &issued);
    fixture_start(&fixture, credentials);
    certd_pool_set_sealing_key_listener(fixture.pool, on_settled, &heard);
    fixture.workers->renew_sealing_key(fixture.workers, FALSE, on_renewed, &renewed);
    fixture_wait(&fixture, &renewed);
    g_assert_no_error(renewed.error);
    g_assert_true(heard.wrapped && !heard.failed);
    g_assert_cmpint(form_of(&fixture), ==, WRAPPED);
    g_assert_cmpuint(fixture_count_files(&fixture, ""), ==, 1);
    fixture_stop_and_remove(&fixture);
    credentials_remove(credentials);
}

typedef struct {
    const char *name;
    gboolean exchanged; /* the wrapped one has the name */
    int beside;         /* which one lies beside: PLAIN, WRAPPED or zeros */
    double part;        /* how much of it */
} CutRow;

#define ZEROS 2

static const CutRow cut_rows[] = {
    {"nothing-written", FALSE, WRAPPED, 0}, {"half-written", FALSE, WRAPPED, 0.5},
    {"written", FALSE, WRAPPED, 1},         {"exchanged", TRUE, PLAIN, 1},
    {"half-overwritten", TRUE, PLAIN, 0.5}, {"overwritten", TRUE, ZEROS, 1},
};

/* What a start leaves that is cut off: the next one opens the key, wraps it, and leaves nothing. */
static void test_cut_off(const void *data)
{
    const CutRow *row = data;
    Fixture fixture = {0};
    g_auto(Answer) issued = {0};
    g_autofree char *credentials = credentials_new(WRAPPING_KEY);
    GBytes *files[3];

    make_plain(&fixture, &issued);
    files[PLAIN] = file_read(&fixture, CERTD_SEALING_KEY_FILE);
    fixture_start(&fixture, credentials);
    fixture_assert_sealing_key(&fixture, TRUE);
    fixture_stop(&fixture);
    files[WRAPPED] = file_read(&fixture, CERTD_SEALING_KEY_FILE);
    files[ZEROS] = g_bytes_new_take(g_malloc0(64), 64);
    file_write(&fixture, CERTD_SEALING_KEY_FILE, files[row->exchanged ? WRAPPED : PLAIN],
               g_bytes_get_size(files[row->exchanged ? WRAPPED : PLAIN]));
    file_write(&fixture, CERTD_SEALING_KEY_NEW_FILE, files[row->beside],
               (size_t)(row->part * (double)g_bytes_get_size(files[row->beside])));
    fixture_start(&fixture, credentials);
    assert_wrapped(&fixture, &issued);
    fixture_stop_and_remove(&fixture);
    credentials_remove(credentials);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        g_bytes_unref(files[i]);
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

        make_plain(&fixture, &issued);
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
            n_wrapped += form_of(&fixture) == WRAPPED;
        }
        fixture_start(&fixture, credentials);
        assert_wrapped(&fixture, &issued);
        /* The first turn is left alone: it says how long one takes. */
        if (i == 0)
            longest = g_get_monotonic_time() - start;
        fixture_stop_and_remove(&fixture);
    }
    g_test_message("%u of %u were wrapped when they were killed", n_wrapped, KILLS);
    credentials_remove(credentials);
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pool/sealing-wrap/later", test_wrapped_later);
    g_test_add_func("/pool/sealing-wrap/plain", test_plain);
    g_test_add_func("/pool/sealing-wrap/fails", test_fails);
    g_test_add_func("/pool/sealing-wrap/renewed", test_renewed);
    for (size_t i = 0; i < G_N_ELEMENTS(cut_rows); i++) {
        g_autofree char *path = g_strconcat("/pool/sealing-wrap/cut-off/", cut_rows[i].name, NULL);

        g_test_add_data_func(path, &cut_rows[i], test_cut_off);
    }
    g_test_add_func("/pool/sealing-wrap/killed", test_killed);
    return g_test_run();
}
