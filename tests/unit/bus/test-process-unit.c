/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of which unit a process is, as the service manager says, and how it can fail to. */
#include "bus/process-unit.h"

#include <errno.h>
#include <string.h>

#include "fixture-peer.h"
#include "model/limits.h"

#define OTHER 77u

static const struct {
    guint32 pid;
    int result;
    const char *unit;
} rows[] = {
    {PEER_WEB, 0, "web.service"},
    {PEER_ROOT, 0, "root.service"},
    {PEER_USER, 0, "user@1000.service"},
    {OTHER, -ESRCH, NULL},
    {PEER_GONE, -ESRCH, NULL},
    {PEER_UNKNOWN, -ESRCH, NULL},
    {PEER_STARTING, -ENXIO, NULL},
    {PEER_STARTING, 0, "starting.service"},
    {PEER_OUTSIDE, -EBADMSG, NULL},
    {PEER_EMPTY, -EBADMSG, NULL},
    {PEER_HOSTILE, -EBADMSG, NULL},
    {0, -ESRCH, NULL},
    {(guint32)G_MAXINT32 + 1, -ESRCH, NULL},
};

static void set_up(Peer *peer, const void *data)
{
    peer_start(peer, NULL, NULL, NULL, NULL);
}

static void tear_down(Peer *peer, const void *data)
{
    peer_stop(peer);
}

static void test_asked(Peer *peer, const void *data)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *unit = (char *)"before";
        int r = certd_process_unit(peer->certd, rows[i].pid, &unit);
        g_assert_cmpint(r, ==, rows[i].result);
        g_assert_cmpstr(unit, ==, rows[i].unit != NULL ? rows[i].unit : "before");
        if (r >= 0)
            g_free(unit);
    }
    /* Numbers that no process has were not asked for. */
    g_assert_cmpint(g_atomic_int_get(&peer->asked), ==, (int)G_N_ELEMENTS(rows) - 2);
}

static void test_user(Peer *peer, const void *data)
{
    guint32 uid = OTHER;
    g_assert_cmpint(certd_process_unit_user(peer->certd, "nobody.service", &uid), <, 0);
    g_assert_cmpint(certd_process_unit_user(peer->certd, "slow.service", &uid), ==, -ETIMEDOUT);
    g_assert_cmpuint(uid, ==, OTHER);
    g_assert_cmpint(certd_process_unit_user(peer->certd, "web.service", &uid), ==, 0);
    g_assert_cmpuint(uid, ==, PEER_UID);
    /* Without User= it is root. */
    g_assert_cmpint(certd_process_unit_user(peer->certd, "root.service", &uid), ==, 0);
    g_assert_cmpuint(uid, ==, 0);
}

/* CERTD_LIMIT_UNIT_ANSWER_MSEC is all that certd waits. */
static void test_silent(Peer *peer, const void *data)
{
    char *unit = (char *)"before";
    gint64 begun = g_get_monotonic_time();
    g_assert_cmpint(certd_process_unit(peer->certd, PEER_SILENT, &unit), ==, -ETIMEDOUT);
    gint64 took = g_get_monotonic_time() - begun;
    g_assert_cmpint(took, >=, CERTD_LIMIT_UNIT_ANSWER_MSEC * 1000);
    g_assert_cmpint(took, <, CERTD_LIMIT_UNIT_ANSWER_MSEC * 1000 * 8);
    g_assert_cmpstr(unit, ==, "before");
}

static void keep(const char *unit, void *userdata)
{
    GString *kept = userdata;
    g_string_append_printf(kept, "%s;", unit == NULL ? "-" : *unit != '\0' ? unit : "none");
}

static void ask(Peer *peer, guint32 pid, GString *kept)
{
    certd_process_unit_ask(peer->certd, NULL, pid, CERTD_LIMIT_UNIT_PROOF_SECONDS * G_USEC_PER_SEC,
                           keep, kept);
}

/* CERTD_LIMIT_UNIT_PROOF_SECONDS: others are answered meanwhile, and nobody is left without an answer. */
static void test_not_waited_for(Peer *peer, const void *data)
{
    g_autoptr(GString) kept = g_string_new(NULL);
    sd_event *event = NULL;
    g_assert_cmpint(sd_event_new(&event), >=, 0);
    g_assert_cmpint(sd_bus_attach_event(peer->certd, event, 0), >=, 0);
    gint64 begun = g_get_monotonic_time();
    ask(peer, 0, kept);
    g_assert_cmpstr(kept->str, ==, "none;");
    ask(peer, PEER_SILENT, kept);
    ask(peer, PEER_WEB, kept);
    ask(peer, OTHER, kept);
    ask(peer, PEER_OUTSIDE, kept);
    ask(peer, PEER_STARTING, kept);
    /* What the manager doesn't say is not the same as that there is none. */
    const char *expected = "none;web.service;none;none;-;-;";
    while (kept->len < strlen(expected))
        g_assert_cmpint(sd_event_run(event, 20 * G_USEC_PER_SEC), >, 0);
    g_assert_cmpstr(kept->str, ==, expected);
    g_assert_cmpint(g_get_monotonic_time() - begun, >=,
                    CERTD_LIMIT_UNIT_PROOF_SECONDS * (gint64)G_USEC_PER_SEC);
    sd_bus_detach_event(peer->certd);
    sd_event_unref(event);
}

#define process_unit_add(path, function) g_test_add(path, Peer, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    process_unit_add("/process-unit/asked", test_asked);
    process_unit_add("/process-unit/user", test_user);
    process_unit_add("/process-unit/silent", test_silent);
    process_unit_add("/process-unit/not-waited-for", test_not_waited_for);
    return g_test_run();
}
