/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a certificate says, as JSON of our own (R40): with what Redfish's Certificate has no property for. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* The details that certd tells of a certificate, a{sv}, as the object CertdDetails; Chain has the others'. What is not
 * there is left out. The caller unrefs. */
JsonObject *certd_details_object(GVariant *details);

/* Pairs a(ss) as strings: "DNS:www.example.org" with the separator ':'. The caller unrefs. */
JsonArray *certd_details_pairs(GVariant *pairs, char separator);

G_END_DECLS
