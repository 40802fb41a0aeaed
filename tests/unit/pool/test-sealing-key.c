/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sealing key as the pool handles it: made, kept, wrapped, broken, renewed. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "model/error.h"
#include "model/names.h"

static char *key_content(const Fixture *fixture, size_t *size)
{
    g_autofree char *path = fixture_key_path(fixture);
    g_autoptr(GError) error = NULL;
    char *content = NULL;

    g_file_get_contents(path, &content, size, &error);
    g_assert_no_error(error);
    return content;
}

/* Uses the key of @from; whether that worked. */
static gboolean reuse(Fixture *fixture, const Answer *from)
{
    g_auto(Answer) answer = {0};

    issue_again(fixture, from, &answer);
    if (answer.error)
        g_assert_error(answer.error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
    return answer.error == NULL;
}

/* R1: made once, for its owner alone, and kept from pool to pool. */
static void test_kept(void)
{
    Fixture fixture = {0};
    g_auto(Answer) issued = {0};
    g_autofree char *path = NULL;
    struct stat status;

    fixture_start(&fixture, NULL);
    fixture_assert_sealing_key(&fixture, TRUE);
    path = fixture_key_path(&fixture);
    g_assert_cmpint(stat(path, &status), ==, 0);
    g_assert_cmpuint(status.st_mode & 07777, ==, 0600);
    g_assert_cmpuint(fixture_count_files(&fixture, ""), ==, 1);
    issue_wait(&fixture, CERTD_KEY_ED25519, &issued);
    g_assert_no_error(issued.error);
    fixture_stop(&fixture);
    fixture_start(&fixture, NULL);
    g_assert_true(reuse(&fixture, &issued));
    fixture_stop(&fixture);
    fixture_remove(&fixture);
}

typedef struct {
    const char *name;
    const char *made_with; /* wrapping key, or NULL */
    const char *used_with;
    gboolean ok;
} WrapRow;

static const WrapRow wrap_rows[] = {
    {"same", "0123456789abcdef", "0123456789abcdef", TRUE},
    {"other", "0123456789abcdef", "0123456789abcdeg", FALSE},
    {"missing", "0123456789abcdef", NULL, FALSE},
    {"too-short", "0123456789abcdef", "0123456789abcde", FALSE},
    {"none", NULL, NULL, TRUE},
};

static void test_wrapped(const void *data)
{
    const WrapRow *row = data;
    Fixture fixture = {0};
    g_auto(Answer) issued = {0};
    g_autofree char *made = credentials_new(row->made_with);
    g_autofree char *used = credentials_new(row->used_with);
    g_autofree char *before = NULL;
    g_autofree char *after = NULL;
    size_t before_size, after_size;

    fixture_start(&fixture, made);
    issue_wait(&fixture, CERTD_KEY_ED25519, &issued);
    g_assert_no_error(issued.error);
    before = key_content(&fixture, &before_size);
    fixture_stop(&fixture);
    fixture_start(&fixture, used);
    fixture_assert_sealing_key(&fixture, row->ok);
    g_assert_cmpint(reuse(&fixture, &issued), ==, row->ok);
    /* Whatever came of it, the file is as it was. */
    after = key_content(&fixture, &after_size);
    g_assert_cmpmem(before, before_size, after, after_size);
    fixture_stop(&fixture);
    fixture_remove(&fixture);
    credentials_remove(made);
    credentials_remove(used);
}

/* R51: a damaged key is not deleted, the pool goes on, and a renewal mends it, with the damaged
 * file set aside. */
static void test_damaged(void)
{
    Fixture fixture = {0};
    g_auto(Answer) renewed = {0};
    g_auto(Answer) issued = {0};
    g_auto(Answer) refused = {0};
    g_autofree char *path = NULL;
    g_autofree char *content = NULL;
    size_t size;

    fixture.directory = g_dir_make_tmp("certd-pool-XXXXXX", NULL);
    path = fixture_key_path(&fixture);
    g_assert_true(g_file_set_contents(path, "damaged", -1, NULL));
    fixture_start(&fixture, NULL);
    fixture_assert_sealing_key(&fixture, FALSE);
    issue_wait(&fixture, CERTD_KEY_ED25519, &refused);
    g_assert_error(refused.error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
    content = key_content(&fixture, &size);
    g_assert_cmpmem(content, size, "damaged", 7);
    fixture.workers->renew_sealing_key(fixture.workers, TRUE, on_renewed, &renewed);
    g_assert_cmpuint(renewed.n_calls, ==, 0);
    fixture_wait(&fixture, &renewed);
    g_assert_no_error(renewed.error);
    fixture_assert_sealing_key(&fixture, TRUE);
    g_assert_cmpuint(fixture_count_files(&fixture, CERTD_SEALING_KEY_FILE ".aside-"), ==, 1);
    g_assert_cmpuint(fixture_count_files(&fixture, ""), ==, 2);
    issue_wait(&fixture, CERTD_KEY_ED25519, &issued);
    g_assert_no_error(issued.error);
    fixture_stop(&fixture);
    fixture_remove(&fixture);
}

/* R54: a renewal that keeps nothing ends every key there was, set-aside ones too; a job that was
 * queued meanwhile is done under the new key. */
static void test_renewed(void)
{
    Fixture fixture = {0};
    g_auto(Answer) old = {0};
    g_auto(Answer) first = {0};
    g_auto(Answer) second = {0};
    g_auto(Answer) queued = {0};

    fixture_start(&fixture, NULL);
    issue_wait(&fixture, CERTD_KEY_ED25519, &old);
    fixture.workers->renew_sealing_key(fixture.workers, TRUE, on_renewed, &first);
    fixture_wait(&fixture, &first);
    g_assert_no_error(first.error);
    g_assert_cmpuint(fixture_count_files(&fixture, ""), ==, 2);
    g_assert_false(reuse(&fixture, &old));
    fixture.workers->renew_sealing_key(fixture.workers, FALSE, on_renewed, &second);
    issue_start(&fixture, CERTD_KEY_ED25519, &queued);
    fixture_wait(&fixture, &second);
    g_assert_no_error(second.error);
    g_assert_cmpuint(fixture_count_files(&fixture, ""), ==, 1);
    fixture_wait(&fixture, &queued);
    g_assert_no_error(queued.error);
    g_assert_true(reuse(&fixture, &queued));
    fixture_stop(&fixture);
    fixture_start(&fixture, NULL);
    g_assert_true(reuse(&fixture, &queued));
    g_assert_false(reuse(&fixture, &old));
    fixture_stop(&fixture);
    fixture_remove(&fixture);
}

/* Two at once, and the one that destroys has its way. */
static void test_renewed_twice(void)
{
    Fixture fixture = {0};
    g_auto(Answer) old = {0};
    g_auto(Answer) keeps = {0};
    g_auto(Answer) destroys = {0};

    fixture_start(&fixture, NULL);
    issue_wait(&fixture, CERTD_KEY_ED25519, &old);
    fixture.workers->renew_sealing_key(fixture.workers, FALSE, on_renewed, &destroys);
    fixture.workers->renew_sealing_key(fixture.workers, TRUE, on_renewed, &keeps);
    fixture_wait(&fixture, &keeps);
    fixture_wait(&fixture, &destroys);
    g_assert_no_error(keeps.error);
    g_assert_no_error(destroys.error);
    g_assert_cmpuint(fixture_count_files(&fixture, ""), ==, 1);
    g_assert_false(reuse(&fixture, &old));
    fixture_stop(&fixture);
    fixture_remove(&fixture);
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pool/sealing-key/kept", test_kept);
    for (size_t i = 0; i < G_N_ELEMENTS(wrap_rows); i++) {
        g_autofree char *path = g_strconcat("/pool/sealing-key/wrapped/", wrap_rows[i].name, NULL);

        g_test_add_data_func(path, &wrap_rows[i], test_wrapped);
    }
    g_test_add_func("/pool/sealing-key/damaged", test_damaged);
    g_test_add_func("/pool/sealing-key/renewed", test_renewed);
    g_test_add_func("/pool/sealing-key/renewed-twice", test_renewed_twice);
    return g_test_run();
}
