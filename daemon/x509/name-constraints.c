/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Subtrees by hand: GnuTLS writes them one by one in its own order, and reads a long list in
 * quadratic time. */
#include "x509/name-constraints.h"

#include <arpa/inet.h>
#include <string.h>

#include "x509/der.h"
#include "x509/distinguished-name.h"

#define OID_NAME_CONSTRAINTS "2.5.29.30"
#define TAG_PERMITTED CERTD_DER_CONTEXT_CONSTRUCTED(0)
#define TAG_EMAIL CERTD_DER_CONTEXT(1)
#define TAG_DNS CERTD_DER_CONTEXT(2)
#define TAG_DIRECTORY_NAME CERTD_DER_CONTEXT_CONSTRUCTED(4)
#define TAG_URI CERTD_DER_CONTEXT(6)
#define TAG_ADDRESS CERTD_DER_CONTEXT(7)

/* How a DNS subtree is written, which stands for the hosts of mail addresses and URIs too: these are
 * those below it only with a dot before it, and the one of that name only without. */
static const struct {
    unsigned char tag;
    const char *before;
} host_forms[] = {
    {TAG_DNS, ""}, {TAG_EMAIL, ""}, {TAG_EMAIL, "."}, {TAG_URI, ""}, {TAG_URI, "."},
};

/* GeneralSubtree: the base alone, for minimum is 0 by default and maximum absent. */
static void write_hosts(GByteArray *out, const CertdPermitted *permitted, size_t form)
{
    g_autofree char *base = g_strconcat(host_forms[form].before, permitted->value, NULL);
    size_t subtree = certd_der_begin(out, CERTD_DER_SEQUENCE);

    certd_der_write_text(out, host_forms[form].tag, base);
    certd_der_end(out, subtree);
}

static void write_addresses(GByteArray *out, const CertdPermitted *permitted)
{
    guint8 address[2 * sizeof(struct in6_addr)];
    size_t size = certd_permitted_address(permitted, address);
    size_t subtree = certd_der_begin(out, CERTD_DER_SEQUENCE);

    certd_der_write(out, TAG_ADDRESS, address, size);
    certd_der_end(out, subtree);
}

GBytes *certd_name_constraints_encode(const GPtrArray *permitted)
{
    GByteArray *out = g_byte_array_new();
    size_t constraints = certd_der_begin(out, CERTD_DER_SEQUENCE);
    size_t subtrees = certd_der_begin(out, TAG_PERMITTED);

    for (guint i = 0; i < permitted->len; i++) {
        const CertdPermitted *one = g_ptr_array_index(permitted, i);

        if (one->type == CERTD_SAN_IP)
            write_addresses(out, one);
        for (size_t form = 0; one->type == CERTD_SAN_DNS && form < G_N_ELEMENTS(host_forms); form++)
            write_hosts(out, one, form);
    }
    certd_der_end(out, subtrees);
    certd_der_end(out, constraints);
    return certd_der_finish(out);
}

/* The length of the prefix that @mask keeps, or -1 where the ones don't come first. */
static int prefix_length(const unsigned char *mask, size_t size)
{
    size_t bits = 0;

    while (bits < 8 * size && (mask[bits / 8] & (0x80 >> bits % 8)) != 0)
        bits++;
    for (size_t i = bits; i < 8 * size; i++) {
        if ((mask[i / 8] & (0x80 >> i % 8)) != 0)
            return -1;
    }
    return (int)bits;
}

/* "10.0.0.0/8", and with a mask that is no prefix "10.0.0.1/255.0.0.255". */
static char *print_address(const CertdDerItem *item)
{
    char address[INET6_ADDRSTRLEN], mask[INET6_ADDRSTRLEN];
    size_t size = item->size / 2;

    if (item->size % 2 != 0 || (size != sizeof(struct in_addr) && size != sizeof(struct in6_addr)))
        return NULL;
    int family = size == sizeof(struct in_addr) ? AF_INET : AF_INET6;
    int prefix = prefix_length(item->value + size, size);
    inet_ntop(family, item->value, address, sizeof address);
    if (prefix >= 0)
        return g_strdup_printf("%s/%d", address, prefix);
    inet_ntop(family, item->value + size, mask, sizeof mask);
    return g_strdup_printf("%s/%s", address, mask);
}

static char *print_ia5(const CertdDerItem *item)
{
    return g_utf8_make_valid((const char *)item->value, (gssize)item->size);
}

static char *print_directory_name(const CertdDerItem *item)
{
    return certd_distinguished_name_print(item->value, item->size);
}

static char *print_base(const CertdDerItem *base)
{
    static const struct {
        unsigned char tag;
        CertdSanType type;
        char *(*print)(const CertdDerItem *item);
    } rows[] = {
        {TAG_EMAIL, CERTD_SAN_EMAIL, print_ia5},
        {TAG_DNS, CERTD_SAN_DNS, print_ia5},
        {TAG_DIRECTORY_NAME, CERTD_SAN_DIRNAME, print_directory_name},
        {TAG_URI, CERTD_SAN_URI, print_ia5},
        {TAG_ADDRESS, CERTD_SAN_IP, print_address},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *value = rows[i].tag == base->tag ? rows[i].print(base) : NULL;
        if (value != NULL)
            return g_strconcat(certd_san_type_name(rows[i].type), ":", value, NULL);
    }
    g_autofree char *hex = certd_hex(base->whole, base->whole_size);
    return g_strconcat("other:#", hex, NULL);
}

GVariant *certd_name_constraints_decode(gnutls_x509_crt_t certificate)
{
    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_STRING_ARRAY);
    gnutls_datum_t der = {NULL, 0};
    CertdDer subtree;
    CertdDerItem base;

    if (gnutls_x509_crt_get_extension_by_oid2(certificate, OID_NAME_CONSTRAINTS, 0, &der, NULL) < 0)
        return g_variant_builder_end(&builder);
    CertdDer list = certd_der_reader(der.data, der.size);
    gboolean more = certd_der_enter(&list, CERTD_DER_SEQUENCE, &list) &&
                    certd_der_enter(&list, TAG_PERMITTED, &list);
    while (more && certd_der_enter(&list, CERTD_DER_SEQUENCE, &subtree) &&
           certd_der_next(&subtree, &base)) {
        g_autofree char *text = print_base(&base);
        g_variant_builder_add(&builder, "s", text);
    }
    gnutls_free(der.data);
    return g_variant_builder_end(&builder);
}
