/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the files of this folder alone: a row of the table of requests as a record. */
#pragma once

#include "store/reader.h"
#include "store/request.h"

G_BEGIN_DECLS

/* The columns that certd_request_read() expects, in its order. */
#define CERTD_REQUEST_COLUMNS                                                                      \
    "id, certificate, state, issuer, created, uid, settings, subject, sans, key_type, key_id,"     \
    " reuse_key, challenge_password, unstructured_name, request, public_hash, error_name,"         \
    " error_message, cause, trial"

/* NULL with CERTD_ERROR_STORAGE_DAMAGED. */
CertdRequestRecord *certd_request_read(CertdStore *store, CertdStatement *statement, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
