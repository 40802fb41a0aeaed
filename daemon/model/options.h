/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading a{sv} option dictionaries. Every key has to be taken; one that nobody took is an error
 * that names it and lists what there is, so that a typing error is never silently without effect.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CertdOptions CertdOptions;

/* A reader of @dict (a{sv}, NULL for empty). A key that is there twice is an error at
 * certd_options_finish(). */
CertdOptions *certd_options_new(GVariant *dict);
void certd_options_free(CertdOptions *options);

/* Each takes @key: TRUE and @value where it is there with the right type, TRUE and @value
 * untouched where it is not there, and FALSE with CERTD_ERROR_INVALID_OPTION for a wrong type.
 * The unsigned takes y, n, q, i, u, x, t within @min to @max. Strings and variants are borrowed
 * from @options. */
gboolean certd_options_take_string(CertdOptions *options, const char *key, const char **value,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certd_options_take_boolean(CertdOptions *options, const char *key, gboolean *value,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certd_options_take_unsigned(CertdOptions *options, const char *key, guint64 min,
                                     guint64 max, guint64 *value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* An as; borrowed, NULL-terminated. */
gboolean certd_options_take_strings(CertdOptions *options, const char *key,
                                    const char *const **value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Any type; the caller judges it. */
gboolean certd_options_take_variant(CertdOptions *options, const char *key, GVariant **value,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Marks every key that @known (NULL-terminated) lists as taken, for another reader of @dict. */
void certd_options_leave(CertdOptions *options, const char *const *known);

/* FALSE with CERTD_ERROR_INVALID_OPTION where a key was not taken or stands twice. */
gboolean certd_options_finish(CertdOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdOptions, certd_options_free)

G_END_DECLS
