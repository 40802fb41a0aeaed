/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fills a keystore that certd has made: bench-fill DIRECTORY COUNT adds certificates c000000 and so
 * on, each with a chain like that of https, until there are COUNT in all.
 */

#include <stdio.h>
#include <stdlib.h>

#include "model/names.h"
#include "store/certificate.h"
#include "store/chain.h"

#define BATCH 1000u

static gboolean add_one(CertdStore *store, const CertdCertificateRecord *like,
                        const CertdChainRecord *chain, guint number, GError **error)
{
    g_autofree char *name = g_strdup_printf("c%06u", number);
    CertdCertificateRecord record = *like;
    CertdChainRecord own = *chain;
    record.name = name;
    record.active_chain = record.previous_chain = 0;
    own.certificate = name;
    return certd_store_certificate_insert(store, &record, error) &&
           certd_store_chain_insert(store, &own, &record.active_chain, error) &&
           certd_store_certificate_update(store, &record, error);
}

static gboolean fill(CertdStore *store, guint count, GError **error)
{
    g_autoptr(CertdCertificateRecord) https =
        certd_store_certificate_get(store, CERTD_CERTIFICATE_HTTPS, error);
    if (https == NULL)
        return FALSE;
    g_autoptr(CertdChainRecord) chain = certd_store_chain_get(store, https->active_chain, error);
    if (chain == NULL)
        return FALSE;
    for (guint i = 0; i + 1 < count; i++) {
        if (i % BATCH == 0 && !certd_store_begin(store, error))
            return FALSE;
        if (!add_one(store, https, chain, i, error))
            return FALSE;
        gboolean last = i + 2 == count || i % BATCH == BATCH - 1;
        if (last && !certd_store_commit(store, error))
            return FALSE;
    }
    return TRUE;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *aside = NULL;
    CertdStoreOutcome outcome;
    if (argc != 3) {
        fputs("Usage: bench-fill DIRECTORY COUNT\n", stderr);
        return 2;
    }
    g_autoptr(CertdStore) store = certd_store_open(argv[1], &outcome, &aside, &error);
    if (store == NULL || outcome != CERTD_STORE_OPENED ||
        !fill(store, (guint)atoi(argv[2]), &error)) {
        fprintf(stderr, "bench-fill: %s\n", error != NULL ? error->message : "no keystore there");
        return 1;
    }
    return 0;
}
