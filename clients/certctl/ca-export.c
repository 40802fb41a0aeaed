/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl ca export`: the authority's certificate, for browsers and systems to import (R27). */
#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>

#include "certctl/ca.h"
#include "certctl/output.h"

/* A certificate has a few KiB; PEM and a profile around it add less than as much again. */
#define EXPORT_BYTES_MAX (256u * 1024u)

/* The default names are those that the files in /run/certd/authority have. */
static const CertctlFormat formats[] = {
    {"pem", ".crt", FALSE, 0644},
    {"der", ".cer", TRUE, 0644},
    {"mobileconfig", ".mobileconfig", FALSE, 0644},
};

gboolean certctl_ca_export(const CertctlCall *call, GError **error)
{
    const CertctlFormat *format =
        certctl_output_format(call, formats, G_N_ELEMENTS(formats), error);
    if (!format)
        return FALSE;
    g_autoptr(CertdBusAuthority) authority = certd_bus_open_authority(call->connection, error);
    g_autoptr(GVariant) handle = NULL;
    g_autoptr(GUnixFDList) fds = NULL;
    if (!authority ||
        !certd_bus_authority_call_export_sync(authority, format->name, CERTD_BUS_CALL_FLAGS,
                                              CERTD_BUS_TIMEOUT, NULL, &handle, &fds, NULL, error))
        return FALSE;
    g_autoptr(GBytes) bytes = certctl_output_take(handle, fds, EXPORT_BYTES_MAX, error);
    return bytes && certctl_output_write(call, bytes, format, "ca", FALSE, error);
}
