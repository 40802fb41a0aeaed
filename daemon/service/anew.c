/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A new keystore in the place of one that SQLite can't work with any more, while certd runs: what a start
 * does with a damaged one, for whoever resets and can't wait for a restart. */

#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"
#include "service/deliver.h"
#include "service/https-private.h"
#include "service/request.h"
#include "service/reset-private.h"
#include "service/trial.h"

/* Names that are read in one go. */
#define NAMES_AT_ONCE 1000u

gboolean certd_keystore_is_lost(const CertdService *service, const GError *error)
{
    return g_error_matches(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED) &&
           certd_store_is_corrupt(service->store);
}

char **certd_keystore_names(CertdService *service)
{
    g_autoptr(GStrvBuilder) all = g_strv_builder_new();
    g_autofree char *cursor = g_strdup("");
    g_autoptr(GPtrArray) page = NULL;
    for (guint read = 0; read < CERTD_LIMIT_CERTIFICATES; read += NAMES_AT_ONCE) {
        g_clear_pointer(&page, g_ptr_array_unref);
        page = certd_store_certificate_names(service->store, cursor, NAMES_AT_ONCE, NULL);
        for (guint i = 0; page != NULL && i < page->len; i++)
            g_strv_builder_add(all, g_ptr_array_index(page, i));
        if (page == NULL || page->len < NAMES_AT_ONCE)
            break;
        const char *last = g_ptr_array_index(page, page->len - 1);
        /* In a damaged index names don't rise, and there would be no end. */
        if (strcmp(last, cursor) <= 0)
            break;
        g_free(cursor);
        cursor = g_strdup(last);
    }
    return g_strv_builder_end(all);
}

void certd_keystore_tell_removed(CertdService *service, char *const *names)
{
    for (; *names != NULL && service->listener.certificate_removed != NULL; names++) {
        if (!g_str_equal(*names, CERTD_CERTIFICATE_HTTPS))
            service->listener.certificate_removed(service->listener.userdata, *names);
    }
    certd_tell_consumers(service, CERTD_CERTIFICATE_HTTPS);
    certd_deliver_all(service, NULL, NULL);
}

gboolean certd_keystore_insert_https(CertdService *service, GError **error)
{
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    return certd_insert_https(service, error) && certd_store_commit(transaction, error);
}

gboolean certd_keystore_begin_anew(CertdService *service, CertdStoreFate fate, GError **error)
{
    g_autofree char *aside = NULL;
    /* As far as they can be read. */
    g_auto(GStrv) names = certd_keystore_names(service);
    certd_maker_cancel_certificate(service->maker, NULL);
    if (!certd_store_begin_anew(service->store, fate, &aside, error))
        return FALSE;
    service->epoch++;
    certd_delivery_reset(service);
    certd_authority_forget(service);
    certd_keystore_tell_removed(service, names);
    certd_problems_forget_certificates(service);
    certd_service_set_problem(service, "keystore-damaged", NULL, NULL);
    certd_service_set_problem(service, CERTD_AUDIT_PROBLEM, NULL, NULL);
    if (aside != NULL)
        certd_keystore_tell_set_aside(service, aside);
    if (!certd_keystore_insert_https(service, error) || !certd_time_load(service, error))
        return FALSE;
    certd_trust_tell(service);
    certd_https_forget(service);
    certd_trials_look(service);
    return TRUE;
}

/* The first row of the new log. Where it can't be written, the problem tells of it all the same. */
static gboolean log_set_aside(CertdService *service, const char *aside)
{
    if (!certd_store_begin(service->store, NULL))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    return certd_audit(service, &certd_caller_self, CERTD_AUDIT_KEYSTORE_ASIDE, "keystore", "all",
                       aside, NULL) &&
           certd_store_commit(transaction, NULL);
}

void certd_keystore_tell_set_aside(CertdService *service, const char *aside)
{
    (void)log_set_aside(service, aside);
    g_autofree char *message =
        g_strdup_printf("The keystore was damaged and was set aside as %s", aside);
    certd_service_keep_problem(service, "keystore-set-aside", message,
                               "Restore a backup, or reset the certificate https and make the "
                               "others again");
}
