/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The packet that certd-web sends. It comes from the process that strangers talk to, so it is what it has to be or
 * nothing. */
#include "session/request.h"

#include <gio/gio.h>
#include <string.h>

#include "model/text.h"

/* The next part of @packet, up to a NUL or the @end; NULL where it is empty or longer than @limit. */
static const char *take(const char **packet, const char *end, size_t limit)
{
    const char *part = *packet;
    size_t length = strnlen(part, (size_t)(end - part));
    if (length == 0 || length > limit)
        return NULL;
    *packet = part + length;
    return part;
}

/* Moves behind the NUL that has to be there. */
static gboolean skip_nul(const char **packet, const char *end)
{
    return *packet < end && *(*packet)++ == '\0';
}

gboolean certd_sign_in_request_parse(char *packet, size_t length, CertdSignInRequest *request)
{
    if (length > CERTD_SIGN_IN_PACKET_BYTES)
        return FALSE;
    packet[length] = '\0';

    const char *at = packet, *end = packet + length;
    CertdSignInRequest found;
    if (!(found.user = take(&at, end, CERTD_LIMIT_USER_NAME_BYTES)) || !skip_nul(&at, end) ||
        !(found.password = take(&at, end, CERTD_LIMIT_PASSWORD_BYTES)) || !skip_nul(&at, end) ||
        !(found.address = take(&at, end, CERTD_SIGN_IN_ADDRESS_BYTES)) || at != end)
        return FALSE;
    if (!certd_text_is_clean(found.user))
        return FALSE;
    if (!g_str_equal(found.address, "local") && !g_hostname_is_ip_address(found.address))
        return FALSE;
    *request = found;
    return TRUE;
}
