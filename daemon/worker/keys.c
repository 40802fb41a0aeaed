/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one way to a stored key: a key is in clear from here to the end of its job. */
#include "worker/keys.h"

#include "model/error.h"
#include "worker/seal.h"

gboolean certd_worker_expect_unlocked(const CertdWorker *worker, GError **error)
{
    if (!certd_worker_expect(worker, CERTD_ROLE_KEYS, error))
        return FALSE;
    if (worker->sealing_key)
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                "The worker has no sealing key yet; unlock it first");
    return FALSE;
}

gnutls_x509_privkey_t certd_worker_open(const CertdWorker *worker, const char *key_id,
                                        GBytes *sealed, GError **error)
{
    g_autoptr(CertdSecret) der = certd_unseal(worker->sealing_key, key_id, sealed, error);

    return der ? certd_key_from_pkcs8(der, error) : NULL;
}
