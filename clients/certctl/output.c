/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Formats are checked before certd is asked for anything: a mistake must not cost a key. */
#include "certctl/output.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/file.h"
#include "model/error.h"
#include "model/text.h"

static const CertctlFormat *find(const char *name, const CertctlFormat *formats, size_t n_formats,
                                 GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);
    for (size_t i = 0; i < n_formats; i++) {
        if (g_str_equal(formats[i].name, name))
            return &formats[i];
        g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", formats[i].name);
    }
    g_autofree char *quoted = certd_text_quote(name);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT,
                _("There is no format %s here; --format takes %s"), quoted, known->str);
    return NULL;
}

const CertctlFormat *certctl_output_format(const CertctlCall *call, const CertctlFormat *formats,
                                           size_t n_formats, GError **error)
{
    const char *name = call->options->format;
    const CertctlFormat *format = name ? find(name, formats, n_formats, error) : &formats[0];
    if (!format)
        return NULL;
    if (format->is_binary && !call->options->out && isatty(STDOUT_FILENO)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("The format %s is binary and not for a terminal; give --out FILE"),
                    format->name);
        return NULL;
    }
    return format;
}

GBytes *certctl_output_take(GVariant *handle, GUnixFDList *fds, size_t most, GError **error)
{
    if (!fds) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                            _("certd's answer came without the file; is a proxy between?"));
        return NULL;
    }
    CERTD_AUTO_FD int fd = g_unix_fd_list_get(fds, g_variant_get_handle(handle), error);
    return fd < 0 ? NULL : certd_file_read_fd(fd, _("what certd exported"), most, error);
}

gboolean certctl_output_write(const CertctlCall *call, GBytes *bytes, const CertctlFormat *format,
                              const char *name, gboolean quiet, GError **error)
{
    const char *out = call->options->out;
    if (!out && !quiet)
        fwrite(g_bytes_get_data(bytes, NULL), 1, g_bytes_get_size(bytes), stdout);
    if (!out)
        return TRUE;
    g_autofree char *default_name = g_strconcat(name, format->suffix, NULL);
    g_autofree char *target = certd_file_target(out, default_name);
    if (!certd_file_write(target, bytes, format->mode, error))
        return FALSE;
    g_autofree char *clean = certd_text_escape(target);
    fprintf(stderr, _("Written to %s\n"), clean);
    return TRUE;
}
