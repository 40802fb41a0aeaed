/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which certificates need a person, and what that person has to do. */
#pragma once

#include "certctl/verb.h"

G_BEGIN_DECLS

/* Properties are read certificate by certificate; with more than this many that would take long. */
#define CERTCTL_ATTENTION_READ_MAX 1000u

/* Those of @rows, which are certctl_find_all()'s and outlive the list, that need somebody. Dates
 * are judged where @clock_trusted. Caller unrefs. */
GPtrArray *certctl_attention_pick(const CertctlCall *call, const GPtrArray *rows,
                                  gboolean clock_trusted);
/* To standard output; nothing for an empty list. */
void certctl_attention_print(const CertctlCall *call, const GPtrArray *picked);
/* aa{sv}, floating: the rows as JSON has them, with what is wrong. */
GVariant *certctl_attention_to_json(const GPtrArray *picked);

G_END_DECLS
