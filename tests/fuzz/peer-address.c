/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses that the credential socket is asked from: what is taken is all of the address. */

#include <string.h>

#include "fuzz.h"
#include "model/consumer.h"
#include "socket/peer-address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *unit = NULL;
    g_autofree char *id = NULL;
    if (!certd_peer_address_parse((const char *)data, size, &unit, &id)) {
        g_assert(unit == NULL && id == NULL);
        return 0;
    }
    g_autofree char *end = g_strdup_printf("/unit/%s/%s", unit, id);
    g_assert(certd_consumer_is_unit(unit) && *id != '\0' && strchr(id, '/') == NULL);
    g_assert(size > strlen(end) + 1 && size <= strlen(end) + 17);
    g_assert(memcmp(data + size - strlen(end), end, strlen(end)) == 0);
    return 0;
}
