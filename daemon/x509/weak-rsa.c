/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RSA keys that can be broken: too small, with small factors, with primes so close that Fermat's
 * method finds them, made by Infineon's library (ROCA, CVE-2017-15361), or with a bad exponent.
 */
#include <gmp.h>

#include "model/limits.h"
#include "x509/weak-private.h"

#define FERMAT_ROUNDS 100
/* Factors below this are looked for by division. */
#define SMALL_FACTORS_END 65536u
/* The primes of Infineon's smallest M that the public test uses. */
#define ROCA_PRIME_MAX 167u
#define ROCA_GENERATOR 65537u
/* Of a key that signatures are only verified with: roots of old have it, and no client minds. */
#define VERIFYING_EXPONENT_MIN 3u

static gboolean is_small_prime(unsigned long n)
{
    for (unsigned long d = 2; d * d <= n; d++)
        if (n % d == 0)
            return FALSE;
    return n >= 2;
}

/* Whether @n has a divisor in common with the product of all small primes: one division and a greatest
 * common divisor, where looking for it takes 30,000 divisions. */
static gboolean has_small_factor(const mpz_t n)
{
    mpz_t product;
    mpz_init(product);
    mpz_primorial_ui(product, SMALL_FACTORS_END);
    mpz_gcd(product, product, n);
    gboolean has = mpz_cmp_ui(product, 1) != 0;
    mpz_clear(product);
    return has;
}

static unsigned long find_small_factor(const mpz_t n)
{
    if (!has_small_factor(n))
        return 0;
    for (unsigned long p = 3; p < SMALL_FACTORS_END; p += 2)
        if (mpz_divisible_ui_p(n, p) && mpz_cmp_ui(n, p) != 0)
            return p; /* the first divisor is a prime */
    return 0;
}

/* Whether @residue is a power of 65537 modulo @prime. */
static gboolean is_power(unsigned long residue, unsigned long prime)
{
    unsigned long power = 1;
    do {
        if (power == residue)
            return TRUE;
        power = power * (ROCA_GENERATOR % prime) % prime;
    } while (power != 1);
    return FALSE;
}

/* Infineon's primes are k * M + (65537^a mod M), M the product of the first primes; so the modulus
 * is a power of 65537 modulo each of them, which holds for one other modulus in 2^27. */
static gboolean has_roca_fingerprint(const mpz_t n)
{
    for (unsigned long p = 3; p <= ROCA_PRIME_MAX; p += 2)
        if (is_small_prime(p) && !is_power(mpz_fdiv_ui(n, p), p))
            return FALSE;
    return TRUE;
}

/* n = a^2 - b^2 = (a - b)(a + b) for an a close above the root where the primes are close. */
static gboolean has_close_primes(const mpz_t n)
{
    mpz_t a, rest;
    gboolean found = FALSE;
    mpz_inits(a, rest, NULL);
    mpz_sqrtrem(a, rest, n);
    if (mpz_sgn(rest) == 0)
        found = TRUE;
    for (int i = 0; i < FERMAT_ROUNDS && !found; i++) {
        mpz_add_ui(a, a, 1);
        mpz_mul(rest, a, a);
        mpz_sub(rest, rest, n);
        found = mpz_perfect_square_p(rest) != 0;
    }
    mpz_clears(a, rest, NULL);
    return found;
}

static char *judge_exponent(const mpz_t e, unsigned long min)
{
    if (mpz_cmp_ui(e, min) >= 0 && mpz_odd_p(e) && mpz_sizeinbase(e, 2) <= 32)
        return NULL;
    if (mpz_sizeinbase(e, 2) > 32)
        return g_strdup("The RSA key's public exponent is 2^32 or more; 65537 is the usual one");
    return g_strdup_printf(
        "The RSA key's public exponent is %lu; it has to be odd and at least %lu", mpz_get_ui(e),
        min);
}

/* Everything but the size, which alone the legacy policy may overlook. */
static char *judge_modulus(const mpz_t n)
{
    if (mpz_sgn(n) <= 0 || mpz_even_p(n))
        return g_strdup("The RSA key's modulus is even, so it is no product of two primes");
    unsigned long factor = find_small_factor(n);
    if (factor != 0)
        return g_strdup_printf("The RSA key's modulus can be divided by %lu", factor);
    if (has_close_primes(n))
        return g_strdup("The RSA key's primes are so close that anyone finds them by Fermat's "
                        "method");
    if (has_roca_fingerprint(n))
        return g_strdup("The RSA key was made by a faulty library of Infineon (ROCA, "
                        "CVE-2017-15361) and can be factored");
    return NULL;
}

static char *judge(const mpz_t n, const mpz_t e, gboolean verifies, gboolean *legacy_only)
{
    size_t bits = mpz_sizeinbase(n, 2);
    if (bits > CERTD_LIMIT_RSA_BITS_MAX)
        return g_strdup_printf("The RSA key has %zu bits; at most %u are used", bits,
                               CERTD_LIMIT_RSA_BITS_MAX);
    char *message = judge_modulus(n);
    if (message == NULL)
        message =
            judge_exponent(e, verifies ? VERIFYING_EXPONENT_MIN : CERTD_LIMIT_RSA_EXPONENT_MIN);
    if (message != NULL || bits >= CERTD_LIMIT_RSA_BITS_MIN)
        return message;
    *legacy_only = bits >= CERTD_LIMIT_RSA_BITS_LEGACY_MIN;
    return g_strdup_printf("The RSA key has %zu bits; at least %u are needed", bits,
                           CERTD_LIMIT_RSA_BITS_MIN);
}

char *certd_weak_rsa(gnutls_pubkey_t key, gboolean verifies, gboolean *legacy_only)
{
    gnutls_datum_t modulus = {NULL, 0}, exponent = {NULL, 0};
    int r = gnutls_pubkey_export_rsa_raw2(key, &modulus, &exponent, 0);
    if (r < 0)
        return g_strdup_printf("The RSA key can't be read (%s)", gnutls_strerror(r));
    mpz_t n, e;
    mpz_inits(n, e, NULL);
    mpz_import(n, modulus.size, 1, 1, 1, 0, modulus.data);
    mpz_import(e, exponent.size, 1, 1, 1, 0, exponent.data);
    char *message = judge(n, e, verifies, legacy_only);
    mpz_clears(n, e, NULL);
    gnutls_free(modulus.data);
    gnutls_free(exponent.data);
    return message;
}
