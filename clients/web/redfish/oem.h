/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Redfish has no word for: the object Oem.Certd of a resource, and actions of our own. */
#pragma once

#include "web/redfish/resource.h"

G_BEGIN_DECLS

/* The object Oem.Certd of @resource, made with @odata.type "#@type" ("CertdManager.v1_0_0.Manager"); @resource owns
 * it. */
JsonObject *certd_oem_new(JsonObject *resource, const char *type);
/* Actions.Oem["#@action"] of the @resource at @path, with its target @path/Actions/Oem/@action; @resource owns it. */
JsonObject *certd_oem_action(JsonObject *resource, const char *path, const char *action);
/* The member Problems of @oem, made of the manager's @properties: findings, each with a link to the certificate that it is
 * about, where it is about one. */
void certd_oem_set_problems(JsonObject *oem, GVariant *properties);
/* The member @member of @object, made from a(ssss): [{Code, Severity, Message, Remedy}], as findings and problems are. */
void certd_oem_set_findings(JsonObject *object, const char *member, GVariant *findings);
/* The member @member of @object made an array of strings from the as @key of the a{sv} @properties; left out without. */
void certd_oem_set_words(JsonObject *object, const char *member, GVariant *properties,
                         const char *key);
/* The object Oem.Certd of the @body of a PATCH or POST, checked against @fields, in @oem: lent, NULL where there is none.
 * FALSE, with the answer filled, where it has what it may not. */
gboolean certd_oem_read(JsonObject *body, const CertdField *fields, CertdAnswer *answer,
                        JsonObject **oem) G_GNUC_WARN_UNUSED_RESULT;
/* Adds the option trial u, from Trial of @oem (nullable; CERTD_FIELD_INTEGER), to @options. FALSE, with the answer
 * filled, where it is out of range. */
gboolean certd_oem_add_trial(JsonObject *oem, GVariantDict *options, CertdAnswer *answer)
    G_GNUC_WARN_UNUSED_RESULT;
/* The members TrialDeadline, Proven and ProvenClientCertificate of @oem, from the @properties of the interface Https. */
void certd_oem_set_trial(JsonObject *oem, GVariant *properties);

G_END_DECLS
