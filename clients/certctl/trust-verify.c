/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl trust verify FILE|-`: whether a chain can be trusted, and why not (R71). */
#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>

#include "certctl/print.h"
#include "certctl/trust.h"
#include "common/clean.h"
#include "common/fd.h"
#include "common/file.h"
#include "model/error.h"
#include "model/limits.h"

static GVariant *verify(const CertctlCall *call, GBytes *chain, const char *purpose, GError **error)
{
    const char *name = call->options->name ? call->options->name : "";
    g_autoptr(CertdBusTrustStore) store = certd_bus_open_trust_store(call->connection, error);
    CERTD_AUTO_FD int fd = store ? certd_file_memfd("chain", chain, error) : -1;
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    int index = fd >= 0 ? g_unix_fd_list_append(fds, fd, error) : -1;
    g_auto(GVariantBuilder) options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    GVariant *findings = NULL;
    if (index < 0)
        return NULL;
    g_variant_builder_add(&options, "{sv}", "purpose", g_variant_new_string(purpose));
    if (!certd_bus_trust_store_call_verify_fd_sync(
            store, g_variant_new_handle(index), name, g_variant_builder_end(&options),
            CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT, fds, &findings, NULL, NULL, error))
        return NULL;
    return findings;
}

/* What the first error says; NULL where there is none, and the chain is trusted. Caller frees. */
static char *find_reason(GVariant *findings)
{
    GVariantIter iter;
    const char *code, *severity, *message, *remedy;
    g_variant_iter_init(&iter, findings);
    while (g_variant_iter_next(&iter, "(&s&s&s&s)", &code, &severity, &message, &remedy)) {
        if (g_str_equal(severity, "error"))
            return certd_clean_text(message);
    }
    return NULL;
}

static void print_json(const CertctlCall *call, GVariant *findings, gboolean trusted)
{
    GVariantDict dict;
    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "Trusted", "b", trusted);
    g_variant_dict_insert_value(&dict, "Findings", findings);
    certctl_print_json(call, g_variant_dict_end(&dict));
}

gboolean certctl_trust_verify(const CertctlCall *call, GError **error)
{
    const char *purpose = certctl_trust_purpose(call, error);
    if (!purpose)
        return FALSE;
    g_autoptr(GBytes) chain = certd_file_read(call->arguments[1], CERTD_LIMIT_INPUT_BYTES, error);
    g_autoptr(GVariant) findings = chain ? verify(call, chain, purpose, error) : NULL;
    if (!findings)
        return FALSE;
    g_autofree char *reason = find_reason(findings);
    if (call->options->json) {
        print_json(call, findings, !reason);
    } else {
        if (!reason)
            puts(_("The chain is trusted."));
        certctl_print_findings(stdout, findings);
    }
    if (!reason)
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_REJECTED, _("The chain is not trusted: %s"),
                reason);
    return FALSE;
}
