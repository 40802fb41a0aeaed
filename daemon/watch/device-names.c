/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Host names from the kernel, /etc/hostname and /etc/hosts: never from DNS, which could keep the
 * daemon waiting and is not the device's own word. */

#include "watch/device-names.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

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

static char *static_name(void)
{
    char *name = NULL;
    if (!g_file_get_contents("/etc/hostname", &name, NULL, NULL))
        return NULL;
    return g_strstrip(name);
}

static gboolean is_called(const struct hostent *entry, const char *name)
{
    gboolean called = g_ascii_strcasecmp(entry->h_name, name) == 0;
    for (char **alias = entry->h_aliases; !called && *alias != NULL; alias++)
        called = g_ascii_strcasecmp(*alias, name) == 0;
    return called;
}

/* The first name with a dot that /etc/hosts gives to @name; NULL where there is none. */
static char *full_name(const char *name)
{
    char *full = NULL;
    struct hostent *entry;
    sethostent(0);
    while (full == NULL && (entry = gethostent()) != NULL) {
        if (!is_called(entry, name))
            continue;
        if (strchr(entry->h_name, '.') != NULL)
            full = g_strdup(entry->h_name);
        for (char **alias = entry->h_aliases; full == NULL && *alias != NULL; alias++) {
            if (strchr(*alias, '.') != NULL)
                full = g_strdup(*alias);
        }
    }
    endhostent();
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
        if (strchr(all[i], '.') == NULL && g_ascii_strcasecmp(all[i], "localhost") != 0) {
            g_autofree char *local = g_strconcat(all[i], ".local", NULL);
            add(names, CERTD_SAN_DNS, local);
        }
    }
}

static void add_address(GPtrArray *names, const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN] = "";
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    } else if (address->sa_family == AF_INET6) {
        memcpy(&v6, address, sizeof v6);
        inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    }
    if (*text != '\0')
        add(names, CERTD_SAN_IP, text);
}

static void free_addresses(struct ifaddrs **addresses)
{
    if (*addresses != NULL)
        freeifaddrs(*addresses);
}

GPtrArray *certd_device_names(void)
{
    GPtrArray *names = certd_san_list_new();
    add_host_names(names);
    __attribute__((cleanup(free_addresses))) struct ifaddrs *addresses = NULL;
    if (getifaddrs(&addresses) < 0)
        return names;
    for (const struct ifaddrs *entry = addresses; entry != NULL; entry = entry->ifa_next) {
        gboolean up = (entry->ifa_flags & IFF_UP) != 0;
        gboolean loopback = (entry->ifa_flags & IFF_LOOPBACK) != 0;
        if (entry->ifa_addr != NULL && up && !loopback)
            add_address(names, entry->ifa_addr);
    }
    return names;
}
