/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the workers answer: made up, but it hangs together. */

#include "fake.h"

#include <string.h>
#include <unistd.h>

#include "model/finding.h"
#include "model/san.h"
#include "service/sealed.h"

#define HASH_SIZE 32u

G_DEFINE_AUTOPTR_CLEANUP_FUNC(FakeJob, fake_job_free)

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

static void answer_open_key(Fake *fake, const FakeJob *job, const GError *error)
{
    g_autoptr(GBytes) hash = open_sealed(fake, job->sealed);
    g_autoptr(GError) failure = error != NULL ? g_error_copy(error) : NULL;
    int own = -1;
    if (failure == NULL && hash == NULL)
        failure = key_unavailable();
    if (failure == NULL && fake->opened < 0)
        own = certd_sealed_new(-1, "key", &failure);
    int fd = fake->opened >= 0 ? fake->opened : own;
    ((CertdFdDone)job->done)(failure == NULL ? fd : -1, failure, job->userdata);
    if (own >= 0)
        close(own);
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
    case FAKE_OPEN_KEY:
        answer_open_key(fake, job, error);
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
