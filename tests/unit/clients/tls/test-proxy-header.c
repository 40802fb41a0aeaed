/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What certd-tls writes in front of a connection is what certd-web reads. */
#include <arpa/inet.h>
#include <string.h>

#include "tls/proxy-header.h"
#include "web/peer.h"

static struct sockaddr_storage address_of(const char *text, guint16 port)
{
    struct sockaddr_storage address = {0};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1) {
        memcpy(&address, &four, sizeof four);
        return address;
    }
    g_assert_cmpint(inet_pton(AF_INET6, text, &six.sin6_addr), ==, 1);
    memcpy(&address, &six, sizeof six);
    return address;
}

static CertdPeer *read_back(const CertdProxyHeader *facts)
{
    guint8 header[CERTD_LIMIT_PROXY_BYTES];
    g_autoptr(GError) error = NULL;
    const gsize length = certd_proxy_header_write(facts, header);
    g_assert_cmpuint(length, <=, CERTD_LIMIT_PROXY_BYTES);
    g_assert_cmpuint(certd_peer_length(header, &error), ==, length);
    g_assert_no_error(error);
    CertdPeer *peer = certd_peer_parse(header, length, &error);
    g_assert_no_error(error);
    return peer;
}

static const struct {
    const char *name;
    const char *address;
    const char *shown;
} addresses[] = {
    {"ipv4", "192.0.2.7", "192.0.2.7"},
    {"mapped", "::ffff:192.0.2.7", "192.0.2.7"},
    {"ipv6", "2001:db8::7", "2001:db8::7"},
};

static void test_address(gconstpointer data)
{
    const gsize row = GPOINTER_TO_SIZE(data);
    const CertdProxyHeader facts = {
        .client = address_of(addresses[row].address, 50001),
        .server = address_of(addresses[row].address, 80),
        .https_port = 8443,
    };
    g_autoptr(CertdPeer) peer = read_back(&facts);
    g_assert_cmpstr(peer->address, ==, addresses[row].shown);
    g_assert_cmpuint(peer->port, ==, 50001);
    g_assert_false(peer->encrypted);
    g_assert_false(peer->certified);
    g_assert_cmpuint(peer->generation, ==, 0);
    g_assert_cmpuint(peer->https_port, ==, 8443);
}

static CertdProxyHeader encrypted(void)
{
    return (CertdProxyHeader){
        .client = address_of("192.0.2.7", 50001),
        .server = address_of("192.0.2.1", 443),
        .version = "TLSv1.3",
        .cipher = "TLS_AES_128_GCM_SHA256",
        .generation = G_GUINT64_CONSTANT(0x0102030405060708),
        .https_port = 443,
    };
}

static void test_encrypted(void) /* R61 */
{
    const CertdProxyHeader facts = encrypted();
    g_autoptr(CertdPeer) peer = read_back(&facts);
    g_assert_true(peer->encrypted);
    g_assert_false(peer->certified);
    g_assert_cmpstr(peer->tls_version, ==, "TLSv1.3");
    g_assert_cmpstr(peer->common_name, ==, "");
    g_assert_cmpuint(peer->generation, ==, facts.generation);
}

static void test_certified(void) /* R61 */
{
    CertdProxyHeader facts = encrypted();
    facts.certified = TRUE;
    facts.common_name = "Ada";
    g_autoptr(CertdPeer) peer = read_back(&facts);
    g_assert_true(peer->certified);
    g_assert_cmpstr(peer->common_name, ==, "Ada");
}

/* A name that nobody vouches for is not told. */
static void test_not_certified(void)
{
    CertdProxyHeader facts = encrypted();
    facts.common_name = "Ada";
    g_autoptr(CertdPeer) peer = read_back(&facts);
    g_assert_false(peer->certified);
    g_assert_cmpstr(peer->common_name, ==, "");
}

static void check_name(gsize length, gsize told) /* CERTD_LIMIT_PROXY_BYTES */
{
    CertdProxyHeader facts = encrypted();
    g_autofree char *name = g_strnfill(length, 'n');
    facts.certified = TRUE;
    facts.common_name = name;
    facts.client = address_of("2001:db8::7", 50001);
    facts.server = address_of("2001:db8::1", 443);
    g_autoptr(CertdPeer) peer = read_back(&facts);
    g_assert_cmpuint(strlen(peer->common_name), ==, told);
}

static void test_long_name(void)
{
    check_name(CERTD_PROXY_NAME_BYTES, CERTD_PROXY_NAME_BYTES);
    check_name(CERTD_PROXY_NAME_BYTES + 1, CERTD_PROXY_NAME_BYTES);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(addresses); i++) {
        g_autofree char *path = g_strdup_printf("/tls/proxy-header/%s", addresses[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_address);
    }
    g_test_add_func("/tls/proxy-header/encrypted", test_encrypted);
    g_test_add_func("/tls/proxy-header/certified", test_certified);
    g_test_add_func("/tls/proxy-header/not-certified", test_not_certified);
    g_test_add_func("/tls/proxy-header/long-name", test_long_name);
    return g_test_run();
}
