/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The jobs of both roles as certd asks for them: over the interface, dictionaries and all. */
#include <fcntl.h>
#include <unistd.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"
#include "pair.h"
#include "wire/memfd.h"
#include "wire/variant.h"

static int memfd_of(GBytes *bytes)
{
    g_autoptr(GError) error = NULL;
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    int fd = certd_memfd_new("test", data, size, &error);

    g_assert_no_error(error);
    return fd;
}

static void assert_error(sd_bus_message *reply, CertdError code)
{
    const sd_bus_error *error = sd_bus_message_get_error(reply);

    g_assert_nonnull(error);
    g_assert_cmpstr(error->name, ==, certd_error_dbus_name(code));
}

/* A keys worker that has a sealing key. */
static void pair_start_unlocked(Pair *pair)
{
    pair->worker.sealing_key = certd_secret_new(32);
    pair_start(pair, CERTD_ROLE_KEYS);
}

static void pair_stop_unlocked(Pair *pair)
{
    pair_stop(pair);
    certd_secret_free(pair->worker.sealing_key);
    certd_signer_free(pair->worker.signer);
}

/* @method of a stored key. */
static sd_bus_message *ask(Pair *pair, const char *method, const char *key_id, GBytes *sealed)
{
    sd_bus_message *message = pair_call(pair, CERTD_INTERFACE_WORKER, method);
    gsize size;
    const void *data = g_bytes_get_data(sealed, &size);

    g_assert_cmpint(sd_bus_message_append(message, "s", key_id), >=, 0);
    g_assert_cmpint(sd_bus_message_append_array(message, 'y', data, size), >=, 0);
    return pair_exchange(pair, message);
}

/* @pem is the private key with the public key's hash @hash. */
static void assert_key(GBytes *pem, GBytes *hash)
{
    g_autoptr(GError) error = NULL;
    g_auto(gnutls_x509_privkey_t) key = NULL;
    gnutls_datum_t datum = {(unsigned char *)g_bytes_get_data(pem, NULL),
                            (unsigned int)g_bytes_get_size(pem)};
    g_autoptr(GBytes) found = NULL;

    g_assert_cmpint(gnutls_x509_privkey_init(&key), ==, 0);
    g_assert_cmpint(
        gnutls_x509_privkey_import_pkcs8(key, &datum, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN),
        ==, 0);
    found = certd_key_public_hash(key, &error);
    g_assert_no_error(error);
    g_assert_true(g_bytes_equal(found, hash));
}

static CertdIssueResult *issue(Pair *pair, const CertdIssueJob *job)
{
    g_autoptr(GError) error = NULL;
    sd_bus_message *message = pair_call(pair, CERTD_INTERFACE_WORKER, "Issue");
    g_autoptr(sd_bus_message) reply = NULL;
    g_autoptr(GVariant) dict = NULL;
    CertdIssueResult *result;

    g_assert_cmpint(certd_variant_append_packed(message, certd_issue_job_to_variant(job)), >=, 0);
    reply = pair_exchange(pair, message);
    g_assert_null(sd_bus_message_get_error(reply));
    dict = certd_variant_read_packed(reply, "a{sv}", &error);
    g_assert_no_error(error);
    result = certd_issue_result_from_variant(dict, &error);
    g_assert_no_error(error);
    return result;
}

static CertdIssueJob *job_new(CertdIssueKind kind, const char *key_id)
{
    g_autoptr(GError) error = NULL;
    CertdIssueJob *job = g_new0(CertdIssueJob, 1);

    job->kind = kind;
    job->key_id = g_strdup(key_id);
    job->key_type = CERTD_KEY_EC_SECP256R1;
    job->digest = CERTD_DIGEST_SHA256;
    job->subject = certd_subject_parse("CN=a", &error);
    g_assert_no_error(error);
    job->sans = certd_san_list_new();
    job->purposes = CERTD_PURPOSE_SERVER;
    job->validity = (CertdValidity){1750000000, 1760000000};
    return job;
}

static CertdSigner *signer_new(const CertdIssueResult *authority)
{
    CertdSigner *signer = g_new0(CertdSigner, 1);

    signer->key_id = g_strdup("authority");
    signer->sealed_key = g_bytes_ref(authority->sealed_key);
    signer->certificate = g_bytes_ref(authority->certificate);
    return signer;
}

/* Check opens a key, and tells when it can't. */
static void test_check(void)
{
    Pair pair = {0};
    g_autoptr(CertdIssueJob) job = job_new(CERTD_ISSUE_REQUEST, "k1");
    g_autoptr(CertdIssueResult) made = NULL;
    g_autoptr(sd_bus_message) good = NULL;
    g_autoptr(sd_bus_message) foreign = NULL;
    g_autoptr(sd_bus_message) damaged = NULL;
    g_autoptr(GBytes) cut = NULL;
    const void *hash;
    size_t size;

    pair_start_unlocked(&pair);
    made = issue(&pair, job);
    good = ask(&pair, "Check", "k1", made->sealed_key);
    g_assert_cmpint(sd_bus_message_read_array(good, 'y', &hash, &size), >, 0);
    g_assert_cmpmem(hash, size, g_bytes_get_data(made->public_key_hash, NULL), 32);
    foreign = ask(&pair, "Check", "k2", made->sealed_key);
    assert_error(foreign, CERTD_ERROR_KEY_UNAVAILABLE);
    cut = g_bytes_new_from_bytes(made->sealed_key, 0, g_bytes_get_size(made->sealed_key) - 1);
    damaged = ask(&pair, "Check", "k1", cut);
    assert_error(damaged, CERTD_ERROR_KEY_UNAVAILABLE);
    pair_stop_unlocked(&pair);
}

/* R29: a stored key goes out in clear, in memory that nobody can change; or not at all. */
static void test_open_key(void)
{
    Pair pair = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdIssueJob) job = job_new(CERTD_ISSUE_REQUEST, "k1");
    g_autoptr(CertdIssueResult) made = NULL;
    g_autoptr(sd_bus_message) good = NULL;
    g_autoptr(GBytes) pem = NULL;
    int fd = -1;

    pair_start_unlocked(&pair);
    /* Descriptors can be sent once the two have agreed on them. */
    sd_bus_message_unref(
        pair_exchange(&pair, pair_call(&pair, "org.freedesktop.DBus.Peer", "Ping")));
    made = issue(&pair, job);
    good = ask(&pair, "OpenKey", "k1", made->sealed_key);
    g_assert_null(sd_bus_message_get_error(good));
    g_assert_cmpint(sd_bus_message_read(good, "h", &fd), >, 0);
    g_assert_cmpint(fcntl(fd, F_GET_SEALS), ==,
                    F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
    pem = certd_fd_read(fd, CERTD_LIMIT_INPUT_BYTES, &error);
    g_assert_no_error(error);
    assert_key(pem, made->public_key_hash);
    pair_stop_unlocked(&pair);
}

/* R29 */
static void test_open_key_refused(void)
{
    Pair pair = {0};
    g_autoptr(CertdIssueJob) job = job_new(CERTD_ISSUE_REQUEST, "k1");
    g_autoptr(CertdIssueResult) made = NULL;
    g_autoptr(GBytes) cut = NULL;
    g_autoptr(GBytes) empty = g_bytes_new(NULL, 0);

    pair_start_unlocked(&pair);
    made = issue(&pair, job);
    cut = g_bytes_new_from_bytes(made->sealed_key, 0, g_bytes_get_size(made->sealed_key) - 1);
    const struct {
        const char *key_id;
        GBytes *sealed;
    } rows[] = {{"k2", made->sealed_key}, {"k1", cut}, {"k1", empty}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(sd_bus_message) reply = ask(&pair, "OpenKey", rows[i].key_id, rows[i].sealed);

        assert_error(reply, CERTD_ERROR_KEY_UNAVAILABLE);
    }
    /* Another sealing key. */
    certd_secret_data(pair.worker.sealing_key)[0] ^= 1;
    g_autoptr(sd_bus_message) other = ask(&pair, "OpenKey", "k1", made->sealed_key);
    assert_error(other, CERTD_ERROR_KEY_UNAVAILABLE);
    pair_stop_unlocked(&pair);
}

/* R22, R23, R28: an authority, what it signs for a new key, and for a foreign one. */
static void test_sign(void)
{
    Pair pair = {0};
    g_autoptr(CertdIssueJob) authority_job = job_new(CERTD_ISSUE_AUTHORITY, "authority");
    g_autoptr(CertdIssueJob) own_job = job_new(CERTD_ISSUE_SIGNED, "k1");
    g_autoptr(CertdIssueJob) foreign_job = job_new(CERTD_ISSUE_SIGNED, "k2");
    g_autoptr(CertdIssueResult) authority = NULL;
    g_autoptr(CertdIssueResult) own = NULL;
    g_autoptr(CertdIssueResult) foreign = NULL;
    g_autoptr(GVariant) is_ca = NULL;
    g_autoptr(GVariant) own_is_ca = NULL;
    g_autoptr(GVariant) public_key = NULL;

    pair_start_unlocked(&pair);
    authority_job->purposes = 0;
    authority = issue(&pair, authority_job);
    is_ca = g_variant_lookup_value(authority->details, "is-ca", G_VARIANT_TYPE_BOOLEAN);
    g_assert_true(g_variant_get_boolean(is_ca));
    own_job->signer = signer_new(authority);
    own = issue(&pair, own_job);
    g_assert_nonnull(own->sealed_key);
    own_is_ca = g_variant_lookup_value(own->details, "is-ca", G_VARIANT_TYPE_BOOLEAN);
    g_assert_false(g_variant_get_boolean(own_is_ca));
    public_key = g_variant_lookup_value(own->details, "public-key", G_VARIANT_TYPE_BYTESTRING);
    foreign_job->signer = signer_new(authority);
    foreign_job->public_key = g_variant_get_data_as_bytes(public_key);
    foreign = issue(&pair, foreign_job);
    g_assert_null(foreign->sealed_key);
    g_assert_true(g_bytes_equal(foreign->public_key_hash, own->public_key_hash));
    g_assert_false(g_bytes_equal(foreign->certificate, own->certificate));
    pair_stop_unlocked(&pair);
}

/* A signer that was good is known from then on; one with the certificate or the key of another is
 * not. */
static void test_known_signer(void)
{
    Pair pair = {0};
    g_autoptr(CertdIssueJob) authority_job = job_new(CERTD_ISSUE_AUTHORITY, "authority");
    g_autoptr(CertdIssueResult) one = NULL;
    g_autoptr(CertdIssueResult) other = NULL;

    pair_start_unlocked(&pair);
    authority_job->purposes = 0;
    one = issue(&pair, authority_job);
    other = issue(&pair, authority_job);
    for (int i = 0; i < 4; i++) {
        g_autoptr(CertdIssueJob) job = job_new(CERTD_ISSUE_SIGNED, "k1");
        sd_bus_message *message = pair_call(&pair, CERTD_INTERFACE_WORKER, "Issue");
        g_autoptr(sd_bus_message) reply = NULL;
        gboolean good = i < 2;
        job->signer = signer_new(one);
        if (i == 2) {
            g_bytes_unref(job->signer->certificate);
            job->signer->certificate = g_bytes_ref(other->certificate);
        } else if (i == 3) {
            g_bytes_unref(job->signer->sealed_key);
            job->signer->sealed_key = g_bytes_ref(other->sealed_key);
        }
        g_assert_cmpint(certd_variant_append_packed(message, certd_issue_job_to_variant(job)), >=,
                        0);
        reply = pair_exchange(&pair, message);
        g_assert_cmpint(sd_bus_message_get_error(reply) == NULL, ==, good);
        if (!good)
            g_assert_cmpstr(sd_bus_message_get_error(reply)->name, ==,
                            "org.certd1.Error.KeyMismatch");
    }
    pair_stop_unlocked(&pair);
}

static sd_bus_message *read_request(Pair *pair, GBytes *request, const char *policy)
{
    sd_bus_message *message;
    int fd = memfd_of(request);

    /* Descriptors can be sent once the two have agreed on them. */
    sd_bus_message_unref(pair_exchange(pair, pair_call(pair, "org.freedesktop.DBus.Peer", "Ping")));
    message = pair_call(pair, CERTD_INTERFACE_WORKER, "ReadRequest");
    g_assert_cmpint(sd_bus_message_append(message, "hs", fd, policy), >=, 0);
    close(fd);
    return pair_exchange(pair, message);
}

/* R28: one request, and the worker ends. */
static void test_read_request(void)
{
    Pair keys = {0}, parse = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdIssueJob) job = job_new(CERTD_ISSUE_REQUEST, "k1");
    g_autoptr(CertdIssueResult) made = NULL;
    g_autoptr(sd_bus_message) reply = NULL;
    g_autoptr(sd_bus_message) again = NULL;
    g_autoptr(GVariant) dict = NULL;
    g_autoptr(CertdReadRequestResult) result = NULL;

    pair_start_unlocked(&keys);
    made = issue(&keys, job);
    pair_stop_unlocked(&keys);
    pair_start(&parse, CERTD_ROLE_PARSE);
    reply = read_request(&parse, made->request, "default");
    g_assert_null(sd_bus_message_get_error(reply));
    dict = certd_variant_read(reply, "a{sv}", &error);
    g_assert_no_error(error);
    result = certd_read_request_result_from_variant(dict, &error);
    g_assert_no_error(error);
    g_assert_true(g_bytes_equal(result->public_key_hash, made->public_key_hash));
    g_assert_true(parse.worker.ends);
    again = read_request(&parse, made->request, "default");
    assert_error(again, CERTD_ERROR_WORKER_FAILED);
    pair_stop(&parse);
}

/* What is no request or no policy, too much, or of another role; the worker ends on its own. */
static void test_read_request_refused(void)
{
    g_autofree char *text = g_strnfill(CERTD_LIMIT_REQUEST_BYTES + 1, 'a');
    const struct {
        CertdRole role;
        gsize size;
        const char *policy;
        CertdError code;
    } rows[] = {
        {CERTD_ROLE_KEYS, 5, "default", CERTD_ERROR_WORKER_FAILED},
        {CERTD_ROLE_PARSE, 5, "strict", CERTD_ERROR_WORKER_FAILED},
        {CERTD_ROLE_PARSE, 5, "legacy", CERTD_ERROR_UNSUPPORTED_FORMAT},
        {CERTD_ROLE_PARSE, CERTD_LIMIT_REQUEST_BYTES, "default", CERTD_ERROR_UNSUPPORTED_FORMAT},
        {CERTD_ROLE_PARSE, CERTD_LIMIT_REQUEST_BYTES + 1, "default", CERTD_ERROR_TOO_LARGE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Pair pair = {0};
        g_autoptr(GBytes) bytes = g_bytes_new(text, rows[i].size);
        g_autoptr(sd_bus_message) reply = NULL;

        pair_start(&pair, rows[i].role);
        reply = read_request(&pair, bytes, rows[i].policy);
        assert_error(reply, rows[i].code);
        g_assert_cmpint(pair.worker.ends, ==, rows[i].role == CERTD_ROLE_PARSE);
        pair_stop(&pair);
    }
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/worker/jobs/check", test_check);
    g_test_add_func("/worker/jobs/open-key", test_open_key);
    g_test_add_func("/worker/jobs/open-key-refused", test_open_key_refused);
    g_test_add_func("/worker/jobs/sign", test_sign);
    g_test_add_func("/worker/jobs/sign-known", test_known_signer);
    g_test_add_func("/worker/jobs/read-request", test_read_request);
    g_test_add_func("/worker/jobs/read-request-refused", test_read_request_refused);
    return g_test_run();
}
