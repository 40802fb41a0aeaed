/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl trust add FILE|-`: all certificates of a file, or none (R70). */
#include <glib/gi18n-lib.h>

#include "certctl/input.h"
#include "certctl/print.h"
#include "certctl/trust.h"
#include "common/dict.h"

typedef struct {
    CertdBusTrustStore *store;
    char **fingerprints;
} Addition;

static gboolean send(const CertctlCall *call, GVariant *data, GVariant *options, GUnixFDList *fds,
                     void *context, GError **error)
{
    Addition *addition = context;
    return certd_bus_trust_store_call_add_fd_sync(addition->store, data, options,
                                                  CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT, fds,
                                                  &addition->fingerprints, NULL, NULL, error);
}

static void print_json(const CertctlCall *call, char **fingerprints)
{
    GVariantDict dict;
    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert_value(&dict, "Fingerprints",
                                g_variant_new_strv((const char *const *)fingerprints, -1));
    certctl_print_json(call, g_variant_dict_end(&dict));
}

/* Of how many anchors among @fingerprints @rows say that they have @server and @client for purposes. */
static unsigned int count(const GPtrArray *rows, char *const *fingerprints, gboolean server,
                          gboolean client)
{
    unsigned int n = 0;
    for (unsigned int i = 0; i < rows->len; i++) {
        const char *fingerprint;
        g_autoptr(GVariant) summary = NULL;
        g_variant_get(rows->pdata[i], "(&s@a{sv})", &fingerprint, &summary);
        g_autoptr(GVariant) purposes = certd_dict_array(summary, "purposes", "as");
        g_autofree const char **words = g_variant_get_strv(purposes, NULL);
        if (g_strv_contains((const char *const *)fingerprints, fingerprint) &&
            g_strv_contains(words, "server") == server &&
            g_strv_contains(words, "client") == client)
            n++;
    }
    return n;
}

/* What they are trusted for now: an anchor keeps the purposes that it had. */
static void say(const CertctlCall *call, char *const *fingerprints)
{
    g_autoptr(GPtrArray) rows = certctl_trust_all(call, NULL);
    if (!rows)
        return; /* it is done all the same */
    unsigned int servers = count(rows, fingerprints, TRUE, FALSE);
    unsigned int clients = count(rows, fingerprints, FALSE, TRUE);
    unsigned int both = count(rows, fingerprints, TRUE, TRUE);
    if (servers > 0)
        fprintf(stderr,
                ngettext("%u certificate is trusted for servers now\n",
                         "%u certificates are trusted for servers now\n", servers),
                servers);
    if (clients > 0)
        fprintf(stderr,
                ngettext("%u certificate is trusted for clients now\n",
                         "%u certificates are trusted for clients now\n", clients),
                clients);
    if (both > 0)
        fprintf(stderr,
                ngettext("%u certificate is trusted for servers and clients now\n",
                         "%u certificates are trusted for servers and clients now\n", both),
                both);
}

gboolean certctl_trust_add(const CertctlCall *call, GError **error)
{
    g_autoptr(GBytes) bytes = certctl_input_read(call, call->arguments[1], error);
    g_autoptr(CertdBusTrustStore) store =
        bytes ? certd_bus_open_trust_store(call->connection, error) : NULL;
    if (!store)
        return FALSE;
    g_auto(GVariantBuilder) options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    if (call->options->purposes)
        g_variant_builder_add(&options, "{sv}", "purposes",
                              g_variant_new_strv((const char *const *)call->options->purposes, -1));
    Addition addition = {.store = store};
    if (!certctl_input_send(call, bytes, g_variant_builder_end(&options), NULL, send, &addition,
                            error))
        return FALSE;
    g_auto(GStrv) fingerprints = addition.fingerprints;
    unsigned int n = g_strv_length(fingerprints);
    say(call, fingerprints);
    if (call->options->json)
        print_json(call, fingerprints);
    for (unsigned int i = 0; i < n && !call->options->json; i++) {
        g_autofree char *clean = certctl_print_fingerprint(fingerprints[i]);
        puts(clean);
    }
    return TRUE;
}
