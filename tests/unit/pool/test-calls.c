/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of stored keys, and foreign certification requests, done for real by certd-worker. */
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "model/error.h"

static Fixture fixture;

typedef struct {
    const char *name;
    size_t flipped; /* byte of the sealed key, or none */
    const char *key_id;
    gboolean foreign; /* sealed by another device */
    gboolean ok;
} CheckRow;

#define WHOLE SIZE_MAX
#define OWN_ID "0123456789abcdef0123456789abcdef"

static const CheckRow check_rows[] = {
    {"good", WHOLE, OWN_ID, FALSE, TRUE},
    {"damaged/version", 0, OWN_ID, FALSE, FALSE},
    {"damaged/middle", 60, OWN_ID, FALSE, FALSE},
    {"other-id", WHOLE, "1123456789abcdef0123456789abcdef", FALSE, FALSE},
    {"foreign", WHOLE, OWN_ID, TRUE, FALSE},
};

static void issue_foreign(Answer *answer)
{
    Fixture other = {0};

    fixture_start(&other, NULL);
    issue_wait(&other, CERTD_KEY_EC_SECP256R1, answer);
    fixture_stop(&other);
    fixture_remove(&other);
}

/* What @fd holds is a key in clear. */
static void assert_pem(int fd)
{
    static const char label[] = "-----BEGIN PRIVATE KEY-----\n";
    char found[sizeof(label)] = "";

    g_assert_cmpint(pread(fd, found, strlen(label), 0), ==, (ssize_t)strlen(label));
    g_assert_cmpstr(found, ==, label);
}

/* R55, R29: a key that can't be opened is found before it is needed, and nobody gets it. */
static void test_check(const void *data)
{
    const CheckRow *row = data;
    g_auto(Answer) issued = {0};
    g_auto(Answer) checked = {0};
    g_auto(Answer) opened = {0};
    g_autoptr(GBytes) sealed = NULL;
    g_autofree unsigned char *content = NULL;
    size_t size;

    if (row->foreign)
        issue_foreign(&issued);
    else
        issue_wait(&fixture, CERTD_KEY_EC_SECP256R1, &issued);
    g_assert_no_error(issued.error);
    size = g_bytes_get_size(issued.sealed_key);
    content = g_memdup2(g_bytes_get_data(issued.sealed_key, NULL), size);
    if (row->flipped != WHOLE) {
        g_assert_cmpuint(row->flipped, <, size);
        content[row->flipped] ^= 1;
    }
    sealed = g_bytes_new(content, size);
    fixture.workers->open_key(fixture.workers, row->key_id, sealed, on_fd, &opened);
    fixture_wait(&fixture, &opened);
    fixture.workers->check(fixture.workers, row->key_id, sealed, on_bytes, &checked);
    g_assert_cmpuint(checked.n_calls, ==, 0);
    fixture_wait(&fixture, &checked);
    if (!row->ok) {
        g_assert_error(checked.error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
        g_assert_error(opened.error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
        return;
    }
    g_assert_no_error(checked.error);
    g_assert_true(g_bytes_equal(checked.request, issued.hash));
    assert_pem(opened.fd);
}

static void read_request_wait(const void *data, size_t size, Answer *answer)
{
    int fd = memfd_of(data, size);

    fixture.workers->read_request(fixture.workers, fd, CERTD_POLICY_DEFAULT, on_read_request,
                                  answer);
    close(fd);
    g_assert_cmpuint(answer->n_calls, ==, 0);
    fixture_wait(&fixture, answer);
}

/* R28: what our own request asks for, as a foreign one; in a process that ends with it. */
static void test_read_request(void)
{
    g_auto(Answer) issued = {0};
    g_auto(Answer) read = {0};
    g_autoptr(GArray) busy = NULL;
    size_t size;
    const void *der;

    issue_wait(&fixture, CERTD_KEY_EC_SECP256R1, &issued);
    g_assert_no_error(issued.error);
    der = g_bytes_get_data(issued.request, &size);
    read_request_wait(der, size, &read);
    g_assert_no_error(read.error);
    g_assert_cmpstr(read.text, ==, "ec:secp256r1");
    g_assert_cmpuint(read.n_names, ==, 1);
    g_assert_true(g_bytes_equal(read.hash, issued.hash));
    busy = certd_pool_pids(fixture.pool, CERTD_PROCESS_PARSE, TRUE);
    g_assert_cmpuint(busy->len, ==, 0);
}

/* R28 */
static void test_read_request_fails(void)
{
    g_auto(Answer) issued = {0};
    g_auto(Answer) nothing = {0};
    g_auto(Answer) damaged = {0};
    g_autofree unsigned char *der = NULL;
    size_t size;

    read_request_wait("nothing known", 13, &nothing);
    g_assert_error(nothing.error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT);
    issue_wait(&fixture, CERTD_KEY_ED25519, &issued);
    g_assert_no_error(issued.error);
    size = g_bytes_get_size(issued.request);
    der = g_memdup2(g_bytes_get_data(issued.request, NULL), size);
    /* In the signature. */
    der[size - 1] ^= 1;
    read_request_wait(der, size, &damaged);
    g_assert_error(damaged.error, CERTD_ERROR, CERTD_ERROR_REJECTED);
}

int main(int argc, char *argv[])
{
    int status;

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(check_rows); i++) {
        g_autofree char *path = g_strconcat("/pool/check/", check_rows[i].name, NULL);

        g_test_add_data_func(path, &check_rows[i], test_check);
    }
    g_test_add_func("/pool/read-request", test_read_request);
    g_test_add_func("/pool/read-request-fails", test_read_request_fails);
    fixture_start(&fixture, NULL);
    status = g_test_run();
    fixture_stop(&fixture);
    fixture_remove(&fixture);
    return status;
}
