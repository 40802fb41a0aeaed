/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one process turns both ends, so that a test needs no thread and no worker program. */
#include "pair.h"

#include <sys/socket.h>

#include "model/names.h"

void pair_start(Pair *pair, CertdRole role)
{
    sd_id128_t id;
    int fds[2];

    pair->worker.role = role;
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    g_assert_cmpint(sd_id128_randomize(&id), >=, 0);
    g_assert_cmpint(sd_bus_new(&pair->server), >=, 0);
    g_assert_cmpint(sd_bus_set_fd(pair->server, fds[0], fds[0]), >=, 0);
    g_assert_cmpint(sd_bus_set_server(pair->server, 1, id), >=, 0);
    g_assert_cmpint(sd_bus_set_anonymous(pair->server, 1), >=, 0);
    g_assert_cmpint(sd_bus_negotiate_fds(pair->server, 1), >=, 0);
    g_assert_cmpint(certd_worker_export(pair->server, &pair->worker), >=, 0);
    g_assert_cmpint(sd_bus_start(pair->server), >=, 0);
    g_assert_cmpint(sd_bus_new(&pair->client), >=, 0);
    g_assert_cmpint(sd_bus_set_fd(pair->client, fds[1], fds[1]), >=, 0);
    g_assert_cmpint(sd_bus_set_anonymous(pair->client, 1), >=, 0);
    g_assert_cmpint(sd_bus_negotiate_fds(pair->client, 1), >=, 0);
    g_assert_cmpint(sd_bus_start(pair->client), >=, 0);
}

void pair_stop(Pair *pair)
{
    sd_bus_close_unref(pair->client);
    sd_bus_close_unref(pair->server);
}

static int keep_reply(sd_bus_message *reply, void *userdata, sd_bus_error *ret)
{
    sd_bus_message **kept = userdata;

    *kept = sd_bus_message_ref(reply);
    return 0;
}

/* Sends @message (taken) and turns both ends until the answer is there. */
sd_bus_message *pair_exchange(Pair *pair, sd_bus_message *message)
{
    sd_bus_message *reply = NULL;

    g_assert_cmpint(sd_bus_call_async(pair->client, NULL, message, keep_reply, &reply, 0), >=, 0);
    sd_bus_message_unref(message);
    while (!reply) {
        g_assert_cmpint(sd_bus_process(pair->client, NULL), >=, 0);
        g_assert_cmpint(sd_bus_process(pair->server, NULL), >=, 0);
    }
    return reply;
}

sd_bus_message *pair_call(Pair *pair, const char *interface, const char *method)
{
    sd_bus_message *message = NULL;

    g_assert_cmpint(sd_bus_message_new_method_call(pair->client, &message, NULL, CERTD_PATH_WORKER,
                                                   interface, method),
                    >=, 0);
    return message;
}
