/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the device trusts, one by one: a row of the list that certd gives, (sa{sv}), and its resource. */
#pragma once

#include "web/answer.h"
#include "web/request.h"

G_BEGIN_DECLS

/* All rows, in the order of their fingerprints; NULL with the answer filled. */
GPtrArray *certd_anchor_list(const CertdRequest *request, CertdAnswer *answer)
    G_GNUC_WARN_UNUSED_RESULT;
/* The row of @id; NULL with the answer filled, ResourceNotFound where there is none. */
GVariant *certd_anchor_find(const CertdRequest *request, CertdAnswer *answer, const char *id)
    G_GNUC_WARN_UNUSED_RESULT;
/* Its fingerprint, which is its id; lent. */
const char *certd_anchor_id(GVariant *anchor);
gboolean certd_anchor_has_purpose(GVariant *anchor, const char *purpose);
/* The path of the member @id; caller frees. */
char *certd_anchor_path(const char *id);
/* The resource, a Certificate; the caller unrefs. */
JsonObject *certd_anchor_resource(GVariant *anchor);
/* What a list shows of it, an AnchorSummary; the caller unrefs. */
JsonObject *certd_anchor_summary(GVariant *anchor);

G_END_DECLS
