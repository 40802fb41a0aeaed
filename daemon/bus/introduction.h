/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls whose sender is new to certd: they wait until the bus has said who that is, and nobody else does.
 * The user is not known yet, so that what waits is counted by connection, and its bytes all together.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "bus/sender.h"

G_BEGIN_DECLS

typedef struct CertdIntroductions CertdIntroductions;

/* @message waits no longer; @no is NULL where its sender is known now. */
typedef void (*CertdIntroduced)(sd_bus_message *message, const GError *no, void *userdata);

/* @senders lives until certd_introductions_close() at least, and is freed before the introductions. */
CertdIntroductions *certd_introductions_new(CertdSenders *senders, CertdIntroduced introduced,
                                            void *userdata);
/* All that wait get the error @no. */
void certd_introductions_close(CertdIntroductions *introductions, const GError *no);
void certd_introductions_free(CertdIntroductions *introductions);
/* 1: @message, of @size bytes, waits; 0: its sender is known, or nobody can be asked. -1 with
 * CERTD_ERROR_LIMIT_EXCEEDED beyond CERTD_LIMIT_INTRODUCED_CALLS of this sender, or
 * CERTD_LIMIT_INTRODUCED_BYTES of all; calls of CERTD_INTRODUCED_SMALL_BYTES may have as much once more. */
int certd_introductions_add(CertdIntroductions *introductions, sd_bus_message *message, size_t size,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
