/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* certd's objects on one end of a socketpair. */

#include "fixture-bus.h"

#include <sys/socket.h>

void bus_fixture_set_up(BusFixture *fixture, const void *data)
{
    int pair[2];
    sd_id128_t id;
    fake_set_up(&fixture->fake, NULL);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), ==,
                    0);
    g_assert_cmpint(sd_id128_randomize(&id), >=, 0);
    g_assert_cmpint(sd_event_new(&fixture->event), >=, 0);
    g_assert_cmpint(sd_bus_new(&fixture->server), >=, 0);
    g_assert_cmpint(sd_bus_set_fd(fixture->server, pair[0], pair[0]), >=, 0);
    g_assert_cmpint(sd_bus_set_server(fixture->server, 1, id), >=, 0);
    g_assert_cmpint(sd_bus_negotiate_fds(fixture->server, 1), >=, 0);
    g_assert_cmpint(sd_bus_new(&fixture->client), >=, 0);
    g_assert_cmpint(sd_bus_set_fd(fixture->client, pair[1], pair[1]), >=, 0);
    g_assert_cmpint(sd_bus_negotiate_fds(fixture->client, 1), >=, 0);
    g_assert_cmpint(sd_bus_start(fixture->server), >=, 0);
    g_assert_cmpint(sd_bus_start(fixture->client), >=, 0);
    g_assert_cmpint(sd_bus_attach_event(fixture->server, fixture->event, 0), >=, 0);
    g_assert_cmpint(sd_bus_attach_event(fixture->client, fixture->event, 0), >=, 0);
    g_autoptr(GError) error = NULL;
    fixture->bus = certd_bus_new(fixture->server, fixture->fake.service, &error);
    g_assert_no_error(error);
    while (sd_bus_is_ready(fixture->server) <= 0 || sd_bus_is_ready(fixture->client) <= 0)
        g_assert_cmpint(sd_event_run(fixture->event, 5 * G_USEC_PER_SEC), >, 0);
}

void bus_fixture_tear_down(BusFixture *fixture, const void *data)
{
    certd_bus_free(fixture->bus);
    sd_bus_close_unref(fixture->server);
    sd_bus_close_unref(fixture->client);
    sd_event_unref(fixture->event);
    fake_tear_down(&fixture->fake, NULL);
}

static int keep_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    *(sd_bus_message **)userdata = sd_bus_message_ref(reply);
    return 0;
}

sd_bus_message *bus_fixture_call(BusFixture *fixture, sd_bus_message *call)
{
    sd_bus_message *reply = NULL;
    g_assert_cmpint(sd_bus_call_async(fixture->client, NULL, call, keep_reply, &reply, 0), >=, 0);
    while (reply == NULL)
        g_assert_cmpint(sd_event_run(fixture->event, 5 * G_USEC_PER_SEC), >, 0);
    return reply;
}
