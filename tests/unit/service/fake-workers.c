/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The workers: what they are asked waits, and what they answer is made up but hangs together. */

#include "fake.h"

#include <string.h>

#include "model/finding.h"
#include "model/san.h"

#define HASH_SIZE 32u

static void job_free(FakeJob *job)
{
    g_clear_pointer(&job->subject, certd_subject_free);
    g_clear_pointer(&job->sans, g_ptr_array_unref);
    g_clear_pointer(&job->permitted, g_ptr_array_unref);
    g_clear_pointer(&job->sealed, g_bytes_unref);
    g_clear_pointer(&job->signer, g_bytes_unref);
    g_clear_pointer(&job->leaf_hash, g_bytes_unref);
    g_free(job);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(FakeJob, job_free)

static FakeJob *push(CertdWorkers *workers, FakeKind kind, void *done, void *userdata)
{
    Fake *fake = (Fake *)workers;
    FakeJob *job = g_new0(FakeJob, 1);
    job->id = ++fake->last;
    job->kind = kind;
    job->done = done;
    job->userdata = userdata;
    g_queue_push_tail(&fake->jobs, job);
    return job;
}

static CertdJobId issue(CertdWorkers *workers, const CertdIssueJob *job, CertdIssueDone done,
                        void *userdata)
{
    FakeJob *queued = push(workers, FAKE_ISSUE, done, userdata);
    queued->makes = job->kind;
    queued->reused = job->sealed_key != NULL;
    queued->foreign = job->public_key != NULL;
    queued->temporary = job->temporary;
    queued->digest = job->digest;
    queued->purposes = job->purposes;
    queued->validity = job->validity;
    queued->subject = certd_subject_copy(job->subject);
    queued->sans = g_ptr_array_ref(job->sans);
    queued->permitted = job->permitted != NULL ? g_ptr_array_ref(job->permitted) : NULL;
    queued->sealed = job->sealed_key != NULL ? g_bytes_ref(job->sealed_key) : NULL;
    queued->signer = job->signer != NULL ? g_bytes_ref(job->signer->sealed_key) : NULL;
    g_assert_true((job->kind == CERTD_ISSUE_SIGNED) == (job->signer != NULL));
    return queued->id;
}

static CertdJobId check(CertdWorkers *workers, const char *key_id, GBytes *sealed_key,
                        CertdBytesDone done, void *userdata)
{
    FakeJob *job = push(workers, FAKE_CHECK, done, userdata);
    job->sealed = g_bytes_ref(sealed_key);
    return job->id;
}

static CertdJobId seal(CertdWorkers *workers, const char *key_id, int key_fd, CertdSealDone done,
                       void *userdata)
{
    return push(workers, FAKE_SEAL, done, userdata)->id;
}

static CertdJobId export_pkcs12(CertdWorkers *workers, const char *key_id, GBytes *sealed_key,
                                GPtrArray *chain, const char *friendly_name, int passphrase_fd,
                                CertdFdDone done, void *userdata)
{
    return push(workers, FAKE_PKCS12, done, userdata)->id;
}

static CertdJobId export_pkcs7(CertdWorkers *workers, GPtrArray *chain, CertdBytesDone done,
                               void *userdata)
{
    return push(workers, FAKE_PKCS7, done, userdata)->id;
}

static CertdJobId renew(CertdWorkers *workers, gboolean keep_old, CertdBytesDone done,
                        void *userdata)
{
    ((Fake *)workers)->kept_old = keep_old;
    return push(workers, FAKE_RENEW, done, userdata)->id;
}

static CertdJobId read_request(CertdWorkers *workers, int data_fd, CertdPolicy policy,
                               CertdReadRequestDone done, void *userdata)
{
    return push(workers, FAKE_READ_REQUEST, done, userdata)->id;
}

static CertdJobId read_bundle(CertdWorkers *workers, int data_fd, int passphrase_fd,
                              CertdReadDone done, void *userdata)
{
    return push(workers, FAKE_READ, done, userdata)->id;
}

static CertdJobId judge(CertdWorkers *workers, CertdJobId read, const CertdJudgeJob *job,
                        CertdJudgeDone done, void *userdata)
{
    Fake *fake = (Fake *)workers;
    FakeJob *queued = push(workers, FAKE_JUDGE, done, userdata);
    g_clear_pointer(&fake->judge, g_free);
    fake->judge = g_memdup2(job, sizeof *job);
    queued->leaf_hash = job->leaf_hash != NULL ? g_bytes_ref(job->leaf_hash) : NULL;
    return queued->id;
}

static CertdJobId read_anchors(CertdWorkers *workers, int data_fd, int passphrase_fd,
                               CertdReadAnchorsDone done, void *userdata)
{
    return push(workers, FAKE_READ_ANCHORS, done, userdata)->id;
}

static CertdJobId verify(CertdWorkers *workers, int data_fd, const CertdVerifyJob *job,
                         CertdVerifyDone done, void *userdata)
{
    Fake *fake = (Fake *)workers;
    g_clear_pointer(&fake->verify, g_free);
    fake->verify = g_memdup2(job, sizeof *job);
    return push(workers, FAKE_VERIFY, done, userdata)->id;
}

static void cancel(CertdWorkers *workers, CertdJobId id)
{
    Fake *fake = (Fake *)workers;
    fake->cancelled++;
    for (GList *link = fake->jobs.head; link != NULL; link = link->next) {
        FakeJob *job = link->data;
        if (job->id == id) {
            g_queue_delete_link(&fake->jobs, link);
            job_free(job);
            return;
        }
    }
}

void fake_workers_init(Fake *fake)
{
    fake->table = (CertdWorkers){
        .issue = issue,
        .check = check,
        .seal = seal,
        .export_pkcs12 = export_pkcs12,
        .export_pkcs7 = export_pkcs7,
        .renew_sealing_key = renew,
        .read_request = read_request,
        .read = read_bundle,
        .judge = judge,
        .read_anchors = read_anchors,
        .verify = verify,
        .cancel = cancel,
    };
    g_queue_init(&fake->jobs);
}

guint fake_waiting(const Fake *fake, FakeKind kind)
{
    guint count = 0;
    for (GList *link = fake->jobs.head; link != NULL; link = link->next)
        count += ((const FakeJob *)link->data)->kind == kind;
    return count;
}

const FakeJob *fake_peek(const Fake *fake, FakeKind kind)
{
    if (fake->jobs.head == NULL)
        g_error("No worker was asked for anything");
    const FakeJob *job = fake->jobs.head->data;
    g_assert_cmpint(job->kind, ==, kind);
    return job;
}

GBytes *fake_hash(guint number)
{
    guint8 hash[HASH_SIZE] = {0xfa};
    memcpy(hash + 1, &number, sizeof number);
    return g_bytes_new(hash, sizeof hash);
}

/* The number of the sealing key, and the hash of the public key. */
static GBytes *seal_hash(const Fake *fake, GBytes *hash)
{
    guint8 bytes[1 + HASH_SIZE] = {fake->sealing_key};
    g_assert_cmpuint(g_bytes_get_size(hash), ==, HASH_SIZE);
    memcpy(bytes + 1, g_bytes_get_data(hash, NULL), HASH_SIZE);
    return g_bytes_new(bytes, sizeof bytes);
}

/* The hash of the public key in @sealed; NULL where it can't be opened. */
static GBytes *open_sealed(const Fake *fake, GBytes *sealed)
{
    const guint8 *bytes = g_bytes_get_data(sealed, NULL);
    if (fake->sealing_key_broken || g_bytes_get_size(sealed) != 1 + HASH_SIZE ||
        *bytes != fake->sealing_key)
        return NULL;
    return g_bytes_new(bytes + 1, HASH_SIZE);
}

static GError *key_unavailable(void)
{
    return g_error_new(CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE, "the key can't be opened");
}

static GVariant *details(GBytes *certificate, GBytes *hash, const CertdValidity *validity,
                         const GPtrArray *sans)
{
    g_autofree char *fingerprint = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, certificate);
    GString *text = g_string_new(NULL);
    const guint8 *bytes = g_bytes_get_data(hash, NULL);
    for (size_t i = 0; i < g_bytes_get_size(hash); i++)
        g_string_append_printf(text, "%02x", bytes[i]);
    GVariantDict dict;
    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "not-before", "t", (guint64)validity->not_before);
    g_variant_dict_insert(&dict, "not-after", "t", (guint64)validity->not_after);
    g_variant_dict_insert(&dict, "fingerprint-sha256", "s", fingerprint);
    g_variant_dict_insert(&dict, "public-key-hash", "s", text->str);
    g_variant_dict_insert_value(&dict, "subject-alt-names", certd_san_list_to_variant(sans));
    g_string_free(text, TRUE);
    return g_variant_ref_sink(g_variant_dict_end(&dict));
}

/* Bytes that no other certificate has. */
static GBytes *certificate(Fake *fake, const char *what)
{
    char *text = g_strdup_printf("%s %u", what, ++fake->issued);
    return g_bytes_new_take(text, strlen(text));
}

/* The hash of the key that @job is about; NULL with the reason where it can't be had. */
static GBytes *key_of(Fake *fake, const FakeJob *job, GError **error)
{
    g_autoptr(GBytes) signer = job->signer != NULL ? open_sealed(fake, job->signer) : NULL;
    GBytes *hash = job->reused ? open_sealed(fake, job->sealed) : NULL;
    gboolean seals = !job->reused && !job->foreign && !job->temporary;
    if (fake->fails[job->makes])
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED, "a fault that was made");
    else if ((job->signer != NULL && signer == NULL) || (job->reused && hash == NULL) ||
             (seals && fake->sealing_key_broken))
        g_propagate_error(error, key_unavailable());
    else
        return hash != NULL ? hash : fake_hash(fake->made++);
    g_clear_pointer(&hash, g_bytes_unref);
    return NULL;
}

static void answer_issue(Fake *fake, const FakeJob *job, const GError *error)
{
    g_autoptr(CertdIssueResult) result = g_new0(CertdIssueResult, 1);
    g_autoptr(GError) failure = error != NULL ? g_error_copy(error) : NULL;
    if (failure == NULL)
        result->public_key_hash = key_of(fake, job, &failure);
    if (failure != NULL) {
        ((CertdIssueDone)job->done)(NULL, failure, job->userdata);
        return;
    }
    if (!job->foreign)
        result->sealed_key =
            job->reused ? g_bytes_ref(job->sealed) : seal_hash(fake, result->public_key_hash);
    if (job->makes == CERTD_ISSUE_REQUEST) {
        result->request = g_bytes_new_static("request", 7);
    } else {
        result->certificate = certificate(fake, "leaf");
        result->details =
            details(result->certificate, result->public_key_hash, &job->validity, job->sans);
    }
    ((CertdIssueDone)job->done)(result, NULL, job->userdata);
}

static void answer_check(Fake *fake, const FakeJob *job, const GError *error)
{
    g_autoptr(GBytes) hash = open_sealed(fake, job->sealed);
    g_autoptr(GError) failure = error != NULL ? g_error_copy(error) : NULL;
    if (failure == NULL && hash == NULL)
        failure = key_unavailable();
    ((CertdBytesDone)job->done)(failure == NULL ? hash : NULL, failure, job->userdata);
}

static void answer_judge(Fake *fake, const FakeJob *job, const GError *error)
{
    g_autoptr(CertdJudgeResult) result = g_new0(CertdJudgeResult, 1);
    g_autoptr(GBytes) leaf = certificate(fake, "signed");
    g_autoptr(GBytes) hash =
        job->leaf_hash != NULL ? g_bytes_ref(job->leaf_hash) : fake_hash(G_MAXUINT);
    result->chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_ptr_array_add(result->chain, g_bytes_ref(leaf));
    result->details = details(leaf, hash, &fake->judged, fake->judged_sans);
    result->findings = g_ptr_array_ref(fake->findings);
    ((CertdJudgeDone)job->done)(error == NULL ? result : NULL, -1, error, job->userdata);
}

static void answer_renew(Fake *fake, const FakeJob *job, const GError *error)
{
    if (error == NULL) {
        fake->sealing_key++;
        fake->sealing_key_broken = FALSE;
    }
    ((CertdBytesDone)job->done)(NULL, error, job->userdata);
}

static void answer_bytes(const FakeJob *job, const GError *error)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static("bundle", 6);
    ((CertdBytesDone)job->done)(error == NULL ? bytes : NULL, error, job->userdata);
}

static void answer_seal(Fake *fake, const FakeJob *job, const GError *error)
{
    g_autoptr(GBytes) bytes = seal_hash(fake, fake->read.key_hash);
    gboolean given = error == NULL;
    ((CertdSealDone)job->done)(given ? bytes : NULL, given ? fake->read.key_hash : NULL, "rsa:2048",
                               error, job->userdata);
}

static void answer_anchors(const Fake *fake, const FakeJob *job, const GError *error)
{
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    GPtrArray *anchors = fake->anchors != NULL ? fake->anchors : none;
    ((CertdReadAnchorsDone)job->done)(error == NULL ? anchors : NULL, error, job->userdata);
}

static void answer_verify(const Fake *fake, const FakeJob *job, const GError *error)
{
    g_autoptr(GPtrArray) none = certd_finding_list_new();
    GPtrArray *findings = fake->verified != NULL ? fake->verified : none;
    ((CertdVerifyDone)job->done)(error == NULL ? findings : NULL, error, job->userdata);
}

void fake_answer(Fake *fake, FakeKind kind, const GError *error)
{
    fake_peek(fake, kind);
    g_autoptr(FakeJob) job = g_queue_pop_head(&fake->jobs);
    switch (kind) {
    case FAKE_ISSUE:
        answer_issue(fake, job, error);
        break;
    case FAKE_CHECK:
        answer_check(fake, job, error);
        break;
    case FAKE_SEAL:
        answer_seal(fake, job, error);
        break;
    case FAKE_PKCS12:
        ((CertdFdDone)job->done)(-1, error, job->userdata);
        break;
    case FAKE_PKCS7:
        answer_bytes(job, error);
        break;
    case FAKE_RENEW:
        answer_renew(fake, job, error);
        break;
    case FAKE_READ_REQUEST:
        ((CertdReadRequestDone)job->done)(error == NULL ? &fake->requested : NULL, error,
                                          job->userdata);
        break;
    case FAKE_READ:
        ((CertdReadDone)job->done)(error == NULL ? &fake->read : NULL, error, job->userdata);
        break;
    case FAKE_JUDGE:
        answer_judge(fake, job, error);
        break;
    case FAKE_READ_ANCHORS:
        answer_anchors(fake, job, error);
        break;
    case FAKE_VERIFY:
        answer_verify(fake, job, error);
        break;
    }
}

void fake_answer_code(Fake *fake, FakeKind kind, CertdError code)
{
    g_autoptr(GError) error = g_error_new(CERTD_ERROR, (int)code, "a fault that was made");
    fake_answer(fake, kind, error);
}
