/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the daemon asks of its workers: one struct a job and one a result, and the table of
 * functions through which the use cases ask, so that their tests can run against a fake. Structs
 * cross the socketpair as a{sv}; descriptors go beside them.
 */
#pragma once

#include "model/key-type.h"
#include "model/permitted.h"
#include "model/san.h"
#include "model/settings.h"
#include "model/validity.h"

G_BEGIN_DECLS

/* What an issue job makes. */
typedef enum {
    CERTD_ISSUE_REQUEST,     /* a certification request (PKCS#10) */
    CERTD_ISSUE_SELF_SIGNED, /* a certificate that its own key signs */
    CERTD_ISSUE_AUTHORITY,   /* likewise, of an authority: one that may sign others */
    CERTD_ISSUE_SIGNED,      /* a certificate that the signer signs */
    CERTD_ISSUE_KIND_COUNT_,
} CertdIssueKind;

/* What a certificate's key is for (RFC 5280 4.2.1.12). */
typedef enum {
    CERTD_PURPOSE_SERVER = 1 << 0, /* serverAuth */
    CERTD_PURPOSE_CLIENT = 1 << 1, /* clientAuth */
} CertdPurposes;

/* Whose key signs. */
typedef struct {
    char *key_id;
    GBytes *sealed_key;
    GBytes *certificate; /* DER, of the authority */
    gboolean known;      /* whoever runs the job has checked the two before; not in its variant */
} CertdSigner;

/* Makes a certification request or a certificate, with a new key, a stored one or a foreign one. */
typedef struct {
    CertdIssueKind kind;
    char *key_id;       /* associated data of the sealed key */
    GBytes *sealed_key; /* NULL: make a new one of @key_type */
    GBytes *public_key; /* DER SubjectPublicKeyInfo of somebody else's key, with SIGNED only:
                                * then there is no key of ours; nullable */
    gboolean temporary; /* seal the new key with a key that ends with the daemon */
    CertdKeyType key_type;
    CertdDigest digest; /* ignored where Ed25519 signs, which has its own */
    CertdSubject *subject;
    GPtrArray *sans;          /* of CertdSan */
    char *challenge_password; /* PKCS#9, nullable, secret */
    char *unstructured_name;  /* PKCS#9, nullable */
    CertdValidity validity;   /* of a certificate */
    CertdPurposes purposes;   /* of a request or certificate, but an authority's: it is for both */
    GPtrArray *permitted;     /* with AUTHORITY: of CertdPermitted; NULL: no constraints */
    CertdSigner *signer;      /* with SIGNED */
} CertdIssueJob;

typedef struct {
    GBytes *sealed_key;      /* of the new key; the given one otherwise; NULL with @public_key */
    GBytes *public_key_hash; /* SHA-256 of the DER SubjectPublicKeyInfo, 32 bytes */
    GBytes *request;         /* DER PKCS#10, or NULL */
    GBytes *certificate;     /* DER, or NULL */
    GVariant *details;       /* of the certificate: a{sv}, see x509/details.h; or NULL */
} CertdIssueResult;

/* What a foreign certification request asks for (R28). Its signature is right, and it asks for
 * nothing that we don't issue. */
typedef struct {
    CertdSubject *subject;
    GPtrArray *sans;         /* of CertdSan, may be empty */
    GBytes *public_key;      /* DER SubjectPublicKeyInfo, written anew */
    GBytes *public_key_hash; /* SHA-256 of it, 32 bytes */
    char *key_type;          /* "rsa:2048", "ec:secp256r1" … */
    CertdPurposes purposes;  /* as asked for; server where nothing was */
} CertdReadRequestResult;

/* What a bundle of foreign bytes holds, as far as the daemon has to know to find the key. */
typedef struct {
    char *format;                 /* "pem", "der", "pkcs7", "pkcs12" … what it was found to be */
    GPtrArray *public_key_hashes; /* of GBytes (32): each certificate's, in the order found */
    gboolean has_key;             /* a private key was in it */
    GBytes *key_hash;             /* its public key's hash; NULL without */
} CertdReadResult;

/* How to judge it. */
typedef struct {
    GBytes *leaf_hash;  /* which public key the leaf has; NULL: the one that issues no other */
    gboolean key_known; /* the daemon has or the bundle brings the leaf's key */
    gboolean want_key;  /* hand out the private key of the bundle */
    GPtrArray *names;   /* of CertdSan: any one that the certificate should answer for */
    gint64 now;         /* seconds since the epoch */
    gboolean clock_trusted;
    CertdPolicy policy;
} CertdJudgeJob;

typedef struct {
    GPtrArray *chain;    /* of GBytes: DER, leaf first, in order, without the root */
    GVariant *details;   /* of the leaf, a{sv} */
    GPtrArray *findings; /* of CertdFinding */
} CertdJudgeResult;

/* A certificate that may be trusted. */
typedef struct {
    GBytes *certificate; /* DER */
    char *fingerprint;   /* SHA-256 of it, lower-case hex */
    char *subject_hash;  /* 8 hex digits: its file's name in a directory that OpenSSL looks in */
    GVariant *details;   /* a{sv}, see x509/details.h */
} CertdAnchor;

/* Whether a chain, which goes beside it, can be trusted (RFC 5280 6). */
typedef struct {
    GPtrArray *anchors;    /* of GBytes: DER, those that are trusted for @purpose; may be empty */
    CertdSan *name;        /* DNS or IP that the leaf must answer for; NULL: any */
    CertdPurposes purpose; /* exactly one: what the leaf is to be used for */
    gint64 now;            /* seconds since the epoch */
    gboolean clock_trusted;
    CertdPolicy policy;
} CertdVerifyJob;

void certd_issue_job_free(CertdIssueJob *job);
void certd_issue_result_free(CertdIssueResult *result);
/* What is in @result, which is empty then. Caller frees. */
CertdIssueResult *certd_issue_result_take(CertdIssueResult *result);
void certd_signer_free(CertdSigner *signer);
void certd_read_request_result_free(CertdReadRequestResult *result);
void certd_read_result_free(CertdReadResult *result);
void certd_judge_job_free(CertdJudgeJob *job);
void certd_judge_result_free(CertdJudgeResult *result);
void certd_anchor_free(CertdAnchor *anchor);
void certd_verify_job_free(CertdVerifyJob *job);

/* To a floating a{sv}, and from one; NULL with CERTD_ERROR_MALFORMED where a key is missing,
 * unknown or of a wrong type. They validate as strictly as any input. */
GVariant *certd_issue_job_to_variant(const CertdIssueJob *job);
CertdIssueJob *certd_issue_job_from_variant(GVariant *dict, GError **error);
GVariant *certd_issue_result_to_variant(const CertdIssueResult *result);
CertdIssueResult *certd_issue_result_from_variant(GVariant *dict, GError **error);
GVariant *certd_read_request_result_to_variant(const CertdReadRequestResult *result);
CertdReadRequestResult *certd_read_request_result_from_variant(GVariant *dict, GError **error);
GVariant *certd_read_result_to_variant(const CertdReadResult *result);
CertdReadResult *certd_read_result_from_variant(GVariant *dict, GError **error);
GVariant *certd_judge_job_to_variant(const CertdJudgeJob *job);
CertdJudgeJob *certd_judge_job_from_variant(GVariant *dict, GError **error);
GVariant *certd_judge_result_to_variant(const CertdJudgeResult *result);
CertdJudgeResult *certd_judge_result_from_variant(GVariant *dict, GError **error);
GVariant *certd_verify_job_to_variant(const CertdVerifyJob *job);
CertdVerifyJob *certd_verify_job_from_variant(GVariant *dict, GError **error);
/* Likewise a list of CertdAnchor, which frees what it holds, to and from aa{sv}. */
GVariant *certd_anchors_to_variant(const GPtrArray *anchors);
GPtrArray *certd_anchors_from_variant(GVariant *array, GError **error);

/* Answers come once, from the event loop and never before the call that asked has returned. On
 * failure the result is NULL and @error set; both are the callee's only until the callback
 * returns. */
typedef void (*CertdIssueDone)(CertdIssueResult *result, const GError *error, void *userdata);
typedef void (*CertdReadRequestDone)(CertdReadRequestResult *result, const GError *error,
                                     void *userdata);
typedef void (*CertdReadDone)(CertdReadResult *result, const GError *error, void *userdata);
/* @key_fd is a sealed memfd with the PKCS#8 DER of the bundle's key, or -1; dup() to keep it. */
typedef void (*CertdJudgeDone)(CertdJudgeResult *result, int key_fd, const GError *error,
                               void *userdata);
/* @sealed_key and @public_key_hash of the key that was sealed, and its type's name
 * ("rsa:2048", also sizes we don't make ourselves). */
typedef void (*CertdSealDone)(GBytes *sealed_key, GBytes *public_key_hash, const char *key_type,
                              const GError *error, void *userdata);
typedef void (*CertdBytesDone)(GBytes *bytes, const GError *error, void *userdata);
/* @fd is a sealed memfd; dup() to keep it. */
typedef void (*CertdFdDone)(int fd, const GError *error, void *userdata);

/* @anchors: of CertdAnchor, in the order found. */
typedef void (*CertdReadAnchorsDone)(GPtrArray *anchors, const GError *error, void *userdata);
/* @findings: of CertdFinding. The chain can be trusted where none is an error. */
typedef void (*CertdVerifyDone)(GPtrArray *findings, const GError *error, void *userdata);

typedef struct CertdWorkers CertdWorkers;

/* A job under way. 0 is never one. */
typedef guint64 CertdJobId;

struct CertdWorkers {
    /* Keys role. */
    CertdJobId (*issue)(CertdWorkers *workers, const CertdIssueJob *job, CertdIssueDone done,
                        void *userdata);
    /* Opens a stored key: its public key's hash, or KEY_UNAVAILABLE where it can't be opened. */
    CertdJobId (*check)(CertdWorkers *workers, const char *key_id, GBytes *sealed_key,
                        CertdBytesDone done, void *userdata);
    CertdJobId (*seal)(CertdWorkers *workers, const char *key_id, int key_fd, CertdSealDone done,
                       void *userdata);
    /* @chain: GBytes of DER; @passphrase_fd: a memfd with the bytes, no terminator. */
    CertdJobId (*export_pkcs12)(CertdWorkers *workers, const char *key_id, GBytes *sealed_key,
                                GPtrArray *chain, const char *friendly_name, int passphrase_fd,
                                CertdFdDone done, void *userdata);
    CertdJobId (*export_pkcs7)(CertdWorkers *workers, GPtrArray *chain, CertdBytesDone done,
                               void *userdata);
    /* Opens a stored key for its consumer: PKCS#8 PEM in a sealed memfd, which nobody here reads. */
    CertdJobId (*open_key)(CertdWorkers *workers, const char *key_id, GBytes *sealed_key,
                           CertdFdDone done, void *userdata);
    /* Makes a fresh sealing key, and restarts the keys workers with it: what the old one sealed
     * can't be opened any more. @keep_old: the old file is set aside under a dated name, else it is
     * overwritten. The bytes are NULL. */
    CertdJobId (*renew_sealing_key)(CertdWorkers *workers, gboolean keep_old, CertdBytesDone done,
                                    void *userdata);
    /* Parse role: reads a certification request, PEM or DER, in a process that ends with it. */
    CertdJobId (*read_request)(CertdWorkers *workers, int data_fd, CertdPolicy policy,
                               CertdReadRequestDone done, void *userdata);
    /* Parse role: a fresh process reads, waits for the verdict it is asked for, and ends.
     * @passphrase_fd -1 for none. After @read the same job is judged once with @judge, or
     * cancelled. */
    CertdJobId (*read)(CertdWorkers *workers, int data_fd, int passphrase_fd, CertdReadDone done,
                       void *userdata);
    CertdJobId (*judge)(CertdWorkers *workers, CertdJobId read, const CertdJudgeJob *job,
                        CertdJudgeDone done, void *userdata);
    /* Parse role, a fresh process each, which ends with the answer: reads what is to be trusted,
     * all or nothing, in any format. @passphrase_fd -1 for none. */
    CertdJobId (*read_anchors)(CertdWorkers *workers, int data_fd, int passphrase_fd,
                               CertdReadAnchorsDone done, void *userdata);
    /* Judges a chain in any format and order: the leaf, and authorities between it and an
     * anchor. */
    CertdJobId (*verify)(CertdWorkers *workers, int data_fd, const CertdVerifyJob *job,
                         CertdVerifyDone done, void *userdata);
    /* Ends a job: its callback is not called any more. One that is running costs its process. */
    void (*cancel)(CertdWorkers *workers, CertdJobId job);
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdIssueJob, certd_issue_job_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdIssueResult, certd_issue_result_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdSigner, certd_signer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdReadRequestResult, certd_read_request_result_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdReadResult, certd_read_result_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdJudgeJob, certd_judge_job_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdJudgeResult, certd_judge_result_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdAnchor, certd_anchor_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdVerifyJob, certd_verify_job_free)

G_END_DECLS
