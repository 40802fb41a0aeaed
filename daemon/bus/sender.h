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
/* The uid of @sender, whether it is an administrator (root, or in the group certd-admin), and its systemd
 * unit, into @caller. FALSE with CERTD_ERROR_ACCESS_DENIED where the bus doesn't know (it has gone).
 *
 * The unit is for the log alone, never for authorization: it is that of the process that the bus named,
 * whose number may be another's by now. One that a user's systemd runs has the unit of that before it:
 * "user@1000.service/web.service". It is "" where there is none, and stays until the next call. */
gboolean certd_senders_get(CertdSenders *senders, const char *sender, CertdCaller *caller,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
