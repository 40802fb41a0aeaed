/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What keeps certd-tls from serving as it is set, a sentence of each part: together they are one for certd. */
#pragma once

#include <glib.h>

#include "tls/listeners.h"

G_BEGIN_DECLS

typedef enum {
    CERTD_TROUBLE_HTTPS_PORT = CERTD_PORT_HTTPS,
    CERTD_TROUBLE_HTTP_PORT = CERTD_PORT_HTTP,
    CERTD_TROUBLE_CREDENTIAL,
    CERTD_TROUBLE_TRUST,
    CERTD_TROUBLE_WEB,
    CERTD_TROUBLE_COUNT_,
} CertdTrouble;

typedef struct {
    char *sentences[CERTD_TROUBLE_COUNT_]; /* NULL: none */
} CertdTroubles;

/* Notes the sentence of @trouble, NULL where it is over; whether it is another one now. */
gboolean certd_troubles_set(CertdTroubles *troubles, CertdTrouble trouble, const char *sentence);
/* All of them in one text, "" without; the caller frees. */
char *certd_troubles_text(const CertdTroubles *troubles);
void certd_troubles_clear(CertdTroubles *troubles);

G_END_DECLS
