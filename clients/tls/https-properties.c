/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A table of the properties that matter here; others are passed over, for certd may be newer. */

#include "tls/https-properties.h"

#include <stddef.h>
#include <string.h>

static gboolean read_level(sd_bus_message *message, void *value)
{
    const char *name;
    return sd_bus_message_read(message, "v", "s", &name) >= 0 && certd_level_from_name(name, value);
}

static gboolean read_flag(sd_bus_message *message, void *value)
{
    int flag;
    if (sd_bus_message_read(message, "v", "b", &flag) < 0)
        return FALSE;
    *(gboolean *)value = flag != 0;
    return TRUE;
}

static gboolean read_port(sd_bus_message *message, void *value)
{
    guint16 port;
    if (sd_bus_message_read(message, "v", "q", &port) < 0 || port == 0)
        return FALSE;
    *(guint16 *)value = port;
    return TRUE;
}

static const struct {
    const char *name;
    gsize offset;
    gboolean (*read)(sd_bus_message *message, void *value);
} properties[] = {
    {"Level", offsetof(CertdHttps, level), read_level},
    {"Force", offsetof(CertdHttps, force), read_flag},
    {"Port", offsetof(CertdHttps, ports[CERTD_PORT_HTTPS]), read_port},
    {"PlainPort", offsetof(CertdHttps, ports[CERTD_PORT_HTTP]), read_port},
    {"Proven", offsetof(CertdHttps, proven), read_flag},
    {"ProvenClientCertificate", offsetof(CertdHttps, proven_client), read_flag},
};

static gboolean read_value(sd_bus_message *message, const char *name, CertdHttps *https,
                           guint *found)
{
    for (gsize i = 0; i < G_N_ELEMENTS(properties); i++) {
        if (strcmp(properties[i].name, name) == 0) {
            *found |= 1u << i;
            return properties[i].read(message, (char *)https + properties[i].offset);
        }
    }
    return sd_bus_message_skip(message, "v") >= 0;
}

gboolean certd_https_properties_read(sd_bus_message *message, CertdHttps *https)
{
    CertdHttps read = {0};
    guint found = 0;
    int r = sd_bus_message_enter_container(message, 'a', "{sv}");
    while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
        const char *name;
        if (sd_bus_message_read(message, "s", &name) < 0 ||
            !read_value(message, name, &read, &found))
            return FALSE;
        r = sd_bus_message_exit_container(message);
    }
    if (r < 0 || found != (1u << G_N_ELEMENTS(properties)) - 1)
        return FALSE;
    *https = read;
    return TRUE;
}
