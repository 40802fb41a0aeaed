/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Workers and a device of the tests' own. */

#include "fake.h"

#include <string.h>

#include "model/san.h"
#include "service/configure.h"
#include "service/request.h"

const CertdCaller fake_root = {.uid = 0, .administrator = TRUE, .sender = ":1.1"};
const CertdCaller fake_user = {.uid = 1000, .administrator = FALSE, .sender = ":1.2"};

typedef struct {
    CertdJobId id;
    FakeKind kind;
    gboolean self_signed;
    gboolean reused;
    void *done;
    void *userdata;
} Job;

static CertdJobId push(CertdWorkers *workers, FakeKind kind, void *done, void *userdata)
{
    Fake *fake = (Fake *)workers;
    Job *job = g_new0(Job, 1);
    job->id = ++fake->last;
    job->kind = kind;
    job->done = done;
    job->userdata = userdata;
    g_queue_push_tail(&fake->jobs, job);
    return job->id;
}

static CertdJobId issue(CertdWorkers *workers, const CertdIssueJob *job, CertdIssueDone done,
                        void *userdata)
{
    CertdJobId id = push(workers, FAKE_ISSUE, done, userdata);
    Job *queued = g_queue_peek_tail(&((Fake *)workers)->jobs);
    queued->self_signed = job->self_signed;
    queued->reused = job->sealed_key != NULL;
    return id;
}

static CertdJobId seal(CertdWorkers *workers, const char *key_id, int key_fd, CertdSealDone done,
                       void *userdata)
{
    return push(workers, FAKE_SEAL, done, userdata);
}

static CertdJobId export_pkcs12(CertdWorkers *workers, const char *key_id, GBytes *sealed_key,
                                GPtrArray *chain, const char *friendly_name, int passphrase_fd,
                                CertdFdDone done, void *userdata)
{
    return push(workers, FAKE_PKCS12, done, userdata);
}

static CertdJobId export_pkcs7(CertdWorkers *workers, GPtrArray *chain, CertdBytesDone done,
                               void *userdata)
{
    return push(workers, FAKE_PKCS7, done, userdata);
}

static CertdJobId renew(CertdWorkers *workers, gboolean keep_old, CertdBytesDone done,
                        void *userdata)
{
    ((Fake *)workers)->kept_old = keep_old;
    return push(workers, FAKE_RENEW, done, userdata);
}

static CertdJobId read_bundle(CertdWorkers *workers, int data_fd, int passphrase_fd,
                              CertdReadDone done, void *userdata)
{
    return push(workers, FAKE_READ, done, userdata);
}

static CertdJobId judge(CertdWorkers *workers, CertdJobId read, const CertdJudgeJob *job,
                        CertdJudgeDone done, void *userdata)
{
    Fake *fake = (Fake *)workers;
    g_clear_pointer(&fake->judge, g_free);
    fake->judge = g_memdup2(job, sizeof *job);
    return push(workers, FAKE_JUDGE, done, userdata);
}

static void cancel(CertdWorkers *workers, CertdJobId id)
{
    Fake *fake = (Fake *)workers;
    fake->cancelled++;
    for (GList *link = fake->jobs.head; link != NULL; link = link->next) {
        Job *job = link->data;
        if (job->id == id) {
            g_queue_delete_link(&fake->jobs, link);
            g_free(job);
            return;
        }
    }
}

static gint64 now(void *userdata)
{
    return ((Fake *)userdata)->now;
}

static gboolean clock_trusted(void *userdata)
{
    return TRUE;
}

static char *host_name(void *userdata)
{
    return g_strdup("device.example.org");
}

static GPtrArray *names(void *userdata)
{
    GPtrArray *list = certd_san_list_new();
    g_assert_true(
        certd_san_list_add(list, certd_san_parse("DNS:device.example.org", NULL), NULL, NULL));
    return list;
}

static void heard_changed(void *userdata, const char *name, const char *cause)
{
    g_string_append_printf(((Fake *)userdata)->events, "%s:%s ", name, cause);
}

static void heard_request(void *userdata, const char *certificate, gint64 id,
                          CertdRequestState state)
{
    g_string_append_printf(((Fake *)userdata)->events, "%" G_GINT64_FORMAT ":%s ", id,
                           certd_request_state_name(state));
}

static void begin(Fake *fake)
{
    const CertdListener listener = {
        .certificate_changed = heard_changed, .request_changed = heard_request, .userdata = fake};
    fake->service =
        certd_service_new(fake->fixture.store, &fake->table, &fake->device, CERTD_POLICY_DEFAULT);
    certd_service_set_listener(fake->service, &listener);
}

void fake_set_up(Fake *fake, const void *data)
{
    fixture_set_up(&fake->fixture, NULL);
    fake->table =
        (CertdWorkers){issue, seal, export_pkcs12, export_pkcs7, renew, read_bundle, judge, cancel};
    fake->device = (CertdDevice){now, clock_trusted, host_name, names, fake};
    fake->now = 1800000000;
    fake->findings = certd_finding_list_new();
    fake->events = g_string_new(NULL);
    fake->read.public_key_hashes = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    fake->read.format = g_strdup("pem");
    g_queue_init(&fake->jobs);
    begin(fake);
}

void fake_tear_down(Fake *fake, const void *data)
{
    certd_service_free(fake->service);
    g_assert_true(g_queue_is_empty(&fake->jobs));
    g_free(fake->judge);
    g_free(fake->read.format);
    g_ptr_array_unref(fake->read.public_key_hashes);
    g_clear_pointer(&fake->read.key_hash, g_bytes_unref);
    g_ptr_array_unref(fake->findings);
    g_string_free(fake->events, TRUE);
    fixture_tear_down(&fake->fixture, NULL);
}

void fake_restart(Fake *fake)
{
    certd_service_free(fake->service);
    begin(fake);
}

void fake_restart_with_sql(Fake *fake, const char *sql)
{
    certd_service_free(fake->service);
    fixture_close(&fake->fixture);
    fixture_sql(&fake->fixture, sql);
    g_free(fixture_open(&fake->fixture, CERTD_STORE_OPENED));
    begin(fake);
}

guint fake_waiting(const Fake *fake, FakeKind kind)
{
    guint count = 0;
    for (GList *link = fake->jobs.head; link != NULL; link = link->next)
        count += ((const Job *)link->data)->kind == kind;
    return count;
}

GBytes *fake_hash(guint number)
{
    guint8 hash[32] = {0xfa};
    memcpy(hash + 1, &number, sizeof number);
    return g_bytes_new(hash, sizeof hash);
}

static GVariant *details(guint number)
{
    g_autofree char *fingerprint = g_strdup_printf("%064x", number);
    GVariantDict dict;
    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "not-before", "t", (guint64)1799990000);
    g_variant_dict_insert(&dict, "not-after", "t", (guint64)1830000000);
    g_variant_dict_insert(&dict, "fingerprint-sha256", "s", fingerprint);
    return g_variant_ref_sink(g_variant_dict_end(&dict));
}

static void answer_issue(Fake *fake, const Job *job, const GError *error)
{
    g_autoptr(CertdIssueResult) result = g_new0(CertdIssueResult, 1);
    guint number = fake->made;
    fake->made += !job->reused;
    result->sealed_key = g_bytes_new_static("sealed", 6);
    result->public_key_hash = fake_hash(number);
    if (job->self_signed) {
        result->certificate = g_bytes_new_static("leaf", 4);
        result->details = details(number);
    } else {
        result->request = g_bytes_new_static("request", 7);
    }
    ((CertdIssueDone)job->done)(error == NULL ? result : NULL, error, job->userdata);
}

static void answer_judge(Fake *fake, const Job *job, const GError *error)
{
    g_autoptr(CertdJudgeResult) result = g_new0(CertdJudgeResult, 1);
    result->chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_ptr_array_add(result->chain, g_bytes_new_static("signed", 6));
    result->details = details(1000 + fake->made);
    result->findings = g_ptr_array_ref(fake->findings);
    ((CertdJudgeDone)job->done)(error == NULL ? result : NULL, -1, error, job->userdata);
}

static void answer_bytes(const Job *job, const GError *error)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static("bundle", 6);
    gboolean given = error == NULL && job->kind == FAKE_PKCS7;
    ((CertdBytesDone)job->done)(given ? bytes : NULL, error, job->userdata);
}

static void answer_seal(Fake *fake, const Job *job, const GError *error)
{
    g_autoptr(GBytes) sealed = g_bytes_new_static("sealed", 6);
    gboolean given = error == NULL;
    ((CertdSealDone)job->done)(given ? sealed : NULL, given ? fake->read.key_hash : NULL,
                               "rsa:2048", error, job->userdata);
}

void fake_answer(Fake *fake, FakeKind kind, const GError *error)
{
    g_autofree Job *job = g_queue_pop_head(&fake->jobs);
    g_assert_nonnull(job);
    g_assert_cmpint(job->kind, ==, kind);
    switch (kind) {
    case FAKE_ISSUE:
        answer_issue(fake, job, error);
        break;
    case FAKE_SEAL:
        answer_seal(fake, job, error);
        break;
    case FAKE_PKCS12:
        ((CertdFdDone)job->done)(-1, error, job->userdata);
        break;
    case FAKE_PKCS7:
    case FAKE_RENEW:
        answer_bytes(job, error);
        break;
    case FAKE_READ:
        ((CertdReadDone)job->done)(error == NULL ? &fake->read : NULL, error, job->userdata);
        break;
    case FAKE_JUDGE:
        answer_judge(fake, job, error);
        break;
    }
}

void fake_answer_code(Fake *fake, FakeKind kind, CertdError code)
{
    g_autoptr(GError) error = g_error_new(CERTD_ERROR, (int)code, "a fault that was made");
    fake_answer(fake, kind, error);
}

GVariant *fake_options(const char *text)
{
    return g_variant_ref_sink(g_variant_new_parsed(text != NULL ? text : "@a{sv} {}"));
}

void fake_create(Fake *fake, const char *name)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    g_autoptr(GError) error = NULL;
    g_assert_true(certd_create(fake->service, &fake_root, name, none, &error));
    g_assert_no_error(error);
}

gint64 fake_request(Fake *fake, const char *name, const char *issuer)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    g_autoptr(GError) error = NULL;
    gint64 id = 0;
    g_assert_true(certd_request_create(fake->service, &fake_root, name, issuer, none, &id, &error));
    g_assert_no_error(error);
    fake_answer(fake, FAKE_ISSUE, NULL);
    return id;
}

CertdRequestState fake_state(Fake *fake, gint64 id)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdRequestRecord) record = certd_request_get(fake->service, id, &error);
    g_assert_no_error(error);
    return record->state;
}

CertdCertificateRecord *fake_get(Fake *fake, const char *name)
{
    g_autoptr(GError) error = NULL;
    CertdCertificateRecord *record = certd_store_certificate_get(fake->fixture.store, name, &error);
    g_assert_no_error(error);
    return record;
}
