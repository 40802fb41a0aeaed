/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whom polkit lets read: its yes is remembered until anything changes. */
#include "bus/read-approvals.h"

#include <sys/socket.h>
#include <systemd/sd-event.h>

#include "model/limits.h"

#define NOW G_GINT64_CONSTANT(77)

typedef struct {
    sd_event *event;
    sd_bus *certd;
    sd_bus *polkit;
    CertdReadApprovals *approvals;
} Sides;

static sd_bus *new_bus(sd_event *event, int fd, gboolean serves)
{
    sd_bus *bus = NULL;
    sd_id128_t id;
    g_assert_cmpint(sd_bus_new(&bus), >=, 0);
    g_assert_cmpint(sd_bus_set_fd(bus, fd, fd), >=, 0);
    g_assert_cmpint(sd_id128_randomize(&id), >=, 0);
    if (serves)
        g_assert_cmpint(sd_bus_set_server(bus, 1, id), >=, 0);
    g_assert_cmpint(sd_bus_start(bus), >=, 0);
    g_assert_cmpint(sd_bus_attach_event(bus, event, 0), >=, 0);
    return bus;
}

static void set_up(Sides *sides, const void *data)
{
    int pair[2];
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), ==,
                    0);
    g_assert_cmpint(sd_event_new(&sides->event), >=, 0);
    sides->certd = new_bus(sides->event, pair[0], TRUE);
    sides->polkit = new_bus(sides->event, pair[1], FALSE);
    g_assert_cmpint(sd_bus_set_sender(sides->polkit, "org.freedesktop.PolicyKit1"), >=, 0);
    sides->approvals = certd_read_approvals_new(sides->certd);
    g_assert_nonnull(sides->approvals);
}

static void tear_down(Sides *sides, const void *data)
{
    certd_read_approvals_free(sides->approvals);
    sd_bus_close_unref(sides->certd);
    sd_bus_close_unref(sides->polkit);
    sd_event_unref(sides->event);
}

static void add(Sides *sides, const char *sender, const char *certificate)
{
    certd_read_approvals_add(sides->approvals, sender, certificate,
                             certd_read_approvals_epoch(sides->approvals), NOW);
}

static gboolean has(Sides *sides, const char *sender, const char *certificate)
{
    return certd_read_approvals_has(sides->approvals, sender, certificate, NOW);
}

/* What it said of one certificate, it did not say of another, nor of another caller. */
static void test_which(Sides *sides, const void *data)
{
    g_assert_false(has(sides, ":1.1", NULL));
    add(sides, ":1.1", NULL);
    add(sides, ":1.2", "web");
    g_assert_true(has(sides, ":1.1", NULL));
    g_assert_true(has(sides, ":1.2", "web"));
    g_assert_false(has(sides, ":1.1", "web"));
    g_assert_false(has(sides, ":1.2", NULL));
    g_assert_false(has(sides, ":1.2", "we"));
    g_assert_false(has(sides, ":1.22", "web"));
}

/* polkit's rules, actions or sessions, or polkit itself: an answer from before counts no more. */
static void test_changed(Sides *sides, const void *data)
{
    add(sides, ":1.1", NULL);
    certd_read_approvals_left(sides->approvals, ":1.7");
    g_assert_true(has(sides, ":1.1", NULL));
    guint64 before = certd_read_approvals_epoch(sides->approvals);
    certd_read_approvals_left(sides->approvals, "org.freedesktop.PolicyKit1");
    g_assert_false(has(sides, ":1.1", NULL));
    certd_read_approvals_add(sides->approvals, ":1.1", NULL, before, NOW);
    g_assert_false(has(sides, ":1.1", NULL));
    add(sides, ":1.1", NULL);
    g_assert_true(has(sides, ":1.1", NULL));
    g_assert_cmpint(sd_bus_emit_signal(sides->polkit, "/org/freedesktop/PolicyKit1/Authority",
                                       "org.freedesktop.PolicyKit1.Authority", "Changed", NULL),
                    >=, 0);
    while (has(sides, ":1.1", NULL))
        g_assert_cmpint(sd_event_run(sides->event, 20 * G_USEC_PER_SEC), >, 0);
}

/* At CERTD_LIMIT_KNOWN_SENDERS all are remembered; one more, and they are asked about again. */
static void test_limit(Sides *sides, const void *data)
{
    for (guint i = 0; i < CERTD_LIMIT_KNOWN_SENDERS; i++) {
        g_autofree char *name = g_strdup_printf(":1.%u", i);
        add(sides, name, NULL);
    }
    g_assert_true(has(sides, ":1.0", NULL));
    add(sides, ":2.0", NULL);
    g_assert_false(has(sides, ":1.0", NULL));
    g_assert_true(has(sides, ":2.0", NULL));
}

/* After CERTD_READ_APPROVAL_SECONDS polkit is asked again, though nothing has changed that it tells. */
static void test_time(Sides *sides, const void *data)
{
    gint64 end = NOW + CERTD_READ_APPROVAL_SECONDS * (gint64)G_USEC_PER_SEC;
    add(sides, ":1.1", NULL);
    g_assert_true(certd_read_approvals_has(sides->approvals, ":1.1", NULL, end - 1));
    g_assert_false(certd_read_approvals_has(sides->approvals, ":1.1", NULL, end));
    /* A read in between makes it no longer. */
    g_assert_false(certd_read_approvals_has(sides->approvals, ":1.1", NULL, end + 1));
}

#define approvals_add(path, function) g_test_add(path, Sides, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    approvals_add("/read-approvals/which", test_which);
    approvals_add("/read-approvals/changed", test_changed);
    approvals_add("/read-approvals/limit", test_limit);
    approvals_add("/read-approvals/time", test_time);
    return g_test_run();
}
