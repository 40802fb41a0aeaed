/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Handing out credentials. Who may have one is looked at before a worker opens the key and again behind
 * it, and a row of the log that says so is committed before the descriptor goes out.
 */

#include "service/credential.h"

#include <string.h>
#include <unistd.h>

#include "model/error.h"
#include "model/name.h"
#include "model/text.h"
#include "service/credential-private.h"
#include "service/look.h"
#include "service/sealed.h"
#include "service/service-private.h"
#include "service/trust.h"
#include "store/consumer.h"

/* How often a certificate may change while its key is being opened. */
#define ATTEMPTS 5u
/* A name of the trust store's, and the word that means a unit's only certificate. */
#define TRUST_ID "trust.pem"
#define ONLY_NAME "tls"

/* A key on its way to a consumer. */
typedef struct {
    CertdOperation operation;
    CertdCallerCopy asker;
    char *name;
    CertdConsumer *consumer; /* by which the asker may have it */
    CertdPart part;
    CertdChainRecord *chain;
    gint64 generation; /* of the certificate, and epoch of the keystore, when it was begun */
    guint64 epoch;
    guint attempts;
    CertdCredentialDone done;
    void *userdata;
} Opening;

static void opening_free(void *data)
{
    Opening *opening = data;
    certd_caller_clear(&opening->asker);
    g_free(opening->name);
    certd_consumer_free(opening->consumer);
    g_clear_pointer(&opening->chain, certd_chain_record_free);
    g_free(opening);
}

static void answer_failure(Opening *opening, const GError *error)
{
    opening->done(-1, 0, error, opening->userdata);
    certd_operation_end(&opening->operation);
}

/* Within a transaction of its own. */
static gboolean append_row(const Opening *opening, const char *detail, GError **error)
{
    CertdService *service = opening->operation.service;
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    return certd_audit(service, &opening->asker.caller, CERTD_AUDIT_OPEN_CREDENTIAL, "certificate",
                       opening->name, detail, error) &&
           certd_store_commit(transaction, error);
}

/* A service that can't start for a full disk would be the worse harm than a smaller reserve, which takes
 * milliseconds to look after: only then. */
static gboolean append_row_surely(const Opening *opening, const char *detail, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (append_row(opening, detail, &failure))
        return TRUE;
    if (!g_error_matches(failure, CERTD_ERROR, CERTD_ERROR_STORAGE_FULL)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    g_autoptr(CertdRoom) room = certd_room_take(opening->operation.service->store);
    return room != NULL && append_row(opening, detail, error);
}

/* Once an hour for each who has it: what isn't written is none that could not have been. */
static gboolean write_down(const Opening *opening, GError **error)
{
    CertdService *service = opening->operation.service;
    const CertdDevice *device = service->device;
    gint64 now = device->boottime(device->userdata);
    g_autofree char *detail =
        g_strdup_printf("%s to %s:%s", certd_part_name(opening->part),
                        certd_consumer_kind_name(opening->consumer->kind), opening->consumer->name);
    /* The key's id tells apart what has the name and the generation of one that was removed. */
    g_autofree char *handout =
        g_strdup_printf("%u %s %" G_GINT64_FORMAT " %s %s", opening->asker.caller.uid,
                        opening->name, opening->generation, opening->chain->key_id, detail);
    if (certd_handouts_has(service->handouts, handout, now))
        return TRUE;
    if (!append_row_surely(opening, detail, error))
        return FALSE;
    certd_handouts_add(service->handouts, handout, now);
    return TRUE;
}

/* The descriptor for the asker, of the key in @key_fd; -1 on failure. */
static int make_answer(const Opening *opening, int key_fd, GError **error)
{
    g_autofree char *text =
        certd_part_text(opening->operation.service, opening->chain, opening->part, error);
    int fd = text != NULL ? certd_sealed_new(key_fd, text, error) : -1;
    if (fd >= 0 &&
        certd_credential_is_consumer(opening->operation.service, opening->name, opening->consumer,
                                     error) &&
        write_down(opening, error))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static gboolean open_key(Opening *opening, GError **error);

/* Whether what is in use is another than it was when the worker was asked; FALSE with an error that is
 * set where that can't be said. */
static gboolean is_outdated(const Opening *opening, GError **error)
{
    CertdService *service = opening->operation.service;
    gint64 generation = 0;
    g_autoptr(CertdChainRecord) chain =
        certd_credential_chain(service, opening->name, &generation, error);
    return chain != NULL && (generation != opening->generation || service->epoch != opening->epoch);
}

static void open_again(Opening *opening)
{
    g_autoptr(GError) error = NULL;
    if (opening->attempts >= ATTEMPTS)
        g_set_error(&error, CERTD_ERROR, CERTD_ERROR_BUSY,
                    "The certificate \"%s\" keeps changing; ask again in a moment", opening->name);
    else if (open_key(opening, &error))
        return;
    answer_failure(opening, error);
}

static void on_key(int key_fd, const GError *failure, void *userdata)
{
    Opening *opening = userdata;
    g_autoptr(GError) error = NULL;
    opening->operation.job = 0;
    if (is_outdated(opening, &error)) {
        open_again(opening);
        return;
    }
    if (error == NULL && failure != NULL) {
        /* Something else may have to answer for it. */
        if (g_error_matches(failure, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE))
            certd_review_with_key(opening->operation.service, opening->name, NULL, NULL);
        error = g_error_copy(failure);
    }
    int fd = error == NULL ? make_answer(opening, key_fd, &error) : -1;
    if (fd < 0) {
        answer_failure(opening, error);
        return;
    }
    opening->done(fd, opening->generation, NULL, opening->userdata);
    close(fd);
    certd_operation_end(&opening->operation);
}

/* Has a worker open the key of what is in use now. */
static gboolean open_key(Opening *opening, GError **error)
{
    CertdService *service = opening->operation.service;
    g_clear_pointer(&opening->chain, certd_chain_record_free);
    opening->chain = certd_credential_chain(service, opening->name, &opening->generation, error);
    g_autoptr(CertdKeyRecord) key =
        opening->chain != NULL ? certd_store_key_get(service->store, opening->chain->key_id, error)
                               : NULL;
    if (key == NULL)
        return FALSE;
    opening->attempts++;
    opening->epoch = service->epoch;
    opening->operation.job =
        service->workers->open_key(service->workers, key->id, key->sealed, on_key, opening);
    return TRUE;
}

static gboolean answer_text(const char *text, gint64 generation, CertdCredentialDone done,
                            void *userdata, GError **error)
{
    int fd = certd_sealed_new(-1, text, error);
    if (fd < 0)
        return FALSE;
    done(fd, generation, NULL, userdata);
    close(fd);
    return TRUE;
}

static gboolean answer_public(CertdService *service, const char *name, CertdPart part,
                              CertdCredentialDone done, void *userdata, GError **error)
{
    gint64 generation = 0;
    g_autoptr(CertdChainRecord) chain = certd_credential_chain(service, name, &generation, error);
    g_autofree char *text = chain != NULL ? certd_part_text(service, chain, part, error) : NULL;
    return text != NULL && answer_text(text, generation, done, userdata, error);
}

/* For @unit, or for @caller where that is NULL. */
static gboolean open_part(CertdService *service, const CertdCaller *caller, const char *unit,
                          const char *name, CertdPart part, CertdCredentialDone done,
                          void *userdata, GError **error)
{
    g_autoptr(CertdConsumer) consumer =
        certd_credential_consumer(service, caller, unit, name, error);
    if (consumer == NULL)
        return FALSE;
    if (!certd_part_has_key(part))
        return answer_public(service, name, part, done, userdata, error);
    Opening *opening = g_new0(Opening, 1);
    certd_caller_copy(&opening->asker, caller);
    opening->name = g_strdup(name);
    opening->consumer = g_steal_pointer(&consumer);
    opening->part = part;
    opening->done = done;
    opening->userdata = userdata;
    certd_operation_begin(&opening->operation, service, opening_free);
    if (open_key(opening, error))
        return TRUE;
    certd_operation_end(&opening->operation);
    return FALSE;
}

gboolean certd_open_credential(CertdService *service, const CertdCaller *caller, const char *name,
                               const char *part, CertdCredentialDone done, void *userdata,
                               GError **error)
{
    CertdPart wanted;
    return certd_part_parse(part, &wanted, error) &&
           certd_look_certificate_exists(service, name, error) &&
           open_part(service, caller, NULL, name, wanted, done, userdata, error);
}

/* The one certificate that @unit is a consumer of. Caller frees. */
static char *only_certificate(CertdService *service, const char *unit, GError **error)
{
    g_autoptr(GPtrArray) names =
        certd_store_consumed(service->store, CERTD_CONSUMER_UNIT, unit, 2, error);
    if (names == NULL)
        return NULL;
    if (names->len == 1)
        return g_strdup(g_ptr_array_index(names, 0));
    if (names->len == 0)
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED,
                    "%s is no consumer of any certificate; certctl consumers NAME add unit:%s "
                    "makes it one",
                    unit, unit);
    else
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "%s is a consumer of several certificates; name the one that is meant as in "
                    "%s.key instead of " ONLY_NAME ".key",
                    unit, (const char *)g_ptr_array_index(names, 0));
    return NULL;
}

static gboolean open_trust(CertdService *service, CertdCredentialDone done, void *userdata,
                           GError **error)
{
    g_autoptr(GBytes) bundle = certd_trust_export(service, "pem", error);
    if (bundle == NULL)
        return FALSE;
    g_autofree char *text = g_strndup(g_bytes_get_data(bundle, NULL), g_bytes_get_size(bundle));
    return answer_text(text, 0, done, userdata, error);
}

/* The certificate that @unit means by "tls": one of that name where it is a consumer of that, for anybody
 * else's would stand in its own one's way. Caller frees. */
static char *tls_certificate(CertdService *service, const char *unit, GError **error)
{
    g_autoptr(GPtrArray) list = certd_store_consumers(service->store, ONLY_NAME, error);
    if (list == NULL)
        return NULL;
    for (guint i = 0; i < list->len; i++) {
        if (certd_credential_is_unit(g_ptr_array_index(list, i), unit))
            return g_strdup(ONLY_NAME);
    }
    return only_certificate(service, unit, error);
}

gboolean certd_open_unit_credential(CertdService *service, const CertdCaller *caller,
                                    const char *unit, const char *id, CertdCredentialDone done,
                                    void *userdata, GError **error)
{
    CertdPart part;
    if (g_str_equal(id, TRUST_ID))
        return open_trust(service, done, userdata, error);
    /* Names may have dots too. */
    const char *dot = strrchr(id, '.');
    if (dot == NULL) {
        g_autofree char *quoted = certd_text_quote(id);
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "There is no credential %s; write NAME.PART as in https.key", quoted);
        return FALSE;
    }
    g_autofree char *name = g_strndup(id, (size_t)(dot - id));
    if (!certd_name_validate(name, error) || !certd_part_parse(dot + 1, &part, error))
        return FALSE;
    if (g_str_equal(name, ONLY_NAME)) {
        g_autofree char *tls = tls_certificate(service, unit, error);
        return tls != NULL && open_part(service, caller, unit, tls, part, done, userdata, error);
    }
    return certd_look_certificate_exists(service, name, error) &&
           open_part(service, caller, unit, name, part, done, userdata, error);
}
