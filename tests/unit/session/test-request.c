/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The packet that certd-web sends. */
#include "session/request.h"

#include <string.h>

typedef struct {
    const char *name;
    const char *packet;
    size_t length;
    const char *user; /* NULL: it is refused */
    const char *password;
    const char *address;
} Row;

#define PACKET(text) text, sizeof(text) - 1

static const Row rows[] = {
    {"plain", PACKET("ada\0secret\000192.0.2.1"), "ada", "secret", "192.0.2.1"},
    {"ipv6", PACKET("ada\0s e:c\0fe80::1"), "ada", "s e:c", "fe80::1"},
    {"local", PACKET("ada\0secret\0local"), "ada", "secret", "local"},
    {"utf8", PACKET("jos\303\251\0\377\376\0::1"), "jos\303\251", "\377\376", "::1"},
    {"nothing", PACKET("")},
    {"no-user", PACKET("\0secret\0::1")},
    {"no-password", PACKET("ada\0\0::1")},
    {"no-address", PACKET("ada\0secret\0")},
    {"one-part", PACKET("ada")},
    {"two-parts", PACKET("ada\0secret")},
    {"four-parts", PACKET("ada\0secret\0::1\0more")},
    {"nul-behind", PACKET("ada\0secret\0::1\0")},
    {"name-address", PACKET("ada\0secret\0example.org")},
    {"address-zone", PACKET("ada\0secret\000192.0.2.1 x")},
    {"control", PACKET("a\nda\0secret\0::1")},
    {"bidirectional", PACKET("ada\342\200\256\0secret\0::1")},
    {"no-utf8", PACKET("\377\0secret\0::1")},
};

static void test_row(const void *data)
{
    const Row *row = data;
    const CertdSignInRequest untouched = {.user = "untouched"};
    CertdSignInRequest request = untouched;
    g_autofree char *packet = g_malloc(row->length + 1);
    memcpy(packet, row->packet, row->length);
    packet[row->length] = 'x';
    g_assert_cmpint(certd_sign_in_request_parse(packet, row->length, &request), ==,
                    row->user != NULL);
    if (row->user == NULL) {
        g_assert_true(memcmp(&request, &untouched, sizeof request) == 0);
        return;
    }
    g_assert_cmpstr(request.user, ==, row->user);
    g_assert_cmpstr(request.password, ==, row->password);
    g_assert_cmpstr(request.address, ==, row->address);
}

/* Whether a name, a password and an address ("::1", filled up with zeros) of that many bytes are taken. */
static gboolean takes(size_t user, size_t password, size_t address)
{
    g_autoptr(GByteArray) packet = g_byte_array_new();
    g_byte_array_set_size(packet, (guint)(user + password + address + 3));
    memset(packet->data, 'a', packet->len);
    packet->data[user] = packet->data[user + 1 + password] = '\0';
    memset(packet->data + user + password + 2, '0', address);
    memcpy(packet->data + user + password + 2 + address - 3, "::1", 3);
    CertdSignInRequest request;
    return certd_sign_in_request_parse((char *)packet->data, user + password + address + 2,
                                       &request);
}

static void test_limits(void)
{
    g_assert_true(takes(CERTD_LIMIT_USER_NAME_BYTES, CERTD_LIMIT_PASSWORD_BYTES, 3));
    g_assert_false(takes(CERTD_LIMIT_USER_NAME_BYTES + 1, 6, 3));
    g_assert_false(takes(3, CERTD_LIMIT_PASSWORD_BYTES + 1, 3));
    g_assert_false(takes(3, 6, CERTD_SIGN_IN_ADDRESS_BYTES + 1));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/request/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    g_test_add_func("/request/limits", test_limits);
    return g_test_run();
}
