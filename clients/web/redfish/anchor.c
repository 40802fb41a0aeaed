/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* certd has no call for one anchor: there are 512 at most, so the list is read. */
#include "web/redfish/anchor.h"

#include "common/dict.h"
#include "common/pem.h"
#include "model/limits.h"
#include "model/names.h"
#include "web/redfish/bus.h"
#include "web/redfish/identifier.h"
#include "web/redfish/lookup.h"
#include "web/redfish/oem.h"
#include "web/redfish/terms.h"
#include "web/redfish/trust-store.h"

/* Rows of one call: 100 of the largest certificates fit a message. */
#define PAGE_ROWS 100u

/* Reads pages until @id is there (NULL: all of them) into @rows; FALSE with the answer filled. */
static gboolean read_pages(const CertdRequest *request, const char *id, GPtrArray *rows,
                           CertdAnswer *answer)
{
    g_autofree char *cursor = g_strdup("");
    do {
        g_autoptr(GVariant) reply = certd_redfish_call(
            request, answer, CERTD_PATH_TRUST_STORE, CERTD_INTERFACE_TRUST_STORE, "List",
            g_variant_new("(su)", cursor, PAGE_ROWS), "(a(sa{sv})s)", NULL, NULL);
        if (!reply)
            return FALSE;
        g_autoptr(GVariant) page = g_variant_get_child_value(reply, 0);
        for (size_t i = 0; i < g_variant_n_children(page); i++) {
            g_autoptr(GVariant) row = g_variant_get_child_value(page, i);
            if (!id || g_str_equal(certd_anchor_id(row), id))
                g_ptr_array_add(rows, g_steal_pointer(&row));
        }
        g_free(cursor);
        g_variant_get_child(reply, 1, "s", &cursor);
    } while (*cursor != '\0' && (!id || rows->len == 0));
    return TRUE;
}

GPtrArray *certd_anchor_list(const CertdRequest *request, CertdAnswer *answer)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
    return read_pages(request, NULL, rows, answer) ? g_steal_pointer(&rows) : NULL;
}

GVariant *certd_anchor_find(const CertdRequest *request, CertdAnswer *answer, const char *id)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
    if (certd_trust_is_id(id) && !read_pages(request, id, rows, answer))
        return NULL;
    if (rows->len > 0)
        return g_variant_ref(g_ptr_array_index(rows, 0));
    certd_answer_message(answer, CERTD_MESSAGE_RESOURCE_NOT_FOUND, "Certificate", id);
    return NULL;
}

const char *certd_anchor_id(GVariant *anchor)
{
    const char *id;
    g_variant_get_child(anchor, 0, "&s", &id);
    return id;
}

gboolean certd_anchor_has_purpose(GVariant *anchor, const char *purpose)
{
    g_autoptr(GVariant) details = g_variant_get_child_value(anchor, 1);
    g_autoptr(GVariant) purposes =
        g_variant_lookup_value(details, "purposes", G_VARIANT_TYPE_STRING_ARRAY);
    g_autofree const char **words = purposes ? g_variant_get_strv(purposes, NULL) : NULL;
    return words && g_strv_contains(words, purpose);
}

char *certd_anchor_path(const char *id)
{
    return g_strconcat(CERTD_REDFISH_TRUST "/", id, NULL);
}

static void set_pem(JsonObject *resource, GVariant *details)
{
    g_autoptr(GVariant) value =
        g_variant_lookup_value(details, "certificate", G_VARIANT_TYPE_BYTESTRING);
    g_autoptr(GBytes) der = value ? g_variant_get_data_as_bytes(value) : NULL;
    g_autoptr(GBytes) pem = der ? certd_pem_certificate(der) : NULL;
    if (!pem)
        return;
    size_t size;
    const char *data = g_bytes_get_data(pem, &size);
    g_autofree char *text = g_strndup(data, size);
    certd_set_string(resource, "CertificateString", text);
    certd_set_string(resource, "CertificateType", "PEM");
}

/* The Identifier @member made of the distinguished name @key; left out where there is none. */
static void set_name(JsonObject *resource, const char *member, GVariant *details, const char *key)
{
    const char *name = NULL;
    if (g_variant_lookup(details, key, "&s", &name))
        json_object_set_object_member(resource, member, certd_identifier_new(name, NULL));
}

static void set_own(JsonObject *object, GVariant *details)
{
    certd_oem_set_words(object, "Purposes", details, "purposes");
    certd_set_string(object, "KeyType", certd_dict_string(details, "key-type"));
    certd_set_time(object, "Added", (gint64)certd_dict_number(details, "added"));
    json_object_set_boolean_member(object, "IsAuthority", certd_dict_boolean(details, "is-ca"));
    json_object_set_boolean_member(object, "SelfSigned",
                                   certd_dict_boolean(details, "self-signed"));
    certd_oem_set_words(object, "PermittedNames", details, "permitted-names");
}

static void set_validity(JsonObject *object, GVariant *details)
{
    certd_set_time(object, "ValidNotBefore", (gint64)certd_dict_number(details, "not-before"));
    certd_set_time(object, "ValidNotAfter", (gint64)certd_dict_number(details, "not-after"));
}

JsonObject *certd_anchor_summary(GVariant *anchor)
{
    const char *id = certd_anchor_id(anchor);
    g_autofree char *path = certd_anchor_path(id);
    g_autofree char *octets = certd_term_octets(id);
    g_autoptr(GVariant) details = g_variant_get_child_value(anchor, 1);
    JsonObject *summary = json_object_new();
    certd_set_string(summary, "@odata.id", path);
    certd_set_string(summary, "Fingerprint", octets);
    certd_set_string(summary, "Subject", certd_dict_string(details, "subject"));
    certd_set_string(summary, "Issuer", certd_dict_string(details, "issuer"));
    set_validity(summary, details);
    set_own(summary, details);
    return summary;
}

JsonObject *certd_anchor_resource(GVariant *anchor)
{
    const char *id = certd_anchor_id(anchor);
    g_autofree char *path = certd_anchor_path(id);
    g_autofree char *octets = certd_term_octets(id);
    g_autoptr(GVariant) details = g_variant_get_child_value(anchor, 1);
    g_autofree char *number = certd_term_octets(certd_dict_string(details, "serial-number"));
    JsonObject *resource =
        certd_resource_new(path, "Certificate.v1_11_0.Certificate", id, "Trusted certificate");
    set_pem(resource, details);
    set_name(resource, "Subject", details, "subject");
    set_name(resource, "Issuer", details, "issuer");
    certd_set_string(resource, "SerialNumber", number);
    certd_set_string(resource, "Fingerprint", octets);
    certd_set_string(resource, "FingerprintHashAlgorithm", CERTD_TERM_SHA256);
    certd_set_string(resource, "SignatureAlgorithm",
                     certd_term_signature(certd_dict_string(details, "signature-algorithm")));
    set_validity(resource, details);
    set_own(certd_oem_new(resource, "CertdAnchor.v1_0_0.Anchor"), details);
    return resource;
}
