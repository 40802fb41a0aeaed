/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the device trusts: adding, removing, and judging chains by it. */

#include "service/trust.h"

#include <arpa/inet.h>
#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/options.h"
#include "model/text.h"
#include "service/https-private.h"
#include "service/service-private.h"

#define FINGERPRINT_LENGTH 64u
#define PURPOSES_ALL (CERTD_PURPOSE_SERVER | CERTD_PURPOSE_CLIENT)

static const char *const purpose_names[PURPOSES_ALL + 1][3] = {
    [CERTD_PURPOSE_SERVER] = {"server"},
    [CERTD_PURPOSE_CLIENT] = {"client"},
    [PURPOSES_ALL] = {"server", "client"},
};

typedef struct {
    CertdOperation operation;
    CertdPurposes purposes;
    guint64 epoch; /* of the keystore that it is for */
    CertdCallerCopy asker;
    CertdTrustAddDone done;
    void *userdata;
} Addition;

typedef struct {
    CertdOperation operation;
    CertdTrustVerifyDone done;
    void *userdata;
} Verification;

const char *const *certd_trust_purpose_names(CertdPurposes purposes)
{
    return purpose_names[purposes & PURPOSES_ALL];
}

static gboolean parse_purpose(const char *name, CertdPurposes *purpose, GError **error)
{
    static const CertdPurposes each[] = {CERTD_PURPOSE_SERVER, CERTD_PURPOSE_CLIENT};
    for (size_t i = 0; i < G_N_ELEMENTS(each); i++) {
        if (!g_str_equal(purpose_names[each[i]][0], name))
            continue;
        *purpose = each[i];
        return TRUE;
    }
    g_autofree char *quoted = certd_text_quote(name);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                "There is no purpose %s; it is server or client", quoted);
    return FALSE;
}

static gboolean read_purposes(GVariant *options, CertdPurposes *purposes, GError **error)
{
    static const char *const by_default[] = {"server", NULL};
    g_autoptr(CertdOptions) reader = certd_options_new(options);
    const char *const *names = by_default;
    CertdPurposes all = 0;
    if (!certd_options_take_strings(reader, "purposes", &names, error) ||
        !certd_options_finish(reader, error))
        return FALSE;
    for (; *names != NULL; names++) {
        CertdPurposes one = 0;
        if (!parse_purpose(*names, &one, error))
            return FALSE;
        all |= one;
    }
    if (all == 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "The option purposes is empty; give server, client or both, or remove the "
                    "anchor");
        return FALSE;
    }
    *purposes = all;
    return TRUE;
}

/* After each change: for who reads the files, and who listens. */
void certd_trust_tell(CertdService *service)
{
    certd_trust_publish(service);
    certd_https_trust_changed(service);
    if (service->listener.trust_changed != NULL)
        service->listener.trust_changed(service->listener.userdata);
}

static void addition_free(void *operation)
{
    Addition *addition = operation;
    certd_caller_clear(&addition->asker);
    g_free(addition);
}

/* Within the transaction; @changed becomes TRUE where there is something new. */
static gboolean add_one(const Addition *addition, const CertdAnchor *anchor, gboolean *changed,
                        GError **error)
{
    CertdService *service = addition->operation.service;
    CertdAnchorRecord record = {
        .fingerprint = anchor->fingerprint,
        .certificate = anchor->certificate,
        .details = anchor->details,
        .subject_hash = anchor->subject_hash,
        .purposes = addition->purposes,
        .added = certd_now(service),
    };
    CertdPurposes before = 0;
    if (!certd_store_anchor_purposes(service->store, record.fingerprint, &before, error))
        return FALSE;
    record.purposes |= before;
    if (before == record.purposes)
        return TRUE;
    const char *const *names = certd_trust_purpose_names(record.purposes);
    g_autofree char *detail = g_strjoinv(" ", (char **)names);
    *changed = TRUE;
    return certd_store_anchor_set(service->store, &record, error) &&
           certd_audit(service, &addition->asker.caller, CERTD_AUDIT_TRUST_ADD, "anchor",
                       record.fingerprint, detail, error);
}

static gboolean check_room(CertdService *service, GError **error)
{
    guint count = 0;
    guint64 bytes = 0;
    if (!certd_store_anchor_count(service->store, &count, &bytes, error))
        return FALSE;
    if (count > CERTD_LIMIT_ANCHORS) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                    "There would be %u anchors, and %u is the most; nothing was added: remove some "
                    "that are not needed",
                    count, CERTD_LIMIT_ANCHORS);
        return FALSE;
    }
    if (bytes > CERTD_LIMIT_ANCHORS_BYTES) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                    "All anchors would have %" G_GUINT64_FORMAT " bytes, and %u is the most; "
                    "nothing was added: remove some that are not needed",
                    bytes, CERTD_LIMIT_ANCHORS_BYTES);
        return FALSE;
    }
    return TRUE;
}

/* All of @anchors in one transaction. */
static gboolean add_all(const Addition *addition, const GPtrArray *anchors, gboolean *changed,
                        GError **error)
{
    CertdService *service = addition->operation.service;
    if (addition->epoch != service->epoch) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_CANCELLED,
                    "The device was reset meanwhile; nothing was added: add it again");
        return FALSE;
    }
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    for (guint i = 0; i < anchors->len; i++) {
        if (!add_one(addition, g_ptr_array_index(anchors, i), changed, error))
            return FALSE;
    }
    return !*changed || (check_room(service, error) &&
                         certd_store_trust_set_changed(transaction, certd_now(service), error) &&
                         certd_store_commit(transaction, error));
}

static void on_anchors(GPtrArray *anchors, const GError *error, void *userdata)
{
    Addition *addition = userdata;
    g_autoptr(GError) failure = NULL;
    gboolean changed = FALSE;
    addition->operation.job = 0;
    if (anchors == NULL) {
        addition->done(NULL, error, addition->userdata);
    } else if (!add_all(addition, anchors, &changed, &failure)) {
        addition->done(NULL, failure, addition->userdata);
    } else {
        g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
        for (guint i = 0; i < anchors->len; i++)
            g_strv_builder_add(builder,
                               ((const CertdAnchor *)g_ptr_array_index(anchors, i))->fingerprint);
        g_auto(GStrv) fingerprints = g_strv_builder_end(builder);
        if (changed)
            certd_trust_tell(addition->operation.service);
        addition->done(fingerprints, NULL, addition->userdata);
    }
    certd_operation_end(&addition->operation);
}

gboolean certd_trust_add(CertdService *service, const CertdCaller *caller, int data_fd,
                         int passphrase_fd, GVariant *options, CertdTrustAddDone done,
                         void *userdata, GError **error)
{
    CertdPurposes purposes = 0;
    if (!read_purposes(options, &purposes, error))
        return FALSE;
    Addition *addition = g_new0(Addition, 1);
    certd_operation_begin(&addition->operation, service, addition_free);
    addition->purposes = purposes;
    addition->epoch = service->epoch;
    certd_caller_copy(&addition->asker, caller);
    addition->done = done;
    addition->userdata = userdata;
    addition->operation.job = service->workers->read_anchors(service->workers, data_fd,
                                                             passphrase_fd, on_anchors, addition);
    return TRUE;
}

/* @text as the list has it; NULL where it is none. Caller frees. */
static char *parse_fingerprint(const char *text)
{
    size_t length = strlen(text);
    gboolean colons = length == FINGERPRINT_LENGTH / 2 * 3 - 1;
    if (!colons && length != FINGERPRINT_LENGTH)
        return NULL;
    GString *digits = g_string_sized_new(FINGERPRINT_LENGTH);
    for (size_t i = 0; i < length; i++) {
        gboolean colon = colons && i % 3 == 2;
        if (!colon && g_ascii_isxdigit(text[i]))
            g_string_append_c(digits, g_ascii_tolower(text[i]));
        else if (!colon || text[i] != ':')
            break;
    }
    return g_string_free(digits, digits->len != FINGERPRINT_LENGTH);
}

/* Whether an anchor beside @fingerprint vouches for clients. */
static gboolean look_for_other(CertdService *service, const char *fingerprint, gboolean *other,
                               GError **error)
{
    gboolean more;
    g_autoptr(GPtrArray) records =
        certd_store_anchor_page(service->store, "", CERTD_LIMIT_ANCHORS, &more, NULL, error);
    if (records == NULL)
        return FALSE;
    *other = FALSE;
    for (guint i = 0; i < records->len && !*other; i++) {
        const CertdAnchorRecord *record = g_ptr_array_index(records, i);
        *other = (record->purposes & CERTD_PURPOSE_CLIENT) != 0 &&
                 !g_str_equal(record->fingerprint, fingerprint);
    }
    return TRUE;
}

/* R63: without the last anchor for clients, the level high would lock them all out. */
static gboolean check_clients(CertdService *service, const char *fingerprint, GError **error)
{
    CertdPurposes purposes = 0;
    gboolean high = FALSE, other = FALSE;
    if (!certd_store_anchor_purposes(service->store, fingerprint, &purposes, error))
        return FALSE;
    if ((purposes & CERTD_PURPOSE_CLIENT) == 0)
        return TRUE;
    if (!certd_https_may_be_high(service, &high, error) ||
        (high && !look_for_other(service, fingerprint, &other, error)))
        return FALSE;
    if (!high || other)
        return TRUE;
    g_set_error(
        error, CERTD_ERROR, CERTD_ERROR_POLICY_FORBIDS,
        "The anchor %s is the last one for clients, and the level of HTTPS is high: without "
        "it no client would get in; set the level to standard and confirm that first",
        fingerprint);
    return FALSE;
}

gboolean certd_trust_remove(CertdService *service, const CertdCaller *caller,
                            const char *fingerprint, GError **error)
{
    g_autofree char *quoted = certd_text_quote(fingerprint);
    g_autofree char *known = parse_fingerprint(fingerprint);
    if (known == NULL) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "%s is no fingerprint; give the 64 hex digits of the anchor's SHA-256 "
                    "fingerprint, as the list has them",
                    quoted);
        return FALSE;
    }
    if (!check_clients(service, known, error) || !certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    gint64 now = certd_now(service);
    gboolean removed = FALSE;
    if (!certd_store_anchor_remove(transaction, known, now, &removed, error))
        return FALSE;
    if (!removed) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "No anchor has the fingerprint %s; list the anchors to see what there is",
                    known);
        return FALSE;
    }
    if (!certd_audit(service, caller, CERTD_AUDIT_TRUST_REMOVE, "anchor", known, NULL, error) ||
        !certd_store_trust_set_changed(transaction, now, error) ||
        !certd_store_commit(transaction, error))
        return FALSE;
    certd_trust_tell(service);
    return TRUE;
}

GPtrArray *certd_trust_page(CertdService *service, const char *cursor, guint limit, gboolean *more,
                            GError **error)
{
    g_autofree char *known = parse_fingerprint(cursor);
    if (*cursor != '\0' && g_strcmp0(known, cursor) != 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "The cursor is not one that a page of anchors gave; begin with an empty one");
        return NULL;
    }
    return certd_store_anchor_page(service->store, cursor, limit, more, NULL, error);
}

gboolean certd_trust_state(CertdService *service, guint *count, gint64 *changed, GError **error)
{
    guint64 bytes;
    return certd_store_anchor_count(service->store, count, &bytes, error) &&
           certd_store_trust_changed(service->store, changed, error);
}

/* What a client would ask a server for: an address, or a host name that is no pattern. NULL with an
 * error. */
static CertdSan *read_name(const char *name, GError **error)
{
    guint8 address[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1)
        return certd_san_new(CERTD_SAN_IP, name, error);
    if (strchr(name, '*') == NULL)
        return certd_san_new(CERTD_SAN_DNS, name, error);
    g_autofree char *quoted = certd_text_quote(name);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME,
                "%s is a pattern; give the name of one host, or its address", quoted);
    return NULL;
}

static CertdVerifyJob *verify_job(CertdService *service, const char *name, GVariant *options,
                                  GError **error)
{
    g_autoptr(CertdVerifyJob) job = g_new0(CertdVerifyJob, 1);
    g_autoptr(CertdOptions) reader = certd_options_new(options);
    const char *purpose = "server";
    if (!certd_options_take_string(reader, "purpose", &purpose, error) ||
        !certd_options_finish(reader, error) || !parse_purpose(purpose, &job->purpose, error))
        return NULL;
    if (*name != '\0') {
        job->name = read_name(name, error);
        if (job->name == NULL)
            return NULL;
    }
    gboolean more;
    g_autoptr(GPtrArray) records =
        certd_store_anchor_page(service->store, "", CERTD_LIMIT_ANCHORS, &more, NULL, error);
    if (records == NULL)
        return NULL;
    job->anchors = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (guint i = 0; i < records->len; i++) {
        const CertdAnchorRecord *record = g_ptr_array_index(records, i);
        if ((record->purposes & job->purpose) != 0)
            g_ptr_array_add(job->anchors, g_bytes_ref(record->certificate));
    }
    job->now = certd_now(service);
    job->clock_trusted = certd_time_is_trusted(service);
    job->policy = service->policy;
    return g_steal_pointer(&job);
}

static void on_verified(GPtrArray *findings, const GError *error, void *userdata)
{
    Verification *verification = userdata;
    verification->operation.job = 0;
    verification->done(findings, error, verification->userdata);
    certd_operation_end(&verification->operation);
}

gboolean certd_trust_verify(CertdService *service, int data_fd, const char *name, GVariant *options,
                            CertdTrustVerifyDone done, void *userdata, GError **error)
{
    g_autoptr(CertdVerifyJob) job = verify_job(service, name, options, error);
    if (job == NULL)
        return FALSE;
    Verification *verification = g_new0(Verification, 1);
    certd_operation_begin(&verification->operation, service, g_free);
    verification->done = done;
    verification->userdata = userdata;
    verification->operation.job =
        service->workers->verify(service->workers, data_fd, job, on_verified, verification);
    return TRUE;
}
