/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The header is built in one buffer of fixed size: every part has a bound, and all of them together fit. Numbers
 * are in network byte order.
 */
#include "tls/proxy-header.h"

#include <netinet/in.h>
#include <string.h>

static const guint8 signature[12] = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D,
                                     0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};

/* Of the specification. */
#define VERSION_2_PROXY 0x21
#define TCP_OVER_IPV4 0x11
#define TCP_OVER_IPV6 0x21
#define TLV_SSL 0x20
#define TLV_SSL_VERSION 0x21
#define TLV_SSL_CN 0x22
#define TLV_SSL_CIPHER 0x23
#define CLIENT_SSL 0x01
#define CLIENT_CERT_CONN 0x02
#define CLIENT_CERT_SESS 0x04
/* Of ours, as in clients/web/peer.h; that is GLib's world, and this program's is not. */
#define TLV_GENERATION 0xE0
#define TLV_HTTPS_PORT 0xE1

#define LENGTH_OFFSET 14u
#define START_BYTES 16u
/* A ciphersuite's name; the longest has 37. */
#define WORD_BYTES 64u

typedef struct {
    guint8 *data;
    gsize length;
} Out;

static void put(Out *out, const void *data, gsize length)
{
    memcpy(out->data + out->length, data, length);
    out->length += length;
}

static void put_byte(Out *out, guint8 value)
{
    out->data[out->length++] = value;
}

static void put_16(Out *out, guint16 value)
{
    const guint16 ordered = GUINT16_TO_BE(value);
    put(out, &ordered, sizeof ordered);
}

/* Behind @at, where a length of two bytes is, everything that follows it by now. */
static void close_length(Out *out, gsize at)
{
    const guint16 ordered = GUINT16_TO_BE((guint16)(out->length - at - sizeof(guint16)));
    memcpy(out->data + at, &ordered, sizeof ordered);
}

static void put_text(Out *out, guint8 type, const char *text, gsize most)
{
    const gsize length = MIN(strlen(text), most);
    put_byte(out, type);
    put_16(out, (guint16)length);
    put(out, text, length);
}

void certd_proxy_unmap(struct sockaddr_storage *address)
{
    struct sockaddr_in6 six;
    if (address->ss_family != AF_INET6)
        return;
    memcpy(&six, address, sizeof six);
    if (!IN6_IS_ADDR_V4MAPPED(&six.sin6_addr))
        return;
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = six.sin6_port};
    memcpy(&four.sin_addr, six.sin6_addr.s6_addr + 12, sizeof four.sin_addr);
    memset(address, 0, sizeof *address);
    memcpy(address, &four, sizeof four);
}

static void put_addresses(Out *out, struct sockaddr_storage client, struct sockaddr_storage server)
{
    certd_proxy_unmap(&client);
    certd_proxy_unmap(&server);
    if (client.ss_family == AF_INET) {
        struct sockaddr_in from, to;
        memcpy(&from, &client, sizeof from);
        memcpy(&to, &server, sizeof to);
        put(out, &from.sin_addr, sizeof from.sin_addr);
        put(out, &to.sin_addr, sizeof to.sin_addr);
        put(out, &from.sin_port, sizeof from.sin_port);
        put(out, &to.sin_port, sizeof to.sin_port);
        return;
    }
    struct sockaddr_in6 from, to;
    memcpy(&from, &client, sizeof from);
    memcpy(&to, &server, sizeof to);
    put(out, &from.sin6_addr, sizeof from.sin6_addr);
    put(out, &to.sin6_addr, sizeof to.sin6_addr);
    put(out, &from.sin6_port, sizeof from.sin6_port);
    put(out, &to.sin6_port, sizeof to.sin6_port);
}

static void put_tls(Out *out, const CertdProxyHeader *facts)
{
    const guint8 verified = facts->certified ? CLIENT_CERT_CONN | CLIENT_CERT_SESS : 0;
    const guint32 failed = GUINT32_TO_BE(facts->certified ? 0u : 1u);
    const guint64 generation = GUINT64_TO_BE(facts->generation);
    put_byte(out, TLV_SSL);
    const gsize at = out->length;
    put_16(out, 0);
    put_byte(out, CLIENT_SSL | verified);
    put(out, &failed, sizeof failed);
    put_text(out, TLV_SSL_VERSION, facts->version, WORD_BYTES);
    if (facts->cipher != NULL)
        put_text(out, TLV_SSL_CIPHER, facts->cipher, WORD_BYTES);
    if (facts->certified && facts->common_name != NULL)
        put_text(out, TLV_SSL_CN, facts->common_name, CERTD_PROXY_NAME_BYTES);
    close_length(out, at);
    put_byte(out, TLV_GENERATION);
    put_16(out, sizeof generation);
    put(out, &generation, sizeof generation);
}

gsize certd_proxy_header_write(const CertdProxyHeader *facts,
                               guint8 header[CERTD_LIMIT_PROXY_BYTES])
{
    Out out = {header, 0};
    struct sockaddr_storage client = facts->client;
    certd_proxy_unmap(&client);
    put(&out, signature, sizeof signature);
    put_byte(&out, VERSION_2_PROXY);
    put_byte(&out, client.ss_family == AF_INET ? TCP_OVER_IPV4 : TCP_OVER_IPV6);
    put_16(&out, 0);
    put_addresses(&out, facts->client, facts->server);
    if (facts->version != NULL)
        put_tls(&out, facts);
    put_byte(&out, TLV_HTTPS_PORT);
    put_16(&out, sizeof facts->https_port);
    put_16(&out, facts->https_port);
    close_length(&out, LENGTH_OFFSET);
    G_STATIC_ASSERT(START_BYTES + 36 + 3 + 5 + 3 * 3 + 2 * WORD_BYTES + CERTD_PROXY_NAME_BYTES +
                        11 + 5 <=
                    CERTD_LIMIT_PROXY_BYTES);
    return out.length;
}
