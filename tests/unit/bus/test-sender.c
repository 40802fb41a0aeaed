/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is behind a bus name: what the bus and the service manager say, how they can fail, and how much is
 * remembered. */
#include "bus/sender.h"

#include <string.h>

#include "fixture-peer.h"
#include "model/error.h"
#include "model/limits.h"

/* Names that the bus of this test answers for in its own way; all others are PEER_UID, with no process. */
#define ROOT ":1.root"
#define GONE ":1.gone"
#define WITHOUT_UID ":1.without-uid"
#define ODD ":1.odd"
#define OWNER 4711u

static const struct {
    const char *name;
    guint32 uid;
    guint32 pid;
} names[] = {
    {ROOT, 0, PEER_ROOT},
    {":1.web", PEER_UID, PEER_WEB},
    {":1.other", OWNER, PEER_WEB},
    {":1.user", PEER_UID, PEER_USER},
    {":1.silent", PEER_UID, PEER_SILENT},
    {":1.hostile", PEER_UID, PEER_HOSTILE},
    {":1.slow", PEER_UID, PEER_SLOW_USER},
    {":1.starting", PEER_UID, PEER_STARTING},
};

typedef struct {
    Peer peer;
    int asked;      /* atomic */
    guint n_groups; /* of everybody */
    CertdSenders *senders;
} Sides;

static int answer(Sides *sides, sd_bus_message *call, const char *name)
{
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *reply = NULL;
    g_autofree guint32 *groups = g_new(guint32, sides->n_groups);
    guint32 uid = PEER_UID, pid = 0;
    for (guint i = 0; i < sides->n_groups; i++)
        groups[i] = 27 + i;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_equal(names[i].name, name)) {
            uid = names[i].uid;
            pid = names[i].pid;
        }
    }
    sd_bus_message_new_method_return(call, &reply);
    sd_bus_message_open_container(reply, 'a', "{sv}");
    sd_bus_message_append(reply, "{sv}", "ProcessID", "u", pid);
    if (g_str_equal(name, ODD))
        sd_bus_message_append(reply, "{sv}", "UnixUserID", "s", "0");
    else if (!g_str_equal(name, WITHOUT_UID))
        sd_bus_message_append(reply, "{sv}", "UnixUserID", "u", uid);
    sd_bus_message_open_container(reply, 'e', "sv");
    sd_bus_message_append(reply, "s", "UnixGroupIDs");
    sd_bus_message_open_container(reply, 'v', "au");
    sd_bus_message_append_array(reply, 'u', groups, sides->n_groups * sizeof *groups);
    sd_bus_message_close_container(reply);
    sd_bus_message_close_container(reply);
    sd_bus_message_close_container(reply);
    return sd_bus_send(NULL, reply, NULL);
}

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
    return answer(sides, call, name);
}

static const sd_bus_vtable bus_vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("GetConnectionCredentials", "s", "a{sv}", on_credentials,
                  SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

static void set_up(Sides *sides, const void *data)
{
    sides->n_groups = 3;
    peer_start(&sides->peer, "/org/freedesktop/DBus", "org.freedesktop.DBus", bus_vtable, sides);
    sides->senders = certd_senders_new(sides->peer.certd);
}

static void tear_down(Sides *sides, const void *data)
{
    certd_senders_free(sides->senders);
    peer_stop(&sides->peer);
}

static CertdCaller get(Sides *sides, const char *name)
{
    g_autoptr(GError) error = NULL;
    CertdCaller caller = {.uid = G_MAXUINT32, .administrator = 77};
    g_assert_true(certd_senders_get(sides->senders, name, &caller, &error));
    g_assert_no_error(error);
    return caller;
}

static void assert_user(Sides *sides, const char *name, guint32 expected)
{
    CertdCaller caller = get(sides, name);
    g_assert_cmpuint(caller.uid, ==, expected);
    g_assert_cmpint(caller.administrator, ==, expected == 0);
    g_assert_cmpuint(caller.n_groups, ==, 3);
    for (guint i = 0; i < 3; i++)
        g_assert_cmpuint(caller.groups[i], ==, 27 + i);
}

static void test_users(Sides *sides, const void *data)
{
    assert_user(sides, ":1.1", PEER_UID);
    assert_user(sides, ROOT, 0);
    assert_user(sides, ":1.1", PEER_UID);
    g_assert_cmpint(g_atomic_int_get(&sides->asked), ==, 2);
}

/* Whom the bus doesn't know is nobody, each time anew. */
static void test_nobody(Sides *sides, const void *data)
{
    static const char *const nobody[] = {GONE, GONE, WITHOUT_UID, ODD, NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(nobody); i++) {
        g_autoptr(GError) error = NULL;
        CertdCaller caller = {.uid = 77, .administrator = 77, .unit = "before"};
        g_assert_false(certd_senders_get(sides->senders, nobody[i], &caller, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED);
        g_assert_cmpuint(caller.uid, ==, 77);
        g_assert_cmpint(caller.administrator, ==, 77);
        g_assert_cmpstr(caller.unit, ==, "before");
        g_assert_null(caller.is_of_unit);
    }
    g_assert_cmpint(g_atomic_int_get(&sides->asked), ==, 4);
}

/* At CERTD_LIMIT_KNOWN_SENDERS all are remembered; one more, and they are asked about again. */
static void test_limit(Sides *sides, const void *data)
{
    for (guint round = 0; round < 2; round++) {
        for (guint i = 0; i < CERTD_LIMIT_KNOWN_SENDERS; i++) {
            g_autofree char *name = g_strdup_printf(":1.%u", i);
            assert_user(sides, name, PEER_UID);
        }
        g_assert_cmpint(g_atomic_int_get(&sides->asked), ==, CERTD_LIMIT_KNOWN_SENDERS);
    }
    assert_user(sides, ROOT, 0);
    assert_user(sides, ":1.0", PEER_UID);
    g_assert_cmpint(g_atomic_int_get(&sides->asked), ==, CERTD_LIMIT_KNOWN_SENDERS + 2);
}

/* At CERTD_LIMIT_CALLER_GROUPS all are there; one more is not looked at. */
static void test_groups(Sides *sides, const void *data)
{
    sides->n_groups = 0;
    g_assert_cmpuint(get(sides, ":1.none").n_groups, ==, 0);
    sides->n_groups = CERTD_LIMIT_CALLER_GROUPS;
    CertdCaller most = get(sides, ":1.most");
    g_assert_cmpuint(most.n_groups, ==, CERTD_LIMIT_CALLER_GROUPS);
    g_assert_cmpuint(most.groups[most.n_groups - 1], ==, 27 + CERTD_LIMIT_CALLER_GROUPS - 1);
    sides->n_groups++;
    g_assert_cmpuint(get(sides, ":1.more").n_groups, ==, CERTD_LIMIT_CALLER_GROUPS);
}

static void test_units(Sides *sides, const void *data)
{
    for (int round = 0; round < 2; round++) {
        g_assert_cmpstr(get(sides, ":1.web").unit, ==, "web.service");
        g_assert_cmpstr(get(sides, ROOT).unit, ==, "root.service");
        g_assert_cmpstr(get(sides, ":1.user").unit, ==, "user@1000.service");
        g_assert_cmpstr(get(sides, ":1.hostile").unit, ==, "");
        g_assert_cmpstr(get(sides, ":1.1").unit, ==, "");
    }
    g_assert_cmpint(g_atomic_int_get(&sides->peer.asked), ==, 4);
}

static gboolean is_of(Sides *sides, const char *name, const char *unit)
{
    CertdCaller caller = get(sides, name);
    return caller.is_of_unit(caller.userdata, name, caller.uid, unit);
}

/* The process is in the unit and runs as the unit's user: the one alone is not enough. */
static void test_is_of_unit(Sides *sides, const void *data)
{
    g_assert_true(is_of(sides, ":1.web", "web.service"));
    g_assert_true(is_of(sides, ROOT, "root.service"));
    g_assert_false(is_of(sides, ":1.web", "root.service"));
    g_assert_false(is_of(sides, ":1.web", "web.servic"));
    g_assert_false(is_of(sides, ":1.other", "web.service"));
    g_assert_false(is_of(sides, ":1.1", "web.service"));
    g_assert_false(is_of(sides, ":1.hostile", "a\nb.service"));
    CertdCaller web = get(sides, ":1.web");
    g_assert_false(web.is_of_unit(web.userdata, ":1.web", 0, "web.service"));
    g_assert_false(web.is_of_unit(web.userdata, ":1.stranger", PEER_UID, "web.service"));
    /* A process is asked about each time: it could be another's number by now. */
    int before = g_atomic_int_get(&sides->peer.asked);
    g_assert_true(is_of(sides, ":1.web", "web.service"));
    g_assert_cmpint(g_atomic_int_get(&sides->peer.asked), ==, before + 1);
}

/* A manager that doesn't answer is waited for once, and then not asked for a while by anybody. */
static void test_silent(Sides *sides, const void *data)
{
    gint64 begun = g_get_monotonic_time();
    g_assert_cmpstr(get(sides, ":1.silent").unit, ==, "");
    g_assert_cmpint(g_get_monotonic_time() - begun, >=, CERTD_LIMIT_UNIT_ANSWER_MSEC * 1000);
    g_assert_cmpint(g_atomic_int_get(&sides->peer.asked), ==, 1);
    g_assert_cmpstr(get(sides, ":1.silent").unit, ==, "");
    g_assert_cmpstr(get(sides, ":1.web").unit, ==, "");
    g_assert_false(is_of(sides, ":1.web", "web.service"));
    g_assert_cmpint(g_atomic_int_get(&sides->peer.asked), ==, 1);
}

/* The same where it is the unit's user that it doesn't say. */
static void test_slow_user(Sides *sides, const void *data)
{
    g_assert_false(is_of(sides, ":1.slow", "slow.service"));
    int before = g_atomic_int_get(&sides->peer.asked);
    g_assert_false(is_of(sides, ":1.slow", "slow.service"));
    g_assert_cmpstr(get(sides, ":1.web").unit, ==, "");
    g_assert_cmpint(g_atomic_int_get(&sides->peer.asked), ==, before);
}

static void keep(gboolean knows, void *userdata)
{
    g_string_append(userdata, knows ? "yes " : "no ");
}

static void learn(Sides *sides, const char *name, GString *kept)
{
    g_assert_false(certd_senders_knows(sides->senders, name));
    g_assert_true(certd_senders_learn(sides->senders, name, keep, kept));
}

/* Nobody waits for what is asked: others are known meanwhile, and it is remembered all the same. */
static void test_learn(Sides *sides, const void *data)
{
    g_autoptr(GString) kept = g_string_new(NULL);
    sd_event *event = NULL;
    g_assert_cmpint(sd_event_new(&event), >=, 0);
    g_assert_cmpint(sd_bus_attach_event(sides->peer.certd, event, 0), >=, 0);
    learn(sides, ":1.silent", kept);
    learn(sides, ":1.web", kept);
    learn(sides, GONE, kept);
    learn(sides, ODD, kept);
    learn(sides, ":1.1", kept);
    g_assert_cmpstr(kept->str, ==, "");
    while (kept->len < strlen("yes no no yes yes "))
        g_assert_cmpint(sd_event_run(event, 20 * G_USEC_PER_SEC), >, 0);
    /* In the order of the answers: the silent one's manager was given up at last. */
    g_assert_true(g_str_has_suffix(kept->str, "yes "));
    g_assert_cmpint(g_atomic_int_get(&sides->asked), ==, 5);
    g_assert_false(certd_senders_knows(sides->senders, GONE));
    g_assert_false(certd_senders_knows(sides->senders, ODD));
    g_assert_cmpstr(get(sides, ":1.web").unit, ==, "web.service");
    g_assert_cmpstr(get(sides, ":1.silent").unit, ==, "");
    g_assert_cmpuint(get(sides, ":1.1").uid, ==, PEER_UID);
    g_assert_cmpint(g_atomic_int_get(&sides->asked), ==, 5);
    /* And that one it is not asked about, nor about others, for a while. */
    g_assert_cmpint(g_atomic_int_get(&sides->peer.asked), ==, 2);
    learn(sides, ROOT, kept);
    while (!certd_senders_knows(sides->senders, ROOT))
        g_assert_cmpint(sd_event_run(event, 20 * G_USEC_PER_SEC), >, 0);
    g_assert_cmpstr(get(sides, ROOT).unit, ==, "");
    g_assert_cmpint(g_atomic_int_get(&sides->peer.asked), ==, 2);
    /* One that is under way at the end is forgotten. */
    learn(sides, ":1.user", kept);
    sd_bus_detach_event(sides->peer.certd);
    sd_event_unref(event);
}

/* That the manager is not there says nothing about the process: it is asked again. */
static void test_starting(Sides *sides, const void *data)
{
    g_autoptr(GString) kept = g_string_new(NULL);
    sd_event *event = NULL;
    g_assert_cmpint(sd_event_new(&event), >=, 0);
    g_assert_cmpint(sd_bus_attach_event(sides->peer.certd, event, 0), >=, 0);
    learn(sides, ":1.starting", kept);
    while (kept->len == 0)
        g_assert_cmpint(sd_event_run(event, 20 * G_USEC_PER_SEC), >, 0);
    g_assert_cmpstr(kept->str, ==, "yes ");
    g_assert_cmpstr(get(sides, ":1.starting").unit, ==, "starting.service");
    g_assert_cmpint(g_atomic_int_get(&sides->peer.asked), ==, 2);
    sd_bus_detach_event(sides->peer.certd);
    sd_event_unref(event);
}

/* For the log it is not asked again at once, for everybody waits; whoever has to prove a unit can. */
static void test_absent(Sides *sides, const void *data)
{
    g_assert_cmpstr(get(sides, ":1.starting").unit, ==, "");
    g_assert_cmpstr(get(sides, ":1.starting").unit, ==, "");
    g_assert_cmpint(g_atomic_int_get(&sides->peer.asked), ==, 1);
    g_assert_true(is_of(sides, ":1.web", "web.service"));
}

#define sender_add(path, function) g_test_add(path, Sides, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    sender_add("/sender/users", test_users);
    sender_add("/sender/nobody", test_nobody);
    sender_add("/sender/limit", test_limit);
    sender_add("/sender/groups", test_groups);
    sender_add("/sender/units", test_units);
    sender_add("/sender/is-of-unit", test_is_of_unit);
    sender_add("/sender/silent", test_silent);
    sender_add("/sender/slow-user", test_slow_user);
    sender_add("/sender/learn", test_learn);
    sender_add("/sender/starting", test_starting);
    sender_add("/sender/absent", test_absent);
    return g_test_run();
}
