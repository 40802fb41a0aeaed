/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R35: weak keys are told, and good ones let pass. */
#include "x509/weak.h"

#include <gmp.h>
#include <gnutls/x509.h>
#include <string.h>

#include "model/limits.h"
#include "x509/key.h"

typedef void (*Make)(mpz_t n);

/* The next prime above 2^@bits * 3/2 + @offset, so that products have full length. */
static void make_prime(mpz_t p, unsigned int bits, const char *offset)
{
    mpz_t o;
    mpz_init_set_str(o, offset, 16);
    mpz_set_ui(p, 3);
    mpz_mul_2exp(p, p, bits - 2);
    mpz_add(p, p, o);
    mpz_nextprime(p, p);
    mpz_clear(o);
}

static void multiply(mpz_t n, unsigned int bits, const char *first, const char *second)
{
    mpz_t p, q;
    mpz_inits(p, q, NULL);
    make_prime(p, bits, first);
    make_prime(q, bits, second);
    mpz_mul(n, p, q);
    mpz_clears(p, q, NULL);
}

#define FAR                                                                                        \
    "123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef012345678"
#define FAR_TOP FAR FAR "0123456789abcdef"

static void make_good(mpz_t n)
{
    multiply(n, CERTD_LIMIT_RSA_BITS_MIN / 2, "0", FAR_TOP);
}

static void make_below(mpz_t n)
{
    multiply(n, CERTD_LIMIT_RSA_BITS_MIN / 2 - 1, "0", FAR_TOP);
}

static void make_small(mpz_t n)
{
    multiply(n, CERTD_LIMIT_RSA_BITS_LEGACY_MIN / 2, "0", FAR);
}

static void make_tiny(mpz_t n)
{
    multiply(n, CERTD_LIMIT_RSA_BITS_LEGACY_MIN / 2 - 1, "0", FAR);
}

static void make_close(mpz_t n)
{
    multiply(n, 1024, "0", "100000000000000000000");
}

static void make_square(mpz_t n)
{
    multiply(n, 1024, "0", "0");
}

static void make_even(mpz_t n)
{
    make_good(n);
    mpz_add_ui(n, n, 1);
}

static void make_divisible(mpz_t n)
{
    make_prime(n, 2036, "0");
    mpz_mul_ui(n, n, 65521); /* the greatest prime below 2^16 */
}

static void make_divisible_beyond(mpz_t n)
{
    make_prime(n, 2036, "0");
    mpz_mul_ui(n, n, 65537);
}

/* k * M + 65537^a mod M, with the M of Infineon's 2048-bit keys: the first 126 primes. */
static void make_infineon_prime(mpz_t p, unsigned long exponent, unsigned long start)
{
    mpz_t m, power, base, next;
    mpz_inits(m, power, base, next, NULL);
    mpz_set_ui(m, 1);
    mpz_set_ui(next, 1);
    for (int i = 0; i < 126; i++) {
        mpz_nextprime(next, next);
        mpz_mul(m, m, next);
    }
    mpz_set_ui(base, 65537);
    mpz_powm_ui(power, base, exponent, m);
    mpz_set_ui(p, start);
    mpz_mul_2exp(p, p, 1024 - 7 - mpz_sizeinbase(m, 2));
    mpz_mul(p, p, m);
    mpz_add(p, p, power);
    while (mpz_probab_prime_p(p, 20) == 0)
        mpz_add(p, p, m);
    mpz_clears(m, power, base, next, NULL);
}

static void make_roca(mpz_t n)
{
    mpz_t p, q;
    mpz_inits(p, q, NULL);
    make_infineon_prime(p, 123456, 100);
    make_infineon_prime(q, 654321, 121);
    mpz_mul(n, p, q);
    mpz_clears(p, q, NULL);
}

static const struct {
    const char *name;
    Make make;
    unsigned long exponent;
    const char *says; /* NULL: nothing is wrong */
    gboolean legacy_only;
} RSA[] = {
    {"good", make_good, CERTD_LIMIT_RSA_EXPONENT_MIN, NULL, FALSE},
    {"exponent-greatest", make_good, 4294967295ul, NULL, FALSE},
    {"exponent-beyond", make_good, 4294967297ul, "2^32 or more", FALSE},
    {"exponent-3", make_good, 3, "exponent is 3", FALSE},
    {"exponent-below", make_good, CERTD_LIMIT_RSA_EXPONENT_MIN - 2, "exponent is 65535", FALSE},
    {"exponent-even", make_good, 65538, "exponent is 65538", FALSE},
    {"rsa-2046", make_below, 65537, "2046 bits", TRUE},
    {"rsa-1024", make_small, 65537, "1024 bits", TRUE},
    {"rsa-1022", make_tiny, 65537, "1022 bits", FALSE},
    {"rsa-1024-exponent-3", make_small, 3, "exponent is 3", FALSE},
    {"close-primes", make_close, 65537, "Fermat", FALSE},
    {"square", make_square, 65537, "Fermat", FALSE},
    {"even", make_even, 65537, "even", FALSE},
    {"small-factor", make_divisible, 65537, "divided by 65521", FALSE},
    {"factor-beyond", make_divisible_beyond, 65537, NULL, FALSE},
    {"roca", make_roca, 65537, "ROCA", FALSE},
};

static void check(gnutls_pubkey_t key, const char *says, gboolean wanted)
{
    gboolean legacy_only = !wanted;
    g_autofree char *why = certd_weak_key(key, &legacy_only);
    g_assert_cmpint(legacy_only, ==, wanted);
    if (says == NULL)
        g_assert_null(why);
    else if (why == NULL || strstr(why, says) == NULL)
        g_error("\"%s\" doesn't say \"%s\"", why, says);
}

static void test_rsa(void) /* R35 */
{
    for (size_t i = 0; i < G_N_ELEMENTS(RSA); i++) {
        unsigned char modulus[1100], exponent[16];
        size_t modulus_size, exponent_size;
        mpz_t n, e;
        g_test_message("%s", RSA[i].name);
        mpz_init(n);
        mpz_init_set_ui(e, RSA[i].exponent);
        RSA[i].make(n);
        mpz_export(modulus, &modulus_size, 1, 1, 1, 0, n);
        mpz_export(exponent, &exponent_size, 1, 1, 1, 0, e);
        mpz_clears(n, e, NULL);
        g_auto(gnutls_pubkey_t) key = NULL;
        gnutls_datum_t m = {modulus, (unsigned int)modulus_size};
        gnutls_datum_t x = {exponent, (unsigned int)exponent_size};
        g_assert_cmpint(gnutls_pubkey_init(&key), ==, 0);
        g_assert_cmpint(gnutls_pubkey_import_rsa_raw(key, &m, &x), ==, 0);
        check(key, RSA[i].says, RSA[i].legacy_only);
    }
}

/* The public halves of keys that RFCs print whole. */
static const struct {
    const char *pem;
    const char *says;
} PUBLISHED[] = {
    {"-----BEGIN PUBLIC KEY-----\n"
     "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
     "-----END PUBLIC KEY-----\n",
     "RFC 8410"},
    {"-----BEGIN PUBLIC KEY-----\n"
     "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQiVI+I+3gv+17KN0RFLHKh5Vj71v\n"
     "c75eSOkyMsxFxbFsTNEMTLjVuKFxOelIgsiZJXKZNCX0FBmrfpCkKklCcg==\n"
     "-----END PUBLIC KEY-----\n",
     "RFC 9500, testECCP256"},
    {"-----BEGIN PUBLIC KEY-----\n"
     "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf\n"
     "w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==\n"
     "-----END PUBLIC KEY-----\n",
     "RFC 9421, test-key-ecc-p256"},
};

static void test_published(void) /* R35 */
{
    for (size_t i = 0; i < G_N_ELEMENTS(PUBLISHED); i++) {
        g_auto(gnutls_pubkey_t) key = NULL;
        gnutls_datum_t pem = {(unsigned char *)PUBLISHED[i].pem,
                              (unsigned int)strlen(PUBLISHED[i].pem)};
        g_assert_cmpint(gnutls_pubkey_init(&key), ==, 0);
        g_assert_cmpint(gnutls_pubkey_import(key, &pem, GNUTLS_X509_FMT_PEM), ==, 0);
        check(key, PUBLISHED[i].says, FALSE);
    }
}

static void test_generated(void) /* R35 */
{
    static const struct {
        gnutls_pk_algorithm_t algorithm;
        unsigned int bits;
        const char *says;
    } rows[] = {
        {GNUTLS_PK_RSA, 2048, NULL},
        {GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), NULL},
        {GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP521R1), NULL},
        {GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP224R1), NULL},
        {GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP192R1), "192 bits"},
        {GNUTLS_PK_EDDSA_ED25519, 256, NULL},
        {GNUTLS_PK_DSA, 2048, "DSA"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(gnutls_privkey_t) key = NULL;
        g_auto(gnutls_pubkey_t) public = NULL;
        g_assert_cmpint(gnutls_privkey_init(&key), ==, 0);
        g_assert_cmpint(gnutls_privkey_generate(key, rows[i].algorithm, rows[i].bits, 0), ==, 0);
        g_assert_cmpint(gnutls_pubkey_init(&public), ==, 0);
        g_assert_cmpint(gnutls_pubkey_import_privkey(public, key, 0, 0), ==, 0);
        check(public, rows[i].says, FALSE);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/weak/rsa", test_rsa);
    g_test_add_func("/weak/published", test_published);
    g_test_add_func("/weak/generated", test_generated);
    return g_test_run();
}
