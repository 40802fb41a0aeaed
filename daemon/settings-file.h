/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration file certd.conf: what only the administrator of the machine decides. */
#pragma once

#include "model/key-type.h"

G_BEGIN_DECLS

/* Reads @file; NULL: the standard one, which need not exist. An unknown key or group is an error
 * that names the file and the line. @policy is set where the file says it. */
gboolean certd_settings_file_read(const char *file, CertdPolicy *policy, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
