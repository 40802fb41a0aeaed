/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How large a call may be: at each limit, and one beyond it. R22 */
#include "bus/message-size.h"

#include "fixture-peer.h"
#include "model/error.h"
#include "model/limits.h"

static void set_up(Peer *peer, const void *data)
{
    peer_start(peer, NULL, NULL, NULL, NULL);
}

static void tear_down(Peer *peer, const void *data)
{
    peer_stop(peer);
}

static sd_bus_message *new_call(Peer *peer)
{
    sd_bus_message *call = NULL;
    g_assert_cmpint(sd_bus_message_new_method_call(peer->certd, &call, "org.certd1", "/org/certd1",
                                                   "org.certd1.Manager", "Inspect"),
                    >=, 0);
    return call;
}

/* Takes @call, and holds that it is (TOO_LARGE or not) what @expected says. */
static size_t check(sd_bus_message *call, gboolean expected)
{
    g_autoptr(GError) error = NULL;
    size_t size = 77;
    g_assert_cmpint(sd_bus_message_seal(call, 1, 0), >=, 0);
    g_assert_cmpint(certd_message_size(call, &size, &error), ==, expected);
    if (expected)
        g_assert_no_error(error);
    else
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE);
    if (!expected)
        g_assert_cmpuint(size, ==, 77);
    sd_bus_message_unref(call);
    return size;
}

static void test_nothing(Peer *peer, const void *data)
{
    g_assert_cmpuint(check(new_call(peer), TRUE), ==, 0);
}

/* Numbers, however few bytes they have: the variant, the array and what is in it are values. */
static void test_numbers(Peer *peer, const void *data)
{
    for (guint beyond = 0; beyond < 2; beyond++) {
        guint count = CERTD_LIMIT_MESSAGE_VALUES - 5 + beyond;
        g_autofree gint16 *numbers = g_new0(gint16, count);
        sd_bus_message *call = new_call(peer);
        g_assert_cmpint(sd_bus_message_open_container(call, 'a', "{sv}"), >=, 0);
        g_assert_cmpint(sd_bus_message_open_container(call, 'e', "sv"), >=, 0);
        g_assert_cmpint(sd_bus_message_append(call, "s", "x"), >=, 0);
        g_assert_cmpint(sd_bus_message_open_container(call, 'v', "an"), >=, 0);
        g_assert_cmpint(sd_bus_message_append_array(call, 'n', numbers, count * sizeof *numbers),
                        >=, 0);
        g_assert_cmpint(sd_bus_message_close_container(call), >=, 0);
        g_assert_cmpint(sd_bus_message_close_container(call), >=, 0);
        g_assert_cmpint(sd_bus_message_close_container(call), >=, 0);
        check(call, beyond == 0);
    }
}

/* Strings and arrays of bytes count together. */
static void test_bytes(Peer *peer, const void *data)
{
    g_autofree char *bytes = g_malloc0(CERTD_LIMIT_MESSAGE_BYTES);
    for (guint beyond = 0; beyond < 2; beyond++) {
        sd_bus_message *call = new_call(peer);
        g_assert_cmpint(sd_bus_message_append(call, "s", "four"), >=, 0);
        g_assert_cmpint(
            sd_bus_message_append_array(call, 'y', bytes, CERTD_LIMIT_MESSAGE_BYTES - 4 + beyond),
            >=, 0);
        size_t size = check(call, beyond == 0);
        if (beyond == 0)
            g_assert_cmpuint(size, >=, CERTD_LIMIT_MESSAGE_BYTES);
    }
}

/* Many texts, none of which is long. */
static void test_texts(Peer *peer, const void *data)
{
    g_autofree char *text = g_strnfill(1023, 'x');
    for (guint beyond = 0; beyond < 2; beyond++) {
        sd_bus_message *call = new_call(peer);
        g_assert_cmpint(sd_bus_message_open_container(call, 'a', "s"), >=, 0);
        for (guint i = 0; i < CERTD_LIMIT_MESSAGE_BYTES / 1023 + beyond; i++)
            g_assert_cmpint(sd_bus_message_append(call, "s", text), >=, 0);
        g_assert_cmpint(sd_bus_message_close_container(call), >=, 0);
        check(call, beyond == 0);
    }
}

/* All of an import's alternative names pass, and a nest as deep as sd-bus makes it is no trouble. */
static void test_what_passes(Peer *peer, const void *data)
{
    sd_bus_message *call = new_call(peer);
    g_assert_cmpint(sd_bus_message_open_container(call, 'a', "(ss)"), >=, 0);
    for (guint i = 0; i < CERTD_LIMIT_SANS_IMPORT; i++)
        g_assert_cmpint(sd_bus_message_append(call, "(ss)", "DNS", "name.example.org"), >=, 0);
    g_assert_cmpint(sd_bus_message_close_container(call), >=, 0);
    check(call, TRUE);
    call = new_call(peer);
    for (guint i = 0; i < 60; i++)
        g_assert_cmpint(sd_bus_message_open_container(call, 'v', "v"), >=, 0);
    g_assert_cmpint(sd_bus_message_append(call, "v", "s", "deep"), >=, 0);
    for (guint i = 0; i < 60; i++)
        g_assert_cmpint(sd_bus_message_close_container(call), >=, 0);
    check(call, TRUE);
}

/* Afterwards it can be read from its beginning, however far it was read before. */
static void test_read_again(Peer *peer, const void *data)
{
    sd_bus_message *call = new_call(peer);
    const char *first, *second;
    size_t size;
    g_assert_cmpint(sd_bus_message_append(call, "ss", "one", "two"), >=, 0);
    g_assert_cmpint(sd_bus_message_seal(call, 1, 0), >=, 0);
    g_assert_cmpint(sd_bus_message_read(call, "s", &first), >, 0);
    g_assert_true(certd_message_size(call, &size, NULL));
    g_assert_cmpuint(size, >=, 6);
    g_assert_cmpint(sd_bus_message_read(call, "ss", &first, &second), >, 0);
    g_assert_cmpstr(first, ==, "one");
    g_assert_cmpstr(second, ==, "two");
    sd_bus_message_unref(call);
}

#define size_add(path, function) g_test_add(path, Peer, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    size_add("/message-size/nothing", test_nothing);
    size_add("/message-size/numbers", test_numbers);
    size_add("/message-size/bytes", test_bytes);
    size_add("/message-size/texts", test_texts);
    size_add("/message-size/what-passes", test_what_passes);
    size_add("/message-size/read-again", test_read_again);
    return g_test_run();
}
