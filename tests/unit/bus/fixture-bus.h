/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* certd's objects on one end of a socketpair, a client on the other; the store is real. */
#pragma once

#include <systemd/sd-bus.h>

#include "bus/bus.h"
#include "fake.h"

G_BEGIN_DECLS

typedef struct {
    Fake fake;
    sd_event *event;
    sd_bus *server;
    sd_bus *client;
    CertdBus *bus;
} BusFixture;

#define bus_fixture_add(path, function)                                                            \
    g_test_add(path, BusFixture, NULL, bus_fixture_set_up, function, bus_fixture_tear_down)

void bus_fixture_set_up(BusFixture *fixture, const void *data);
void bus_fixture_tear_down(BusFixture *fixture, const void *data);
/* Sends @call and turns the event loop until its reply is here; the caller unrefs it. */
sd_bus_message *bus_fixture_call(BusFixture *fixture, sd_bus_message *call);

G_END_DECLS
