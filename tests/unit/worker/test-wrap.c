/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wrapping the sealing key, as certd asks for it. */
#include <sys/mman.h>
#include <unistd.h>

#include "model/names.h"
#include "pair.h"
#include "wire/memfd.h"
#include "worker/seal.h"

static int memfd_with(const char *text, size_t size)
{
    g_autoptr(GError) error = NULL;
    int fd = certd_memfd_new("test", text, size, &error);

    g_assert_no_error(error);
    return fd;
}

/* R1: the worker writes the sealing key that it has, wrapped; to what it is given, and with what. */
static void test_wrap(void)
{
    static const struct {
        size_t wrapping_size;
        CertdRole role;
        gboolean unlocked;
        const char *error; /* or NULL */
    } rows[] = {
        {16, CERTD_ROLE_KEYS, TRUE, NULL},
        {4096, CERTD_ROLE_KEYS, TRUE, NULL},
        {15, CERTD_ROLE_KEYS, TRUE, "org.certd1.Error.KeyUnavailable"},
        {4097, CERTD_ROLE_KEYS, TRUE, "org.certd1.Error.KeyUnavailable"},
        {16, CERTD_ROLE_KEYS, FALSE, "org.certd1.Error.KeyUnavailable"},
        {16, CERTD_ROLE_PARSE, FALSE, "org.certd1.Error.WorkerFailed"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Pair pair = {.worker.sealing_key = rows[i].unlocked ? certd_secret_new(32) : NULL};
        g_autofree char *text = g_strnfill(rows[i].wrapping_size, 'w');
        g_autoptr(CertdSecret) key = certd_secret_new_copy(text, rows[i].wrapping_size);
        g_autoptr(CertdSecret) again = NULL;
        g_autoptr(sd_bus_message) reply = NULL;
        int wrapping_fd = memfd_with(text, rows[i].wrapping_size);
        int fd = memfd_create("sealing-key", MFD_CLOEXEC);
        gboolean wrapped = FALSE;

        pair_start(&pair, rows[i].role);
        sd_bus_message_unref(
            pair_exchange(&pair, pair_call(&pair, "org.freedesktop.DBus.Peer", "Ping")));
        sd_bus_message *message = pair_call(&pair, CERTD_INTERFACE_WORKER, "Wrap");
        g_assert_cmpint(sd_bus_message_append(message, "hh", fd, wrapping_fd), >=, 0);
        reply = pair_exchange(&pair, message);
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        g_assert_cmpstr(error ? error->name : NULL, ==, rows[i].error);
        again = certd_sealing_key_load(fd, key, &wrapped, NULL);
        g_assert_cmpint(again != NULL, ==, rows[i].error == NULL);
        g_assert_cmpint(wrapped, ==, rows[i].error == NULL);
        g_assert_null(certd_sealing_key_load(fd, NULL, NULL, NULL));
        pair_stop(&pair);
        certd_secret_free(pair.worker.sealing_key);
        close(wrapping_fd);
        close(fd);
    }
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/worker/wrap", test_wrap);
    return g_test_run();
}
