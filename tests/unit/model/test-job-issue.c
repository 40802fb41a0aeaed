/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R1, R15, R20, R22, R23, R28: what crosses between the daemon and its keys workers, and what must
 * not. */
#include "model/job.h"

#include <string.h>

#include "job-rows.h"
#include "model/error.h"
#include "model/limits.h"

SURVIVES(issue_job, IssueJob)
SURVIVES(issue_result, IssueResult)

/* What every job has; the values of a row's own fields come in addition. */
#define NAMES                                                                                      \
    {"key-type", "<'ec:secp256r1'>"}, {"digest", "<'sha256'>"},                                    \
        {"subject", "<[('C', 'DE'), ('CN', 'a.example')]>"},                                       \
    {                                                                                              \
        "subject-alt-names", "<[('DNS', 'a.example')]>"                                            \
    }
#define VALIDITY                                                                                   \
    {"not-before", "<int64 0>"},                                                                   \
    {                                                                                              \
        "not-after", "<int64 253402300799>"                                                        \
    }
#define SIGNER                                                                                     \
    {"signer-key-id", "<'4567ef01'>"}, {"signer-sealed-key", DER},                                 \
    {                                                                                              \
        "signer-certificate", DER                                                                  \
    }

static const JobRow rows[] = {
    {"request with a stored key",
     issue_job_survives,
     {{"kind", "<'request'>"},
      {"key-id", "<'0123abcd'>"},
      {"sealed-key", DER},
      {"temporary", "<false>"},
      {"key-type", "<'rsa:1024'>"},
      {"digest", "<'sha1'>"},
      {"subject", "<[('C', 'DE'), ('CN', 'a.example')]>"},
      {"subject-alt-names", "<[('DNS', 'a.example')]>"},
      {"challenge-password", "<'secret'>"},
      {"unstructured-name", "<'Example'>"},
      {"purposes", "<['server']>"}},
     " sealed-key challenge-password unstructured-name ",
     {{"kind", "<'signed'>"},
      {"kind", "<'self-signed'>"},
      {"kind", "<'Request'>"},
      {"kind", "<''>"},
      {"key-id", "<''>"},
      {"key-type", "<'rsa:512'>"},
      {"digest", "<'md5'>"},
      {"subject", "<[('C', 'UK')]>"},
      {"subject-alt-names", "<[('IP', '1.2.3')]>"},
      {"sealed-key", "<@ay []>"},
      {"temporary", "<true>"},
      {"challenge-password", "<'a\\u0007'>"},
      {"purposes", "<@as []>"},
      {"purposes", "<['server', 'server']>"},
      {"purposes", "<['email']>"},
      {"not-before", "<int64 0>"},
      {"public-key", DER},
      {"permitted", "<['DNS:local']>"},
      {"signer-key-id", "<'4567ef01'>"},
      {"other", "<1>"}}},
    {"self-signed with a temporary key", /* R55 */
     issue_job_survives,
     {{"kind", "<'self-signed'>"},
      {"key-id", "<'0123abcd'>"},
      {"temporary", "<true>"},
      NAMES,
      {"purposes", "<['server', 'client']>"},
      VALIDITY},
     " ",
     {{"kind", "<'request'>"},
      {"kind", "<'signed'>"},
      {"sealed-key", DER},
      {"public-key", DER},
      {"permitted", "<['DNS:local']>"},
      {"signer-certificate", DER},
      {"purposes", "<@as []>"},
      {"not-after", "<int64 0>"},
      {"not-after", "<int64 253402300800>"},
      {"not-before", "<int64 -1>"}}},
    {"authority", /* R22 */
     issue_job_survives,
     {{"kind", "<'authority'>"},
      {"key-id", "<'0123abcd'>"},
      {"temporary", "<false>"},
      NAMES,
      {"purposes", "<@as []>"},
      VALIDITY,
      {"permitted", "<['DNS:local', 'IP:10.0.0.0/8', 'IP:fc00::/7']>"}},
     " permitted ",
     {{"kind", "<'self-signed'>"},
      {"permitted", "<@as []>"},
      {"permitted", "<['DNS:*.local']>"},
      {"permitted", "<['IP:10.0.0.1/8']>"},
      {"purposes", "<['any']>"},
      {"public-key", DER},
      {"signer-sealed-key", DER}}},
    {"signed, with a new key", /* R23 */
     issue_job_survives,
     {{"kind", "<'signed'>"},
      {"key-id", "<'0123abcd'>"},
      {"temporary", "<false>"},
      NAMES,
      {"purposes", "<['server']>"},
      VALIDITY,
      SIGNER},
     " ",
     {{"kind", "<'authority'>"},
      {"permitted", "<['DNS:local']>"},
      {"signer-key-id", "<''>"},
      {"signer-sealed-key", "<@ay []>"},
      {"signer-certificate", "<@ay []>"}}},
    {"signed, with a foreign key", /* R28 */
     issue_job_survives,
     {{"kind", "<'signed'>"},
      {"public-key", DER},
      {"temporary", "<false>"},
      NAMES,
      {"purposes", "<['client']>"},
      VALIDITY,
      SIGNER},
     " ",
     {{"public-key", "<@ay []>"}, {"sealed-key", DER}, {"temporary", "<true>"}}},
    {"result with a request",
     issue_result_survives,
     {{"sealed-key", DER}, {"public-key-hash", HASH}, {"request", DER}},
     " ",
     {{"public-key-hash", SHORT_HASH},
      {"request", "<@ay []>"},
      {"certificate", DER},
      {"details", "<{'version': <uint32 3>}>"},
      {"other", DER}}},
    {"result with a certificate",
     issue_result_survives,
     {{"sealed-key", DER},
      {"public-key-hash", HASH},
      {"certificate", DER},
      {"details", "<{'version': <uint32 3>}>"}},
     " sealed-key ",
     {{"sealed-key", "<@ay []>"}, {"request", DER}, {"details", "<{'a': <1>, 'a': <2>}>"}}},
};

/* R4 */
static void test_password_limit(void)
{
    for (size_t beyond = 0; beyond <= 1; beyond++) {
        g_autofree char *text = g_strnfill(CERTD_LIMIT_PKCS9_CHARACTERS + beyond, 'x');
        g_autofree char *value = g_strdup_printf("<'%s'>", text);
        g_autoptr(GVariant) dict = job_row_dict(&rows[0], "challenge-password", value);

        g_assert_cmpint(rows[0].survives(dict, NULL), ==, !beyond);
    }
}

/* An authority's job with @count subtrees. */
static GVariant *job_with_permitted(const JobRow *authority, guint count)
{
    g_autoptr(GString) text = g_string_new("<[");

    for (guint i = 0; i < count; i++)
        g_string_append_printf(text, "%s'DNS:n%u.example'", i > 0 ? ", " : "", i);
    g_string_append(text, "]>");
    return job_row_dict(authority, "permitted", text->str);
}

static void test_permitted_limit(void)
{
    const JobRow *authority = &rows[2];

    g_assert_cmpstr(authority->name, ==, "authority");
    for (guint beyond = 0; beyond <= 1; beyond++) {
        g_autoptr(GVariant) dict = job_with_permitted(authority, CERTD_LIMIT_PERMITTED + beyond);

        g_assert_cmpint(authority->survives(dict, NULL), ==, !beyond);
    }
}

/* A field that the daemon has set for another kind is sent and refused, not dropped in silence. */
static void test_left_over_signer(void)
{
    g_autoptr(GVariant) dict = job_row_dict(&rows[3], NULL, NULL);
    g_autoptr(CertdIssueJob) job = certd_issue_job_from_variant(dict, NULL);
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(job);
    g_assert_nonnull(job->signer);
    job->kind = CERTD_ISSUE_SELF_SIGNED;

    g_autoptr(GVariant) sent = g_variant_ref_sink(certd_issue_job_to_variant(job));
    g_assert_null(certd_issue_job_from_variant(sent, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
    g_assert_nonnull(strstr(error->message, "signer-"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    job_rows_add_tests("job-issue", rows, G_N_ELEMENTS(rows));
    g_test_add_func("/model/job-issue/password-limit", test_password_limit);
    g_test_add_func("/model/job-issue/permitted-limit", test_permitted_limit);
    g_test_add_func("/model/job-issue/left-over-signer", test_left_over_signer);
    return g_test_run();
}
