/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the files of this folder alone. */
#pragma once

#include "bus/bus.h"
#include "bus/gate.h"
#include "bus/units.h"
#include "model/san.h"
#include "service/look.h"

G_BEGIN_DECLS

/* What calls the methods, see dispatch.c. */
typedef struct CertdDispatch CertdDispatch;

/* What the property getters of one certificate or request look at: loaded once for a GetAll. */
typedef struct {
    char *name;
    uint64_t iteration; /* of the event loop */
    CertdCertificateRecord *record;
    CertdChainRecord *chain; /* in use; NULL without */
    uint64_t request_iteration;
    CertdRequestRecord *request;
} CertdSnapshot;

struct CertdBus {
    sd_bus *bus;
    CertdService *service;
    CertdGate *gate;
    CertdDispatch *dispatch;
    CertdUnitManager *units;
    GQueue calls; /* of CertdBusCall: waiting for an answer */
    GPtrArray *slots;
    CertdSnapshot snapshot;
    GVariant *problems;  /* a(ssss) as they were logged */
    gint64 next_renewal; /* as it was told last, seconds */
};

/* A call that is answered later. */
typedef struct {
    CertdBus *bus;
    sd_bus_message *message;
    guint32 uid;
} CertdBusCall;

/* NULL with CERTD_ERROR_LIMIT_EXCEEDED where the sender has too many waiting. */
CertdBusCall *certd_bus_call_new(CertdBus *bus, sd_bus_message *message, GError **error);
/* Answers with an error and frees. */
void certd_bus_call_fail(CertdBusCall *call, const GError *failure);
/* Sends @reply (taken, may be NULL after an allocation failed) and frees. */
void certd_bus_call_reply(CertdBusCall *call, sd_bus_message *reply);
/* Answers a call without results, and frees it: a CertdDone. */
void certd_bus_call_done(const GError *failure, void *call);
/* Answers with @strings, or with @failure, and frees it. */
void certd_bus_call_strings(char **strings, const GError *failure, void *call);
/* Answers @message with @bytes in a sealed memfd called @name; with @failure, set already, where they are
 * NULL. */
int certd_bus_reply_bytes(sd_bus_message *message, const char *name, GBytes *bytes,
                          GError *failure, sd_bus_error *error);
/* What a method of @call (nullable) returns: 1 where its work has @begun, and will answer; else it frees
 * @call and sets @error to @failure. */
int certd_bus_call_begun(CertdBusCall *call, gboolean begun, const GError *failure,
                         sd_bus_error *error);
void certd_bus_call_free(CertdBusCall *call);

/* Sets @error to the D-Bus error of @failure: the negative errno that sd-bus wants back. */
int certd_bus_fail(sd_bus_error *error, const GError *failure);
/* The sender of @message, whom the gate let through. */
CertdCaller certd_bus_caller(CertdBus *bus, sd_bus_message *message);

/* Object paths. Callers free. */
char *certd_path_certificate(const char *name);
char *certd_path_request(gint64 id);
/* The name or id in @path, or NULL / FALSE. */
char *certd_path_certificate_name(const char *path);
gboolean certd_path_request_id(const char *path, gint64 *id);
/* Strictly decimal, from 1; FALSE otherwise. */
gboolean certd_request_id_parse(const char *text, gint64 *id);

/* Lower-case hex; "" for NULL. Caller frees. */
char *certd_hex(GBytes *bytes);

/* Reads the a{sv} at the current place. */
GVariant *certd_read_options(sd_bus_message *message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same, where the key passphrase-fd may hold a descriptor: @passphrase_fd is a new memfd with
 * what is in passphrase (a string) or a duplicate of passphrase-fd, or -1; the caller closes it.
 * Both are gone from the options. */
GVariant *certd_read_secret_options(sd_bus_message *message, int *passphrase_fd, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Reads ay into a new memfd, or h into a duplicate, and checks kind and size. -1 on failure. */
int certd_read_data(sd_bus_message *message, char type, GError **error);

/* Registration of each interface. */
int certd_authority_register(CertdBus *bus);
int certd_https_register(CertdBus *bus);
int certd_log_register(CertdBus *bus);
int certd_truststore_register(CertdBus *bus);
int certd_manager_register(CertdBus *bus);
int certd_certificate_register(CertdBus *bus);
int certd_request_register(CertdBus *bus);
int certd_bus_add_slot(CertdBus *bus, int r, sd_bus_slot *slot);
/* dispatch.c. Its filter goes to the bus before the gate's. */
CertdDispatch *certd_dispatch_new(void);
int certd_dispatch_attach(CertdBus *bus);
/* After the slots of the interfaces. */
void certd_dispatch_free(CertdDispatch *dispatch);
/* Puts the interface of one object on the bus; @path is static. */
int certd_bus_add_object(CertdBus *bus, const char *path, const char *interface,
                         const sd_bus_vtable *vtable);
/* Puts the objects below @prefix, which is static, on the bus: @find says which there are, @enumerate lists them. */
int certd_bus_add_objects(CertdBus *bus, const char *prefix, const char *interface,
                          const sd_bus_vtable *vtable, sd_bus_object_find_t find,
                          sd_bus_node_enumerator_t enumerate);

/* Which rows of a list are wanted. */
typedef struct {
    const char *cursor; /* borrowed from the message */
    guint32 limit;
} CertdPage;
/* Reads the cursor and the limit at the current place; CERTD_ERROR_LIMIT_EXCEEDED where that is too
 * high. */
gboolean certd_read_page(sd_bus_message *message, CertdPage *page, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Answers with the rows, an array, and the cursor behind them. */
int certd_reply_rows(sd_bus_message *message, GVariantBuilder *rows, const char *next);

/* The rows of ListCertificates and ListRequests. */
int certd_method_list_certificates(sd_bus_message *message, void *userdata, sd_bus_error *error);
int certd_method_list_requests(sd_bus_message *message, void *userdata, sd_bus_error *error);

/* What a certificate's vtable has of consumers. */
int certd_method_add_consumer(sd_bus_message *message, void *userdata, sd_bus_error *error);
int certd_method_remove_consumer(sd_bus_message *message, void *userdata, sd_bus_error *error);
int certd_method_set_consumers(sd_bus_message *message, void *userdata, sd_bus_error *error);
int certd_method_open_credential(sd_bus_message *message, void *userdata, sd_bus_error *error);

/* A row of the log goes to the journal, and becomes a signal. */
void certd_log_tell(CertdBus *bus, const CertdAuditRecord *record);
/* Has the service tell @bus what happened, which becomes signals. */
void certd_signals_listen(CertdBus *bus);

/* Property getters of a certificate, for its vtable. */
int certd_certificate_get_property(sd_bus *bus, const char *path, const char *interface,
                                   const char *property, sd_bus_message *reply, void *userdata,
                                   sd_bus_error *error);
/* Forgets what the getters loaded. */
void certd_snapshot_clear(CertdSnapshot *snapshot);

G_END_DECLS
