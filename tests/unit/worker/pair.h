/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two ends of one connection, and the worker behind the one. */
#pragma once

#include "worker/interface.h"

G_BEGIN_DECLS

typedef struct {
    CertdWorker worker;
    sd_bus *server, *client;
} Pair;

/* @pair: zeros, or a worker that has its sealing key. */
void pair_start(Pair *pair, CertdRole role);
void pair_stop(Pair *pair);
/* A call of @method, to fill and send. */
sd_bus_message *pair_call(Pair *pair, const char *interface, const char *method);
/* Sends @message (taken) and turns both ends until the answer is there. */
sd_bus_message *pair_exchange(Pair *pair, sd_bus_message *message);

G_END_DECLS
