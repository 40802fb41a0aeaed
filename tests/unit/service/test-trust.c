/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the device trusts: all of an input or nothing, and nobody is told of what did not change (R70). */

#include <string.h>

#include "fake.h"
#include "model/limits.h"
#include "service/reset.h"
#include "service/trust.h"
#include "store/audit.h"

typedef struct {
    guint calls;
    char **fingerprints;
    guint findings;
    GError *error;
} Outcome;

static void on_added(char **fingerprints, const GError *error, void *userdata)
{
    Outcome *outcome = userdata;
    outcome->calls++;
    outcome->fingerprints = g_strdupv(fingerprints);
    outcome->error = error != NULL ? g_error_copy(error) : NULL;
}

static void on_verified(GPtrArray *findings, const GError *error, void *userdata)
{
    Outcome *outcome = userdata;
    outcome->calls++;
    outcome->findings = findings != NULL ? findings->len : 0;
    outcome->error = error != NULL ? g_error_copy(error) : NULL;
}

static void outcome_clear(Outcome *outcome)
{
    g_clear_pointer(&outcome->fingerprints, g_strfreev);
    g_clear_error(&outcome->error);
    outcome->calls = 0;
}

/* What the workers read next: the anchors from @first on, of @size bytes each. */
static void offer(Fake *fake, guint first, guint count, size_t size)
{
    g_clear_pointer(&fake->anchors, g_ptr_array_unref);
    fake->anchors = g_ptr_array_new_with_free_func((GDestroyNotify)certd_anchor_free);
    for (guint i = first; i < first + count; i++) {
        CertdAnchor *anchor = g_new0(CertdAnchor, 1);
        guint8 *bytes = g_malloc0(size);
        memcpy(bytes, &i, sizeof i);
        anchor->certificate = g_bytes_new_take(bytes, size);
        anchor->fingerprint = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, anchor->certificate);
        anchor->subject_hash = g_strdup_printf("%08x", i);
        anchor->details = fake_options("{'subject': <'CN=x'>}");
        g_ptr_array_add(fake->anchors, anchor);
    }
}

static void tear_down(Fake *fake, const void *data)
{
    g_clear_pointer(&fake->anchors, g_ptr_array_unref);
    g_clear_pointer(&fake->verified, g_ptr_array_unref);
    fake_tear_down(fake, NULL);
}

static gboolean begins(Fake *fake, const char *options, Outcome *outcome)
{
    g_autoptr(GVariant) dict = fake_options(options);
    outcome_clear(outcome);
    return certd_trust_add(fake->service, &fake_root, 0, -1, dict, on_added, outcome,
                           &outcome->error);
}

static void add(Fake *fake, const char *options, Outcome *outcome)
{
    g_assert_true(begins(fake, options, outcome));
    fake_answer(fake, FAKE_READ_ANCHORS, NULL);
    g_assert_cmpuint(outcome->calls, ==, 1);
}

static guint count(Fake *fake, gint64 *changed)
{
    guint number = 0;
    g_assert_true(certd_trust_state(fake->service, &number, changed, NULL));
    return number;
}

/* The words for the only anchor's purposes. */
static char *purposes(Fake *fake)
{
    gboolean more = TRUE;
    g_autoptr(GPtrArray) records = certd_trust_page(fake->service, "", 10, &more, NULL);
    g_assert_cmpuint(records->len, ==, 1);
    const CertdAnchorRecord *record = g_ptr_array_index(records, 0);
    return g_strjoinv(" ", (char **)certd_trust_purpose_names(record->purposes));
}

/* R70: added, given other purposes, and removed; each is told of and in the log, once. */
static void test_change(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    gint64 changed = -1;
    guint64 rows = 0;
    g_assert_cmpuint(count(fake, &changed), ==, 0);
    g_assert_cmpint(changed, ==, 0);
    offer(fake, 1, 1, 9);
    add(fake, NULL, &outcome);
    g_assert_no_error(outcome.error);
    const CertdAnchor *anchor = g_ptr_array_index(fake->anchors, 0);
    g_assert_cmpstr(outcome.fingerprints[0], ==, anchor->fingerprint);
    g_assert_null(outcome.fingerprints[1]);
    g_assert_cmpuint(count(fake, &changed), ==, 1);
    g_assert_cmpint(changed, ==, fake->now);
    g_assert_cmpuint(fake_heard(fake, "trust"), ==, 1);

    fake->now++;
    add(fake, "{'purposes': <['server', 'server']>}", &outcome);
    g_assert_cmpstr(outcome.fingerprints[0], ==, anchor->fingerprint);
    g_assert_cmpuint(fake_heard(fake, "trust"), ==, 0);
    g_assert_cmpuint(count(fake, &changed), ==, 1);
    g_assert_cmpint(changed, ==, fake->now - 1);
    add(fake, "{'purposes': <['client', 'server']>}", &outcome);
    g_assert_cmpuint(fake_heard(fake, "trust"), ==, 1);
    g_autofree char *both = purposes(fake);
    g_assert_cmpstr(both, ==, "server client");
    /* Nothing is taken away by adding. */
    add(fake, "{'purposes': <['client']>}", &outcome);
    g_autofree char *still = purposes(fake);
    g_assert_cmpstr(still, ==, "server client");
    g_assert_cmpuint(fake_heard(fake, "trust"), ==, 0);

    g_assert_true(
        certd_trust_remove(fake->service, &fake_root, anchor->fingerprint, &outcome.error));
    g_assert_cmpuint(fake_heard(fake, "trust"), ==, 1);
    g_assert_cmpuint(count(fake, &changed), ==, 0);
    g_assert_true(certd_store_audit_verify(fake->fixture.store, &rows, NULL));
    g_assert_cmpuint(rows, ==, 3);
    outcome_clear(&outcome);
}

static const struct {
    const char *name;
    const char *options;
} bad_options[] = {
    {"empty", "{'purposes': <@as []>}"},
    {"unknown", "{'purposes': <['server', 'email']>}"},
    {"capital", "{'purposes': <['Server']>}"},
    {"no-list", "{'purposes': <'server'>}"},
    {"key", "{'purpose': <['server']>}"},
    {"twice", "{'purposes': <['server']>, 'purposes': <['client']>}"},
};

/* R70: what is wrong with the options is found before anything is read. */
static void test_bad_options(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    for (size_t i = 0; i < G_N_ELEMENTS(bad_options); i++) {
        g_test_message("%s", bad_options[i].name);
        g_assert_false(begins(fake, bad_options[i].options, &outcome));
        g_assert_error(outcome.error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
        g_assert_cmpuint(fake_waiting(fake, FAKE_READ_ANCHORS), ==, 0);
    }
    outcome_clear(&outcome);
}

/* R70: an input that is not good as a whole changes nothing. */
static void test_bad_input(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    gint64 changed = -1;
    g_assert_true(begins(fake, NULL, &outcome));
    fake_answer_code(fake, FAKE_READ_ANCHORS, CERTD_ERROR_REJECTED);
    g_assert_error(outcome.error, CERTD_ERROR, CERTD_ERROR_REJECTED);
    g_assert_cmpuint(count(fake, &changed), ==, 0);
    g_assert_cmpuint(fake_heard(fake, "trust"), ==, 0);
    outcome_clear(&outcome);
}

/* R70: CERTD_LIMIT_ANCHORS, and one more, which adds nothing of its input. */
static void test_most(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    gint64 changed = -1;
    offer(fake, 0, CERTD_LIMIT_ANCHORS - 1, 9);
    add(fake, NULL, &outcome);
    g_assert_no_error(outcome.error);
    offer(fake, CERTD_LIMIT_ANCHORS - 1, 2, 9);
    add(fake, NULL, &outcome);
    g_assert_error(outcome.error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
    g_assert_cmpuint(count(fake, &changed), ==, CERTD_LIMIT_ANCHORS - 1);
    offer(fake, CERTD_LIMIT_ANCHORS - 1, 1, 9);
    add(fake, NULL, &outcome);
    g_assert_no_error(outcome.error);
    g_assert_cmpuint(count(fake, &changed), ==, CERTD_LIMIT_ANCHORS);
    /* Those that are there need no room. */
    add(fake, "{'purposes': <['client']>}", &outcome);
    g_assert_no_error(outcome.error);
    outcome_clear(&outcome);
}

/* R70: CERTD_LIMIT_ANCHORS_BYTES, and one more. */
static void test_most_bytes(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    gint64 changed = -1;
    offer(fake, 0, 1, CERTD_LIMIT_ANCHORS_BYTES - 8);
    add(fake, NULL, &outcome);
    g_assert_no_error(outcome.error);
    offer(fake, 1, 1, 9);
    add(fake, NULL, &outcome);
    g_assert_error(outcome.error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
    g_assert_cmpuint(count(fake, &changed), ==, 1);
    offer(fake, 1, 1, 8);
    add(fake, NULL, &outcome);
    g_assert_no_error(outcome.error);
    g_assert_cmpuint(count(fake, &changed), ==, 2);
    outcome_clear(&outcome);
}

/* R70: with colons and in capitals, as people copy it; and nothing else. */
static void test_fingerprints(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    gboolean more;
    offer(fake, 1, 1, 9);
    const char *plain = ((CertdAnchor *)g_ptr_array_index(fake->anchors, 0))->fingerprint;
    g_autofree char *capitals = g_ascii_strup(plain, -1);
    g_autoptr(GString) colons = g_string_new(NULL);
    for (size_t i = 0; plain[i] != '\0'; i++)
        g_string_append_printf(colons, "%s%c", i > 0 && i % 2 == 0 ? ":" : "", capitals[i]);
    g_autofree char *other = g_strnfill(64, '0');
    g_autofree char *shorter = g_strndup(plain, 63);
    g_autofree char *longer = g_strconcat(plain, "0", NULL);
    g_autofree char *misplaced = g_strdup(colons->str);
    misplaced[2] = '0';
    misplaced[3] = ':';
    g_autofree char *no_digit = g_strdup(plain);
    no_digit[63] = 'g';
    const char *const wrong[] = {"",       other,     shorter,         longer, misplaced,
                                 no_digit, "../../x", "SHA256:abcdef", "ä"};
    const char *const right[] = {plain, capitals, colons->str};
    for (size_t i = 0; i < G_N_ELEMENTS(right); i++) {
        add(fake, NULL, &outcome);
        for (size_t j = 0; j < G_N_ELEMENTS(wrong); j++) {
            g_autoptr(GError) error = NULL;
            g_test_message("%s", wrong[j]);
            g_assert_false(certd_trust_remove(fake->service, &fake_root, wrong[j], &error));
            g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
        }
        g_assert_true(certd_trust_remove(fake->service, &fake_root, right[i], NULL));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(right); i++) {
        g_autoptr(GPtrArray) records =
            certd_trust_page(fake->service, right[i], 10, &more, &outcome.error);
        g_assert_cmpint(records != NULL, ==, right[i] == plain);
        g_clear_error(&outcome.error);
    }
    outcome_clear(&outcome);
}

static const struct {
    const char *name;
    const char *options;
    CertdPurposes purpose; /* of the job; 0 where there is none */
    CertdError code;
} verifications[] = {
    {"", NULL, CERTD_PURPOSE_SERVER, 0},
    {"www.example.org", "{'purpose': <'server'>}", CERTD_PURPOSE_SERVER, 0},
    {"192.0.2.1", "{'purpose': <'client'>}", CERTD_PURPOSE_CLIENT, 0},
    {"2001:db8::1", NULL, CERTD_PURPOSE_SERVER, 0},
    {"*.example.org", NULL, 0, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME},
    {"www.example.org:443", NULL, 0, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME},
    {"https://www.example.org", NULL, 0, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME},
    {" ", NULL, 0, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME},
    {"192.0.2.256", NULL, 0, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME},
    {"www.example.org", "{'purpose': <'email'>}", 0, CERTD_ERROR_INVALID_OPTION},
    {"www.example.org", "{'purpose': <['server']>}", 0, CERTD_ERROR_INVALID_OPTION},
    {"www.example.org", "{'purposes': <'server'>}", 0, CERTD_ERROR_INVALID_OPTION},
};

/* R71: what is asked for is checked, and what the worker found is the answer. */
static void test_verify(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    fake->verified = certd_finding_list_new();
    certd_finding_list_add(fake->verified, CERTD_FINDING_EXPIRED, CERTD_SEVERITY_ERROR, "late",
                           "renew");
    for (size_t i = 0; i < G_N_ELEMENTS(verifications); i++) {
        g_autoptr(GVariant) options = fake_options(verifications[i].options);
        g_test_message("%s %s", verifications[i].name, verifications[i].options);
        gboolean begun = certd_trust_verify(fake->service, 0, verifications[i].name, options,
                                            on_verified, &outcome, &outcome.error);
        g_assert_cmpint(begun, ==, verifications[i].purpose != 0);
        if (begun) {
            g_assert_cmpint(fake->verify->purpose, ==, verifications[i].purpose);
            g_assert_cmpint(fake->verify->now, ==, fake->now);
            g_assert_true(fake->verify->clock_trusted);
            fake_answer(fake, FAKE_VERIFY, NULL);
            g_assert_cmpuint(outcome.findings, ==, 1);
            g_assert_no_error(outcome.error);
        } else {
            g_assert_error(outcome.error, CERTD_ERROR, (int)verifications[i].code);
        }
        outcome_clear(&outcome);
    }
}

/* What is under way when the service ends is cancelled. */
static void test_end(Fake *fake, const void *data)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    Outcome outcome = {0};
    g_assert_true(begins(fake, NULL, &outcome));
    g_assert_true(
        certd_trust_verify(fake->service, 0, "", none, on_verified, &outcome, &outcome.error));
    fake_restart(fake);
    g_assert_cmpuint(fake->cancelled, ==, 2);
    g_assert_cmpuint(outcome.calls, ==, 0);
}

static void on_reset(char **lost, const GError *error, void *userdata)
{
    g_assert_no_error(error);
    *(gboolean *)userdata = TRUE;
}

/* R54: a factory reset trusts nobody, and tells. */
static void test_factory_reset(Fake *fake, const void *data)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    Outcome outcome = {0};
    gboolean reset = FALSE;
    gint64 changed = -1;
    fake_start(fake);
    offer(fake, 1, 2, 9);
    add(fake, NULL, &outcome);
    fake_heard(fake, "trust");
    g_assert_true(
        certd_factory_reset(fake->service, &fake_root, none, on_reset, &reset, &outcome.error));
    fake_settle(fake);
    g_assert_true(reset);
    g_assert_cmpuint(fake_heard(fake, "trust"), ==, 1);
    g_assert_cmpuint(count(fake, &changed), ==, 0);
    g_assert_cmpint(changed, ==, 0);
    outcome_clear(&outcome);
}

#define trust_add(path, function) g_test_add(path, Fake, NULL, fake_set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    trust_add("/trust/change", test_change);
    trust_add("/trust/bad-options", test_bad_options);
    trust_add("/trust/bad-input", test_bad_input);
    trust_add("/trust/most", test_most);
    trust_add("/trust/most-bytes", test_most_bytes);
    trust_add("/trust/fingerprints", test_fingerprints);
    trust_add("/trust/verify", test_verify);
    trust_add("/trust/end", test_end);
    trust_add("/trust/factory-reset", test_factory_reset);
    return g_test_run();
}
