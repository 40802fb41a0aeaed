/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two files that read a request share; see request-read.h for the whole. */
#pragma once

#include "x509/der.h"
#include "x509/request-read.h"

G_BEGIN_DECLS

/* Reads the Attributes (the contents of [0], RFC 2986 4.1) at @attributes into result->sans and
 * result->purposes, which are always set on success. */
gboolean certd_request_read_attributes(CertdReadRequestResult *result, CertdDer attributes,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
