/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names as OpenSSL compares them, and the hash of them under which it looks for a trust anchor in a
 * directory (openssl x509 -subject_hash).
 */
#pragma once

#include "x509/der.h"

G_BEGIN_DECLS

/* The canonical form of the DER Name at @der: its RDNs without the SEQUENCE around them; text in
 * UTF-8, without white space around it, with one space for each run of it, ASCII letters in lower
 * case; values that are no text as they are. NULL for what is no Name or has text that isn't one. */
GBytes *certd_name_canonicalize(const void *der, size_t size);
/* The text of the attribute's value @item in UTF-8; NULL where it is none, or not what its tag says. */
GString *certd_name_decode(const CertdDerItem *item);
/* The first four octets of the SHA-1 of that, little endian, as 8 digits in lower-case hex; NULL
 * likewise. Caller frees. */
char *certd_subject_hash(const void *der, size_t size);

G_END_DECLS
