/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A name as Redfish's Certificate tells it: the object Identifier, whatever a foreign certificate has in it. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* The Identifier of the distinguished name @dn (RFC 4514, as certd's details have it) with the alternative names @sans
 * (a(ss), nullable). Nothing fails: what is no attribute of Redfish's is in DisplayString. The caller unrefs. */
JsonObject *certd_identifier_new(const char *dn, GVariant *sans);

/* The values of the attributes of @dn, the most general first, as pairs a(ss) of type and value, floating: what a
 * subject is set with. Values that are no text (RFC 4514's #hex) stay as they are written. */
GVariant *certd_identifier_split(const char *dn);

G_END_DECLS
