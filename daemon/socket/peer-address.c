/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The address that systemd connects from. */

#include "socket/peer-address.h"

#include <string.h>
#include <sys/un.h>

#include "model/consumer.h"

#define UNIT "unit"
#define NUMBER_DIGITS_MAX 16u

static gboolean is_number(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length <= NUMBER_DIGITS_MAX && strspn(text, "0123456789abcdef") == length;
}

static gboolean is_id(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (!g_ascii_isgraph(*at))
            return FALSE;
    }
    return *text != '\0' && !g_str_equal(text, ".") && !g_str_equal(text, "..");
}

gboolean certd_peer_address_parse(const char *path, size_t size, char **unit, char **id)
{
    const size_t most = sizeof((struct sockaddr_un *)NULL)->sun_path;
    if (size < 2 || size > most || path[0] != '\0' || memchr(path + 1, '\0', size - 1) != NULL)
        return FALSE;
    g_autofree char *text = g_strndup(path + 1, size - 1);
    g_auto(GStrv) parts = g_strsplit(text, "/", -1);
    if (g_strv_length(parts) != 4 || !is_number(parts[0]) || !g_str_equal(parts[1], UNIT) ||
        !certd_consumer_is_unit(parts[2]) || !is_id(parts[3]))
        return FALSE;
    *unit = g_strdup(parts[2]);
    *id = g_strdup(parts[3]);
    return TRUE;
}
