/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who gets the private key of a certificate, as people read and write it. */
#pragma once

#include "certctl/verb.h"

G_BEGIN_DECLS

/* An a(sss) as "KIND:NAME[:ACTION]" with @separator between them, escaped; "" for nobody. Caller frees. */
char *certctl_consumers_print(GVariant *consumers, const char *separator);

G_END_DECLS
