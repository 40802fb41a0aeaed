/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The states of a request and of a certificate, and the moves between the former. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    CERTD_REQUEST_QUEUED,
    CERTD_REQUEST_GENERATING,
    CERTD_REQUEST_READY,
    CERTD_REQUEST_ISSUED,
    CERTD_REQUEST_FAILED,
    CERTD_REQUEST_CANCELLED,
    CERTD_REQUEST_STATE_COUNT_,
} CertdRequestState;

typedef enum {
    CERTD_CERTIFICATE_EMPTY,         /* nothing installed yet */
    CERTD_CERTIFICATE_ACTIVE,
    CERTD_CERTIFICATE_EXPIRED,
    CERTD_CERTIFICATE_NOT_YET_VALID,
    CERTD_CERTIFICATE_UNUSABLE,      /* damaged, or its key can't be opened */
    CERTD_CERTIFICATE_STATE_COUNT_,
} CertdCertificateState;

/* "queued", "generating", "ready", "issued", "failed", "cancelled"; static. */
const char *certd_request_state_name(CertdRequestState state);
gboolean certd_request_state_parse(const char *name, CertdRequestState *state);
/* Whether @from may become @to; from the one table. */
gboolean certd_request_state_may_move(CertdRequestState from, CertdRequestState to);
/* Whether a request in @state still counts against the limits: queued, generating or ready. */
gboolean certd_request_state_is_open(CertdRequestState state);

/* "empty", "active", "expired", "not-yet-valid", "unusable"; static. */
const char *certd_certificate_state_name(CertdCertificateState state);
gboolean certd_certificate_state_parse(const char *name, CertdCertificateState *state);

G_END_DECLS
