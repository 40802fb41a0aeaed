/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a connection has been through HTTPS (R63): bytes of the client, then bytes to it, then either more of
 * the client's or its orderly end. Whoever answered has been heard by then.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    CERTD_PROOF_NOTHING,
    CERTD_PROOF_ASKED,    /* the client has sent something */
    CERTD_PROOF_ANSWERED, /* and was sent something after it */
    CERTD_PROOF_COUNT_,
} CertdProof;

typedef enum {
    CERTD_EXCHANGE_RECEIVED, /* bytes of the client */
    CERTD_EXCHANGE_SENT,     /* bytes to the client: all that there were */
    CERTD_EXCHANGE_ENDED,    /* the client's end, in order */
    CERTD_EXCHANGE_COUNT_,
} CertdExchange;

/* Moves @proof on; whether the client has been through by this. */
gboolean certd_proof_step(CertdProof *proof, CertdExchange what);

G_END_DECLS
