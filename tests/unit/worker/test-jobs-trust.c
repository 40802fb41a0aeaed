/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R70, R71: the jobs for the trust store over the interface: one input, role and sizes. */
#include <unistd.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"
#include "pair.h"
#include "wire/memfd.h"
#include "wire/variant.h"

static void assert_error(sd_bus_message *reply, CertdError code)
{
    const sd_bus_error *error = sd_bus_message_get_error(reply);

    g_assert_nonnull(error);
    g_assert_cmpstr(error->name, ==, certd_error_dbus_name(code));
}

/* Begins a call of @method with a descriptor of @size letters. */
static sd_bus_message *begin(Pair *pair, const char *method, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strnfill(size, 'a');
    int fd = certd_memfd_new("test", text, size, &error);
    sd_bus_message *message;

    g_assert_no_error(error);
    /* Descriptors can be sent once the two have agreed on them. */
    sd_bus_message_unref(pair_exchange(pair, pair_call(pair, "org.freedesktop.DBus.Peer", "Ping")));
    message = pair_call(pair, CERTD_INTERFACE_WORKER, method);
    g_assert_cmpint(sd_bus_message_append(message, "h", fd), >=, 0);
    close(fd);
    return message;
}

static sd_bus_message *read_anchors(Pair *pair, size_t size)
{
    sd_bus_message *message = begin(pair, "ReadAnchors", size);
    int fd = dup(STDERR_FILENO);

    g_assert_cmpint(sd_bus_message_append(message, "hb", fd, FALSE), >=, 0);
    close(fd);
    return pair_exchange(pair, message);
}

static sd_bus_message *verify(Pair *pair, size_t size, const char *dict)
{
    sd_bus_message *message = begin(pair, "Verify", size);
    g_autoptr(GVariant) job = g_variant_parse(G_VARIANT_TYPE_VARDICT, dict, NULL, NULL, NULL);

    g_assert_nonnull(job);
    g_assert_cmpint(certd_variant_append(message, job), >=, 0);
    return pair_exchange(pair, message);
}

#define JOB                                                                                        \
    "{'anchors': <@aay []>, 'purpose': <['server']>, 'now': <int64 0>, 'clock-trusted': <true>, "  \
    "'policy': <'default'>}"

/* What is nothing, too much, or of another role; the worker ends on its own, and takes no second. */
static void test_refused(void)
{
    static const struct {
        CertdRole role;
        size_t size;
        CertdError code;
    } rows[] = {
        {CERTD_ROLE_KEYS, 5, CERTD_ERROR_WORKER_FAILED},
        {CERTD_ROLE_PARSE, 5, CERTD_ERROR_UNSUPPORTED_FORMAT},
        {CERTD_ROLE_PARSE, CERTD_LIMIT_INPUT_BYTES, CERTD_ERROR_UNSUPPORTED_FORMAT},
        {CERTD_ROLE_PARSE, CERTD_LIMIT_INPUT_BYTES + 1, CERTD_ERROR_TOO_LARGE},
    };

    for (size_t i = 0; i < 2 * G_N_ELEMENTS(rows); i++) {
        size_t row = i / 2;
        Pair pair = {0};
        g_autoptr(sd_bus_message) reply = NULL;
        g_autoptr(sd_bus_message) again = NULL;

        pair_start(&pair, rows[row].role);
        reply =
            i % 2 == 0 ? read_anchors(&pair, rows[row].size) : verify(&pair, rows[row].size, JOB);
        assert_error(reply, rows[row].code);
        g_assert_cmpint(pair.worker.ends, ==, rows[row].role == CERTD_ROLE_PARSE);
        again = i % 2 == 0 ? verify(&pair, 5, JOB) : read_anchors(&pair, 5);
        assert_error(again, CERTD_ERROR_WORKER_FAILED);
        pair_stop(&pair);
    }
}

/* A job that is none. */
static void test_bad_job(void)
{
    Pair pair = {0};
    g_autoptr(sd_bus_message) reply = NULL;

    pair_start(&pair, CERTD_ROLE_PARSE);
    reply = verify(&pair, 5, "{'anchors': <1>}");
    assert_error(reply, CERTD_ERROR_MALFORMED);
    pair_stop(&pair);
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/worker/jobs-trust/refused", test_refused);
    g_test_add_func("/worker/jobs-trust/bad-job", test_bad_job);
    return g_test_run();
}
