/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R11: values between daemon and worker, over a real pair of connections on a socketpair. */
#include "wire/variant.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "model/error.h"

typedef struct {
    sd_bus *client;
    sd_bus *server;
} Pair;

static void pair_start(Pair *pair)
{
    sd_id128_t id = {0};
    int fds[2];

    *pair = (Pair){NULL, NULL};
    id.bytes[0] = 1;
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    g_assert_cmpint(sd_bus_new(&pair->server), >=, 0);
    g_assert_cmpint(sd_bus_set_fd(pair->server, fds[0], fds[0]), >=, 0);
    g_assert_cmpint(sd_bus_set_server(pair->server, 1, id), >=, 0);
    g_assert_cmpint(sd_bus_negotiate_fds(pair->server, 1), >=, 0);
    g_assert_cmpint(sd_bus_new(&pair->client), >=, 0);
    g_assert_cmpint(sd_bus_set_fd(pair->client, fds[1], fds[1]), >=, 0);
    g_assert_cmpint(sd_bus_negotiate_fds(pair->client, 1), >=, 0);
    g_assert_cmpint(sd_bus_start(pair->server), >=, 0);
    g_assert_cmpint(sd_bus_start(pair->client), >=, 0);
    /* Appending a handle would wait for the other end, which is us. */
    while (sd_bus_is_ready(pair->client) == 0) {
        g_assert_cmpint(sd_bus_process(pair->client, NULL), >=, 0);
        g_assert_cmpint(sd_bus_process(pair->server, NULL), >=, 0);
    }
}

static void pair_end(Pair *pair)
{
    sd_bus_close_unref(pair->client);
    sd_bus_close_unref(pair->server);
}

static sd_bus_message *signal_new(Pair *pair)
{
    sd_bus_message *message = NULL;

    g_assert_cmpint(sd_bus_message_new_signal(pair->client, &message, "/t", "org.example.T", "T"),
                    >=, 0);
    return message;
}

/* Sends @message and takes it at the other end; both ends are driven until it is there. */
static sd_bus_message *carry(Pair *pair, sd_bus_message *message)
{
    sd_bus_message *arrived = NULL;

    g_assert_cmpint(sd_bus_send(pair->client, message, NULL), >=, 0);
    sd_bus_message_unref(message);
    while (!arrived || !sd_bus_message_is_signal(arrived, "org.example.T", "T")) {
        arrived = sd_bus_message_unref(arrived);
        g_assert_cmpint(sd_bus_process(pair->client, NULL), >=, 0);
        g_assert_cmpint(sd_bus_process(pair->server, &arrived), >=, 0);
    }
    return arrived;
}

static const char *const round_trips[] = {
    "byte 0xff",
    "true",
    "false",
    "int16 -5",
    "uint16 65535",
    "-2147483648",
    "uint32 4294967295",
    "int64 -9223372036854775808",
    "uint64 18446744073709551615",
    "1.5",
    "''",
    "'text with \u00e4 and \u20ac'",
    "objectpath '/org/certd1'",
    "signature 'a{sv}'",
    "<'variant'>",
    "<<<1>>>",
    "@ay []",
    "[byte 1, 2, 3]",
    "@as []",
    "['a', 'b', '']",
    "[true, false]",
    "[int64 1, 2]",
    "@aay []",
    "[[byte 1], @ay [], [2, 3]]",
    "@a{sv} {}",
    "{'a': <1>, 'b': <{'c': <[byte 1]>}>, 'd': <@a(ss) []>}",
    "@aa{sv} [{'a': <'x'>}, {}]",
    "@a(ssss) [('a', 'b', 'c', 'd')]",
    "(1, 'a', true, (byte 2, [int16 3]))",
    "{uint32 1: 'a', 2: 'b'}",
};

static void test_round_trips(void)
{
    Pair pair;

    pair_start(&pair);
    for (size_t i = 0; i < G_N_ELEMENTS(round_trips); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) value = g_variant_parse(NULL, round_trips[i], NULL, NULL, &error);
        sd_bus_message *message = signal_new(&pair);

        g_test_message("%s", round_trips[i]);
        g_assert_no_error(error);
        g_assert_cmpint(certd_variant_append(message, value), ==, 0);
        /* A second value tells whether the first was read to its end and no further. */
        g_assert_cmpint(certd_variant_append(message, g_variant_new_string("end")), ==, 0);
        message = carry(&pair, message);

        g_autoptr(GVariant) back =
            certd_variant_read(message, g_variant_get_type_string(value), &error);
        g_autoptr(GVariant) end = certd_variant_read(message, "s", NULL);
        g_assert_no_error(error);
        g_assert_cmpvariant(back, value);
        g_assert_false(g_variant_is_floating(back));
        g_assert_true(g_variant_is_normal_form(back));
        g_assert_cmpstr(g_variant_get_string(end, NULL), ==, "end");
        sd_bus_message_unref(message);
    }
    pair_end(&pair);
}

static void test_wrong_type(void)
{
    static const char *const types[] = {"u", "a{sv}", "as", "(s)", "v", "x"};
    Pair pair;

    pair_start(&pair);
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autoptr(GError) error = NULL;
        sd_bus_message *message = signal_new(&pair);

        g_assert_cmpint(sd_bus_message_append(message, "s", "text"), >=, 0);
        message = carry(&pair, message);
        g_test_message("%s", types[i]);
        g_assert_null(certd_variant_read(message, types[i], &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
        sd_bus_message_unref(message);
    }
    pair_end(&pair);
}

static void test_nothing_there(void)
{
    g_autoptr(GError) error = NULL;
    Pair pair;

    pair_start(&pair);
    sd_bus_message *message = carry(&pair, signal_new(&pair));
    g_assert_null(certd_variant_read(message, "s", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
    sd_bus_message_unref(message);
    pair_end(&pair);
}

/* 16 levels of containers pass, 17 don't; of variants, and with bytes innermost. */
static void test_depth(void)
{
    Pair pair;

    pair_start(&pair);
    for (unsigned int row = 0; row < 4; row++) {
        gboolean bytes = row >= 2;
        unsigned int depth = row % 2 == 0 ? 16 : 17;
        GVariant *value = bytes ? g_variant_new_bytestring("x") : g_variant_new_uint32(7);
        g_autoptr(GError) error = NULL;
        sd_bus_message *message = signal_new(&pair);

        g_test_message("%u levels%s", depth, bytes ? " with bytes" : "");
        for (unsigned int i = bytes ? 1 : 0; i < depth; i++)
            value = g_variant_new_variant(value);
        g_assert_cmpint(certd_variant_append(message, value), ==, 0);
        message = carry(&pair, message);

        g_autoptr(GVariant) back = certd_variant_read(message, "v", &error);
        g_assert_cmpint(back != NULL, ==, depth == 16);
        if (!back)
            g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
        sd_bus_message_unref(message);
    }
    pair_end(&pair);
}

/* Handles, wherever they hide. */
static void test_handles(void)
{
    static const char *const types[] = {"h", "v", "a{sv}", "ah"};
    Pair pair;

    pair_start(&pair);
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autoptr(GError) error = NULL;
        sd_bus_message *message = signal_new(&pair);
        int result = -1;

        g_test_message("%s", types[i]);
        if (i == 0)
            result = sd_bus_message_append(message, "h", STDERR_FILENO);
        else if (i == 1)
            result = sd_bus_message_append(message, "v", "h", STDERR_FILENO);
        else if (i == 2)
            result = sd_bus_message_append(message, "a{sv}", 1, "fd", "h", STDERR_FILENO);
        else
            result = sd_bus_message_append(message, "ah", 0);
        g_assert_cmpint(result, >=, 0);
        message = carry(&pair, message);
        g_assert_null(certd_variant_read(message, types[i], &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
        sd_bus_message_unref(message);
    }
    pair_end(&pair);
}

/* What D-Bus has no word for is an error, never another value. */
static void test_refused_to_append(void)
{
    static const char *const values[] = {"handle 0", "@ah []",  "<handle 0>",
                                         "@mi 1",    "@ami []", "@mi nothing"};
    g_autoptr(GBytes) bytes = g_bytes_new_static("\xff\xfe", 3);
    Pair pair;

    pair_start(&pair);
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        g_autoptr(GVariant) value = g_variant_parse(NULL, values[i], NULL, NULL, NULL);
        sd_bus_message *message = signal_new(&pair);

        g_test_message("%s", values[i]);
        g_assert_nonnull(value);
        g_assert_cmpint(certd_variant_append(message, value), ==, -EINVAL);
        sd_bus_message_unref(message);
    }
    /* Takes the floating reference: the leak checker looks. */
    sd_bus_message *message = signal_new(&pair);
    g_assert_cmpint(certd_variant_append(
                        message, g_variant_new_from_bytes(G_VARIANT_TYPE_STRING, bytes, FALSE)),
                    ==, -EINVAL);
    /* A non-character: UTF-8 to GLib, not to sd-bus. */
    g_assert_cmpint(certd_variant_append(message, g_variant_new_string("\xef\xbf\xbe")), ==,
                    -EINVAL);
    sd_bus_message_unref(message);
    pair_end(&pair);
}

/* What is carried packed comes out the same, and bytes that are no such value are refused. */
static void test_packed(void)
{
    static const struct {
        const char *bytes;
        size_t size;
        gboolean good;
    } rows[] = {
        {"", 0, TRUE},
        {"a\0\0\0\0\0\0\0b\0\0s\2\15", 14, TRUE}, /* {'a': <'b'>} */
        {"a\0\0\0\0\0\0\0b\0\0s\2\14", 14, FALSE},
        {"a\0\0\0\0\0\0\0\xff\0\0s\2\15", 14, FALSE}, /* no UTF-8 */
        {"a\0\0\1\0\0\0\0b\0\0s\2\15", 14, FALSE},    /* padding */
        {"\xff\xff\xff\xff", 4, FALSE},
    };
    Pair pair;
    pair_start(&pair);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        sd_bus_message *message = signal_new(&pair);
        g_assert_cmpint(sd_bus_message_append_array(message, 'y', rows[i].bytes, rows[i].size), >=,
                        0);
        sd_bus_message *arrived = carry(&pair, message);
        g_autoptr(GVariant) value = certd_variant_read_packed(arrived, "a{sv}", &error);
        g_test_message("%zu", i);
        if (!rows[i].good)
            g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
        g_assert_cmpint(value != NULL, ==, rows[i].good);
        sd_bus_message_unref(arrived);
        if (!value)
            continue;
        message = signal_new(&pair);
        g_assert_cmpint(certd_variant_append_packed(message, value), >=, 0);
        arrived = carry(&pair, message);
        g_autoptr(GVariant) again = certd_variant_read_packed(arrived, "a{sv}", &error);
        g_assert_no_error(error);
        g_assert_true(g_variant_equal(value, again));
        sd_bus_message_unref(arrived);
    }
    g_autoptr(GError) error = NULL;
    sd_bus_message *message = signal_new(&pair);
    g_assert_cmpint(sd_bus_message_append(message, "s", "a"), >=, 0);
    sd_bus_message *arrived = carry(&pair, message);
    g_assert_null(certd_variant_read_packed(arrived, "a{sv}", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
    sd_bus_message_unref(arrived);
    pair_end(&pair);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/variant/round-trips", test_round_trips);
    g_test_add_func("/wire/variant/wrong-type", test_wrong_type);
    g_test_add_func("/wire/variant/nothing-there", test_nothing_there);
    g_test_add_func("/wire/variant/depth", test_depth);
    g_test_add_func("/wire/variant/handles", test_handles);
    g_test_add_func("/wire/variant/refused", test_refused_to_append);
    g_test_add_func("/wire/variant/packed", test_packed);
    return g_test_run();
}
