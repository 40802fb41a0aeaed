/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The gate: every call to certd passes it before it is decoded. A table says which polkit action a
 * method needs; what has no row is refused. Root passes; for others polkit is asked, and when it
 * says yes the message is put back into the queue and passes. Any error, or a caller who has gone,
 * is a no.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "bus/refusals.h"
#include "service/service.h"

G_BEGIN_DECLS

typedef struct CertdGate CertdGate;

CertdGate *certd_gate_new(sd_bus *bus, CertdService *service, GError **error);
/* What polkit was asked for another's sake is answered with a no. */
void certd_gate_close(CertdGate *gate);
/* Closes it, and writes down how many refusals were counted. */
void certd_gate_free(CertdGate *gate);

/* Who sent @message. FALSE where the bus doesn't say. The sender is borrowed from @message. */
gboolean certd_gate_identify(CertdGate *gate, sd_bus_message *message, CertdCaller *caller,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Asks polkit whether the sender of @message may do @action, on @certificate (nullable). @done gets
 * NULL for yes; it is called once, perhaps before this returns (root). */
void certd_gate_ask(CertdGate *gate, sd_bus_message *message, const char *action,
                    const char *certificate, CertdDone done, void *userdata);
/* Counts a call of @uid that waits for its answer; LIMIT_EXCEEDED beyond the limit. */
gboolean certd_gate_enter(CertdGate *gate, guint32 uid, gboolean administrator, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void certd_gate_leave(CertdGate *gate, guint32 uid);
/* The action with which @message passed, as long as it is being dispatched: what it is to be carried out
 * as, for what the table would say can have changed. Root's too. NULL for any other message. Static. */
const char *certd_gate_passed(const CertdGate *gate, const sd_bus_message *message);

/* Whether the log tells where @message is refused: it would change something, or read the log. */
gboolean certd_gate_is_logged(CertdGate *gate, sd_bus_message *message);
/* Writes down that @message was answered with @error, where the log tells of that. Never fails. To be
 * called after the answer was sent, which waits for no disk then. */
void certd_gate_refuse(CertdGate *gate, sd_bus_message *message, const sd_bus_error *error);

/* Where all refusals go. */
CertdRefusals *certd_gate_refusals(CertdGate *gate);

/* The table, for the test that holds it to the interfaces: row @index, FALSE after the last. */
gboolean certd_gate_row(size_t index, const char **interface, const char **member,
                        const char **action);

G_END_DECLS
