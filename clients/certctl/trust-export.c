/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl trust export`: the anchors for other programs, as a bundle or a directory (R70). */
#include <errno.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certctl/output.h"
#include "certctl/print.h"
#include "certctl/trust.h"
#include "common/dict.h"
#include "common/file.h"
#include "common/pem.h"
#include "model/limits.h"
#include "model/text.h"

/* PEM, and what is said of each before it. */
#define EXPORT_BYTES_MAX (4u * CERTD_LIMIT_ANCHORS_BYTES)
#define DIRECTORY 1

static const CertctlFormat formats[] = {
    {"pem", ".pem", FALSE, 0644},
    [DIRECTORY] = {"directory", "", FALSE, 0644},
};

static gboolean export_bundle(const CertctlCall *call, const char *purpose,
                              const CertctlFormat *format, GError **error)
{
    const char *name = g_str_equal(purpose, "client") ? "client-pem" : "pem";
    g_autoptr(CertdBusTrustStore) store = certd_bus_open_trust_store(call->connection, error);
    g_autoptr(GVariant) handle = NULL;
    g_autoptr(GUnixFDList) fds = NULL;
    if (!store || !certd_bus_trust_store_call_export_sync(store, name, CERTD_BUS_CALL_FLAGS,
                                                          CERTD_BUS_TIMEOUT, NULL, &handle, &fds,
                                                          NULL, error))
        return FALSE;
    g_autoptr(GBytes) bytes = certctl_output_take(handle, fds, EXPORT_BYTES_MAX, error);
    return bytes && certctl_output_write(call, bytes, format, purpose, FALSE, error);
}

/* Whether the anchor of @row vouches for @purpose; then @hash and @certificate are set. */
static gboolean take_row(GVariant *row, const char *purpose, char **hash, GBytes **certificate)
{
    g_autoptr(GVariant) summary = NULL;
    g_variant_get(row, "(&s@a{sv})", NULL, &summary);
    g_autoptr(GVariant) purposes = certd_dict_array(summary, "purposes", "as");
    g_autofree const char **words = g_variant_get_strv(purposes, NULL);
    g_autoptr(GVariant) der = certd_dict_array(summary, "certificate", "ay");
    const char *name = certd_dict_string(summary, "subject-hash");
    /* It becomes a file's name. */
    if (!g_strv_contains(words, purpose) || strlen(name) != 8 ||
        strspn(name, "0123456789abcdef") != 8)
        return FALSE;
    *hash = g_strdup(name);
    *certificate = g_variant_get_data_as_bytes(der);
    return TRUE;
}

static gboolean write_rows(const char *folder, const GPtrArray *rows, const char *purpose,
                           GPtrArray *written, GError **error)
{
    g_autoptr(GHashTable) next = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (unsigned int i = 0; i < rows->len; i++) {
        g_autofree char *hash = NULL;
        g_autoptr(GBytes) certificate = NULL;
        if (!take_row(rows->pdata[i], purpose, &hash, &certificate))
            continue;
        unsigned int number = GPOINTER_TO_UINT(g_hash_table_lookup(next, hash));
        char *path = g_strdup_printf("%s/%s.%u", folder, hash, number);
        g_hash_table_insert(next, g_steal_pointer(&hash), GUINT_TO_POINTER(number + 1));
        g_ptr_array_add(written, path);
        g_autoptr(GBytes) pem = certd_pem_certificate(certificate);
        if (!certd_file_write(path, pem, formats[DIRECTORY].mode, error))
            return FALSE;
    }
    return TRUE;
}

/* Puts @folder where @out is, which is nowhere or an empty directory. */
static gboolean move(const char *folder, const char *out, GError **error)
{
    mode_t mask = umask(0);
    umask(mask);
    if (chmod(folder, 0755 & ~mask) == 0 && rename(folder, out) == 0)
        return TRUE;
    int code = errno;
    g_autofree char *quoted = certd_text_quote(out);
    g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(code),
                _("Cannot write %s: %s; give a directory that is empty or does not exist"), quoted,
                g_strerror(code));
    return FALSE;
}

/* Beside @out first, so that it has all files or stays as it is. */
static gboolean write_directory(const char *out, const GPtrArray *rows, const char *purpose,
                                GError **error)
{
    g_autoptr(GPtrArray) written = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *folder = g_strconcat(out, ".XXXXXX", NULL);
    if (!g_mkdtemp(folder)) {
        int code = errno;
        g_autofree char *quoted = certd_text_quote(out);
        g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(code),
                    _("Cannot make a directory beside %s: %s"), quoted, g_strerror(code));
        return FALSE;
    }
    if (write_rows(folder, rows, purpose, written, error) && move(folder, out, error))
        return TRUE;
    for (unsigned int i = 0; i < written->len; i++)
        (void)unlink(written->pdata[i]);
    (void)rmdir(folder);
    return FALSE;
}

static gboolean export_directory(const CertctlCall *call, const char *purpose, GError **error)
{
    if (!call->options->out) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("The format directory is many files; give --out DIR"));
        return FALSE;
    }
    g_autofree char *out = g_strdup(call->options->out);
    while (strlen(out) > 1 && g_str_has_suffix(out, "/"))
        out[strlen(out) - 1] = '\0';
    g_autoptr(GPtrArray) rows = certctl_trust_all(call, error);
    if (!rows || !write_directory(out, rows, purpose, error))
        return FALSE;
    g_autofree char *clean = certd_text_escape(out);
    fprintf(stderr, _("Written to %s\n"), clean);
    return TRUE;
}

gboolean certctl_trust_export(const CertctlCall *call, GError **error)
{
    const char *purpose = certctl_trust_purpose(call, error);
    const CertctlFormat *format =
        purpose ? certctl_output_format(call, formats, G_N_ELEMENTS(formats), error) : NULL;
    if (!format)
        return FALSE;
    return format == &formats[DIRECTORY] ? export_directory(call, purpose, error)
                                         : export_bundle(call, purpose, format, error);
}
