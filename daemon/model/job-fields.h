/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading the dictionaries that cross between daemon and worker, field by field: the vocabulary of
 * job-issue.c, job-read-request.c, job-judge.c and job-verify.c, and no one else's.
 */
#pragma once

#include "model/job.h"
#include "model/options.h"

G_BEGIN_DECLS

typedef enum {
    CERTD_FIELD_OPTIONAL,
    CERTD_FIELD_REQUIRED,
} CertdFieldPresence;

/* A reader of @dict: NULL with CERTD_ERROR_MALFORMED unless it is an a{sv} in normal form. */
CertdOptions *certd_fields_new(GVariant *dict, GError **error);
/* FALSE with CERTD_ERROR_MALFORMED where a key was not taken or stands twice. */
gboolean certd_fields_finish(CertdOptions *fields, GError **error);
/* Fails with CERTD_ERROR_MALFORMED for the field @key: "Field "key" …"; always FALSE. */
gboolean certd_fields_fail(GError **error, const char *key, const char *problem);

/* Each takes @key; FALSE with CERTD_ERROR_MALFORMED where it is missing and required, or of another
 * type or size. What is not there leaves @value as it is. */
gboolean certd_fields_take(CertdOptions *fields, const char *key, const GVariantType *type,
                           CertdFieldPresence presence, GVariant **value, GError **error);
/* Required. */
gboolean certd_fields_take_boolean(CertdOptions *fields, const char *key, gboolean *value,
                                   GError **error);
/* Required: seconds since the epoch, up to the end of the year 9999. */
gboolean certd_fields_take_time(CertdOptions *fields, const char *key, gint64 *value,
                                GError **error);
/* Clean text of 1 to @characters characters; the caller's. */
gboolean certd_fields_take_text(CertdOptions *fields, const char *key, size_t characters,
                                CertdFieldPresence presence, char **value, GError **error);
/* @min to @max bytes; the caller's. */
gboolean certd_fields_take_bytes(CertdOptions *fields, const char *key, size_t min, size_t max,
                                 CertdFieldPresence presence, GBytes **value, GError **error);
/* Required: an aay of @min_items to @max_items, each of @min to @max bytes; the caller's. */
gboolean certd_fields_take_bytes_list(CertdOptions *fields, const char *key, size_t min_items,
                                      size_t max_items, size_t min, size_t max, GPtrArray **value,
                                      GError **error);
/* An a{sv} of at most CERTD_LIMIT_DETAILS_BYTES, each key once; the caller's. */
gboolean certd_fields_take_details(CertdOptions *fields, const char *key,
                                   CertdFieldPresence presence, GVariant **value, GError **error);
/* Required: an a(ss) of subject alternative names; the caller's. */
gboolean certd_fields_take_sans(CertdOptions *fields, const char *key, GPtrArray **value,
                                GError **error);
/* Required: an a(ss) of a subject's attributes; the caller's. */
gboolean certd_fields_take_subject(CertdOptions *fields, const char *key, CertdSubject **value,
                                   GError **error);
/* Required: an as of "server" and "client", each once at most. */
gboolean certd_fields_take_purposes(CertdOptions *fields, const char *key, CertdPurposes *value,
                                    GError **error);

/* To write them; NULL values are left out. */
void certd_fields_add_bytes(GVariantBuilder *builder, const char *key, GBytes *value);
void certd_fields_add_text(GVariantBuilder *builder, const char *key, const char *value);
void certd_fields_add_boolean(GVariantBuilder *builder, const char *key, gboolean value);
void certd_fields_add_bytes_list(GVariantBuilder *builder, const char *key,
                                 const GPtrArray *list);
void certd_fields_add_purposes(GVariantBuilder *builder, const char *key, CertdPurposes purposes);

G_END_DECLS
