/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/location.h"

#include <string.h>

#include "common/path.h"
#include "model/name.h"
#include "model/names.h"

/* The digits of the largest 64-bit number. */
#define ID_LENGTH_MAX 20u

static gboolean is_https(const char *name)
{
    return g_str_equal(name, CERTD_CERTIFICATE_HTTPS);
}

char *certd_location_place(const char *name)
{
    return g_strconcat(CERTD_REDFISH_PLACES "/", name, NULL);
}

char *certd_location_certificate(const char *name)
{
    return is_https(name) ? g_strdup(CERTD_REDFISH_HTTPS "/" CERTD_CERTIFICATE_HTTPS)
                          : g_strconcat(CERTD_REDFISH_PLACES "/", name, "/Certificate", NULL);
}

char *certd_location_collection(const char *name)
{
    return is_https(name) ? g_strdup(CERTD_REDFISH_HTTPS)
                          : g_strconcat(CERTD_REDFISH_PLACES "/", name, "/Certificates", NULL);
}

char *certd_location_request(const char *name, const char *id)
{
    return g_strconcat(CERTD_REDFISH_PLACES "/", name, "/Requests/", id, NULL);
}

/* What stands in @path between the places' and @end, where it is a name of another certificate than https. */
static char *name_before(const char *path, const char *end)
{
    const char *prefix = CERTD_REDFISH_PLACES "/";
    size_t start = strlen(prefix), length = strlen(path);
    if (!g_str_has_prefix(path, prefix) || !g_str_has_suffix(path, end) ||
        length < start + strlen(end))
        return NULL;
    g_autofree char *name = g_strndup(path + start, length - start - strlen(end));
    return certd_location_is_name(name) && !is_https(name) ? g_steal_pointer(&name) : NULL;
}

char *certd_location_certificate_name(const char *path)
{
    return g_str_equal(path, CERTD_REDFISH_HTTPS "/" CERTD_CERTIFICATE_HTTPS)
               ? g_strdup(CERTD_CERTIFICATE_HTTPS)
               : name_before(path, "/Certificate");
}

char *certd_location_collection_name(const char *path)
{
    return g_str_equal(path, CERTD_REDFISH_HTTPS) ? g_strdup(CERTD_CERTIFICATE_HTTPS)
                                                  : name_before(path, "/Certificates");
}

char *certd_location_id(const char *path)
{
    return certd_path_id(path);
}

char *certd_location_request_object(const char *id)
{
    size_t length = strlen(id);
    if (length == 0 || length > ID_LENGTH_MAX || strspn(id, "0123456789") != length)
        return NULL;
    return certd_path_encode(CERTD_PATH_REQUEST, id);
}

gboolean certd_location_is_name(const char *name)
{
    return certd_name_validate(name, NULL);
}
