/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of new senders: one question for each sender, and an end to what waits for the answers. R22 */
#include "bus/introduction.h"

#include <string.h>

#include "fixture-peer.h"
#include "model/error.h"
#include "model/limits.h"

#define GONE ":1.gone"

typedef struct {
    Peer peer;
    int asked; /* GetConnectionCredentials; atomic */
    sd_event *event;
    CertdSenders *senders;
    CertdIntroductions *introductions;
    GString *said; /* of each call, in its turn */
} Sides;

static int on_credentials(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
    Sides *sides = userdata;
    const char *name;
    int r = sd_bus_message_read(call, "s", &name);
    if (r < 0)
        return r;
    g_atomic_int_inc(&sides->asked);
    if (g_str_equal(name, GONE))
        return sd_bus_error_set(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER, "gone");
    return sd_bus_reply_method_return(call, "a{sv}", 1, "UnixUserID", "u", PEER_UID);
}

static const sd_bus_vtable bus_vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("GetConnectionCredentials", "s", "a{sv}", on_credentials,
                  SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

static void keep(sd_bus_message *message, const GError *no, void *userdata)
{
    Sides *sides = userdata;
    g_string_append_printf(sides->said, "%s %s;", sd_bus_message_get_member(message),
                           no == NULL                                                ? "known"
                           : g_error_matches(no, CERTD_ERROR, CERTD_ERROR_CANCELLED) ? "stopped"
                                                                                     : "nobody");
}

static void set_up(Sides *sides, const void *data)
{
    peer_start(&sides->peer, "/org/freedesktop/DBus", "org.freedesktop.DBus", bus_vtable, sides);
    g_assert_cmpint(sd_event_new(&sides->event), >=, 0);
    g_assert_cmpint(sd_bus_attach_event(sides->peer.certd, sides->event, 0), >=, 0);
    sides->said = g_string_new(NULL);
    sides->senders = certd_senders_new(sides->peer.certd);
    sides->introductions = certd_introductions_new(sides->senders, keep, sides);
}

static void tear_down(Sides *sides, const void *data)
{
    certd_senders_free(sides->senders);
    certd_introductions_free(sides->introductions);
    g_string_free(sides->said, TRUE);
    sd_bus_detach_event(sides->peer.certd);
    sd_event_unref(sides->event);
    peer_stop(&sides->peer);
}

/* What certd_introductions_add() says of a call of @sender with @size bytes. */
static int add(Sides *sides, const char *sender, const char *member, size_t size)
{
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *call = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(sd_bus_message_new_method_call(sides->peer.certd, &call, "org.certd1",
                                                   "/org/certd1", "org.certd1.Manager", member),
                    >=, 0);
    g_assert_cmpint(sd_bus_message_set_sender(call, sender), >=, 0);
    int r = certd_introductions_add(sides->introductions, call, size, &error);
    if (r < 0)
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
    else
        g_assert_no_error(error);
    return r;
}

static void run_until(Sides *sides, const char *said)
{
    while (sides->said->len < strlen(said))
        g_assert_cmpint(sd_event_run(sides->event, 20 * G_USEC_PER_SEC), >, 0);
    g_assert_cmpstr(sides->said->str, ==, said);
}

/* In the order in which they came; a sender that is known waits no more, and one that has gone is nobody. */
static void test_joined(Sides *sides, const void *data)
{
    g_assert_cmpint(add(sides, ":1.1", "A", 10), ==, 1);
    g_assert_cmpint(add(sides, ":1.1", "B", 10), ==, 1);
    g_assert_cmpint(add(sides, GONE, "C", 10), ==, 1);
    g_assert_cmpint(add(sides, ":1.1", "D", 10), ==, 1);
    run_until(sides, "A known;B known;D known;C nobody;");
    g_assert_cmpint(g_atomic_int_get(&sides->asked), ==, 2);
    g_assert_cmpint(add(sides, ":1.1", "E", 10), ==, 0);
    g_assert_cmpint(add(sides, GONE, "F", 10), ==, 1);
    run_until(sides, "A known;B known;D known;C nobody;F nobody;");
}

/* At CERTD_LIMIT_INTRODUCED_CALLS, and one beyond it; another connection is not held up. */
static void test_calls(Sides *sides, const void *data)
{
    g_autoptr(GString) expected = g_string_new(NULL);
    for (guint i = 0; i < CERTD_LIMIT_INTRODUCED_CALLS; i++) {
        g_assert_cmpint(add(sides, ":1.1", "A", 10), ==, 1);
        g_string_append(expected, "A known;");
    }
    g_assert_cmpint(add(sides, ":1.1", "B", 10), ==, -1);
    g_assert_cmpint(add(sides, ":1.2", "C", 10), ==, 1);
    g_string_append(expected, "C known;");
    run_until(sides, expected->str);
    g_assert_cmpint(g_atomic_int_get(&sides->asked), ==, 2);
}

/* At CERTD_LIMIT_INTRODUCED_BYTES of all, and one beyond; small calls have as much again. */
static void test_bytes(Sides *sides, const void *data)
{
    size_t small = CERTD_INTRODUCED_SMALL_BYTES;
    g_assert_cmpint(add(sides, ":1.1", "A", CERTD_LIMIT_INTRODUCED_BYTES - small - 1), ==, 1);
    g_assert_cmpint(add(sides, ":1.2", "B", small + 2), ==, -1);
    g_assert_cmpint(add(sides, ":1.2", "C", small + 1), ==, 1);
    g_assert_cmpint(add(sides, ":1.3", "D", small + 1), ==, -1);
    g_autoptr(GString) expected = g_string_new("A known;C known;");
    for (guint i = 0; i < CERTD_LIMIT_INTRODUCED_BYTES / CERTD_INTRODUCED_SMALL_BYTES; i++) {
        g_autofree char *name = g_strdup_printf(":2.%u", i);
        g_assert_cmpint(add(sides, name, "E", small), ==, 1);
        g_string_append(expected, "E known;");
    }
    g_assert_cmpint(add(sides, ":1.4", "F", 1), ==, -1);
    run_until(sides, expected->str);
    /* Once they are known, there is room. */
    g_assert_cmpint(add(sides, ":1.5", "G", CERTD_LIMIT_INTRODUCED_BYTES), ==, 1);
    g_assert_cmpint(add(sides, ":1.6", "H", CERTD_INTRODUCED_SMALL_BYTES + 1), ==, -1);
}

/* Whoever waits when certd is stopped is told so, once. */
static void test_closed(Sides *sides, const void *data)
{
    g_autoptr(GError) no = g_error_new(CERTD_ERROR, CERTD_ERROR_CANCELLED, "stopped");
    g_assert_cmpint(add(sides, ":1.1", "A", 10), ==, 1);
    g_assert_cmpint(add(sides, ":1.2", "B", CERTD_LIMIT_INTRODUCED_BYTES - 10), ==, 1);
    certd_introductions_close(sides->introductions, no);
    g_assert_nonnull(strstr(sides->said->str, "A stopped;"));
    g_assert_nonnull(strstr(sides->said->str, "B stopped;"));
    size_t said = sides->said->len;
    while (!certd_senders_knows(sides->senders, ":1.2"))
        g_assert_cmpint(sd_event_run(sides->event, 20 * G_USEC_PER_SEC), >, 0);
    g_assert_cmpuint(sides->said->len, ==, said);
    g_assert_cmpint(add(sides, ":1.3", "C", CERTD_LIMIT_INTRODUCED_BYTES), ==, 1);
}

#define introduction_add(path, function) g_test_add(path, Sides, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    introduction_add("/introduction/joined", test_joined);
    introduction_add("/introduction/calls", test_calls);
    introduction_add("/introduction/bytes", test_bytes);
    introduction_add("/introduction/closed", test_closed);
    return g_test_run();
}
