/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl trust remove FINGERPRINT...`: anchors, one after another (R70); but none where one of them is not
 * there, which is most often a slip of the hand. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "certctl/print.h"
#include "certctl/trust.h"
#include "model/error.h"
#include "model/text.h"

/* Whether @text is @fingerprint as a person or another program writes it: in any case, and perhaps with
 * colons between the pairs. */
static gboolean is_written_as(const char *text, const char *fingerprint)
{
    gboolean colons = strchr(text, ':') != NULL;
    for (size_t i = 0; fingerprint[i] != '\0'; i++) {
        if (colons && i > 0 && i % 2 == 0 && *text++ != ':')
            return FALSE;
        if (g_ascii_tolower(*text) != fingerprint[i])
            return FALSE;
        text++;
    }
    return *text == '\0';
}

/* The fingerprint in @rows that @text is; NULL for none. Borrowed. */
static const char *find(const GPtrArray *rows, const char *text, GError **error)
{
    for (unsigned int i = 0; i < rows->len; i++) {
        const char *fingerprint;
        g_variant_get(rows->pdata[i], "(&s@a{sv})", &fingerprint, NULL);
        if (is_written_as(text, fingerprint))
            return fingerprint;
    }
    g_autofree char *quoted = certd_text_quote(text);
    g_set_error(
        error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
        _("No anchor has the fingerprint %s, 64 hex digits, and nothing was removed; to see "
          "what there is: certctl trust list"),
        quoted);
    return NULL;
}

static gboolean is_fingerprint(const char *text)
{
    return strspn(text, "0123456789abcdefABCDEF:") == strlen(text) && strlen(text) >= 64;
}

/* Those that were given, each once, as @rows have them and borrowed from there. A single one is for certd
 * to know: one that is damaged is in no list. */
static GPtrArray *find_all(const CertctlCall *call, const GPtrArray *rows, GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    for (unsigned int i = 1; i < call->n_arguments; i++) {
        const char *given = call->arguments[i];
        g_autoptr(GError) missing = NULL;
        const char *fingerprint = find(rows, given, &missing);
        if (!fingerprint && call->n_arguments == 2 && is_fingerprint(given))
            fingerprint = given;
        if (!fingerprint) {
            g_propagate_error(error, g_steal_pointer(&missing));
            return NULL;
        }
        if (!g_ptr_array_find(found, fingerprint, NULL))
            g_ptr_array_add(found, (char *)fingerprint);
    }
    return g_steal_pointer(&found);
}

static void print_json(const CertctlCall *call, const GPtrArray *found, unsigned int n_removed)
{
    GVariantDict dict;
    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert_value(
        &dict, "Removed", g_variant_new_strv((const char *const *)found->pdata, (gssize)n_removed));
    certctl_print_json(call, g_variant_dict_end(&dict));
}

gboolean certctl_trust_remove(const CertctlCall *call, GError **error)
{
    g_autoptr(CertdBusTrustStore) store = certd_bus_open_trust_store(call->connection, error);
    g_autoptr(GPtrArray) rows = store ? certctl_trust_all(call, error) : NULL;
    g_autoptr(GPtrArray) found = rows ? find_all(call, rows, error) : NULL;
    unsigned int n_removed = 0;
    if (!found)
        return FALSE;
    while (n_removed < found->len && certd_bus_trust_store_call_remove_sync(
                                         store, found->pdata[n_removed], CERTD_BUS_CALL_FLAGS,
                                         CERTD_BUS_TIMEOUT, NULL, error)) {
        g_autofree char *clean = certd_text_escape(found->pdata[n_removed]);
        fprintf(stderr, _("%s is not trusted any more\n"), clean);
        n_removed++;
    }
    /* What is gone is told, whatever happened then. */
    if (call->options->json && n_removed > 0)
        print_json(call, found, n_removed);
    return n_removed == found->len;
}
