/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A sealing key that was made plain is wrapped once there is a wrapping key. The wrapped one is written
 * beside, and the two files exchange their names: whatever cuts this off, one that opens has the key's
 * name. Only when that is on the disk is the plain one overwritten; a start that finds it left does so.
 * As long as that fails, the sealing key counts as plain.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "model/error.h"
#include "model/names.h"
#include "pool/pool-private.h"

static void set_error(GError **error, const char *what, int code)
{
    int kind =
        code == ENOSPC || code == EDQUOT ? CERTD_ERROR_STORAGE_FULL : CERTD_ERROR_WORKER_FAILED;

    g_set_error(error, CERTD_ERROR, kind, "%s: %s", what, g_strerror(code));
}

/* The wrapped file is written and synced: puts it in the plain one's place. */
static gboolean commit(CertdPool *pool, GError **error)
{
    int fd = pool->state_fd;

    if (renameat2(fd, CERTD_SEALING_KEY_NEW_FILE, fd, CERTD_SEALING_KEY_FILE, RENAME_EXCHANGE) <
        0) {
        set_error(error, "The wrapped sealing key cannot take the plain one's place", errno);
        (void)certd_pool_new_key_destroy(pool, NULL);
        return FALSE;
    }
    return certd_pool_new_key_destroy(pool, error);
}

static void note(CertdPool *pool, const GError *error)
{
    g_clear_error(&pool->wrap_error);
    pool->wrap_error = error ? g_error_copy(error) : NULL;
    pool->key_wrapped = error == NULL;
    pool->newly_wrapped = error == NULL;
}

static int on_wrapped(sd_bus_message *reply, void *userdata, sd_bus_error *ret)
{
    CertdPoolWorker *worker = userdata;
    g_autoptr(GError) error = NULL;

    /* Dropped meanwhile, what it wrote is not the key any more; and after one that ended the next goes on
     * with the plain key. */
    if (!certd_pool_worker_answers(worker, reply, &error))
        return 0;
    if (error)
        (void)certd_pool_new_key_destroy(worker->pool, NULL);
    else
        (void)commit(worker->pool, &error);
    note(worker->pool, error);
    worker->wrapped(worker);
    return 0;
}

static gboolean send_wrap(CertdPoolWorker *worker, int wrapping_fd, GError **error)
{
    int fd = certd_pool_new_key_open(worker->pool, error);

    if (fd < 0)
        return FALSE;
    int r = sd_bus_call_method_async(certd_process_bus(worker->process), &worker->start_slot, NULL,
                                     CERTD_PATH_WORKER, CERTD_INTERFACE_WORKER, "Wrap", on_wrapped,
                                     worker, "hh", fd, wrapping_fd);
    close(fd);
    if (r < 0)
        certd_call_protocol_error(error, g_strerror(-r));
    return r >= 0;
}

gboolean certd_pool_wrap(CertdPoolWorker *worker, gboolean wrapped,
                         void (*done)(CertdPoolWorker *worker))
{
    CertdPool *pool = worker->pool;
    g_autoptr(GError) error = NULL;
    int wrapping_fd = -1;

    pool->key_wrapped = wrapped;
    if (wrapped || worker->creates || pool->wrap_tried)
        return FALSE;
    if (certd_pool_wrapping_key_open(pool, &wrapping_fd, &error) && wrapping_fd < 0)
        return FALSE;
    /* A worker that it is too much for costs one start, not all of them. */
    pool->wrap_tried = TRUE;
    worker->wrapped = done;
    gboolean sent = wrapping_fd >= 0 && send_wrap(worker, wrapping_fd, &error);
    if (wrapping_fd >= 0)
        close(wrapping_fd);
    if (sent)
        g_set_error(&error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                    "The worker process that was to wrap the sealing key ended");
    note(pool, error);
    return sent;
}
