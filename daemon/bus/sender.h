/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who is behind a bus name. The bus is asked once a name: unique names are never used again, and a
 * connection's user never changes, so what is remembered stays true.
 */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

#include "service/caller.h"

G_BEGIN_DECLS

typedef struct CertdSenders CertdSenders;

CertdSenders *certd_senders_new(sd_bus *bus);
void certd_senders_free(CertdSenders *senders);
/* Whether certd_senders_get() knows @sender (nullable) without asking anybody. */
gboolean certd_senders_knows(const CertdSenders *senders, const char *sender);
/* Whether the bus @knows the sender. */
typedef void (*CertdSendersDone)(gboolean knows, void *userdata);
/* Asks about @sender, the service manager for CERTD_LIMIT_UNIT_PROOF_SECONDS, and nobody waits meanwhile: @done is called once, later, unless @senders is freed
 * before. FALSE where nothing can be asked. */
gboolean certd_senders_learn(CertdSenders *senders, const char *sender, CertdSendersDone done,
                             void *userdata) G_GNUC_WARN_UNUSED_RESULT;
/* The uid of @sender, its groups, whether it is an administrator (root, or in the group certd-admin), and
 * its systemd unit, into @caller; FALSE with CERTD_ERROR_ACCESS_DENIED where the bus doesn't know (it has
 * gone). What @caller borrows stays until the next call.
 *
 * The unit is for the log alone, never for authorization: it is that of the process that the bus named,
 * whose number may be another's by now. All that a user's systemd runs has the unit of that,
 * "user@1000.service". It is "" where there is none, or the service manager doesn't say; where that takes
 * longer than CERTD_LIMIT_UNIT_ANSWER_MSEC, it is not asked for CERTD_UNIT_ANSWER_PAUSE_SECONDS; where it
 * gives another error than that there is no such process or unit, not for the log's sake for as long. To
 * authorize, @caller has the function is_of_unit, which asks anew. */
gboolean certd_senders_get(CertdSenders *senders, const char *sender, CertdCaller *caller,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
