/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Handshakes at each level, with each type of key, against GnuTLS as a client that offers what it likes; who vouches
 * for a client; and which sessions are resumed.
 */
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "model/error.h"
#include "tls/credentials.h"

#define USUAL "NORMAL"

/* A key and a self-signed certificate, as PEM; for a client's purpose or a server's. */
static char *make_pem(gnutls_pk_algorithm_t algorithm, unsigned bits, const char *purpose)
{
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t crt;
    gnutls_datum_t key_pem, crt_pem;
    const unsigned char serial[] = {1};
    const time_t now = time(NULL);
    const gnutls_digest_algorithm_t digest =
        algorithm == GNUTLS_PK_EDDSA_ED25519 ? GNUTLS_DIG_SHA512 : GNUTLS_DIG_SHA256;
    g_assert_cmpint(gnutls_x509_privkey_init(&key), ==, 0);
    g_assert_cmpint(gnutls_x509_privkey_generate(key, algorithm, bits, 0), ==, 0);
    g_assert_cmpint(gnutls_x509_crt_init(&crt), ==, 0);
    gnutls_x509_crt_set_version(crt, 3);
    gnutls_x509_crt_set_key(crt, key);
    gnutls_x509_crt_set_serial(crt, serial, sizeof serial);
    gnutls_x509_crt_set_activation_time(crt, now - 3600);
    gnutls_x509_crt_set_expiration_time(crt, now + 3600);
    gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, "Ada", 3);
    gnutls_x509_crt_set_key_purpose_oid(crt, purpose, 0);
    g_assert_cmpint(gnutls_x509_crt_sign2(crt, crt, key, digest, 0), ==, 0);
    g_assert_cmpint(gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL,
                                                      GNUTLS_PKCS_PLAIN, &key_pem),
                    ==, 0);
    g_assert_cmpint(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &crt_pem), ==, 0);
    char *both = g_strdup_printf("%s%s", (char *)key_pem.data, (char *)crt_pem.data);
    gnutls_free(key_pem.data);
    gnutls_free(crt_pem.data);
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
    return both;
}

static int memfd_of(const char *text)
{
    int fd = memfd_create("pem", MFD_CLOEXEC);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(write(fd, text, strlen(text)), ==, (ssize_t)strlen(text));
    return fd;
}

static CertdCredentials *load(const char *pem, guint64 generation, CertdLevel level,
                              const char *trust)
{
    g_autoptr(GError) error = NULL;
    int fd = memfd_of(pem);
    CertdCredentials *credentials = certd_credentials_new(fd, generation, level, trust, &error);
    g_assert_no_error(error);
    close(fd);
    return credentials;
}

static CertdCredentials *usual(CertdLevel level, const char *trust)
{
    g_autofree char *pem =
        make_pem(GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
                 GNUTLS_KP_TLS_WWW_SERVER);
    return load(pem, 1, level, trust);
}

typedef struct {
    const char *priorities;
    const char *pem;             /* the client's own; NULL: none */
    const gnutls_datum_t *begun; /* a session to resume; NULL: none */
} Client;

typedef struct {
    gboolean through;
    gnutls_protocol_t version;
    gboolean resumed;
    gboolean certified;
    char *common_name;
    gnutls_datum_t session;
} Outcome;

static void outcome_clear(Outcome *outcome)
{
    g_free(outcome->common_name);
    gnutls_free(outcome->session.data);
}

static gnutls_session_t begin_client(const Client *client, gnutls_certificate_credentials_t own)
{
    gnutls_session_t session;
    g_assert_cmpint(gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL), ==,
                    0);
    g_assert_cmpint(gnutls_priority_set_direct(session, client->priorities, NULL), ==, 0);
    if (client->pem != NULL) {
        const gnutls_datum_t pem = {(unsigned char *)client->pem, (unsigned)strlen(client->pem)};
        g_assert_cmpint(
            gnutls_certificate_set_x509_key_mem2(own, &pem, &pem, GNUTLS_X509_FMT_PEM, NULL, 0), >=,
            0);
    }
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, own);
    if (client->begun != NULL)
        gnutls_session_set_data(session, client->begun->data, client->begun->size);
    return session;
}

/* Both sides in turn, until both are through or one has failed. */
static gboolean shake_hands(gnutls_session_t one, gnutls_session_t other)
{
    int first = GNUTLS_E_AGAIN, second = GNUTLS_E_AGAIN;
    for (int turn = 0; turn < 100 && (first < 0 || second < 0); turn++) {
        if (first < 0)
            first = gnutls_handshake(one);
        if (second < 0)
            second = gnutls_handshake(other);
        if ((first < 0 && gnutls_error_is_fatal(first)) ||
            (second < 0 && gnutls_error_is_fatal(second)))
            return FALSE;
    }
    return first == 0 && second == 0;
}

/* A ticket is read with what comes behind it. */
static gboolean carries(gnutls_session_t from, gnutls_session_t to)
{
    char byte = 'x';
    ssize_t r = gnutls_record_send(from, &byte, 1) == 1 ? GNUTLS_E_AGAIN : 0;
    for (int turn = 0; turn < 100 && r == GNUTLS_E_AGAIN; turn++)
        r = gnutls_record_recv(to, &byte, 1);
    return r == 1;
}

/* A byte each way: a client of TLS 1.3 hears of its ticket, or that it was refused, with that. */
static gboolean exchange(gnutls_session_t client, gnutls_session_t server)
{
    return carries(server, client) && carries(client, server);
}

static Outcome meet(CertdCredentials *credentials, const Client *client)
{
    Outcome outcome = {0};
    int pair[2];
    gnutls_certificate_credentials_t own;
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), ==, 0);
    g_assert_cmpint(gnutls_certificate_allocate_credentials(&own), ==, 0);
    gnutls_session_t at_server = certd_credentials_begin(credentials);
    gnutls_session_t at_client = begin_client(client, own);
    gnutls_transport_set_int(at_server, pair[0]);
    gnutls_transport_set_int(at_client, pair[1]);
    outcome.through = shake_hands(at_client, at_server) && exchange(at_client, at_server);
    if (outcome.through) {
        outcome.version = gnutls_protocol_get_version(at_server);
        outcome.resumed = gnutls_session_is_resumed(at_server);
        outcome.certified = certd_credentials_certify(at_server, &outcome.common_name);
        g_assert_cmpint(gnutls_session_get_data2(at_client, &outcome.session), ==, 0);
    }
    gnutls_deinit(at_client);
    gnutls_deinit(at_server);
    gnutls_certificate_free_credentials(own);
    close(pair[0]);
    close(pair[1]);
    return outcome;
}

/* R61: what a client may offer, and what comes of it at each level; 0: nothing. */
static const struct {
    const char *name;
    const char *priorities;
    gnutls_protocol_t standard;
    gnutls_protocol_t high;
} offers[] = {
    {"usual", USUAL, GNUTLS_TLS1_3, GNUTLS_TLS1_3},
    {"tls12", USUAL ":-VERS-ALL:+VERS-TLS1.2", GNUTLS_TLS1_2, 0},
    {"tls11", USUAL ":-VERS-ALL:+VERS-TLS1.1:%ALLOW_SMALL_RECORDS", 0, 0},
    {"tls10", USUAL ":-VERS-ALL:+VERS-TLS1.0", 0, 0},
    {"tls12-cbc", USUAL ":-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC:+AES-256-CBC", 0, 0},
    {"tls12-ccm", USUAL ":-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CCM", 0, 0},
    {"tls12-dhe", USUAL ":-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+DHE-RSA", 0, 0},
    {"tls12-rsa", USUAL ":-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA", 0, 0},
    {"tls12-gcm", USUAL ":-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-GCM", GNUTLS_TLS1_2, 0},
    {"chacha20", USUAL ":-CIPHER-ALL:+CHACHA20-POLY1305", GNUTLS_TLS1_3, GNUTLS_TLS1_3},
    {"tls13-ccm", USUAL ":-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-CCM", 0, 0},
    {"p-256", USUAL ":-GROUP-ALL:+GROUP-SECP256R1", GNUTLS_TLS1_3, GNUTLS_TLS1_3},
    {"p-384", USUAL ":-GROUP-ALL:+GROUP-SECP384R1", GNUTLS_TLS1_3, GNUTLS_TLS1_3},
    {"p-521", USUAL ":-GROUP-ALL:+GROUP-SECP521R1", GNUTLS_TLS1_3, GNUTLS_TLS1_3},
    {"ffdhe", USUAL ":-GROUP-ALL:+GROUP-FFDHE3072", 0, 0},
    {"sha1", USUAL ":-VERS-ALL:+VERS-TLS1.2:-SIGN-ALL:+SIGN-ECDSA-SHA1", 0, 0},
};

static void test_offer(gconstpointer data) /* R61 */
{
    const gsize row = GPOINTER_TO_SIZE(data);
    g_autofree char *own = make_pem(GNUTLS_PK_EDDSA_ED25519, 0, GNUTLS_KP_TLS_WWW_CLIENT);
    const Client client = {.priorities = offers[row].priorities, .pem = own};
    const gnutls_protocol_t expected[CERTD_LEVEL_COUNT_] = {offers[row].standard, offers[row].high};
    for (CertdLevel level = 0; level < CERTD_LEVEL_COUNT_; level++) {
        g_autoptr(CertdCredentials) credentials = usual(level, strstr(own, "-----BEGIN CERT"));
        __attribute__((cleanup(outcome_clear))) Outcome outcome = meet(credentials, &client);
        g_assert_cmpint(outcome.through, ==, expected[level] != 0);
        g_assert_cmpint(outcome.version, ==, expected[level]);
    }
}

static const struct {
    const char *name;
    gnutls_pk_algorithm_t algorithm;
    unsigned bits;
    const char *priorities;
} keys[] = {
    {"rsa", GNUTLS_PK_RSA, 2048, USUAL},
    {"rsa-tls12", GNUTLS_PK_RSA, 2048, USUAL ":-VERS-TLS1.3"},
    {"p-256", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), USUAL},
    {"p-384", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1), USUAL},
    {"p-521", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP521R1), USUAL},
    {"p-521-tls12", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP521R1),
     USUAL ":-VERS-TLS1.3"},
    {"ed25519", GNUTLS_PK_EDDSA_ED25519, 0, USUAL},
    {"ed25519-tls12", GNUTLS_PK_EDDSA_ED25519, 0, USUAL ":-VERS-TLS1.3"},
};

static void test_key(gconstpointer data)
{
    const gsize row = GPOINTER_TO_SIZE(data);
    g_autofree char *pem = make_pem(keys[row].algorithm, keys[row].bits, GNUTLS_KP_TLS_WWW_SERVER);
    g_autoptr(CertdCredentials) credentials = load(pem, 7, CERTD_LEVEL_STANDARD, NULL);
    const Client client = {.priorities = keys[row].priorities};
    __attribute__((cleanup(outcome_clear))) Outcome outcome = meet(credentials, &client);
    g_assert_true(outcome.through);
    g_assert_false(outcome.certified);
    g_assert_cmpuint(certd_credentials_generation(credentials), ==, 7);
}

/* What the client shows, what vouches for it, and whether it gets in and counts. */
static const struct {
    const char *name;
    gboolean shows;
    gboolean vouched;
    const char *purpose;
    CertdLevel level;
    gboolean through;
    gboolean certified;
} clients[] = {
    {"none", FALSE, TRUE, GNUTLS_KP_TLS_WWW_CLIENT, CERTD_LEVEL_STANDARD, TRUE, FALSE},
    {"shown", TRUE, TRUE, GNUTLS_KP_TLS_WWW_CLIENT, CERTD_LEVEL_STANDARD, TRUE, TRUE},
    {"unvouched", TRUE, FALSE, GNUTLS_KP_TLS_WWW_CLIENT, CERTD_LEVEL_STANDARD, TRUE, FALSE},
    {"a-servers", TRUE, TRUE, GNUTLS_KP_TLS_WWW_SERVER, CERTD_LEVEL_STANDARD, TRUE, FALSE},
    {"high-none", FALSE, TRUE, GNUTLS_KP_TLS_WWW_CLIENT, CERTD_LEVEL_HIGH, FALSE, FALSE},
    {"high-shown", TRUE, TRUE, GNUTLS_KP_TLS_WWW_CLIENT, CERTD_LEVEL_HIGH, TRUE, TRUE},
    {"high-unvouched", TRUE, FALSE, GNUTLS_KP_TLS_WWW_CLIENT, CERTD_LEVEL_HIGH, FALSE, FALSE},
    {"high-a-servers", TRUE, TRUE, GNUTLS_KP_TLS_WWW_SERVER, CERTD_LEVEL_HIGH, FALSE, FALSE},
};

static void test_client(gconstpointer data) /* R61 */
{
    const gsize row = GPOINTER_TO_SIZE(data);
    const unsigned bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1);
    g_autofree char *own = make_pem(GNUTLS_PK_ECDSA, bits, clients[row].purpose);
    g_autofree char *another = make_pem(GNUTLS_PK_ECDSA, bits, clients[row].purpose);
    const char *trust = strstr(clients[row].vouched ? own : another, "-----BEGIN CERT");
    g_autoptr(CertdCredentials) credentials = usual(clients[row].level, trust);
    /* It shows what it has, whoever the server asks for. */
    const Client client = {USUAL ":%FORCE_ETM", clients[row].shows ? own : NULL, NULL};
    __attribute__((cleanup(outcome_clear))) Outcome outcome = meet(credentials, &client);
    g_assert_cmpint(outcome.through, ==, clients[row].through);
    g_assert_cmpint(outcome.certified, ==, clients[row].certified);
    g_assert_cmpstr(outcome.common_name, ==, clients[row].certified ? "Ada" : NULL);
}

/* With nobody to vouch for clients none is asked at level standard, and none gets in at high. */
static void test_no_anchors(void) /* R61 */
{
    g_autofree char *own = make_pem(GNUTLS_PK_EDDSA_ED25519, 0, GNUTLS_KP_TLS_WWW_CLIENT);
    g_autoptr(CertdCredentials) standard = usual(CERTD_LEVEL_STANDARD, "# nobody\n");
    g_autoptr(CertdCredentials) high = usual(CERTD_LEVEL_HIGH, "");
    const Client client = {.priorities = USUAL, .pem = own};
    __attribute__((cleanup(outcome_clear))) Outcome first = meet(standard, &client);
    __attribute__((cleanup(outcome_clear))) Outcome second = meet(high, &client);
    g_assert_true(first.through);
    g_assert_false(first.certified);
    g_assert_false(second.through);
}

static void test_resumed(gconstpointer data) /* R37 */
{
    const char *priorities = data;
    const unsigned bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
    g_autofree char *own = make_pem(GNUTLS_PK_ECDSA, bits, GNUTLS_KP_TLS_WWW_CLIENT);
    const char *trust = strstr(own, "-----BEGIN CERT");
    g_autoptr(CertdCredentials) credentials = usual(CERTD_LEVEL_STANDARD, trust);
    g_autoptr(CertdCredentials) next = usual(CERTD_LEVEL_STANDARD, trust);
    g_assert_cmpuint(certd_credentials_serial(credentials), !=, certd_credentials_serial(next));
    Client client = {.priorities = priorities, .pem = own};
    __attribute__((cleanup(outcome_clear))) Outcome first = meet(credentials, &client);
    g_assert_false(first.resumed);
    g_assert_true(first.certified);
    client.begun = &first.session;
    __attribute__((cleanup(outcome_clear))) Outcome again = meet(credentials, &client);
    g_assert_true(again.through);
    g_assert_true(again.resumed);
    g_assert_true(again.certified);
    g_assert_cmpstr(again.common_name, ==, "Ada");
    __attribute__((cleanup(outcome_clear))) Outcome other = meet(next, &client);
    g_assert_true(other.through);
    g_assert_false(other.resumed);
}

static time_t two_hours_later(time_t *now)
{
    const time_t then = time(NULL) + 2 * 3600 - 60;
    if (now != NULL)
        *now = then;
    return then;
}

/* At level high a session goes on only as long as the client's certificate. */
static void test_resumed_late(void) /* R61 */
{
    const unsigned bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
    g_autofree char *own = make_pem(GNUTLS_PK_ECDSA, bits, GNUTLS_KP_TLS_WWW_CLIENT);
    const char *trust = strstr(own, "-----BEGIN CERT");
    g_autoptr(CertdCredentials) high = usual(CERTD_LEVEL_HIGH, trust);
    g_autoptr(CertdCredentials) standard = usual(CERTD_LEVEL_STANDARD, trust);
    Client client = {.priorities = USUAL, .pem = own};
    __attribute__((cleanup(outcome_clear))) Outcome first = meet(high, &client);
    g_assert_true(certd_credentials_admit(high, first.certified));
    client.begun = &first.session;
    gnutls_global_set_time_function(two_hours_later);
    __attribute__((cleanup(outcome_clear))) Outcome late = meet(high, &client);
    gnutls_global_set_time_function(time);
    g_assert_true(late.through && late.resumed);
    g_assert_false(late.certified);
    g_assert_false(certd_credentials_admit(high, late.certified));
    g_assert_true(certd_credentials_admit(standard, late.certified));
}

static const char *const unusable[] = {
    "", "-----BEGIN CERTIFICATE-----\n",
    "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"};

static void test_unusable(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(unusable); i++) {
        g_autoptr(GError) error = NULL;
        int fd = memfd_of(unusable[i]);
        g_assert_null(certd_credentials_new(fd, 1, CERTD_LEVEL_STANDARD, NULL, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
        close(fd);
    }
}

static void test_retired(void)
{
    g_autoptr(CertdCredentials) credentials = usual(CERTD_LEVEL_STANDARD, NULL);
    g_assert_cmpuint(certd_credentials_end(credentials), ==, G_MAXUINT64);
    certd_credentials_retire(credentials, 20);
    certd_credentials_retire(credentials, 30);
    g_assert_cmpuint(certd_credentials_end(credentials), ==, 20);
}

#define ADD_ROWS(rows, function)                                                                   \
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {                                               \
        g_autofree char *path = g_strdup_printf("/tls/credentials/" #rows "/%s", rows[i].name);    \
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), function);                                 \
    }

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_ROWS(offers, test_offer)
    ADD_ROWS(keys, test_key)
    ADD_ROWS(clients, test_client)
    g_test_add_func("/tls/credentials/no-anchors", test_no_anchors);
    g_test_add_data_func("/tls/credentials/resumed/tls13", USUAL, test_resumed);
    g_test_add_data_func("/tls/credentials/resumed/tls12", USUAL ":-VERS-TLS1.3", test_resumed);
    g_test_add_func("/tls/credentials/resumed/late", test_resumed_late);
    g_test_add_func("/tls/credentials/unusable", test_unusable);
    g_test_add_func("/tls/credentials/retired", test_retired);
    return g_test_run();
}
