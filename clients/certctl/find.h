/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the name or id that the user typed to the object, and to all that a list has. */
#pragma once

#include "certctl/verb.h"

G_BEGIN_DECLS

/* The object path of the certificate @name. Caller frees. Where there is none the error says how
 * to make it. */
char *certctl_find_path(const CertctlCall *call, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* A proxy for it. */
CertdBusCertificate *certctl_find_certificate(const CertctlCall *call, const char *name,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All properties of the certificate @name, a{sv}. */
GVariant *certctl_find_properties(const CertctlCall *call, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Prints the property @key of the certificate @name, an array of @type, to standard output: as JSON where
 * that is asked for, else as what @print makes of it, with the separator that it gets. */
gboolean certctl_find_and_print(const CertctlCall *call, const char *name, const char *key,
                                const char *type,
                                char *(*print)(GVariant *array, const char *separator),
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The object path of the request @id; where there is none, CERTD_ERROR_NO_SUCH_REQUEST. With
 * @properties (nullable) also its properties, a{sv}. Caller frees both. */
char *certctl_find_request(const CertctlCall *call, const char *id, GVariant **properties,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All rows (soa{sv}) of Manager.ListCertificates or, with @requests, Manager.ListRequests, page
 * by page. @filter is a{sv}, NULL for none; a floating one is sunk. */
GPtrArray *certctl_find_all(const CertctlCall *call, gboolean requests, GVariant *filter,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The rows as JSON has them: aa{sv}, the first two columns as @key and "Object" (floating). */
GVariant *certctl_find_rows_to_objects(const GPtrArray *rows, const char *key);
/* The properties of the request at @path as JSON has them: with "Id" and "Object" (floating). */
GVariant *certctl_find_request_to_object(GVariant *properties, const char *path);

G_END_DECLS
