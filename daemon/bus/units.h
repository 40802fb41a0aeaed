/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Telling units of the system: org.freedesktop.systemd1.Manager.ReloadUnit and TryRestartUnit, and what became
 * of the job. Nothing waits: the answers come from the event loop.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "service/service.h"

G_BEGIN_DECLS

typedef struct CertdUnitManager CertdUnitManager;

/* Asks over @bus, which is attached to an event loop and outlives it. */
CertdUnitManager *certd_unit_manager_new(sd_bus *bus);
/* What is under way ends without its callbacks; jobs go on in systemd. */
void certd_unit_manager_free(CertdUnitManager *manager);
/* The table for the use cases, which refers to @manager. Its errors are ACCESS_DENIED where systemd or polkit
 * says no, else WORKER_FAILED: they name the unit, what came of it, and the remedy. */
CertdUnits certd_unit_manager_table(CertdUnitManager *manager);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdUnitManager, certd_unit_manager_free)

G_END_DECLS
