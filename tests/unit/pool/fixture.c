/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A pool in a directory of its own with the real worker program, and callbacks that keep what they
 * are told. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "model/error.h"
#include "model/names.h"
#include "model/san.h"
#include "wire/memfd.h"

/* A key on P-256 with its self-signed certificate for dev1.example.org. */
const char fixture_bundle[] = "-----BEGIN PRIVATE KEY-----\n"
                              "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgQSm2dBDY+OPEJWtc\n"
                              "QaopnOWUHA0dMTOxXVTNmtjC2g2hRANCAATQb9xycnj8dGu1PKt+od6QQ/9xFP1d\n"
                              "odDj6YvkTeabJuidAZ0hx42oZmEh8Y34kflCoRSb+zP047Vd/BDypuZS\n"
                              "-----END PRIVATE KEY-----\n"
                              "-----BEGIN CERTIFICATE-----\n"
                              "MIIBqjCCAVCgAwIBAgIUW+KEJJJrtZ+v1NvXDzUIm0XCwcIwCgYIKoZIzj0EAwIw\n"
                              "GzEZMBcGA1UEAwwQZGV2MS5leGFtcGxlLm9yZzAgFw0yNjExMjEwMTQwMzNaGA8y\n"
                              "MTI2MTAyODAxNDAzM1owGzEZMBcGA1UEAwwQZGV2MS5leGFtcGxlLm9yZzBZMBMG\n"
                              "ByqGSM49AgEGCCqGSM49AwEHA0IABNBv3HJyePx0a7U8q36h3pBD/3EU/V2h0OPp\n"
                              "i+RN5psm6J0BnSHHjahmYSHxjfiR+UKhFJv7M/TjtV38EPKm5lKjcDBuMB0GA1Ud\n"
                              "DgQWBBQ8lXT7L73WwA0gdl3D4D14d1Bn7TAfBgNVHSMEGDAWgBQ8lXT7L73WwA0g\n"
                              "dl3D4D14d1Bn7TAPBgNVHRMBAf8EBTADAQH/MBsGA1UdEQQUMBKCEGRldjEuZXhh\n"
                              "bXBsZS5vcmcwCgYIKoZIzj0EAwIDSAAwRQIhAKEX5R742E2JIZw2KpOnTveDhL+Y\n"
                              "M4au9R2MnsI91woRAiAQikJO2mIOKpEwUQDpa9hs4TfwMRTEy8GJiXstckj9Xg==\n"
                              "-----END CERTIFICATE-----\n";

static mode_t fsync_type;
static int fsync_error;

/* In the place of the C library's. */
int fsync(int fd)
{
    struct stat status;

    if (fsync_error == 0 || fstat(fd, &status) < 0 || (status.st_mode & S_IFMT) != fsync_type)
        return (int)syscall(SYS_fsync, fd);
    errno = fsync_error;
    return -1;
}

void fixture_fail_fsync(mode_t type, int code)
{
    fsync_type = type;
    fsync_error = code;
}

void fixture_start(Fixture *fixture, const char *credentials)
{
    g_autoptr(GError) error = NULL;

    if (!fixture->directory) {
        fixture->directory = g_dir_make_tmp("certd-pool-XXXXXX", &error);
        g_assert_no_error(error);
    }
    g_assert_cmpint(sd_event_new(&fixture->event), >=, 0);
    fixture->pool =
        certd_pool_new(fixture->event, fixture_program(), fixture->directory, credentials, &error);
    g_assert_no_error(error);
    fixture->workers = certd_pool_workers(fixture->pool);
}

const char *fixture_program(void)
{
    const char *program = g_getenv("CERTD_TEST_WORKER");

    g_assert_nonnull(program);
    return program;
}

void fixture_stop(Fixture *fixture)
{
    g_clear_pointer(&fixture->pool, certd_pool_free);
    g_clear_pointer(&fixture->event, sd_event_unref);
}

void fixture_remove(Fixture *fixture)
{
    g_autoptr(GDir) directory = g_dir_open(fixture->directory, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(directory))) {
        g_autofree char *path = g_build_filename(fixture->directory, name, NULL);

        g_assert_cmpint(g_unlink(path), ==, 0);
    }
    g_assert_cmpint(g_rmdir(fixture->directory), ==, 0);
    g_clear_pointer(&fixture->directory, g_free);
}

void fixture_turn(Fixture *fixture)
{
    /* Each wait ends with an event, or the test has hung. */
    g_assert_cmpint(sd_event_run(fixture->event, 100 * G_USEC_PER_SEC), >, 0);
}

void fixture_wait(Fixture *fixture, const Answer *answer)
{
    while (answer->n_calls == 0)
        fixture_turn(fixture);
    g_assert_cmpuint(answer->n_calls, ==, 1);
}

unsigned int fixture_count_files(const Fixture *fixture, const char *prefix)
{
    g_autoptr(GDir) directory = g_dir_open(fixture->directory, 0, NULL);
    const char *name;
    unsigned int n = 0;

    while ((name = g_dir_read_name(directory)))
        n += g_str_has_prefix(name, prefix);
    return n;
}

void fixture_assert_sealing_key(Fixture *fixture, gboolean ok)
{
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(certd_pool_check_sealing_key(fixture->pool, &error), ==, ok);
    if (ok)
        g_assert_no_error(error);
    else
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
}

void fixture_stop_and_remove(Fixture *fixture)
{
    fixture_stop(fixture);
    fixture_remove(fixture);
}

char *fixture_key_path(const Fixture *fixture)
{
    return g_build_filename(fixture->directory, CERTD_SEALING_KEY_FILE, NULL);
}

char *credentials_new(const char *content)
{
    g_autoptr(GError) error = NULL;
    char *directory = g_dir_make_tmp("certd-credentials-XXXXXX", &error);
    g_autofree char *path = g_build_filename(directory, CERTD_WRAPPING_CREDENTIAL, NULL);

    g_assert_no_error(error);
    if (content)
        g_assert_true(g_file_set_contents(path, content, -1, NULL));
    return directory;
}

void credentials_remove(const char *directory)
{
    g_autofree char *path = g_build_filename(directory, CERTD_WRAPPING_CREDENTIAL, NULL);

    (void)g_unlink(path);
    g_assert_cmpint(g_rmdir(directory), ==, 0);
}

void fixture_start_broken(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;

    fixture->directory = g_dir_make_tmp("certd-pool-XXXXXX", &error);
    g_assert_no_error(error);
    path = fixture_key_path(fixture);
    g_assert_true(g_file_set_contents(path, "damaged", -1, NULL));
    fixture_start(fixture, NULL);
    fixture_assert_sealing_key(fixture, FALSE);
}

pid_t fixture_wait_busy(Fixture *fixture, CertdProcessRole role)
{
    for (;;) {
        g_autoptr(GArray) pids = certd_pool_pids(fixture->pool, role, TRUE);

        if (pids->len > 0)
            return g_array_index(pids, pid_t, 0);
        fixture_turn(fixture);
    }
}

void answer_clear(Answer *answer)
{
    g_clear_error(&answer->error);
    g_clear_pointer(&answer->sealed_key, g_bytes_unref);
    g_clear_pointer(&answer->hash, g_bytes_unref);
    g_clear_pointer(&answer->request, g_bytes_unref);
    g_clear_pointer(&answer->certificate, g_bytes_unref);
    g_clear_pointer(&answer->text, g_free);
    if (answer->has_fd)
        close(answer->fd);
    memset(answer, 0, sizeof(*answer));
}

static void note(Answer *answer, const GError *error, gboolean has_result)
{
    answer->n_calls++;
    g_clear_error(&answer->error);
    answer->error = error ? g_error_copy(error) : NULL;
    /* One of the two, always. */
    g_assert_true(has_result == (error == NULL));
}

static GBytes *keep(GBytes *bytes)
{
    return bytes ? g_bytes_ref(bytes) : NULL;
}

void on_issue(CertdIssueResult *result, const GError *error, void *userdata)
{
    Answer *answer = userdata;

    note(answer, error, result != NULL);
    if (!result)
        return;
    answer->sealed_key = keep(result->sealed_key);
    answer->hash = keep(result->public_key_hash);
    answer->request = keep(result->request);
    answer->certificate = keep(result->certificate);
    answer->has_details = result->details != NULL;
}

void on_seal(GBytes *sealed_key, GBytes *public_key_hash, const char *key_type, const GError *error,
             void *userdata)
{
    Answer *answer = userdata;

    note(answer, error, sealed_key && public_key_hash && key_type);
    answer->sealed_key = keep(sealed_key);
    answer->hash = keep(public_key_hash);
    answer->text = g_strdup(key_type);
}

void on_fd(int fd, const GError *error, void *userdata)
{
    Answer *answer = userdata;

    note(answer, error, fd >= 0);
    answer->has_fd = fd >= 0;
    answer->fd = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;
}

void on_bytes(GBytes *bytes, const GError *error, void *userdata)
{
    Answer *answer = userdata;

    note(answer, error, bytes != NULL);
    answer->request = keep(bytes);
}

void on_renewed(GBytes *bytes, const GError *error, void *userdata)
{
    Answer *answer = userdata;

    g_assert_null(bytes);
    note(answer, error, error == NULL);
}

void on_read_request(CertdReadRequestResult *result, const GError *error, void *userdata)
{
    Answer *answer = userdata;

    note(answer, error, result != NULL);
    if (!result)
        return;
    answer->text = g_strdup(result->key_type);
    answer->hash = keep(result->public_key_hash);
    answer->n_names = result->sans->len;
}

void on_read(CertdReadResult *result, const GError *error, void *userdata)
{
    Answer *answer = userdata;

    note(answer, error, result != NULL);
    if (!result)
        return;
    answer->text = g_strdup(result->format);
    answer->has_key = result->has_key;
    answer->hash = keep(result->key_hash);
    answer->n_certificates = result->public_key_hashes->len;
}

void on_judge(CertdJudgeResult *result, int key_fd, const GError *error, void *userdata)
{
    Answer *answer = userdata;

    note(answer, error, result != NULL);
    answer->has_fd = key_fd >= 0;
    answer->fd = key_fd >= 0 ? fcntl(key_fd, F_DUPFD_CLOEXEC, 3) : -1;
    if (!result)
        return;
    answer->n_certificates = result->chain->len;
    answer->certificate = result->chain->len > 0 ? keep(g_ptr_array_index(result->chain, 0)) : NULL;
}

CertdIssueJob *issue_job_new(CertdKeyType type)
{
    CertdIssueJob *job = g_new0(CertdIssueJob, 1);

    job->kind = CERTD_ISSUE_REQUEST;
    job->key_id = g_strdup("0123456789abcdef0123456789abcdef");
    job->key_type = type;
    job->digest = CERTD_DIGEST_SHA256;
    job->subject = certd_subject_parse("CN=dev1.example.org,C=DE", NULL);
    job->sans = certd_san_list_new();
    g_assert_true(
        certd_san_list_add(job->sans, certd_san_parse("DNS:dev1.example.org", NULL), NULL, NULL));
    job->validity.not_before = 1760000000;
    job->validity.not_after = 1790000000;
    job->purposes = CERTD_PURPOSE_SERVER;
    return job;
}

CertdJobId issue_start(Fixture *fixture, CertdKeyType type, Answer *answer)
{
    g_autoptr(CertdIssueJob) job = issue_job_new(type);
    CertdJobId id = fixture->workers->issue(fixture->workers, job, on_issue, answer);

    g_assert_cmpuint(id, !=, 0);
    /* Never before the call that asked has returned. */
    g_assert_cmpuint(answer->n_calls, ==, 0);
    return id;
}

void issue_wait(Fixture *fixture, CertdKeyType type, Answer *answer)
{
    issue_start(fixture, type, answer);
    fixture_wait(fixture, answer);
}

void issue_again(Fixture *fixture, const Answer *from, Answer *answer)
{
    g_autoptr(CertdIssueJob) job = issue_job_new(CERTD_KEY_ED25519);

    job->sealed_key = g_bytes_ref(from->sealed_key);
    fixture->workers->issue(fixture->workers, job, on_issue, answer);
    g_assert_cmpuint(answer->n_calls, ==, 0);
    fixture_wait(fixture, answer);
}

int memfd_of(const void *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    int fd = certd_memfd_new("test", data, size, &error);

    g_assert_no_error(error);
    return fd;
}
