/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who is at the other end of a connection, as certd-tls says in front of it: a header of the PROXY protocol,
 * version 2 (haproxy's doc/proxy-protocol.txt, section 2.2).
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Types of our own in the header (PP2_TYPE_MIN_CUSTOM is 0xE0), numbers in network byte order: the generation
 * of the certificate that the handshake used, 8 bytes; the port of HTTPS, 2 bytes, for the redirect. */
#define CERTD_PROXY_GENERATION 0xE0
#define CERTD_PROXY_HTTPS_PORT 0xE1

typedef struct {
    char *address;      /* the client's IP address as text; "local" for a LOCAL header */
    guint16 port;       /* the client's */
    gboolean encrypted; /* there was an SSL TLV with PP2_CLIENT_SSL: HTTPS; else the plain port */
    gboolean certified; /* the client has shown a certificate, and it was verified */
    char *tls_version;  /* "TLSv1.3"; "" unless encrypted */
    char *common_name;  /* of the client's certificate, may be anything; "" without */
    guint64 generation; /* 0: not said */
    guint16 https_port; /* 443 where it is not said */
} CertdPeer;

/* How long the header is whose first 16 bytes are @start, with these; 0 with @error (G_IO_ERROR_INVALID_DATA)
 * where it is none, or longer than CERTD_LIMIT_PROXY_BYTES. */
gsize certd_peer_length(const guint8 start[16], GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The peer that a whole header tells of; NULL with G_IO_ERROR_INVALID_DATA where it is malformed. */
CertdPeer *certd_peer_parse(const guint8 *header, gsize length, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void certd_peer_free(CertdPeer *peer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdPeer, certd_peer_free)

G_END_DECLS
