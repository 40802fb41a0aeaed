/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A configuration file: one group with keys and values, as systemd's units are written, and strict.
 * Whatever in it has no effect is an error that names the file and the line.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CertdKeyFile CertdKeyFile;

/* Reads the @size bytes @contents of @file, whose only group is @group, with no other keys than @keys
 * (NULL-terminated), each once. INVALID_OPTION otherwise. */
CertdKeyFile *certd_key_file_new(const char *file, const char *contents, size_t size,
                                 const char *group, const char *const *keys, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void certd_key_file_free(CertdKeyFile *file);

/* The value of @key without the white space around it, borrowed; NULL where the file does not say it. */
const char *certd_key_file_get(const CertdKeyFile *file, const char *key);
/* Always FALSE: sets INVALID_OPTION with file, the line of @key, @key and @what is wrong with it. */
gboolean certd_key_file_refuse(const CertdKeyFile *file, const char *key, const char *what,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Puts file and line of @key (NULL: of the group) before @error, which somebody set. */
void certd_key_file_blame(const CertdKeyFile *file, const char *key, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdKeyFile, certd_key_file_free)

G_END_DECLS
