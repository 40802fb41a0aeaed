/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What certd-web is told in front of each connection: a header of the PROXY protocol, version 2 (haproxy's
 * doc/proxy-protocol.txt, section 2.2), which clients/web/peer.h reads.
 */
#pragma once

#include <glib.h>
#include <sys/socket.h>

#include "model/web-limits.h"

G_BEGIN_DECLS

/* A longer common name is cut: X.520's upper bound is 64 characters, of 4 bytes at most. */
#define CERTD_PROXY_NAME_BYTES 256u

typedef struct {
    struct sockaddr_storage client; /* AF_INET or AF_INET6; IPv4-mapped is told as IPv4 */
    struct sockaddr_storage server;
    const char *version;     /* "TLSv1.3"; NULL: the plain port */
    const char *cipher;      /* "TLS_AES_128_GCM_SHA256" */
    gboolean certified;      /* the client has shown a certificate, and it was verified */
    const char *common_name; /* of that; NULL where it has none */
    guint64 generation;      /* of the certificate that the handshake used */
    guint16 https_port;
} CertdProxyHeader;

/* An IPv4-mapped IPv6 address becomes the IPv4 one; anything else stays. */
void certd_proxy_unmap(struct sockaddr_storage *address);

/* Writes the header for @facts and gives its length. One without TLS has neither TLV of it nor a generation. */
gsize certd_proxy_header_write(const CertdProxyHeader *facts,
                               guint8 header[CERTD_LIMIT_PROXY_BYTES]);

G_END_DECLS
