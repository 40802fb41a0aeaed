/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Key pairs whose private half is printed in an RFC, by the SHA-256 of their SubjectPublicKeyInfo.
 * They turn up in products because examples get copied.
 */
#include <string.h>

#include "x509/weak-private.h"

static const struct {
    const char *hash; /* an RSA key's with rsaEncryption as its algorithm */
    const char *where;
} PUBLISHED[] = {
    {"9a9e5b0f404f4e2d4386e38b04ac91e535946dc2a7f8d84a31404b476e5c35e1", "RFC 9500, testRSA1024"},
    {"8fb6bad671cfe698393c453357da61b56d757ab8c0f3fb9c87f2849e63131878", "RFC 9500, testRSA2048"},
    {"96465ea5dc9bb2da7b351d808a7196e5761f2412a5040131c68d719aaba28fb9", "RFC 9500, testRSA4096"},
    {"b2b04340cfaee616ec9c2c62d261b208e54bb197498df52e8cadede23ac0ba5e", "RFC 9500, testECCP256"},
    {"c4c10105a0be0ed4dd3354428dc38a9bfee64da141ce16e75c94eda272f9dd3a", "RFC 9500, testECCP384"},
    {"acb1b8327fef995e2458fdf5e3c33b2dc0749feabd6a894cb9bda9d70ac06c24", "RFC 9500, testECCP521"},
    {"a1e9156054e04fac899ae9f275132cdc07a5dbc4ea2c2ad3a1ffc6e0d253681f", "RFC 8410, section 10.3"},
    {"c73eecd318bd3813f2402a660d8a90010ca35d609d19377d5ee7af200713229f", "RFC 9421, test-key-rsa"},
    {"72859cbaf21a0b398b1f25712bbed148b1d85a0c6b824176eb306405caa6f0b2",
     "RFC 9421, test-key-rsa-pss"},
    {"55f96361b78cbb84f1fc604b0718e82bd91abb46d8fc25ae871b35fbbf8b7974",
     "RFC 9421, test-key-ecc-p256"},
    {"34571606cb7a0d71be377e671ddcccae2a169ed7733598214129231cd30c4a3c",
     "RFC 9421, test-key-ed25519"},
};

/* An RSA key may be labelled for PSS alone; its numbers decide. */
static gnutls_pubkey_t as_plain_rsa(gnutls_pubkey_t key)
{
    gnutls_datum_t modulus = {NULL, 0}, exponent = {NULL, 0};
    gnutls_pubkey_t plain = NULL;
    if (gnutls_pubkey_export_rsa_raw2(key, &modulus, &exponent, 0) < 0)
        return NULL;
    if (gnutls_pubkey_init(&plain) >= 0 &&
        gnutls_pubkey_import_rsa_raw(plain, &modulus, &exponent) < 0) {
        gnutls_pubkey_deinit(plain);
        plain = NULL;
    }
    gnutls_free(modulus.data);
    gnutls_free(exponent.data);
    return plain;
}

/* The hash in hexadecimal, or NULL. */
static char *hash_key(gnutls_pubkey_t key)
{
    gnutls_datum_t der = {NULL, 0};
    if (gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &der) < 0)
        return NULL;
    char *hash = g_compute_checksum_for_data(G_CHECKSUM_SHA256, der.data, der.size);
    gnutls_free(der.data);
    return hash;
}

char *certd_weak_known(gnutls_pubkey_t key)
{
    gnutls_pubkey_t plain =
        gnutls_pubkey_get_pk_algorithm(key, NULL) == GNUTLS_PK_RSA_PSS ? as_plain_rsa(key) : NULL;
    g_autofree char *hash = hash_key(plain != NULL ? plain : key);
    if (plain != NULL)
        gnutls_pubkey_deinit(plain);
    for (size_t i = 0; hash != NULL && i < G_N_ELEMENTS(PUBLISHED); i++)
        if (strcmp(hash, PUBLISHED[i].hash) == 0)
            return g_strdup_printf("The private key is printed for everyone to read (%s)",
                                   PUBLISHED[i].where);
    return NULL;
}
