/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * certd on the bus: one file per interface (manager.c, certificate.c, request.c), the gate that every
 * call passes (gate.c), and what turns events into signals (signals.c).
 */
#pragma once

#include <systemd/sd-bus.h>

#include "bus/refusals.h"
#include "service/service.h"

G_BEGIN_DECLS

typedef struct CertdBus CertdBus;

/* Puts the objects on @bus, which is attached to an event loop, and listens to @service. Both
 * outlive it. */
CertdBus *certd_bus_new(sd_bus *bus, CertdService *service, GError **error);
/* Writes down what was refused elsewhere than on the bus; as certd_refusals_note(). */
void certd_bus_refuse(CertdBus *bus, const CertdCaller *caller, const CertdRefusal *refusal);
/* Calls that are still waiting get an error. To be freed before the service. */
void certd_bus_free(CertdBus *bus);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdBus, certd_bus_free)

G_END_DECLS
