/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entity tags (RFC 9110 section 8.8.3, DSP0266 section 6.5): of a resource's state, whoever looks at it, and when. */
#pragma once

#include "web/answer-private.h"

G_BEGIN_DECLS

/* The strong entity tag, with its quotes, of @answer; NULL where that is no resource. Caller frees. */
char *certd_etag_new(const CertdAnswer *answer);

G_END_DECLS
