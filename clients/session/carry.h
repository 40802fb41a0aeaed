/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between certd-web, on a connection of two, and the user's own connection to the bus: calls one way, replies, errors
 * and certd's signals the other. Each message is made anew.
 */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

G_BEGIN_DECLS

typedef struct CertdCarry CertdCarry;

/* Carries between @peer, a connected stream socket that is taken, and @bus, which stands; @signed_in is when the user
 * gave the password, in microseconds of CLOCK_BOOTTIME. Both connections are attached to @event, which is made to
 * exit when one of them ends or too much waits for the peer to read. The peer's first call must have no descriptor
 * and be waited for, as Ping: sd-bus takes one that comes while it reads the peer's BEGIN for an attack, and ends the
 * connection. NULL with G_IO_ERROR. */
CertdCarry *certd_carry_new(sd_event *event, sd_bus *bus, int peer, guint64 signed_in,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
void certd_carry_free(CertdCarry *carry);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdCarry, certd_carry_free)

G_END_DECLS
