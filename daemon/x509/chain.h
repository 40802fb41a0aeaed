/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The order of a chain: who issued whom, told by the issuer's name and by the signature, so that
 * two authorities of one name (a renewed or a cross-signed one) aren't mixed up.
 */
#pragma once

#include "x509/bundle.h"

G_BEGIN_DECLS

typedef struct {
    GArray *served; /* of size_t: indexes into the bundle, leaf first, without the root */
    size_t root;    /* index of the self-signed certificate at its end; has_root FALSE: none */
    gboolean has_root;
    gboolean self_signed; /* the leaf is: it is its own chain, and not left out */
} CertdChain;

/* Whether the name of @issuer is the issuer's name in @certificate, byte by byte. */
gboolean certd_chain_names_fit(gnutls_x509_crt_t certificate, gnutls_x509_crt_t issuer);
/* Whether the name and the key of @issuer fit the issuer and the signature of @certificate
 * (RFC 5280 6.1.3 a). Broken digests count: they are judged elsewhere. */
gboolean certd_chain_issued(gnutls_x509_crt_t certificate, gnutls_x509_crt_t issuer);

/* The index of the leaf in @bundle, which has certificates: the newest with the public key
 * @leaf_hash; without one (or where none has it) the one that issued no other, rather one that is
 * no authority. @found (nullable) tells whether @leaf_hash, if there was one, was there. */
size_t certd_chain_find_leaf(const CertdBundle *bundle, GBytes *leaf_hash, gboolean *found);

/* The chain of the certificate at @leaf. */
CertdChain *certd_chain_order(const CertdBundle *bundle, size_t leaf);
void certd_chain_free(CertdChain *chain);
/* Whether @index is one of those served. */
gboolean certd_chain_serves(const CertdChain *chain, size_t index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdChain, certd_chain_free)

G_END_DECLS
