/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names are checked here already: the message is the same, and no call is needed for it. */
#include "certctl/find.h"

#include <glib/gi18n-lib.h>

#include "certctl/print.h"
#include "common/dict.h"
#include "common/path.h"
#include "model/error.h"
#include "model/limits.h"
#include "model/name.h"
#include "model/names.h"
#include "model/text.h"

/* What the bus library of the service says of a path where nothing is. */
#define UNKNOWN_OBJECT "org.freedesktop.DBus.Error.UnknownObject"

char *certctl_find_path(const CertctlCall *call, const char *name, GError **error)
{
    if (!certd_name_validate(name, error))
        return NULL;
    g_autoptr(GError) failed = NULL;
    char *path = NULL;
    if (certd_bus_manager_call_get_certificate_sync(call->manager, name, CERTD_BUS_CALL_FLAGS,
                                                    CERTD_BUS_TIMEOUT, &path, NULL, &failed))
        return path;
    if (certd_bus_error_is(failed, CERTD_ERROR_NO_SUCH_CERTIFICATE)) {
        g_autofree char *old = failed->message;
        failed->message =
            g_strdup_printf(_("%s\nTo see what there is: certctl list\nTo make it: certctl "
                              "create %s"),
                            old, name);
    }
    g_propagate_error(error, g_steal_pointer(&failed));
    return NULL;
}

CertdBusCertificate *certctl_find_certificate(const CertctlCall *call, const char *name,
                                              GError **error)
{
    g_autofree char *path = certctl_find_path(call, name, error);
    return path ? certd_bus_open_certificate(call->connection, path, error) : NULL;
}

GVariant *certctl_find_properties(const CertctlCall *call, const char *name, GError **error)
{
    g_autofree char *path = certctl_find_path(call, name, error);
    return path ? certd_bus_get_all(call->connection, path, CERTD_INTERFACE_CERTIFICATE, error)
                : NULL;
}

char *certctl_find_request(const CertctlCall *call, const char *id, GVariant **properties,
                           GError **error)
{
    g_autoptr(GError) failed = NULL;
    g_autofree char *path = certd_path_encode(CERTD_PATH_REQUEST, id);
    g_autoptr(GVariant) found =
        certd_bus_get_all(call->connection, path, CERTD_INTERFACE_REQUEST, &failed);
    if (found) {
        if (properties)
            *properties = g_steal_pointer(&found);
        return g_steal_pointer(&path);
    }
    g_autofree char *remote = g_dbus_error_get_remote_error(failed);
    if (g_strcmp0(remote, UNKNOWN_OBJECT) != 0) {
        g_propagate_error(error, g_steal_pointer(&failed));
        return NULL;
    }
    g_autofree char *quoted = certd_text_quote(id);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_NO_SUCH_REQUEST,
                _("There is no request %s; to see what there is: certctl requests"), quoted);
    return NULL;
}

GPtrArray *certctl_find_all(const CertctlCall *call, gboolean requests, GVariant *filter,
                            GError **error)
{
    g_autoptr(GVariant) kept = g_variant_ref_sink(filter ? filter : g_variant_new("a{sv}", NULL));
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
    g_autofree char *cursor = g_strdup("");
    do {
        g_autoptr(GVariant) page = NULL;
        g_autofree char *next = NULL;
        gboolean done = (requests ? certd_bus_manager_call_list_requests_sync
                                  : certd_bus_manager_call_list_certificates_sync)(
            call->manager, kept, cursor, CERTD_LIMIT_PAGE, CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT,
            &page, &next, NULL, error);
        if (!done)
            return NULL;
        for (size_t i = 0; i < g_variant_n_children(page); i++)
            g_ptr_array_add(rows, g_variant_get_child_value(page, i));
        /* A cursor that stands still would keep us here for ever. */
        if (g_str_equal(next, cursor))
            break;
        g_free(cursor);
        cursor = g_steal_pointer(&next);
    } while (*cursor != '\0');
    return g_steal_pointer(&rows);
}

gboolean certctl_find_and_print(const CertctlCall *call, const char *name, const char *key,
                                const char *type,
                                char *(*print)(GVariant *array, const char *separator),
                                GError **error)
{
    g_autoptr(GVariant) properties = certctl_find_properties(call, name, error);
    if (!properties)
        return FALSE;
    g_autoptr(GVariant) array = certd_dict_array(properties, key, type);
    if (call->options->json) {
        certctl_print_json(call, array);
        return TRUE;
    }
    g_autofree char *lines = print(array, "\n");
    if (*lines != '\0')
        puts(lines);
    return TRUE;
}

GVariant *certctl_find_rows_to_objects(const GPtrArray *rows, const char *key)
{
    g_auto(GVariantBuilder) objects = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("aa{sv}"));
    for (unsigned int i = 0; i < rows->len; i++) {
        const char *id, *path;
        g_autoptr(GVariant) summary = NULL;
        g_variant_get(rows->pdata[i], "(&s&o@a{sv})", &id, &path, &summary);
        g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(summary);
        g_variant_dict_insert(&dict, key, "s", id);
        g_variant_dict_insert(&dict, "Object", "o", path);
        g_variant_builder_add_value(&objects, g_variant_dict_end(&dict));
    }
    return g_variant_builder_end(&objects);
}

GVariant *certctl_find_request_to_object(GVariant *properties, const char *path)
{
    g_autofree char *id = certd_path_id(path);
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(properties);
    g_variant_dict_insert(&dict, "Id", "s", id);
    g_variant_dict_insert(&dict, "Object", "o", path);
    return g_variant_dict_end(&dict);
}
