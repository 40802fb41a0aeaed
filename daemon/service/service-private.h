/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the use cases alone. */
#pragma once

#include "service/service.h"
#include "store/audit.h"
#include "store/chain.h"
#include "store/key.h"

G_BEGIN_DECLS

typedef struct CertdMaker CertdMaker;

struct CertdService {
    CertdStore *store;
    CertdWorkers *workers;
    const CertdDevice *device;
    CertdPolicy policy;
    CertdListener listener;
    CertdMaker *maker;     /* keys in the making, see request-maker.c */
    GQueue operations;     /* CertdOperation, under way */
    GPtrArray *problems;   /* of char*[3] */
};

/* One use case under way in a worker. The first member of its struct, so that whatever is under
 * way when the service ends can be cancelled and freed. */
typedef struct {
    CertdService *service;
    CertdJobId job;        /* 0 between jobs */
    void (*free)(void *operation);
} CertdOperation;

void certd_operation_begin(CertdOperation *operation, CertdService *service,
                           void (*free)(void *operation));
/* Takes it off the list and frees it. */
void certd_operation_end(CertdOperation *operation);
/* Ends all that are under way, without their callbacks. */
void certd_operations_cancel(CertdService *service);

gint64 certd_now(const CertdService *service);
/* 32 random hex digits. Caller frees. */
char *certd_key_id_new(void);

/* An audit row within the transaction. @outcome_error NULL for "ok". */
gboolean certd_audit(CertdService *service, const CertdCaller *caller, const char *action,
                     const char *kind, const char *id, const char *detail, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Makes @chain (its id is ignored) the active one of @record, which becomes written: the active one
 * becomes the previous, what was previous goes with its key. Within the transaction. */
gboolean certd_install(CertdService *service, CertdCertificateRecord *record,
                       const CertdChainRecord *chain, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A chain record of @details and @chain for @certificate; NULL where the details lack something. */
CertdChainRecord *certd_chain_record_new(CertdService *service, const char *certificate,
                                         const char *key_id, GPtrArray *chain, GVariant *details,
                                         GPtrArray *findings, const char *origin, GError **error);

/* Tells the listener of another active chain, and of a request's new state. */
void certd_tell_changed(CertdService *service, const char *name, const char *cause);
void certd_tell_request(CertdService *service, const char *certificate, gint64 id,
                        CertdRequestState state);

/* request-maker.c */
CertdMaker *certd_maker_new(CertdService *service);
void certd_maker_free(CertdMaker *maker);
/* Queues a request that the store has; limited: one key of this user's in the making at a time. */
void certd_maker_add(CertdMaker *maker, const CertdRequestRecord *request, gboolean limited);
/* Takes it off, wherever it is. */
void certd_maker_cancel(CertdMaker *maker, gint64 id);
/* Takes off all of @certificate's, or everyone's with NULL. */
void certd_maker_cancel_certificate(CertdMaker *maker, const char *certificate);
gboolean certd_maker_is_running(const CertdMaker *maker, gint64 id);

G_END_DECLS
