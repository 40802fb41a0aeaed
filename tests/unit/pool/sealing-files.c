/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads, writes and checks the files around the sealing key as the tests of its wrapping need it. */
#include "sealing-files.h"

#include "model/names.h"

/* Behind 20 bytes of magic. */
#define FORM_OFFSET 20u

void on_sealing_key(const CertdSealingKeyStatus *status, void *userdata)
{
    Heard *heard = userdata;

    g_assert_no_error(status->error);
    heard->n_calls++;
    heard->n_newly += status->newly;
    heard->wrapped = status->wrapped;
    heard->failed = status->wrap_error != NULL;
    g_assert_false(status->wrapped && status->wrap_error);
}

GBytes *key_file_read(const Fixture *fixture, const char *name)
{
    g_autofree char *path = g_build_filename(fixture->directory, name, NULL);
    g_autoptr(GError) error = NULL;
    char *content = NULL;
    size_t size;

    g_file_get_contents(path, &content, &size, &error);
    g_assert_no_error(error);
    return g_bytes_new_take(content, size);
}

void key_file_write(const Fixture *fixture, const char *name, GBytes *content, size_t size)
{
    g_autofree char *path = g_build_filename(fixture->directory, name, NULL);

    g_assert_cmpuint(size, <=, g_bytes_get_size(content));
    g_assert_true(g_file_set_contents(path, g_bytes_get_data(content, NULL), (gssize)size, NULL));
}

int key_file_form(const Fixture *fixture)
{
    g_autoptr(GBytes) file = key_file_read(fixture, CERTD_SEALING_KEY_FILE);
    const unsigned char *data = g_bytes_get_data(file, NULL);

    g_assert_cmpuint(g_bytes_get_size(file), >, FORM_OFFSET);
    return data[FORM_OFFSET];
}

void fixture_make_plain(Fixture *fixture, Answer *issued)
{
    fixture_start(fixture, NULL);
    issue_wait(fixture, CERTD_KEY_ED25519, issued);
    g_assert_no_error(issued->error);
    fixture_stop(fixture);
    g_assert_cmpint(key_file_form(fixture), ==, PLAIN);
}

void fixture_assert_wrapped(Fixture *fixture, const Answer *issued)
{
    g_auto(Answer) again = {0};

    fixture_assert_sealing_key(fixture, TRUE);
    issue_again(fixture, issued, &again);
    g_assert_no_error(again.error);
    g_assert_cmpint(key_file_form(fixture), ==, WRAPPED);
    g_assert_cmpuint(fixture_count_files(fixture, ""), ==, 1);
}

void assert_key_file(const Fixture *fixture, const char *name, GBytes *content)
{
    g_autoptr(GBytes) file = key_file_read(fixture, name);

    g_assert_true(g_bytes_equal(file, content));
}
