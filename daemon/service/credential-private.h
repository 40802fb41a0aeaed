/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the use cases alone: what a consumer is handed is made of these parts. */
#pragma once

#include "service/service.h"
#include "store/chain.h"

G_BEGIN_DECLS

typedef enum {
    CERTD_PART_KEY,
    CERTD_PART_CRT,       /* the leaf */
    CERTD_PART_CHAIN,     /* what is between it and the anchor */
    CERTD_PART_FULLCHAIN, /* both */
    CERTD_PART_PEM,       /* the key and the full chain */
    CERTD_PART_CA,        /* what the chain ends in */
    CERTD_PART_COUNT_,
} CertdPart;

/* "key", "crt", "chain", "fullchain", "pem", "ca". */
const char *certd_part_name(CertdPart part);
/* INVALID_OPTION for another name. */
gboolean certd_part_parse(const char *name, CertdPart *part, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Whether the private key is in it. */
gboolean certd_part_has_key(CertdPart part);
/* The public text of @part of @chain, which stands behind the key where that is in it: PEM (RFC 7468), or
 * "" where there is none. Caller frees; NULL with an error where the authority that issued it can't be
 * read. */
char *certd_part_text(CertdService *service, const CertdChainRecord *chain, CertdPart part,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What is in use in certificate @name, with its generation, as everybody sees it; KEY_UNAVAILABLE where
 * there is nothing. */
CertdChainRecord *certd_credential_chain(CertdService *service, const char *name,
                                         gint64 *generation, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* credential-consumer.c: the consumer of certificate @name that @unit is, or @caller where @unit is NULL; NULL
 * with ACCESS_DENIED. Caller frees. */
CertdConsumer *certd_credential_consumer(CertdService *service, const CertdCaller *caller,
                                         const char *unit, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Whether @consumer has not been taken away since; FALSE with ACCESS_DENIED. */
gboolean certd_credential_is_consumer(CertdService *service, const char *name,
                                      const CertdConsumer *consumer, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Whether @consumer is @unit. */
gboolean certd_credential_is_unit(const CertdConsumer *consumer, const char *unit);

G_END_DECLS
