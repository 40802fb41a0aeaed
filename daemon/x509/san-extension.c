/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GeneralNames by hand: one row for each CHOICE of GeneralName that we know says its tag, how the
 * text becomes contents, and how contents become text. */
#include "x509/san-extension.h"

#include <arpa/inet.h>
#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/subject.h"
#include "model/text.h"
#include "x509/der.h"
#include "x509/distinguished-name.h"
#include "x509/key.h"

#define OID_SUBJECT_ALT_NAME "2.5.29.17"

typedef struct {
    CertdSanType type;
    unsigned char tag;
    /* Appends the element; FALSE where @value is not what certd_san_new() lets through. */
    gboolean (*write)(GByteArray *out, unsigned char tag, const char *value, GError **error);
    /* The contents as text, or NULL where they are none of that type. */
    char *(*print)(const CertdDerItem *item);
} SanRow;

static gboolean write_ia5(GByteArray *out, unsigned char tag, const char *value, GError **error)
{
    if (value[0] == '\0' || !g_str_is_ascii(value))
        return FALSE;
    certd_der_write_text(out, tag, value);
    return TRUE;
}

static gboolean write_address(GByteArray *out, unsigned char tag, const char *value, GError **error)
{
    unsigned char address[sizeof(struct in6_addr)];

    if (inet_pton(AF_INET, value, address) == 1)
        certd_der_write(out, tag, address, sizeof(struct in_addr));
    else if (inet_pton(AF_INET6, value, address) == 1)
        certd_der_write(out, tag, address, sizeof(struct in6_addr));
    else
        return FALSE;
    return TRUE;
}

static gboolean write_registered_id(GByteArray *out, unsigned char tag, const char *value,
                                    GError **error)
{
    return certd_der_write_oid(out, tag, value);
}

/* Name is a CHOICE, so its tag is explicit (X.680 31.2.7). */
static gboolean write_directory_name(GByteArray *out, unsigned char tag, const char *value,
                                     GError **error)
{
    g_autoptr(CertdSubject) name = certd_subject_parse(value, error);

    if (name == NULL)
        return FALSE;
    size_t mark = certd_der_begin(out, tag);
    if (!certd_distinguished_name_write(out, name, error))
        return FALSE;
    certd_der_end(out, mark);
    return TRUE;
}

static char *print_ia5(const CertdDerItem *item)
{
    return g_utf8_make_valid((const char *)item->value, (gssize)item->size);
}

static char *print_address(const CertdDerItem *item)
{
    char text[INET6_ADDRSTRLEN];

    if (item->size != sizeof(struct in_addr) && item->size != sizeof(struct in6_addr))
        return NULL;
    int family = item->size == sizeof(struct in_addr) ? AF_INET : AF_INET6;
    return g_strdup(inet_ntop(family, item->value, text, sizeof text));
}

static char *print_directory_name(const CertdDerItem *item)
{
    return certd_distinguished_name_print(item->value, item->size);
}

static const SanRow san_rows[] = {
    {CERTD_SAN_EMAIL, CERTD_DER_CONTEXT(1), write_ia5, print_ia5},
    {CERTD_SAN_DNS, CERTD_DER_CONTEXT(2), write_ia5, print_ia5},
    {CERTD_SAN_DIRNAME, CERTD_DER_CONTEXT_CONSTRUCTED(4), write_directory_name,
     print_directory_name},
    {CERTD_SAN_URI, CERTD_DER_CONTEXT(6), write_ia5, print_ia5},
    {CERTD_SAN_IP, CERTD_DER_CONTEXT(7), write_address, print_address},
    {CERTD_SAN_RID, CERTD_DER_CONTEXT(8), write_registered_id, certd_der_item_oid},
};

static gboolean write_general_name(GByteArray *out, const CertdSan *san, GError **error)
{
    g_autoptr(GError) cause = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(san_rows); i++) {
        if (san_rows[i].type == san->type &&
            san_rows[i].write(out, san_rows[i].tag, san->value, &cause))
            return TRUE;
    }
    g_autofree char *quoted = certd_text_quote(san->value);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME,
                "The subject alternative name %s cannot be encoded as %s%s%s; correct or remove it",
                quoted, certd_san_type_name(san->type), cause != NULL ? ": " : "",
                cause != NULL ? cause->message : "");
    return FALSE;
}

GBytes *certd_san_extension_encode(const GPtrArray *sans, GError **error)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    size_t names = certd_der_begin(out, CERTD_DER_SEQUENCE);

    for (size_t i = 0; i < sans->len; i++) {
        if (!write_general_name(out, g_ptr_array_index(sans, i), error))
            return NULL;
    }
    certd_der_end(out, names);
    return certd_der_finish(g_steal_pointer(&out));
}

/* otherName, x400Address, ediPartyName and what breaks its own rules, as the hex of all of it. */
static void add_general_name(GVariantBuilder *builder, const CertdDerItem *item)
{
    for (size_t i = 0; i < G_N_ELEMENTS(san_rows); i++) {
        g_autofree char *text = NULL;
        if (san_rows[i].tag == item->tag)
            text = san_rows[i].print(item);
        if (text != NULL) {
            g_variant_builder_add(builder, "(ss)", certd_san_type_name(san_rows[i].type), text);
            return;
        }
    }
    g_autofree char *hex = certd_hex(item->whole, item->whole_size);
    g_autofree char *text = g_strconcat("#", hex, NULL);
    g_variant_builder_add(builder, "(ss)", "other", text);
}

GVariant *certd_san_extension_decode_names(const void *der, size_t size, GError **error)
{
    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(ss)"));
    CertdDer names = certd_der_reader(der, size);
    CertdDerItem item;
    size_t count = 0;

    gboolean whole = certd_der_enter(&names, CERTD_DER_SEQUENCE, &names);
    while (whole && !certd_der_at_end(&names)) {
        if (count++ == CERTD_LIMIT_SANS_IMPORT) {
            g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                        "There are more than %u subject alternative names; "
                        "have it issued with fewer",
                        CERTD_LIMIT_SANS_IMPORT);
            return NULL;
        }
        whole = certd_der_next(&names, &item);
        if (whole)
            add_general_name(&builder, &item);
    }
    if (!whole) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "The subject alternative names are broken DER; have it issued again");
        return NULL;
    }
    return g_variant_builder_end(&builder);
}

GVariant *certd_san_extension_decode(gnutls_x509_crt_t certificate, GError **error)
{
    gnutls_datum_t extension = {NULL, 0};

    int code = gnutls_x509_crt_get_extension_by_oid2(certificate, OID_SUBJECT_ALT_NAME, 0,
                                                     &extension, NULL);
    if (code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        return g_variant_new_array(G_VARIANT_TYPE("(ss)"), NULL, 0);
    if (code < 0) {
        certd_gnutls_error(error, code, "Reading the subject alternative names");
        return NULL;
    }
    GVariant *names = certd_san_extension_decode_names(extension.data, extension.size, error);
    gnutls_free(extension.data);
    return names;
}

static CertdSan *read_pair(const char *type, const char *value, GError **error)
{
    g_autofree char *quoted = certd_text_quote(value);

    if (!g_str_equal(type, "other"))
        return certd_san_new_named(type, value, error);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME,
                "Subject alternative name %s is broken or of a kind that is not issued; leave it "
                "out: there are DNS, IP, email, URI, RID and dirName",
                quoted);
    return NULL;
}

GPtrArray *certd_san_extension_read(const void *der, size_t size, GError **error)
{
    GVariant *floating = certd_san_extension_decode_names(der, size, error);
    g_autoptr(GVariant) pairs = floating != NULL ? g_variant_ref_sink(floating) : NULL;
    g_autoptr(GPtrArray) list = certd_san_list_new();

    for (size_t i = 0; pairs != NULL && i < g_variant_n_children(pairs); i++) {
        const char *type, *value;
        g_autoptr(GVariant) pair = g_variant_get_child_value(pairs, i);
        g_variant_get(pair, "(&s&s)", &type, &value);
        CertdSan *san = read_pair(type, value, error);
        if (san == NULL || !certd_san_list_add(list, san, NULL, error))
            return NULL;
    }
    return pairs != NULL ? g_steal_pointer(&list) : NULL;
}
