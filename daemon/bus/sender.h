/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who is behind a bus name. The bus is asked once a name: unique names are never used again, and a
 * connection's user never changes, so what is remembered stays true.
 */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

G_BEGIN_DECLS

typedef struct CertdSenders CertdSenders;

CertdSenders *certd_senders_new(sd_bus *bus);
void certd_senders_free(CertdSenders *senders);
/* The uid of @sender and whether it is an administrator: root, or in the group certd-admin. FALSE with
 * CERTD_ERROR_ACCESS_DENIED where the bus doesn't know (it has gone). */
gboolean certd_senders_get(CertdSenders *senders, const char *sender, guint32 *uid,
                           gboolean *administrator, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
