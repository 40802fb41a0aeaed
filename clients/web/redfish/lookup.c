/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/lookup.h"

#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"
#include "web/redfish/bus.h"
#include "web/redfish/location.h"

#define PROPERTIES "org.freedesktop.DBus.Properties"
#define UNKNOWN_OBJECT "org.freedesktop.DBus.Error.UnknownObject"

gboolean certd_lookup_is_missing(const GError *error)
{
    g_autofree char *remote = g_dbus_error_get_remote_error(error);
    CertdError code;
    if (g_strcmp0(remote, UNKNOWN_OBJECT) == 0)
        return TRUE;
    return remote && certd_error_from_dbus_name(remote, &code) &&
           (code == CERTD_ERROR_NO_SUCH_CERTIFICATE || code == CERTD_ERROR_NO_SUCH_REQUEST);
}

/* All properties of @object; what is not there is answered as the resource of @type and @id. */
static GVariant *get_all(const CertdRequest *request, CertdAnswer *answer, const char *object,
                         const char *interface, const char *type, const char *id)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) reply =
        certd_redfish_try(request, object, PROPERTIES, "GetAll", g_variant_new("(s)", interface),
                          "(a{sv})", NULL, &error);
    if (reply)
        return g_variant_get_child_value(reply, 0);
    if (certd_lookup_is_missing(error))
        certd_answer_message(answer, CERTD_MESSAGE_RESOURCE_NOT_FOUND, type, id);
    else
        certd_answer_error(answer, error);
    return NULL;
}

GVariant *certd_lookup_certificate(const CertdRequest *request, CertdAnswer *answer,
                                   const char *name)
{
    if (!certd_location_is_name(name)) {
        certd_answer_message(answer, CERTD_MESSAGE_RESOURCE_NOT_FOUND, "CertdCertificate", name);
        return NULL;
    }
    g_autofree char *object = certd_redfish_certificate_path(name);
    return get_all(request, answer, object, CERTD_INTERFACE_CERTIFICATE, "CertdCertificate", name);
}

GVariant *certd_lookup_request(const CertdRequest *request, CertdAnswer *answer, const char *name,
                               const char *id, char **object)
{
    g_autofree char *path = certd_location_request_object(id);
    g_autofree char *owner =
        certd_location_is_name(name) ? certd_redfish_certificate_path(name) : NULL;
    if (!path || !owner) {
        certd_answer_message(answer, CERTD_MESSAGE_RESOURCE_NOT_FOUND, "CertdRequest", id);
        return NULL;
    }
    g_autoptr(GVariant) properties =
        get_all(request, answer, path, CERTD_INTERFACE_REQUEST, "CertdRequest", id);
    if (!properties)
        return NULL;
    g_autoptr(GVariant) certificate =
        g_variant_lookup_value(properties, "Certificate", G_VARIANT_TYPE_OBJECT_PATH);
    if (!certificate || !g_str_equal(g_variant_get_string(certificate, NULL), owner)) {
        certd_answer_message(answer, CERTD_MESSAGE_RESOURCE_NOT_FOUND, "CertdRequest", id);
        return NULL;
    }
    if (object)
        *object = g_steal_pointer(&path);
    return g_steal_pointer(&properties);
}

/* A page of @limit rows from *@cursor on, which is moved; FALSE with the answer filled. */
static gboolean add_page(const CertdRequest *request, CertdAnswer *answer, const char *method,
                         GVariant *filter, guint limit, char **cursor, GPtrArray *rows)
{
    g_autoptr(GVariant) reply = certd_redfish_call(
        request, answer, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, method,
        g_variant_new("(@a{sv}su)", filter, *cursor, limit), "(a(soa{sv})s)", NULL, NULL);
    if (!reply)
        return FALSE;
    g_autoptr(GVariant) page = g_variant_get_child_value(reply, 0);
    for (gsize i = 0; i < g_variant_n_children(page); i++)
        g_ptr_array_add(rows, g_variant_get_child_value(page, i));
    g_autoptr(GVariant) next = g_variant_get_child_value(reply, 1);
    /* A cursor that stands still would keep us here for ever. */
    gboolean stands = g_str_equal(g_variant_get_string(next, NULL), *cursor);
    g_free(*cursor);
    *cursor = stands ? g_strdup("") : g_variant_dup_string(next, NULL);
    return TRUE;
}

GPtrArray *certd_lookup_all(const CertdRequest *request, CertdAnswer *answer, gboolean requests,
                            const char *name)
{
    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    if (name)
        g_variant_builder_add(&builder, "{sv}", "certificate", g_variant_new_string(name));
    g_autoptr(GVariant) filter = g_variant_ref_sink(g_variant_builder_end(&builder));
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
    g_autofree char *cursor = g_strdup("");
    do {
        if (!add_page(request, answer, requests ? "ListRequests" : "ListCertificates", filter,
                      CERTD_LIMIT_PAGE, &cursor, rows))
            return NULL;
    } while (*cursor != '\0');
    return g_steal_pointer(&rows);
}

GPtrArray *certd_lookup_extended(const CertdRequest *request, CertdAnswer *answer,
                                 const char *after, guint count)
{
    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&builder, "{sv}", "extended", g_variant_new_boolean(TRUE));
    g_autoptr(GVariant) filter = g_variant_ref_sink(g_variant_builder_end(&builder));
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
    g_autofree char *cursor = g_strdup(after);
    while (rows->len < count && (rows->len == 0 || *cursor != '\0')) {
        guint limit = MIN(count - rows->len, CERTD_LIMIT_PAGE_EXTENDED);
        if (!add_page(request, answer, "ListCertificates", filter, limit, &cursor, rows))
            return NULL;
        if (rows->len == 0)
            break;
    }
    return g_steal_pointer(&rows);
}
