/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The workers: what they are asked waits. */

#include "fake.h"

void fake_job_free(FakeJob *job)
{
    g_clear_pointer(&job->subject, certd_subject_free);
    g_clear_pointer(&job->sans, g_ptr_array_unref);
    g_clear_pointer(&job->permitted, g_ptr_array_unref);
    g_clear_pointer(&job->sealed, g_bytes_unref);
    g_clear_pointer(&job->signer, g_bytes_unref);
    g_clear_pointer(&job->leaf_hash, g_bytes_unref);
    g_free(job);
}

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

static CertdJobId open_key(CertdWorkers *workers, const char *key_id, GBytes *sealed_key,
                           CertdFdDone done, void *userdata)
{
    FakeJob *job = push(workers, FAKE_OPEN_KEY, done, userdata);
    job->sealed = g_bytes_ref(sealed_key);
    return job->id;
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
            fake_job_free(job);
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
        .open_key = open_key,
        .export_pkcs7 = export_pkcs7,
        .renew_sealing_key = renew,
        .read_request = read_request,
        .read = read_bundle,
        .judge = judge,
        .read_anchors = read_anchors,
        .verify = verify,
        .cancel = cancel,
    };
    fake->opened = -1;
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
