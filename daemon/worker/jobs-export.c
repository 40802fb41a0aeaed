/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The jobs of role keys that hand something out: bundles, and a key in clear to its consumer. */
#include "model/error.h"
#include "model/limits.h"
#include "wire/memfd.h"
#include "worker/interface.h"
#include "worker/keys.h"
#include "x509/export.h"

#include <unistd.h>

static int reply_fd(sd_bus_message *message, int fd)
{
    int r = sd_bus_reply_method_return(message, "h", fd);

    close(fd);
    return r;
}

/* The memfd with the PKCS#12, or -1. */
static int export_pkcs12(const CertdWorker *worker, const char *key_id, GBytes *sealed,
                         const GPtrArray *chain, const char *friendly_name, int passphrase_fd,
                         GError **error)
{
    g_auto(gnutls_x509_privkey_t) key = NULL;
    g_autoptr(CertdSecret) passphrase = NULL;
    g_autoptr(CertdSecret) bundle = NULL;

    if (!certd_worker_expect_unlocked(worker, error))
        return -1;
    key = certd_worker_open(worker, key_id, sealed, error);
    if (!key)
        return -1;
    passphrase = certd_secret_read_fd(passphrase_fd, CERTD_LIMIT_PASSPHRASE_BYTES, error);
    if (!passphrase)
        return -1;
    bundle = certd_export_pkcs12(key, chain, friendly_name, passphrase, error);
    if (!bundle)
        return -1;
    return certd_memfd_new("certd-pkcs12", certd_secret_data(bundle), certd_secret_size(bundle),
                           error);
}

int certd_worker_export_pkcs12(sd_bus_message *message, void *userdata, sd_bus_error *ret)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) sealed = NULL;
    g_autoptr(GPtrArray) chain = NULL;
    const char *key_id, *friendly_name;
    int passphrase_fd, fd;
    int r = sd_bus_message_read(message, "s", &key_id);

    if (r >= 0)
        r = certd_worker_read_bytes(message, &sealed);
    if (r >= 0)
        r = certd_worker_read_chain(message, &chain);
    if (r >= 0)
        r = sd_bus_message_read(message, "sh", &friendly_name, &passphrase_fd);
    if (r < 0)
        return r;
    fd = export_pkcs12(userdata, key_id, sealed, chain, friendly_name, passphrase_fd, &error);
    if (fd < 0)
        return certd_worker_reply_error(message, error);
    return reply_fd(message, fd);
}

/* The memfd with the key in clear, or -1. */
static int open_key(const CertdWorker *worker, const char *key_id, GBytes *sealed, GError **error)
{
    g_auto(gnutls_x509_privkey_t) key = NULL;
    g_autoptr(CertdSecret) pem = NULL;

    if (!certd_worker_expect_unlocked(worker, error))
        return -1;
    key = certd_worker_open(worker, key_id, sealed, error);
    pem = key ? certd_export_key(key, error) : NULL;
    if (!pem)
        return -1;
    return certd_memfd_new("certd-key", certd_secret_data(pem), certd_secret_size(pem), error);
}

int certd_worker_open_key(sd_bus_message *message, void *userdata, sd_bus_error *ret)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) sealed = NULL;
    const char *key_id;
    int fd;
    int r = sd_bus_message_read(message, "s", &key_id);

    if (r >= 0)
        r = certd_worker_read_bytes(message, &sealed);
    if (r < 0)
        return r;
    fd = open_key(userdata, key_id, sealed, &error);
    return fd < 0 ? certd_worker_reply_error(message, error) : reply_fd(message, fd);
}

int certd_worker_export_pkcs7(sd_bus_message *message, void *userdata, sd_bus_error *ret)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) chain = NULL;
    g_autoptr(GBytes) bundle = NULL;
    int r = certd_worker_read_chain(message, &chain);

    if (r < 0)
        return r;
    if (certd_worker_expect(userdata, CERTD_ROLE_KEYS, &error))
        bundle = certd_export_pkcs7(chain, &error);
    return bundle ? certd_worker_reply_bytes(message, bundle)
                  : certd_worker_reply_error(message, error);
}
