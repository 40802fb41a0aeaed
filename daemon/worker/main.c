/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * certd-worker: does what is slow or dangerous for certd, locked in, over D-Bus peer to peer on
 * descriptor 3. certd starts it; it ends when certd closes the socket.
 */
#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "model/sanitized.h"
#include "model/text.h"
#include "worker/interface.h"
#include "worker/seal.h"

#if CERTD_SANITIZED
const char *__asan_default_options(void);

/* Looking for leaks needs ptrace, which the sandbox forbids. What is freed is wiped here too. */
__attribute__((used)) const char *__asan_default_options(void)
{
    return "detect_leaks=0:max_free_fill_size=1073741824:free_fill_byte=165";
}
#endif

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sd_bus, sd_bus_unref)

/* Standard input and output lead nowhere; standard error stays, for the journal. */
static int detach_standard_files(void)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (fd < 0 || dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
        return -errno;
    if (fcntl(STDERR_FILENO, F_GETFD) < 0 && dup2(fd, STDERR_FILENO) < 0)
        return -errno;
    return 0;
}

/* Has the libraries load and test what they do at first use, as long as they still can. */
static gboolean warm_up(GError **error)
{
    static const char id[] = "self-test";
    g_autoptr(CertdSecret) sealing_key = certd_secret_new(32);
    g_auto(gnutls_x509_privkey_t) key = NULL;
    g_autoptr(CertdSecret) der = NULL;
    g_autoptr(GBytes) sealed = NULL;
    g_autoptr(GBytes) hash = NULL;
    g_autoptr(CertdSecret) unsealed = NULL;
    int r = gnutls_global_init();

    if (r < 0) {
        certd_gnutls_error(error, r, "Starting GnuTLS");
        return FALSE;
    }
    key = certd_key_generate(CERTD_KEY_EC_SECP256R1, error);
    hash = key ? certd_key_public_hash(key, error) : NULL;
    der = hash ? certd_key_to_pkcs8(key, error) : NULL;
    sealed = der ? certd_seal(sealing_key, id, der, error) : NULL;
    unsealed = sealed ? certd_unseal(sealing_key, id, sealed, error) : NULL;
    return unsealed != NULL;
}

/* Serves the interface on descriptor 3; 0 or a negative errno. */
static int connect_bus(CertdWorker *worker, sd_bus **bus)
{
    g_autoptr(sd_bus) server = NULL;
    sd_id128_t id;
    int r = sd_id128_randomize(&id);

    if (r >= 0)
        r = sd_bus_new(&server);
    if (r >= 0)
        r = sd_bus_set_fd(server, CERTD_SANDBOX_SOCKET, CERTD_SANDBOX_SOCKET);
    if (r >= 0)
        r = sd_bus_set_server(server, 1, id);
    if (r >= 0)
        r = sd_bus_set_anonymous(server, 1);
    if (r >= 0)
        r = sd_bus_negotiate_fds(server, 1);
    if (r >= 0)
        r = certd_worker_export(server, worker);
    if (r >= 0)
        r = sd_bus_start(server);
    if (r < 0)
        return r;
    *bus = g_steal_pointer(&server);
    return 0;
}

/* Until certd hangs up or the one job is done; 0 or a negative errno. */
static int serve(sd_bus *bus, const CertdWorker *worker)
{
    int r = 0;

    while (r >= 0) {
        r = sd_bus_process(bus, NULL);
        if (r != 0)
            continue;
        if (worker->ends)
            return sd_bus_flush(bus);
        r = sd_bus_wait(bus, UINT64_MAX);
    }
    return r == -ENOTCONN || r == -ECONNRESET ? 0 : r;
}

static int run(CertdWorker *worker)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(sd_bus) bus = NULL;
    int r = detach_standard_files();

    if (r >= 0 && (!warm_up(&error) || !certd_sandbox_enter(worker->role, &error))) {
        fprintf(stderr, "certd-worker: %s\n", error->message);
        return 1;
    }
    if (r >= 0)
        r = connect_bus(worker, &bus);
    if (r >= 0)
        r = serve(bus, worker);
    if (r < 0)
        fprintf(stderr,
                "certd-worker: descriptor %d: %s; certd starts this program, by hand it "
                "has no use\n",
                CERTD_SANDBOX_SOCKET, g_strerror(-r));
    return r < 0 ? 1 : 0;
}

int main(int argc, char *argv[])
{
    static const char prefix[] = "--role=";
    CertdWorker worker = {.role = CERTD_ROLE_PARSE};
    int status;

    if (argc != 2 || strncmp(argv[1], prefix, strlen(prefix)) != 0 ||
        !certd_role_parse(argv[1] + strlen(prefix), &worker.role)) {
        g_autofree char *given = certd_text_quote(argc > 1 ? argv[1] : NULL);

        fprintf(stderr, "certd-worker: %s is not understood; give --role=keys or --role=parse\n",
                given);
        return 2;
    }
    status = run(&worker);
    certd_bundle_free(worker.bundle);
    certd_secret_free(worker.sealing_key);
    certd_signer_free(worker.signer);
    return status;
}
