/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls as values, and the pieces of messages that several kinds share. */
#include "pool/call.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "model/error.h"

CertdCall *certd_call_new(const CertdCallKind *kind, void *userdata)
{
    CertdCall *call = g_new0(CertdCall, 1);

    call->kind = kind;
    call->link.data = call;
    call->fds[0] = -1;
    call->fds[1] = -1;
    call->userdata = userdata;
    return call;
}

void certd_call_free(CertdCall *call)
{
    if (!call)
        return;
    certd_call_unlink(call);
    sd_bus_slot_unref(call->slot);
    g_clear_error(&call->error);
    g_clear_error(&call->before);
    g_clear_pointer(&call->dict, g_variant_unref);
    g_free(call->key_id);
    g_clear_pointer(&call->sealed_key, g_bytes_unref);
    g_clear_pointer(&call->chain, g_ptr_array_unref);
    g_free(call->friendly_name);
    for (size_t i = 0; i < G_N_ELEMENTS(call->fds); i++) {
        if (call->fds[i] >= 0)
            close(call->fds[i]);
    }
    g_free(call);
}

void certd_call_push(CertdCall *call, GQueue *queue, gboolean first)
{
    certd_call_unlink(call);
    call->queue = queue;
    if (first)
        g_queue_push_head_link(queue, &call->link);
    else
        g_queue_push_tail_link(queue, &call->link);
}

void certd_call_unlink(CertdCall *call)
{
    if (call->queue)
        g_queue_unlink(call->queue, &call->link);
    call->queue = NULL;
}

void certd_call_keep_fd(CertdCall *call, unsigned int index, int fd)
{
    call->fds[index] = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (call->fds[index] < 0 && !call->error)
        g_set_error(&call->error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                    "Descriptor %d cannot be passed to a worker: %s; raise LimitNOFILE= of the "
                    "service, or give an open descriptor",
                    fd, g_strerror(errno));
}

int certd_call_append_bytes(sd_bus_message *message, GBytes *bytes)
{
    size_t size;
    const void *data = g_bytes_get_data(bytes, &size);

    return sd_bus_message_append_array(message, 'y', data, size);
}

int certd_call_append_chain(sd_bus_message *message, const GPtrArray *chain)
{
    int r = sd_bus_message_open_container(message, 'a', "ay");

    for (unsigned int i = 0; r >= 0 && i < chain->len; i++)
        r = certd_call_append_bytes(message, g_ptr_array_index(chain, i));
    return r < 0 ? r : sd_bus_message_close_container(message);
}

GBytes *certd_call_read_bytes(sd_bus_message *message)
{
    const void *data;
    size_t size;

    if (sd_bus_message_read_array(message, 'y', &data, &size) < 0)
        return NULL;
    return g_bytes_new(data, size);
}

void certd_call_protocol_error(GError **error, const char *detail)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                "A worker did not answer as it should (%s); see that certd and certd-worker are of "
                "the same version",
                detail);
}
