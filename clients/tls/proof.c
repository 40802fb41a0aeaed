/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A table: what each event makes of each state, and where that is the proof. */

#include "tls/proof.h"

static const struct {
    CertdProof next;
    gboolean proven;
} moves[CERTD_PROOF_COUNT_][CERTD_EXCHANGE_COUNT_] = {
    [CERTD_PROOF_NOTHING] =
        {
            [CERTD_EXCHANGE_RECEIVED] = {CERTD_PROOF_ASKED, FALSE},
            [CERTD_EXCHANGE_SENT] = {CERTD_PROOF_NOTHING, FALSE},
            [CERTD_EXCHANGE_ENDED] = {CERTD_PROOF_NOTHING, FALSE},
        },
    [CERTD_PROOF_ASKED] =
        {
            [CERTD_EXCHANGE_RECEIVED] = {CERTD_PROOF_ASKED, FALSE},
            [CERTD_EXCHANGE_SENT] = {CERTD_PROOF_ANSWERED, FALSE},
            [CERTD_EXCHANGE_ENDED] = {CERTD_PROOF_NOTHING, FALSE},
        },
    [CERTD_PROOF_ANSWERED] =
        {
            /* What comes next is asked again. */
            [CERTD_EXCHANGE_RECEIVED] = {CERTD_PROOF_ASKED, TRUE},
            [CERTD_EXCHANGE_SENT] = {CERTD_PROOF_ANSWERED, FALSE},
            [CERTD_EXCHANGE_ENDED] = {CERTD_PROOF_NOTHING, TRUE},
        },
};

gboolean certd_proof_step(CertdProof *proof, CertdExchange what)
{
    const gboolean proven = moves[*proof][what].proven;
    *proof = moves[*proof][what].next;
    return proven;
}
