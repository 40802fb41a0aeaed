/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is a proof that a client has been through HTTPS (R63), and what is none. */
#include <string.h>

#include "tls/proof.h"

/* r: bytes of the client, s: bytes to it, e: its end. */
static const struct {
    const char *name;
    const char *events;
    guint proofs;
} rows[] = {
    {"nothing", "", 0},
    {"handshake-alone", "e", 0},
    {"request-without-answer", "re", 0},
    {"long-request", "rrrr", 0},
    {"answer-without-request", "se", 0},
    {"answer-that-nobody-hears", "rs", 0},
    {"end-before-the-answer", "res", 0},
    {"answer-and-end", "rse", 1},
    {"answer-in-pieces", "rsssse", 1},
    {"next-request", "rsr", 1},
    {"each-request", "rsrsrse", 3},
    {"greeting-of-the-server", "srse", 1},
};

static CertdExchange event_of(char letter)
{
    switch (letter) {
    case 'r':
        return CERTD_EXCHANGE_RECEIVED;
    case 's':
        return CERTD_EXCHANGE_SENT;
    default:
        return CERTD_EXCHANGE_ENDED;
    }
}

static void test_row(gconstpointer data) /* R63 */
{
    const gsize row = GPOINTER_TO_SIZE(data);
    CertdProof proof = CERTD_PROOF_NOTHING;
    guint proofs = 0;
    for (const char *letter = rows[row].events; *letter != '\0'; letter++)
        proofs += certd_proof_step(&proof, event_of(*letter)) ? 1 : 0;
    g_assert_cmpuint(proofs, ==, rows[row].proofs);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/tls/proof/%s", rows[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_row);
    }
    return g_test_run();
}
