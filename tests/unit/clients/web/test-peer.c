/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PROXY headers, byte by byte. */
#include <string.h>

#include "model/web-limits.h"
#include "web/peer.h"

#define TCP_4 "\x21\x11"
#define ADDRESS "\xc0\x00\x02\x07\x7f\x00\x00\x01\x04\xd2\x01\xbb"
#define PORT "\xe1\x00\x02\x20\xfb"
#define GENERATION "\xe0\x00\x08\x00\x00\x00\x00\x00\x00\x01\x02"
#define VERSION "\x21\x00\x07TLSv1.3"
#define NAME                                                                                       \
    "\x22\x00\x03"                                                                                 \
    "bob"
#define GOOD_CERTIFICATE "\x03\x00\x00\x00\x00"

typedef struct {
    const char *name;
    const char *start; /* version, command and family */
    const char *rest;
    gsize length;        /* of @rest */
    const char *address; /* NULL: refused */
    gboolean encrypted;
    gboolean certified;
} Row;

#define ROW(name, start, rest, address, encrypted, certified)                                      \
    {                                                                                              \
        name, start, rest, sizeof(rest) - 1, address, encrypted, certified                         \
    }

static const Row rows[] = {
    ROW("plain", TCP_4, ADDRESS, "192.0.2.7", FALSE, FALSE),
    ROW("port", TCP_4, ADDRESS PORT, "192.0.2.7", FALSE, FALSE),
    ROW("tls", TCP_4, ADDRESS "\x20\x00\x0f\x01\x00\x00\x00\x00" VERSION GENERATION PORT,
        "192.0.2.7", TRUE, FALSE),
    ROW("certificate", TCP_4, ADDRESS "\x20\x00\x15" GOOD_CERTIFICATE VERSION NAME, "192.0.2.7",
        TRUE, TRUE),
    ROW("not-verified", TCP_4, ADDRESS "\x20\x00\x05\x03\x00\x00\x00\x01", "192.0.2.7", TRUE,
        FALSE),
    ROW("not-ssl", TCP_4, ADDRESS "\x20\x00\x05\x02\x00\x00\x00\x00", "192.0.2.7", FALSE, FALSE),
    ROW("ipv6", "\x21\x21",
        "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\x02",
        "2001:db8::1", FALSE, FALSE),
    ROW("local", "\x20\x00", "", "local", FALSE, FALSE),
    ROW("unknown-type", TCP_4, ADDRESS "\x05\x00\x01x", "192.0.2.7", FALSE, FALSE),
    ROW("version-1", "\x11\x11", ADDRESS, NULL, FALSE, FALSE),
    ROW("command", "\x22\x11", ADDRESS, NULL, FALSE, FALSE),
    ROW("no-family", "\x21\x00", "", NULL, FALSE, FALSE),
    ROW("udp", "\x21\x12", ADDRESS, NULL, FALSE, FALSE),
    ROW("address-short", TCP_4, "\xc0\x00\x02", NULL, FALSE, FALSE),
    ROW("type-alone", TCP_4, ADDRESS "\x20", NULL, FALSE, FALSE),
    ROW("beyond", TCP_4, ADDRESS "\x20\x00\x06\x01\x00\x00\x00\x00", NULL, FALSE, FALSE),
    ROW("ssl-short", TCP_4, ADDRESS "\x20\x00\x04\x01\x00\x00\x00", NULL, FALSE, FALSE),
    ROW("ssl-twice", TCP_4,
        ADDRESS "\x20\x00\x05\x01\x00\x00\x00\x00\x20\x00\x05\x01\x00\x00\x00\x00", NULL, FALSE,
        FALSE),
    ROW("inside-beyond", TCP_4, ADDRESS "\x20\x00\x08\x01\x00\x00\x00\x00\x21\x00\x01", NULL, FALSE,
        FALSE),
    ROW("version-control", TCP_4, ADDRESS "\x20\x00\x09\x01\x00\x00\x00\x00\x21\x00\x01\x1b", NULL,
        FALSE, FALSE),
    ROW("generation-short", TCP_4, ADDRESS "\xe0\x00\x01\x01", NULL, FALSE, FALSE),
    ROW("port-0", TCP_4, ADDRESS "\xe1\x00\x02\x00\x00", NULL, FALSE, FALSE),
};

/* A whole header; caller frees. */
static GByteArray *make(const char *start, const void *rest, gsize length)
{
    GByteArray *header = g_byte_array_new();
    const guint8 said[2] = {(guint8)(length >> 8), (guint8)length};
    g_byte_array_append(header, (const guint8 *)"\r\n\r\n\0\r\nQUIT\n", 12);
    g_byte_array_append(header, (const guint8 *)start, 2);
    g_byte_array_append(header, said, 2);
    g_byte_array_append(header, rest, (guint)length);
    return header;
}

/* R64 */
static void test_row(const void *data)
{
    const Row *row = data;
    g_autoptr(GByteArray) header = make(row->start, row->rest, row->length);
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdPeer) peer = certd_peer_parse(header->data, header->len, &error);
    g_assert_cmpint(peer != NULL, ==, row->address != NULL);
    if (!peer) {
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
        return;
    }
    g_assert_no_error(error);
    g_assert_cmpstr(peer->address, ==, row->address);
    g_assert_cmpint(peer->encrypted, ==, row->encrypted);
    g_assert_cmpint(peer->certified, ==, row->certified);
}

static void test_values(void)
{
    static const char rest[] = ADDRESS "\x20\x00\x15" GOOD_CERTIFICATE VERSION NAME GENERATION PORT;
    g_autoptr(GByteArray) header = make(TCP_4, rest, sizeof rest - 1);
    g_autoptr(CertdPeer) peer = certd_peer_parse(header->data, header->len, NULL);
    g_assert_nonnull(peer);
    g_assert_cmpuint(peer->port, ==, 1234);
    g_assert_cmpuint(peer->https_port, ==, 8443);
    g_assert_cmpuint(peer->generation, ==, 258);
    g_assert_cmpstr(peer->tls_version, ==, "TLSv1.3");
    g_assert_cmpstr(peer->common_name, ==, "bob");
}

/* Each header that is cut short, or has a byte too many, is refused. */
static void test_cut(void)
{
    g_autoptr(GByteArray) header = make(TCP_4, ADDRESS PORT "x", sizeof ADDRESS PORT "x" - 1);
    for (guint length = 0; length <= header->len; length++)
        g_assert_null(certd_peer_parse(header->data, length, NULL));
}

static gsize length_of(gsize rest)
{
    g_autofree guint8 *zeros = g_malloc0(rest);
    g_autoptr(GByteArray) header = make(TCP_4, zeros, rest);
    return certd_peer_length(header->data, NULL);
}

/* At the limit, and one beyond it. */
static void test_limit(void)
{
    g_assert_cmpuint(length_of(CERTD_LIMIT_PROXY_BYTES - 16), ==, CERTD_LIMIT_PROXY_BYTES);
    g_assert_cmpuint(length_of(CERTD_LIMIT_PROXY_BYTES - 15), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/web/peer/%s", rows[i].name);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    g_test_add_func("/web/peer/values", test_values);
    g_test_add_func("/web/peer/cut", test_cut);
    g_test_add_func("/web/peer/limit", test_limit);
    return g_test_run();
}
