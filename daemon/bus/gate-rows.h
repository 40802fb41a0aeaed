/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the files of this folder alone: the gate's table, and what a call is about. */
#pragma once

#include <systemd/sd-bus.h>

#include "model/audit.h"
#include "service/service.h"

G_BEGIN_DECLS

typedef struct {
    const char *interface;
    const char *member; /* NULL: all of the interface's */
    const char *action; /* polkit's */
    /* The action of a call whose arguments decide it, or who calls (nullable); or NULL. */
    const char *(*choose)(CertdService *service, const CertdCaller *caller,
                          sd_bus_message *message);
    CertdAuditAction log; /* what the log calls it; CERTD_AUDIT_COUNT_: not written down */
} CertdGateRow;

/* The row of a method, or NULL. */
const CertdGateRow *certd_gate_find_row(const char *interface, const char *member);
/* The polkit action that @message of @caller (NULL: of whomever) needs by @row. */
const char *certd_gate_action(const CertdGateRow *row, CertdService *service,
                              const CertdCaller *caller, sd_bus_message *message);
/* The certificate that a call is about, for polkit's rules; or NULL. Caller frees. */
char *certd_gate_certificate(CertdService *service, sd_bus_message *message);
/* What a call is about, for the log: "certificate/https", "request/12"; "certificate/?" where it names
 * what can't be a name. Caller frees. */
char *certd_gate_object(const CertdGateRow *row, sd_bus_message *message);

/* The row of @message where the log tells that it was refused with @error (nullable: with some error): it
 * would change something, or read the log. NULL else. Static. */
const CertdGateRow *certd_gate_logged_row(CertdService *service, sd_bus_message *message,
                                          const sd_bus_error *error);

G_END_DECLS
