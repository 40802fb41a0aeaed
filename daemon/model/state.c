/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* States as tables: their names, and for a request the moves that are allowed. */
#include "model/state.h"

typedef struct {
    const char *name;
    gboolean open;
    unsigned int moves; /* a bit for each state it may become */
} RequestStateRow;

#define TO(state) (1u << CERTD_REQUEST_##state)

/* A self-signed request is issued straight from generating; only an outside authority's waits at
 * ready. A restart takes one that was being generated back to the queue. What is finished stays. */
static const RequestStateRow request_states[CERTD_REQUEST_STATE_COUNT_] = {
    [CERTD_REQUEST_QUEUED] = {"queued", TRUE, TO(GENERATING) | TO(FAILED) | TO(CANCELLED)},
    [CERTD_REQUEST_GENERATING] = {"generating", TRUE,
                                  TO(QUEUED) | TO(READY) | TO(ISSUED) | TO(FAILED) | TO(CANCELLED)},
    [CERTD_REQUEST_READY] = {"ready", TRUE, TO(ISSUED) | TO(FAILED) | TO(CANCELLED)},
    [CERTD_REQUEST_ISSUED] = {"issued", FALSE, 0},
    [CERTD_REQUEST_FAILED] = {"failed", FALSE, 0},
    [CERTD_REQUEST_CANCELLED] = {"cancelled", FALSE, 0},
};

static const char *const certificate_states[CERTD_CERTIFICATE_STATE_COUNT_] = {
    [CERTD_CERTIFICATE_EMPTY] = "empty",       [CERTD_CERTIFICATE_ACTIVE] = "active",
    [CERTD_CERTIFICATE_EXPIRED] = "expired",   [CERTD_CERTIFICATE_NOT_YET_VALID] = "not-yet-valid",
    [CERTD_CERTIFICATE_UNUSABLE] = "unusable",
};

const char *certd_request_state_name(CertdRequestState state)
{
    g_return_val_if_fail((unsigned int)state < CERTD_REQUEST_STATE_COUNT_, NULL);

    return request_states[state].name;
}

gboolean certd_request_state_parse(const char *name, CertdRequestState *state)
{
    if (!name)
        return FALSE;

    for (size_t i = 0; i < CERTD_REQUEST_STATE_COUNT_; i++) {
        if (g_str_equal(name, request_states[i].name)) {
            *state = (CertdRequestState)i;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean certd_request_state_may_move(CertdRequestState from, CertdRequestState to)
{
    g_return_val_if_fail((unsigned int)from < CERTD_REQUEST_STATE_COUNT_, FALSE);
    g_return_val_if_fail((unsigned int)to < CERTD_REQUEST_STATE_COUNT_, FALSE);

    return (request_states[from].moves & (1u << to)) != 0;
}

gboolean certd_request_state_is_open(CertdRequestState state)
{
    g_return_val_if_fail((unsigned int)state < CERTD_REQUEST_STATE_COUNT_, FALSE);

    return request_states[state].open;
}

const char *certd_certificate_state_name(CertdCertificateState state)
{
    g_return_val_if_fail((unsigned int)state < CERTD_CERTIFICATE_STATE_COUNT_, NULL);

    return certificate_states[state];
}

gboolean certd_certificate_state_parse(const char *name, CertdCertificateState *state)
{
    if (!name)
        return FALSE;

    for (size_t i = 0; i < CERTD_CERTIFICATE_STATE_COUNT_; i++) {
        if (g_str_equal(name, certificate_states[i])) {
            *state = (CertdCertificateState)i;
            return TRUE;
        }
    }
    return FALSE;
}
