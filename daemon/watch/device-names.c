/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Host names from the kernel, /etc/hostname and /etc/hosts: never from DNS, which could keep the
 * daemon waiting and is not the device's own word. */

#include "watch/device-names.h"

#include <string.h>
#include <unistd.h>

#include "watch/device-addresses.h"

static void add(GPtrArray *names, CertdSanType type, const char *value)
{
    CertdSan *san = certd_san_new(type, value, NULL);
    /* Beyond the limit of one request the rest is left out. */
    if (san != NULL && !certd_san_list_add(names, san, NULL, NULL))
        return;
}

static char *transient_name(void)
{
    char name[HOST_NAME_MAX + 1] = "";
    if (gethostname(name, sizeof name) < 0)
        return NULL;
    name[HOST_NAME_MAX] = '\0';
    return g_strdup(name);
}

/* The first line of hostname(5) that is neither empty nor a comment; NULL where there is none. */
static char *static_name(void)
{
    g_autofree char *contents = NULL;
    if (!g_file_get_contents("/etc/hostname", &contents, NULL, NULL))
        return NULL;
    g_auto(GStrv) lines = g_strsplit(contents, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        const char *name = g_strstrip(*line);
        if (*name != '\0' && *name != '#')
            return g_strdup(name);
    }
    return NULL;
}

static gboolean is_called(char **names, const char *name)
{
    for (char **one = names; *one != NULL; one++) {
        if (g_ascii_strcasecmp(*one, name) == 0)
            return TRUE;
    }
    return FALSE;
}

/* The first name with a dot that a line of hosts(5) gives to @name; NULL where there is none. */
static char *full_name_of_line(char *line, const char *name)
{
    *strchrnul(line, '#') = '\0';
    g_auto(GStrv) fields = g_strsplit_set(g_strstrip(line), " \t", -1);
    if (fields[0] == NULL || !is_called(fields + 1, name))
        return NULL;
    for (char **one = fields + 1; *one != NULL; one++) {
        if (strchr(*one, '.') != NULL)
            return g_strdup(*one);
    }
    return NULL;
}

/* The same of all /etc/hosts: gethostent() leaves IPv6 out, and may ask more than the file. */
static char *full_name(const char *name)
{
    g_autofree char *hosts = NULL;
    if (!g_file_get_contents("/etc/hosts", &hosts, NULL, NULL))
        return NULL;
    g_auto(GStrv) lines = g_strsplit(hosts, "\n", -1);
    char *full = NULL;
    for (char **line = lines; full == NULL && *line != NULL; line++)
        full = full_name_of_line(*line, name);
    return full;
}

char *certd_device_host_name(void)
{
    g_autofree char *name = transient_name();
    if (name == NULL || *name == '\0')
        return g_strdup("localhost");
    char *full = strchr(name, '.') == NULL ? full_name(name) : NULL;
    return full != NULL ? full : g_steal_pointer(&name);
}

static void add_host_names(GPtrArray *names)
{
    g_autofree char *transient = transient_name();
    g_autofree char *fixed = static_name();
    const char *const all[] = {transient, fixed};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        if (all[i] == NULL || *all[i] == '\0')
            continue;
        g_autofree char *full = full_name(all[i]);
        if (full != NULL)
            add(names, CERTD_SAN_DNS, full);
        add(names, CERTD_SAN_DNS, all[i]);
        /* What multicast DNS announces is the first label. */
        g_autofree char *label = g_strndup(all[i], strcspn(all[i], "."));
        if (g_ascii_strcasecmp(label, "localhost") != 0) {
            g_autofree char *local = g_strconcat(label, ".local", NULL);
            add(names, CERTD_SAN_DNS, local);
        }
    }
}

GPtrArray *certd_device_names(void)
{
    GPtrArray *names = certd_san_list_new();
    g_autoptr(GPtrArray) addresses = certd_device_addresses();
    add_host_names(names);
    for (guint i = 0; i < addresses->len; i++)
        add(names, CERTD_SAN_IP, g_ptr_array_index(addresses, i));
    return names;
}
