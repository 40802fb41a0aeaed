/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sealed keys and sealing-key files as they may lie in a damaged state directory. */

#include <unistd.h>

#include "fuzz.h"
#include "wire/memfd.h"
#include "worker/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned char key[32] = {7};
    g_autoptr(CertdSecret) sealing_key = certd_secret_new_copy(key, sizeof key);
    g_autoptr(GBytes) blob = g_bytes_new(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdSecret) plain = certd_unseal(sealing_key, "id", blob, &error);
    g_assert(plain == NULL && error != NULL); /* 128 bits of authentication */
    int fd = certd_memfd_new("sealing-key", data, size, NULL);
    if (fd < 0)
        return 0;
    g_autoptr(CertdSecret) open = certd_sealing_key_load(fd, NULL, NULL, NULL);
    g_autoptr(CertdSecret) wrapped = certd_sealing_key_load(fd, sealing_key, NULL, NULL);
    g_assert(open == NULL || certd_secret_size(open) == 32);
    g_assert(wrapped == NULL || certd_secret_size(wrapped) == 32);
    close(fd);
    return 0;
}
