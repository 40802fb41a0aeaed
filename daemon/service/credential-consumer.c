/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may have a certificate's key: its consumers, and of https who serves it. */

#include "model/error.h"
#include "model/names.h"
#include "service/credential-private.h"
#include "service/service-private.h"
#include "store/consumer.h"

static gboolean has_group(const CertdCaller *caller, guint32 gid)
{
    for (guint i = 0; i < caller->n_groups; i++) {
        if (caller->groups[i] == gid)
            return TRUE;
    }
    return FALSE;
}

static gboolean is_caller(CertdService *service, const CertdCaller *caller,
                          const CertdConsumer *consumer)
{
    guint32 id;
    switch (consumer->kind) {
    case CERTD_CONSUMER_USER:
        return certd_accounts_user(service->accounts, consumer->name, &id) && id == caller->uid;
    case CERTD_CONSUMER_GROUP:
        return certd_accounts_group(service->accounts, consumer->name, &id) &&
               has_group(caller, id);
    case CERTD_CONSUMER_UNIT:
        /* What the log says of a caller costs nothing, and only what it says is worth proving. */
        return caller->is_of_unit != NULL && g_strcmp0(caller->unit, consumer->name) == 0 &&
               caller->is_of_unit(caller->userdata, caller->sender, caller->uid, consumer->name);
    case CERTD_CONSUMER_KIND_COUNT_:
        break;
    }
    g_return_val_if_reached(FALSE);
}

gboolean certd_credential_is_unit(const CertdConsumer *consumer, const char *unit)
{
    return consumer->kind == CERTD_CONSUMER_UNIT && g_str_equal(consumer->name, unit);
}

/* Who serves HTTPS has its key without being listed: nobody can take that away from it. */
static CertdConsumer *server_consumer(CertdService *service, const CertdCaller *caller,
                                      const char *name)
{
    g_autoptr(CertdConsumer) server = certd_consumer_new("user", CERTD_USER_TLS, "none", NULL);
    gboolean serves = g_str_equal(name, CERTD_CERTIFICATE_HTTPS) && server != NULL &&
                      is_caller(service, caller, server);
    return serves ? g_steal_pointer(&server) : NULL;
}

static gboolean is_server(const char *name, const CertdConsumer *consumer)
{
    return g_str_equal(name, CERTD_CERTIFICATE_HTTPS) && consumer->kind == CERTD_CONSUMER_USER &&
           g_str_equal(consumer->name, CERTD_USER_TLS);
}

CertdConsumer *certd_credential_consumer(CertdService *service, const CertdCaller *caller,
                                         const char *unit, const char *name, GError **error)
{
    CertdConsumer *server = unit == NULL ? server_consumer(service, caller, name) : NULL;
    if (server != NULL)
        return server;
    g_autoptr(GPtrArray) list = certd_store_consumers(service->store, name, error);
    for (guint i = 0; list != NULL && i < list->len; i++) {
        const CertdConsumer *consumer = g_ptr_array_index(list, i);
        if (unit != NULL ? certd_credential_is_unit(consumer, unit)
                         : is_caller(service, caller, consumer))
            return g_ptr_array_steal_index(list, i);
    }
    if (list != NULL && unit != NULL)
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED,
                    "%s is no consumer of the certificate \"%s\"; certctl consumers %s add unit:%s "
                    "makes it one",
                    unit, name, name, unit);
    else if (list != NULL)
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED,
                    "You are no consumer of the certificate \"%s\"; an administrator can make you "
                    "one with certctl consumers %s add",
                    name, name);
    return NULL;
}

gboolean certd_credential_is_consumer(CertdService *service, const char *name,
                                      const CertdConsumer *consumer, GError **error)
{
    if (is_server(name, consumer))
        return TRUE;
    g_autoptr(GPtrArray) list = certd_store_consumers(service->store, name, error);
    for (guint i = 0; list != NULL && i < list->len; i++) {
        if (certd_consumer_is_same(g_ptr_array_index(list, i), consumer))
            return TRUE;
    }
    if (list != NULL)
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED,
                    "You are no consumer of the certificate \"%s\" any more", name);
    return FALSE;
}
