/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the pool's tests share: a pool with real workers, and callbacks. */
#pragma once

#include <sys/stat.h>

#include "pool/pool.h"

typedef struct {
    char *directory;
    sd_event *event;
    CertdPool *pool;
    CertdWorkers *workers;
} Fixture;

/* What a callback was told. */
typedef struct {
    unsigned int n_calls;
    GError *error;
    GBytes *sealed_key, *hash, *request, *certificate;
    char *text; /* key type or format */
    gboolean has_key, has_details, has_fd;
    int fd;
    unsigned int n_certificates, n_names;
} Answer;

extern const char fixture_bundle[];

/* Starts a pool, in the directory that the fixture has or a new one. */
void fixture_start(Fixture *fixture, const char *credentials);
void fixture_stop(Fixture *fixture);
/* Removes the directory. */
void fixture_remove(Fixture *fixture);
void fixture_stop_and_remove(Fixture *fixture);
/* Starts a pool in a new directory, whose sealing key is damaged, and waits until it knows. */
void fixture_start_broken(Fixture *fixture);
/* The file with the sealing key; caller frees. */
char *fixture_key_path(const Fixture *fixture);
/* A directory for credentials with the wrapping key @content, or without one where that is NULL; caller
 * removes it, and frees. */
char *credentials_new(const char *content);
void credentials_remove(const char *directory);
/* From now on fsync() of what has the file type @type (S_IFMT) fails with @code; never where that is 0. */
void fixture_fail_fsync(mode_t type, int code);
/* The worker program. */
const char *fixture_program(void);

/* One turn of the event loop, or failure; turns until @answer has been given once; turns until a
 * worker of @role is at work. */
void fixture_turn(Fixture *fixture);
void fixture_wait(Fixture *fixture, const Answer *answer);
/* How many files in the directory begin with @prefix. */
unsigned int fixture_count_files(const Fixture *fixture, const char *prefix);
/* Checks the sealing key: it can be used, or it cannot where @ok is FALSE. */
void fixture_assert_sealing_key(Fixture *fixture, gboolean ok);
pid_t fixture_wait_busy(Fixture *fixture, CertdProcessRole role);

void answer_clear(Answer *answer);
void on_issue(CertdIssueResult *result, const GError *error, void *userdata);
void on_seal(GBytes *sealed_key, GBytes *public_key_hash, const char *key_type, const GError *error,
             void *userdata);
void on_fd(int fd, const GError *error, void *userdata);
void on_bytes(GBytes *bytes, const GError *error, void *userdata);
void on_renewed(GBytes *bytes, const GError *error, void *userdata);
void on_read_request(CertdReadRequestResult *result, const GError *error, void *userdata);
void on_read(CertdReadResult *result, const GError *error, void *userdata);
void on_judge(CertdJudgeResult *result, int key_fd, const GError *error, void *userdata);

CertdIssueJob *issue_job_new(CertdKeyType type);
CertdJobId issue_start(Fixture *fixture, CertdKeyType type, Answer *answer);
void issue_wait(Fixture *fixture, CertdKeyType type, Answer *answer);
/* With the key of @from; waits. */
void issue_again(Fixture *fixture, const Answer *from, Answer *answer);
int memfd_of(const void *data, size_t size);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answer, answer_clear)
