/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The interface's table. Every method is sensitive, since each carries a key, a pass phrase or a
 * challenge password one way or the other: sd-bus wipes the messages.
 */
#include "worker/interface.h"

#include <errno.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"

#define WORKER_METHOD(name, in, in_names, out, out_names, handler)                                 \
    SD_BUS_METHOD_WITH_NAMES(name, in, in_names, out, out_names, handler,                          \
                             SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE)

static const sd_bus_vtable worker_vtable[] = {
    SD_BUS_VTABLE_START(0),
    WORKER_METHOD("Unlock", "hhbb",
                  SD_BUS_PARAM(sealing_key) SD_BUS_PARAM(wrapping_key)
                      SD_BUS_PARAM(has_wrapping_key) SD_BUS_PARAM(create),
                  "b", SD_BUS_PARAM(wrapped), certd_worker_unlock),
    WORKER_METHOD("Wrap", "hh", SD_BUS_PARAM(sealing_key) SD_BUS_PARAM(wrapping_key), "", ,
                  certd_worker_wrap),
    WORKER_METHOD("Issue", "ay", SD_BUS_PARAM(job), "ay", SD_BUS_PARAM(result), certd_worker_issue),
    WORKER_METHOD("Check", "say", SD_BUS_PARAM(key_id) SD_BUS_PARAM(sealed_key), "ay",
                  SD_BUS_PARAM(public_key_hash), certd_worker_check),
    WORKER_METHOD("Seal", "sh", SD_BUS_PARAM(key_id) SD_BUS_PARAM(key), "ayays",
                  SD_BUS_PARAM(sealed_key) SD_BUS_PARAM(public_key_hash) SD_BUS_PARAM(key_type),
                  certd_worker_seal),
    WORKER_METHOD("ExportPkcs12", "sayaaysh",
                  SD_BUS_PARAM(key_id) SD_BUS_PARAM(sealed_key) SD_BUS_PARAM(chain)
                      SD_BUS_PARAM(friendly_name) SD_BUS_PARAM(passphrase),
                  "h", SD_BUS_PARAM(bundle), certd_worker_export_pkcs12),
    WORKER_METHOD("OpenKey", "say", SD_BUS_PARAM(key_id) SD_BUS_PARAM(sealed_key), "h",
                  SD_BUS_PARAM(key), certd_worker_open_key),
    WORKER_METHOD("ExportPkcs7", "aay", SD_BUS_PARAM(chain), "ay", SD_BUS_PARAM(bundle),
                  certd_worker_export_pkcs7),
    WORKER_METHOD("Read", "hhb",
                  SD_BUS_PARAM(data) SD_BUS_PARAM(passphrase) SD_BUS_PARAM(has_passphrase), "a{sv}",
                  SD_BUS_PARAM(result), certd_worker_read),
    WORKER_METHOD("Judge", "a{sv}", SD_BUS_PARAM(job), "a{sv}bh",
                  SD_BUS_PARAM(result) SD_BUS_PARAM(has_key) SD_BUS_PARAM(key), certd_worker_judge),
    WORKER_METHOD("ReadRequest", "hs", SD_BUS_PARAM(data) SD_BUS_PARAM(policy), "a{sv}",
                  SD_BUS_PARAM(result), certd_worker_read_request),
    WORKER_METHOD("ReadAnchors", "hhb",
                  SD_BUS_PARAM(data) SD_BUS_PARAM(passphrase) SD_BUS_PARAM(has_passphrase),
                  "aa{sv}", SD_BUS_PARAM(anchors), certd_worker_read_anchors),
    WORKER_METHOD("Verify", "ha{sv}", SD_BUS_PARAM(data) SD_BUS_PARAM(job), "a(ssss)",
                  SD_BUS_PARAM(findings), certd_worker_verify),
    SD_BUS_VTABLE_END,
};

int certd_worker_export(sd_bus *bus, CertdWorker *worker)
{
    return sd_bus_add_object_vtable(bus, NULL, CERTD_PATH_WORKER, CERTD_INTERFACE_WORKER,
                                    worker_vtable, worker);
}

int certd_worker_reply_error(sd_bus_message *message, const GError *error)
{
    int code = error->domain == CERTD_ERROR ? error->code : CERTD_ERROR_WORKER_FAILED;

    return sd_bus_reply_method_errorf(message, certd_error_dbus_name((CertdError)code), "%s",
                                      error->message);
}

gboolean certd_worker_expect(const CertdWorker *worker, CertdRole role, GError **error)
{
    if (worker->role == role)
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                "A worker of role %s was given a job of role %s; start it with --role=%s",
                certd_role_name(worker->role), certd_role_name(role), certd_role_name(role));
    return FALSE;
}

int certd_worker_reply_bytes(sd_bus_message *message, GBytes *bytes)
{
    g_autoptr(sd_bus_message) reply = NULL;
    size_t size;
    const void *data = g_bytes_get_data(bytes, &size);
    int r = sd_bus_message_new_method_return(message, &reply);

    if (r >= 0)
        r = sd_bus_message_append_array(reply, 'y', data, size);
    return r < 0 ? r : sd_bus_message_send(reply);
}

int certd_worker_read_bytes(sd_bus_message *message, GBytes **bytes)
{
    const void *data;
    size_t size;
    int r = sd_bus_message_read_array(message, 'y', &data, &size);

    if (r < 0)
        return r;
    *bytes = g_bytes_new(data, size);
    return 0;
}

int certd_worker_read_chain(sd_bus_message *message, GPtrArray **chain)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    int r = sd_bus_message_enter_container(message, 'a', "ay");

    if (r < 0)
        return r;
    while (sd_bus_message_at_end(message, 0) == 0) {
        g_autoptr(GBytes) certificate = NULL;

        if (list->len >= CERTD_LIMIT_INPUT_CERTIFICATES)
            return -E2BIG;
        r = certd_worker_read_bytes(message, &certificate);
        if (r < 0)
            return r;
        g_ptr_array_add(list, g_steal_pointer(&certificate));
    }
    r = sd_bus_message_exit_container(message);
    if (r < 0)
        return r;
    *chain = g_steal_pointer(&list);
    return 0;
}
