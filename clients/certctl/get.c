/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl get NAME`: what is in use with its private key, for a consumer of it. */
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "certctl/find.h"
#include "certctl/output.h"
#include "common/file.h"
#include "model/error.h"
#include "model/limits.h"

/* A chain in PEM takes less than twice what was imported. */
#define PART_BYTES_MAX (4u * CERTD_LIMIT_INPUT_BYTES)
/* How often what is in use may change while its parts are fetched. */
#define ATTEMPTS 5

static const CertctlFormat public_format = {"pem", ".pem", FALSE, 0644};
static const CertctlFormat secret_format = {"pem", ".pem", FALSE, 0600};

/* The parts in the order in which they are written. */
static const struct {
    const char *name; /* certd's */
    guint64 bit;
} parts[] = {
    {"key", CERTCTL_BIT(PART_KEY)},     {"crt", CERTCTL_BIT(PART_CERT)},
    {"chain", CERTCTL_BIT(PART_CHAIN)}, {"fullchain", CERTCTL_BIT(PART_FULLCHAIN)},
    {"ca", CERTCTL_BIT(PART_CA)},
};

#define ALL_PARTS                                                                                  \
    (CERTCTL_BIT(PART_KEY) | CERTCTL_BIT(PART_CERT) | CERTCTL_BIT(PART_CHAIN) |                    \
     CERTCTL_BIT(PART_FULLCHAIN) | CERTCTL_BIT(PART_CA))

/* CERTCTL_BIT()s of the parts that are wanted; 0 with an error. */
static guint64 choose(const CertctlCall *call, GError **error)
{
    guint64 wanted = certctl_options_given(call->options) & ALL_PARTS;
    if (wanted == 0)
        return CERTCTL_BIT(PART_FULLCHAIN);
    if ((wanted & CERTCTL_BIT(PART_FULLCHAIN)) != 0 &&
        (wanted & (CERTCTL_BIT(PART_CERT) | CERTCTL_BIT(PART_CHAIN))) != 0) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("--fullchain is --cert and --chain; give one or the others"));
        return 0;
    }
    if ((wanted & CERTCTL_BIT(PART_KEY)) != 0 && call->options->out == NULL &&
        isatty(STDOUT_FILENO)) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("A private key is not for a terminal; give --out FILE, or write to "
                              "a pipe"));
        return 0;
    }
    return wanted;
}

static GBytes *fetch(CertdBusCertificate *certificate, const char *part, guint64 *generation,
                     GError **error)
{
    g_autoptr(GVariant) handle = NULL;
    g_autoptr(GUnixFDList) fds = NULL;
    if (!certd_bus_certificate_call_open_credential_sync(certificate, part, CERTD_BUS_CALL_FLAGS,
                                                         CERTD_BUS_TIMEOUT, NULL, &handle,
                                                         generation, &fds, NULL, error))
        return NULL;
    return certctl_output_take(handle, fds, PART_BYTES_MAX, error);
}

/* All of the @wanted, in GBytes; those of one generation where @same becomes TRUE. */
static GPtrArray *fetch_all(CertdBusCertificate *certificate, guint64 wanted, gboolean *same,
                            GError **error)
{
    g_autoptr(GPtrArray) fetched = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    guint64 first = 0, generation = 0;
    *same = TRUE;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if ((wanted & parts[i].bit) == 0)
            continue;
        GBytes *bytes = fetch(certificate, parts[i].name, &generation, error);
        if (bytes == NULL)
            return NULL;
        if (fetched->len == 0)
            first = generation;
        *same = *same && generation == first;
        g_ptr_array_add(fetched, bytes);
    }
    return g_steal_pointer(&fetched);
}

/* One behind the other, as bytes that are wiped when freed. */
static GBytes *join(const GPtrArray *list)
{
    size_t room = 1, size = 0;
    for (guint i = 0; i < list->len; i++)
        room += g_bytes_get_size(g_ptr_array_index(list, i));
    guint8 *data = g_malloc(room);
    for (guint i = 0; i < list->len; i++) {
        size_t length;
        const void *one = g_bytes_get_data(g_ptr_array_index(list, i), &length);
        if (length > 0)
            memcpy(data + size, one, length);
        size += length;
    }
    return certd_file_wiped_bytes(data, size, room);
}

/* A key is of no use beside the chain of another. */
static GBytes *get(CertdBusCertificate *certificate, guint64 wanted, GError **error)
{
    for (int i = 0; i < ATTEMPTS; i++) {
        gboolean same;
        g_autoptr(GPtrArray) fetched = fetch_all(certificate, wanted, &same, error);
        if (fetched == NULL)
            return NULL;
        if (same)
            return join(fetched);
    }
    g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_BUSY,
                        _("The certificate keeps changing; try again in a moment"));
    return NULL;
}

static gboolean run(const CertctlCall *call, GError **error)
{
    guint64 wanted = choose(call, error);
    if (wanted == 0)
        return FALSE;
    g_autoptr(CertdBusCertificate) certificate =
        certctl_find_certificate(call, call->arguments[0], error);
    g_autoptr(GBytes) bytes = certificate != NULL ? get(certificate, wanted, error) : NULL;
    gboolean has_key = (wanted & CERTCTL_BIT(PART_KEY)) != 0;
    return bytes != NULL &&
           certctl_output_write(call, bytes, has_key ? &secret_format : &public_format,
                                call->arguments[0], FALSE, error);
}

const CertctlVerb certctl_verb_get = {
    .name = "get",
    .synopsis = "NAME",
    .n_min = 1,
    .n_max = 1,
    .summary = N_("Print the certificate in use, with its private key for its consumers"),
    .example = "certctl get https --key --fullchain --out https.pem",
    .options = ALL_PARTS | CERTCTL_BIT(OUT),
    .run = run,
};
