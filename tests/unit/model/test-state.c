/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R11, R13, R55: the states that are shown, and which may follow which. */
#include "model/state.h"

/* A row a state, a column a state it becomes; queued, generating, ready, issued, failed,
 * cancelled. */
static const char *const moves[CERTD_REQUEST_STATE_COUNT_] = {
    [CERTD_REQUEST_QUEUED] = ".y..yy", [CERTD_REQUEST_GENERATING] = "y.yyyy",
    [CERTD_REQUEST_READY] = "...yyy",  [CERTD_REQUEST_ISSUED] = "......",
    [CERTD_REQUEST_FAILED] = "......", [CERTD_REQUEST_CANCELLED] = "......",
};

static const char *const request_names[CERTD_REQUEST_STATE_COUNT_] = {
    "queued", "generating", "ready", "issued", "failed", "cancelled",
};

static const char *const certificate_names[CERTD_CERTIFICATE_STATE_COUNT_] = {
    "empty", "active", "expired", "not-yet-valid", "unusable",
};

static void test_moves(void)
{
    for (unsigned int from = 0; from < CERTD_REQUEST_STATE_COUNT_; from++) {
        for (unsigned int to = 0; to < CERTD_REQUEST_STATE_COUNT_; to++) {
            g_test_message("%s to %s", request_names[from], request_names[to]);
            g_assert_cmpint(
                certd_request_state_may_move((CertdRequestState)from, (CertdRequestState)to), ==,
                moves[from][to] == 'y');
        }
        /* What may still become something is what counts as open. */
        g_assert_cmpint(certd_request_state_is_open((CertdRequestState)from), ==,
                        from <= CERTD_REQUEST_READY);
    }
}

static void test_names(void)
{
    for (unsigned int i = 0; i < CERTD_REQUEST_STATE_COUNT_; i++) {
        CertdRequestState state = CERTD_REQUEST_STATE_COUNT_;

        g_assert_cmpstr(certd_request_state_name((CertdRequestState)i), ==, request_names[i]);
        g_assert_true(certd_request_state_parse(request_names[i], &state));
        g_assert_cmpuint(state, ==, i);
    }
    for (unsigned int i = 0; i < CERTD_CERTIFICATE_STATE_COUNT_; i++) {
        CertdCertificateState state = CERTD_CERTIFICATE_STATE_COUNT_;

        g_assert_cmpstr(certd_certificate_state_name((CertdCertificateState)i), ==,
                        certificate_names[i]);
        g_assert_true(certd_certificate_state_parse(certificate_names[i], &state));
        g_assert_cmpuint(state, ==, i);
    }
}

static void test_unknown_names(void)
{
    static const char *const unknown[] = {"", "Ready", "ready ", "done", NULL};
    CertdRequestState request = CERTD_REQUEST_READY;
    CertdCertificateState certificate = CERTD_CERTIFICATE_EXPIRED;

    for (size_t i = 0; i < G_N_ELEMENTS(unknown); i++) {
        g_assert_false(certd_request_state_parse(unknown[i], &request));
        g_assert_false(certd_certificate_state_parse(unknown[i], &certificate));
    }
    g_assert_cmpint(request, ==, CERTD_REQUEST_READY);
    g_assert_cmpint(certificate, ==, CERTD_CERTIFICATE_EXPIRED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/state/moves", test_moves);
    g_test_add_func("/model/state/names", test_names);
    g_test_add_func("/model/state/unknown", test_unknown_names);
    return g_test_run();
}
