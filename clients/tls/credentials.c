/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GnuTLS's credentials are read by all threads and written by none. The key is mapped from the memfd that certd made,
 * and not copied; GnuTLS wipes what it makes of it. Tickets are sealed with a key that is made with these credentials,
 * so that no session is resumed into another generation, level or trust, and again every few hours; GnuTLS itself
 * derives what it uses from it anew while it lasts.
 */
#include "tls/credentials.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "model/error.h"
#include "model/limits.h"

/* How long a session may be resumed; a ticket key is in use as long. */
#define TICKET_SECONDS (2 * 3600)
/* A client's chain and its signature, with room. */
#define HANDSHAKE_BYTES (64u * 1024u)
#define CLIENT_CHAIN_LENGTH 8u
/* Names of authorities in a request for a certificate go into 64 KiB; a client works without them. */
#define ANCHORS_NAMED 32

struct CertdCredentials {
    gatomicrefcount references;
    gnutls_certificate_credentials_t x509;
    gnutls_priority_t priorities;
    gnutls_certificate_request_t request; /* of a client's certificate */
    guint64 generation;
    guint64 serial;
    CertdLevel level;
    gboolean names; /* of authorities are sent */
    GMutex lock;    /* for what is below */
    gnutls_datum_t ticket_key;
    gint64 ticket_until; /* CLOCK_MONOTONIC */
    guint64 end;
};

typedef struct {
    void *data;
    gsize size;
} Mapping;

static void unmap(Mapping *mapping)
{
    if (mapping->data != NULL)
        (void)munmap(mapping->data, mapping->size);
}

static gboolean map(int fd, Mapping *mapping)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return FALSE;
    if (status.st_size <= 0 || (guint64)status.st_size > 2u * CERTD_LIMIT_INPUT_BYTES) {
        errno = EFBIG;
        return FALSE;
    }
    void *data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return FALSE;
    *mapping = (Mapping){data, (gsize)status.st_size};
    (void)mlock(data, mapping->size);
    (void)madvise(data, mapping->size, MADV_DONTDUMP);
    return TRUE;
}

static gboolean fail(GError **error, const char *what, const char *why)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE, "%s: %s", what, why);
    return FALSE;
}

static gboolean check(int r, const char *what, GError **error)
{
    return r >= 0 || fail(error, what, gnutls_strerror(r));
}

static gboolean load_key(CertdCredentials *credentials, int fd, GError **error)
{
    __attribute__((cleanup(unmap))) Mapping mapping = {NULL, 0};
    if (!map(fd, &mapping))
        return fail(error, "The certificate https can't be read", g_strerror(errno));
    const gnutls_datum_t pem = {mapping.data, (unsigned)mapping.size};
    int r = gnutls_certificate_set_x509_key_mem2(credentials->x509, &pem, &pem, GNUTLS_X509_FMT_PEM,
                                                 NULL, 0);
    return check(r, "The certificate https can't be served; see certctl show https", error);
}

static int verify_client(gnutls_session_t session)
{
    gnutls_typed_vdata_st purpose = {GNUTLS_DT_KEY_PURPOSE_OID,
                                     (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT, 0};
    unsigned status;
    if (gnutls_certificate_verify_peers(session, &purpose, 1, &status) < 0)
        return GNUTLS_E_CERTIFICATE_ERROR;
    return status == 0 ? 0 : GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
}

static gboolean load_trust(CertdCredentials *credentials, CertdLevel level, const char *trust,
                           GError **error)
{
    const gnutls_datum_t pem = {(unsigned char *)trust,
                                trust != NULL ? (unsigned)strlen(trust) : 0};
    int anchors = 0;
    if (trust != NULL && strstr(trust, "-----BEGIN") != NULL)
        anchors =
            gnutls_certificate_set_x509_trust_mem(credentials->x509, &pem, GNUTLS_X509_FMT_PEM);
    if (!check(anchors, "What vouches for clients can't be read; see certctl trust list", error))
        return FALSE;
    gnutls_certificate_set_verify_flags(credentials->x509,
                                        GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM));
    gnutls_certificate_set_verify_limits(credentials->x509, CERTD_LIMIT_RSA_BITS_MAX,
                                         CLIENT_CHAIN_LENGTH);
    credentials->names = anchors <= ANCHORS_NAMED;
    credentials->request = GNUTLS_CERT_IGNORE;
    if (level == CERTD_LEVEL_HIGH) {
        credentials->request = GNUTLS_CERT_REQUIRE;
        gnutls_certificate_set_verify_function(credentials->x509, verify_client);
    } else if (anchors > 0) {
        credentials->request = GNUTLS_CERT_REQUEST;
    }
    return TRUE;
}

CertdCredentials *certd_credentials_new(int pem, guint64 generation, CertdLevel level,
                                        const char *trust, GError **error)
{
    static guint64 last; /* all are made in one thread */
    g_autoptr(CertdCredentials) credentials = g_new0(CertdCredentials, 1);
    g_atomic_ref_count_init(&credentials->references);
    g_mutex_init(&credentials->lock);
    credentials->generation = generation;
    credentials->serial = ++last;
    credentials->level = level;
    credentials->end = G_MAXUINT64;
    if (!check(gnutls_certificate_allocate_credentials(&credentials->x509),
               "The certificate https can't be served", error) ||
        !check(gnutls_priority_init(&credentials->priorities, certd_level_priorities(level), NULL),
               "The algorithms of TLS can't be had", error) ||
        !load_trust(credentials, level, trust, error) || !load_key(credentials, pem, error))
        return NULL;
    return g_steal_pointer(&credentials);
}

CertdCredentials *certd_credentials_ref(CertdCredentials *credentials)
{
    g_atomic_ref_count_inc(&credentials->references);
    return credentials;
}

static void forget_ticket_key(CertdCredentials *credentials)
{
    if (credentials->ticket_key.data == NULL)
        return;
    gnutls_memset(credentials->ticket_key.data, 0, credentials->ticket_key.size);
    gnutls_free(credentials->ticket_key.data);
    credentials->ticket_key = (gnutls_datum_t){NULL, 0};
}

void certd_credentials_unref(CertdCredentials *credentials)
{
    if (credentials == NULL || !g_atomic_ref_count_dec(&credentials->references))
        return;
    forget_ticket_key(credentials);
    if (credentials->x509 != NULL)
        gnutls_certificate_free_credentials(credentials->x509);
    if (credentials->priorities != NULL)
        gnutls_priority_deinit(credentials->priorities);
    g_mutex_clear(&credentials->lock);
    g_free(credentials);
}

guint64 certd_credentials_generation(const CertdCredentials *credentials)
{
    return credentials->generation;
}

CertdLevel certd_credentials_level(const CertdCredentials *credentials)
{
    return credentials->level;
}

guint64 certd_credentials_serial(const CertdCredentials *credentials)
{
    return credentials->serial;
}

/* Without a key there are no tickets, and each handshake is a whole one. */
static void enable_tickets(CertdCredentials *credentials, gnutls_session_t session)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locked = g_mutex_locker_new(&credentials->lock);
    const gint64 now = g_get_monotonic_time();
    if (credentials->ticket_key.data == NULL || now >= credentials->ticket_until) {
        forget_ticket_key(credentials);
        if (gnutls_session_ticket_key_generate(&credentials->ticket_key) < 0)
            return;
        credentials->ticket_until = now + TICKET_SECONDS * (gint64)G_USEC_PER_SEC;
    }
    gnutls_db_set_cache_expiration(session, TICKET_SECONDS);
    (void)gnutls_session_ticket_enable_server(session, &credentials->ticket_key);
}

gnutls_session_t certd_credentials_begin(CertdCredentials *credentials)
{
    static const gnutls_datum_t http = {(unsigned char *)"http/1.1", sizeof "http/1.1" - 1};
    gnutls_session_t session;
    if (gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0)
        return NULL;
    if (gnutls_priority_set(session, credentials->priorities) < 0 ||
        gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials->x509) < 0 ||
        gnutls_alpn_set_protocols(session, &http, 1, GNUTLS_ALPN_MANDATORY) < 0) {
        gnutls_deinit(session);
        return NULL;
    }
    gnutls_certificate_server_set_request(session, credentials->request);
    gnutls_certificate_send_x509_rdn_sequence(session, credentials->names ? 0 : 1);
    gnutls_handshake_set_max_packet_length(session, HANDSHAKE_BYTES);
    enable_tickets(credentials, session);
    return session;
}

gboolean certd_credentials_certify(gnutls_session_t session, char **common_name)
{
    gnutls_x509_crt_t certificate;
    unsigned count = 0;
    char name[256 + 1];
    size_t size = sizeof name;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
    if (chain == NULL || count == 0 || verify_client(session) != 0 ||
        gnutls_x509_crt_init(&certificate) < 0)
        return FALSE;
    int r = gnutls_x509_crt_import(certificate, &chain[0], GNUTLS_X509_FMT_DER);
    if (r >= 0)
        r = gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name,
                                          &size);
    *common_name = r >= 0 ? g_strndup(name, size) : g_strdup("");
    gnutls_x509_crt_deinit(certificate);
    return TRUE;
}

gboolean certd_credentials_admit(const CertdCredentials *credentials, gboolean certified)
{
    return certified || credentials->level != CERTD_LEVEL_HIGH;
}

void certd_credentials_retire(CertdCredentials *credentials, guint64 when)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locked = g_mutex_locker_new(&credentials->lock);
    credentials->end = MIN(credentials->end, when);
}

guint64 certd_credentials_end(CertdCredentials *credentials)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locked = g_mutex_locker_new(&credentials->lock);
    return credentials->end;
}
