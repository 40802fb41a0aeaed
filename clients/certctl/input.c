/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A pass phrase is asked for only once certd has said that it needs one. */
#include "certctl/input.h"

#include <glib/gi18n-lib.h>

#include "certctl/ask.h"
#include "common/fd.h"
#include "common/file.h"
#include "common/pem.h"
#include "model/error.h"
#include "model/limits.h"

#define TRIES 3u

GBytes *certctl_input_read(const CertctlCall *call, const char *file, GError **error)
{
    const char *key_file = call->options->key_file;
    if (key_file && g_str_equal(file, "-") && g_str_equal(key_file, "-")) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("The certificate and --key-file cannot both come from standard "
                              "input; give one as a file, or both in one as PEM"));
        return NULL;
    }
    g_autoptr(GBytes) bytes = certd_file_read(file, CERTD_LIMIT_INPUT_BYTES, error);
    if (!bytes || !key_file)
        return g_steal_pointer(&bytes);
    g_autoptr(GBytes) key = certd_file_read(key_file, CERTD_LIMIT_INPUT_BYTES, error);
    return key ? certd_pem_join(bytes, key, error) : NULL;
}

/* Adds @bytes to @fds as a memfd: its handle, floating. */
static GVariant *add_memfd(GUnixFDList *fds, const char *name, GBytes *bytes, GError **error)
{
    CERTD_AUTO_FD int fd = certd_file_memfd(name, bytes, error);
    if (fd < 0)
        return NULL;
    int index = g_unix_fd_list_append(fds, fd, error);
    return index < 0 ? NULL : g_variant_new_handle(index);
}

static gboolean try_once(const CertctlCall *call, GBytes *bytes, GVariant *options,
                         GBytes *passphrase, CertctlInputSend send, void *context, GError **error)
{
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    g_autoptr(GVariant) data = NULL;
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(options);
    if (bytes) {
        data = add_memfd(fds, "certificate", bytes, error);
        if (!data)
            return FALSE;
        g_variant_ref_sink(data);
    }
    if (passphrase) {
        GVariant *handle = add_memfd(fds, "passphrase", passphrase, error);
        if (!handle)
            return FALSE;
        g_variant_dict_insert_value(&dict, "passphrase-fd", handle);
    }
    return send(call, data, g_variant_dict_end(&dict), fds, context, error);
}

gboolean certctl_input_send(const CertctlCall *call, GBytes *bytes, GVariant *options,
                            GBytes *passphrase, CertctlInputSend send, void *context,
                            GError **error)
{
    g_autoptr(GVariant) kept = g_variant_ref_sink(options);
    g_autoptr(GBytes) secret = passphrase ? g_bytes_ref(passphrase) : NULL;
    const char *file = call->options->passphrase_file;
    if (!secret && file) {
        secret = certd_file_read_line(file, CERTD_LIMIT_PASSPHRASE_BYTES, error);
        if (!secret)
            return FALSE;
    }
    gboolean may_ask = !secret && certctl_ask_possible();
    for (unsigned int left = TRIES;; left--) {
        g_autoptr(GError) failed = NULL;
        if (try_once(call, bytes, kept, secret, send, context, &failed))
            return TRUE;
        gboolean wrong = certd_bus_error_is(failed, CERTD_ERROR_PASSPHRASE_WRONG);
        if (!may_ask || left == 0 ||
            !(wrong || certd_bus_error_is(failed, CERTD_ERROR_PASSPHRASE_NEEDED))) {
            g_propagate_error(error, g_steal_pointer(&failed));
            return FALSE;
        }
        g_clear_pointer(&secret, g_bytes_unref);
        secret = certctl_ask_passphrase(
            wrong ? _("That is not it. Pass phrase: ") : _("Pass phrase: "), error);
        if (!secret)
            return FALSE;
    }
}
