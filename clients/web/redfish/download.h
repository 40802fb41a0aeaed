/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers that a browser keeps as files. */
#pragma once

#include "web/answer.h"

G_BEGIN_DECLS

/* Answers with @bytes (taken) as the file "@name.@suffix", a certificate's name, of the static @content_type. */
void certd_download(CertdAnswer *answer, const char *name, const char *suffix,
                    const char *content_type, GBytes *bytes);

G_END_DECLS
