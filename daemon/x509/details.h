/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a person wants to know of a certificate, as an a{sv} (R40). Foreign text is UTF-8 made
 * valid, but not escaped here: whoever shows it does that.
 *
 *   version                  u    3
 *   serial-number            s    hex, lower case, without separators
 *   subject                  s    RFC 4514
 *   issuer                   s    RFC 4514
 *   signature-algorithm      s    "ECDSA-SHA256"
 *   not-before, not-after    t    seconds since the epoch
 *   key-type                 s    "rsa:2048", "ec:secp256r1", "ed25519"; foreign ones "rsa:1536"
 *   public-key               ay   DER SubjectPublicKeyInfo
 *   public-key-hash          s    SHA-256 of that, hex
 *   subject-alt-names        a(ss) type and value; types that we don't know as "other"
 *   key-usage                as   RFC 5280 4.2.1.3 names: "digitalSignature", …
 *   extended-key-usage       as   "serverAuth", "clientAuth", … or the dotted OID
 *   is-ca                    b    basicConstraints
 *   path-length              i    -1 without
 *   permitted-names          as   nameConstraints, what an authority may speak for:
 *                                 "DNS:example.org", "IP:10.0.0.0/8", …; empty without
 *   subject-key-identifier   s    hex, "" without
 *   authority-key-identifier s    likewise
 *   fingerprint-sha1         s    hex
 *   fingerprint-sha256       s    hex
 *   self-signed              b    subject is issuer and its own key verifies the signature
 *   chain                    aa{sv} of the others in the chain, without "chain"
 */
#pragma once

#include <glib.h>
#include <gnutls/x509.h>

G_BEGIN_DECLS

/* The details of @certificate (floating); @chain: the n_chain certificates above it. */
GVariant *certd_details_new(gnutls_x509_crt_t certificate, gnutls_x509_crt_t *chain,
                            size_t n_chain);

G_END_DECLS
