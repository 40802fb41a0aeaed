/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The header of the PROXY protocol, version 2. What it says is certd-tls's word; that it is well-formed is looked at all the
 * same. */
#include "web/peer.h"

#include <string.h>

#include "model/web-limits.h"

#define START_BYTES 16u
#define VERSION_2 0x20
#define COMMAND_LOCAL 0x0
#define COMMAND_PROXY 0x1
#define TCP_4 0x11
#define TCP_6 0x21
#define UNIX_STREAM 0x31
#define TYPE_SSL 0x20
#define SUBTYPE_VERSION 0x21
#define SUBTYPE_COMMON_NAME 0x22
#define CLIENT_SSL 0x01
#define CLIENT_CERTIFICATE 0x06 /* in this connection, or in the session it goes on with */
#define SSL_START_BYTES 5u
#define VERSION_TEXT_BYTES 32u

static const guint8 signature[12] = "\r\n\r\n\0\r\nQUIT\n";

typedef struct {
    const guint8 *bytes;
    gsize length;
} Span;

static gboolean fail(GError **error)
{
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                        "The PROXY header in front of a connection is malformed");
    return FALSE;
}

static guint16 read_16(const guint8 *bytes)
{
    return (guint16)((bytes[0] << 8) | bytes[1]);
}

gsize certd_peer_length(const guint8 start[16], GError **error)
{
    gsize length = START_BYTES + read_16(start + 14);
    guint8 command = start[12] & 0x0f;
    if (memcmp(start, signature, sizeof signature) != 0 || (start[12] & 0xf0) != VERSION_2 ||
        command > COMMAND_PROXY || length > CERTD_LIMIT_PROXY_BYTES)
        return (gsize)fail(error);
    return length;
}

/* The next type, length and value of @rest, which goes on behind it. */
static gboolean next(Span *rest, guint8 *type, Span *value)
{
    if (rest->length < 3)
        return FALSE;
    gsize length = read_16(rest->bytes + 1);
    if (length > rest->length - 3)
        return FALSE;
    *type = rest->bytes[0];
    *value = (Span){rest->bytes + 3, length};
    rest->bytes += 3 + length;
    rest->length -= 3 + length;
    return TRUE;
}

static gboolean read_version(CertdPeer *peer, Span value)
{
    if (peer->tls_version || value.length > VERSION_TEXT_BYTES)
        return FALSE;
    for (gsize i = 0; i < value.length; i++) {
        if (!g_ascii_isgraph(value.bytes[i]))
            return FALSE;
    }
    peer->tls_version = g_strndup((const char *)value.bytes, value.length);
    return TRUE;
}

static gboolean read_ssl(CertdPeer *peer, Span value)
{
    if (peer->encrypted || value.length < SSL_START_BYTES)
        return FALSE;
    guint8 client = value.bytes[0];
    gboolean verified = memcmp(value.bytes + 1, "\0\0\0\0", 4) == 0;
    peer->encrypted = (client & CLIENT_SSL) != 0;
    peer->certified = peer->encrypted && (client & CLIENT_CERTIFICATE) && verified;

    Span rest = {value.bytes + SSL_START_BYTES, value.length - SSL_START_BYTES};
    while (rest.length > 0) {
        guint8 type;
        Span part;
        if (!next(&rest, &type, &part))
            return FALSE;
        if (type == SUBTYPE_VERSION && !read_version(peer, part))
            return FALSE;
        if (type == SUBTYPE_COMMON_NAME && !peer->common_name)
            peer->common_name = g_utf8_make_valid((const char *)part.bytes, (gssize)part.length);
    }
    return TRUE;
}

static gboolean read_generation(CertdPeer *peer, Span value)
{
    if (value.length != 8)
        return FALSE;
    guint64 generation = 0;
    for (gsize i = 0; i < value.length; i++)
        generation = generation << 8 | value.bytes[i];
    peer->generation = generation;
    return TRUE;
}

static gboolean read_https_port(CertdPeer *peer, Span value)
{
    if (value.length != 2 || read_16(value.bytes) == 0)
        return FALSE;
    peer->https_port = read_16(value.bytes);
    return TRUE;
}

static gboolean read_parts(CertdPeer *peer, Span rest)
{
    while (rest.length > 0) {
        guint8 type;
        Span value;
        if (!next(&rest, &type, &value))
            return FALSE;
        if (type == TYPE_SSL && !read_ssl(peer, value))
            return FALSE;
        if (type == CERTD_PROXY_GENERATION && !read_generation(peer, value))
            return FALSE;
        if (type == CERTD_PROXY_HTTPS_PORT && !read_https_port(peer, value))
            return FALSE;
    }
    return TRUE;
}

/* The address, which @rest goes on behind. */
static gboolean read_address(CertdPeer *peer, guint8 command, guint8 family, Span *rest)
{
    gsize address_bytes = family == TCP_6 ? 16 : 4;
    gsize length = family == TCP_4 ? 12 : family == TCP_6 ? 36 : family == UNIX_STREAM ? 216 : 0;
    if (rest->length < length || (command == COMMAND_PROXY && length == 0))
        return FALSE;
    if (command == COMMAND_LOCAL || family == UNIX_STREAM) {
        peer->address = g_strdup("local");
    } else {
        g_autoptr(GInetAddress) address = g_inet_address_new_from_bytes(
            rest->bytes, family == TCP_6 ? G_SOCKET_FAMILY_IPV6 : G_SOCKET_FAMILY_IPV4);
        peer->address = g_inet_address_to_string(address);
        peer->port = read_16(rest->bytes + 2 * address_bytes);
    }
    rest->bytes += length;
    rest->length -= length;
    return TRUE;
}

CertdPeer *certd_peer_parse(const guint8 *header, gsize length, GError **error)
{
    gsize said = length < START_BYTES ? 0 : certd_peer_length(header, error);
    if (said == 0 || said != length) {
        if (!error || !*error)
            (void)fail(error);
        return NULL;
    }

    g_autoptr(CertdPeer) peer = g_new0(CertdPeer, 1);
    peer->https_port = 443;
    Span rest = {header + START_BYTES, length - START_BYTES};
    if (!read_address(peer, header[12] & 0x0f, header[13], &rest) || !read_parts(peer, rest)) {
        (void)fail(error);
        return NULL;
    }
    if (!peer->tls_version)
        peer->tls_version = g_strdup("");
    if (!peer->common_name)
        peer->common_name = g_strdup("");
    return g_steal_pointer(&peer);
}

void certd_peer_free(CertdPeer *peer)
{
    if (!peer)
        return;
    g_free(peer->address);
    g_free(peer->tls_version);
    g_free(peer->common_name);
    g_free(peer);
}
