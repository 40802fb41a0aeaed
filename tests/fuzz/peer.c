/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PROXY headers: what is taken is whole, and its text is text. */

#include "web/peer.h"
#include "fuzz.h"
#include "model/web-limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdPeer) peer = certd_peer_parse(data, size, &error);
    if (peer == NULL) {
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
        return 0;
    }
    g_assert(certd_peer_length(data, NULL) == size && size <= CERTD_LIMIT_PROXY_BYTES);
    g_assert(*peer->address != '\0' && peer->https_port != 0);
    g_assert(g_utf8_validate(peer->common_name, -1, NULL));
    g_assert(g_str_is_ascii(peer->tls_version));
    g_assert(!peer->certified || peer->encrypted);
    return 0;
}
