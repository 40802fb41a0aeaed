/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each type of subject alternative name may be, and its canonical form. For san.c alone. */
#pragma once

#include "model/san.h"

G_BEGIN_DECLS

/* The canonical form of @value as a @type, as certd_san_new() says. NULL with @problem set to a
 * sentence of what is wrong and what to do; the caller frees either. */
char *certd_san_canonicalize(CertdSanType type, const char *value, char **problem)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
