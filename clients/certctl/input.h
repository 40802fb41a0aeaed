/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Certificates and pass phrases on their way to certd: by descriptor, so that none is in a message. */
#pragma once

#include <gio/gunixfdlist.h>

#include "certctl/verb.h"

G_BEGIN_DECLS

/* What import and inspect send: @file ("-" for standard input), with --key-file joined to it. */
GBytes *certctl_input_read(const CertctlCall *call, const char *file, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* One try of a call: @data is the handle of the bytes (floating; NULL where there are none),
 * @options a{sv} (floating), and @fds has their descriptors. */
typedef gboolean (*CertctlInputSend)(const CertctlCall *call, GVariant *data, GVariant *options,
                                     GUnixFDList *fds, void *context, GError **error);

/* Calls @send with @bytes (nullable) and @options (a{sv}; sunk where it floats), to which the pass
 * phrase is added: that of --passphrase-file, or @passphrase, or where certd says that one is
 * needed the one that the user types, three times at most. */
gboolean certctl_input_send(const CertctlCall *call, GBytes *bytes, GVariant *options,
                            GBytes *passphrase, CertctlInputSend send, void *context,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
