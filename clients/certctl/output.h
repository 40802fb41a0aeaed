/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a command made: a file with --out, else standard output. */
#pragma once

#include <gio/gunixfdlist.h>

#include "certctl/verb.h"

G_BEGIN_DECLS

/* A format that something can be handed out in. */
typedef struct {
    const char *name;
    const char *suffix; /* of the default file name */
    gboolean is_binary;
    int mode; /* of the file */
} CertctlFormat;

/* The format that --format names in @formats (the first without it). An error for another, and
 * where it is binary and would go to a terminal. */
const CertctlFormat *certctl_output_format(const CertctlCall *call, const CertctlFormat *formats,
                                           size_t n_formats, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* What @handle of @fds (nullable) holds, which came in certd's answer; at most @most bytes. */
GBytes *certctl_output_take(GVariant *handle, GUnixFDList *fds, size_t most, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Writes @bytes to where --out says, or to standard output unless @quiet. @name is the
 * certificate's, for the default file name. */
gboolean certctl_output_write(const CertctlCall *call, GBytes *bytes, const CertctlFormat *format,
                              const char *name, gboolean quiet, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
