/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings and consumers of a certificate as JSON, and back (R2 to R9, R44 and following). */
#pragma once

#include "web/redfish/resource.h"

G_BEGIN_DECLS

/* The object Settings of the resource @object, from the certificate's @properties. */
void certd_place_settings_add(JsonObject *object, GVariant *properties);
/* The array Consumers, likewise. */
void certd_place_consumers_add(JsonObject *object, GVariant *properties);

/* Adds what the members of @settings say to @options, the a{sv} of Configure: Subject (RFC 4514), SubjectAltNames
 * (TYPE:VALUE), KeyType, Digest, Days, Issuer, CopyCommonName, ReuseKey; what is absent or null stays as it is. */
void certd_place_settings_read(JsonObject *settings, GVariantBuilder *options);
/* The same but for Issuer, for CreateRequest, which takes that as an argument. */
void certd_place_settings_read_but_issuer(JsonObject *settings, GVariantBuilder *options);
/* Whether @settings has those members and no others; the fields @more (nullable) beside them. FALSE with the answer
 * filled; @action and @pointer as for certd_fields_check(). */
gboolean certd_place_settings_check(JsonObject *settings, const CertdField *more,
                                    const char *action, const char *pointer, CertdAnswer *answer)
    G_GNUC_WARN_UNUSED_RESULT;

/* The member Consumers of @body, an array of {Kind, Name, Action}, as a(sss), floating; NULL with the answer filled where
 * it is something else. */
GVariant *certd_place_consumers_read(JsonObject *body, CertdAnswer *answer)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
