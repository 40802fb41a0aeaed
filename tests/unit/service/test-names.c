/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The device is called something else: what is for its names is issued again, what somebody chose stays
 * and is told of (R24, R25). */

#include <string.h>

#include "fake.h"
#include "service/configure.h"
#include "service/look.h"
#include "service/request.h"
#include "service/review.h"

#define NEW "new.example.org"

static void rename_device(Fake *fake, const char *host, const char *names)
{
    fake_heard(fake, "");
    fake_rename(fake, host, names);
    certd_names_changed(fake->service);
    fake_settle(fake);
}

static gboolean mismatches(Fake *fake, const char *name)
{
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, name);
    g_autoptr(CertdChainRecord) chain = fake_in_use(fake, name);
    g_autoptr(GPtrArray) findings = certd_look_findings(fake->service, record, chain);
    for (guint i = 0; i < findings->len; i++) {
        if (((const CertdFinding *)g_ptr_array_index(findings, i))->code ==
            CERTD_FINDING_SAN_MISMATCH)
            return TRUE;
    }
    return FALSE;
}

/* "web", issued by the device's authority for @sans; NULL: for the device's names. */
static void add_web(Fake *fake, const char *sans)
{
    fake_create(fake, "web");
    if (sans != NULL) {
        g_autofree char *text = g_strdup_printf("{'subject-alt-names': <['%s']>}", sans);
        g_autoptr(GVariant) options = fake_options(text);
        g_assert_true(certd_configure(fake->service, &fake_root, "web", options, NULL));
    }
    fake_request(fake, "web", "internal");
    fake_settle(fake);
}

/* R24: whatever has the device's names is issued once, for all of the new ones. */
static void test_follows(Fake *fake, const void *data)
{
    fake_start(fake);
    add_web(fake, NULL);
    rename_device(fake, NEW, "DNS:new.example.org IP:192.168.7.7 IP:fd00::7");
    g_autofree char *events = g_strdup(fake->events->str);
    g_assert_nonnull(strstr(events, "https:names "));
    g_assert_nonnull(strstr(events, "web:names "));
    g_assert_null(strstr(strstr(events, "web:names ") + 1, "web:names "));
    g_assert_null(strstr(strstr(events, "https:names ") + 1, "https:names "));
    static const char *const both[] = {"https", "web"};
    for (size_t i = 0; i < G_N_ELEMENTS(both); i++) {
        g_assert_true(fake_answers_for(fake, both[i], "DNS:new.example.org"));
        g_assert_true(fake_answers_for(fake, both[i], "IP:192.168.7.7"));
        g_assert_true(fake_answers_for(fake, both[i], "IP:fd00::7"));
        g_assert_false(fake_answers_for(fake, both[i], "DNS:device.example.org"));
        g_assert_false(mismatches(fake, both[i]));
    }
    g_assert_false(certd_service_is_degraded(fake->service));
}

/* R24, R26: an organisation's values are no names: with them too it follows the device, and they are
 * kept. */
static void test_organisation(Fake *fake, const void *data)
{
    g_autoptr(GVariant) options = fake_options("{'subject': <'O=Example,C=DE'>}");
    fake_start(fake);
    g_assert_true(certd_configure(fake->service, &fake_root, "https", options, NULL));
    fake_settle(fake);
    fake_heard(fake, "");
    fake_rename(fake, NEW, "DNS:new.example.org IP:192.168.7.7");
    certd_names_changed(fake->service);
    while (fake->jobs.head == NULL)
        g_assert_true(certd_work(fake->service) || fake->woken);
    g_autofree char *subject = certd_subject_print(fake_peek(fake, FAKE_ISSUE)->subject);
    g_assert_cmpstr(subject, ==, "CN=" NEW ",O=Example,C=DE");
    fake_settle(fake);
    g_assert_cmpuint(fake_heard(fake, "https:names"), ==, 1);
    g_assert_true(fake_answers_for(fake, "https", "DNS:new.example.org"));
    g_assert_true(fake_answers_for(fake, "https", "IP:192.168.7.7"));
    g_assert_false(fake_answers_for(fake, "https", "DNS:device.example.org"));
    g_assert_false(certd_service_is_degraded(fake->service));
}

/* R24: the same names again, or in another order, are no reason. */
static void test_same(Fake *fake, const void *data)
{
    fake_rename(fake, NEW, "DNS:new.example.org IP:192.168.7.7");
    fake_start(fake);
    guint issued = fake->issued;
    rename_device(fake, NEW, "DNS:new.example.org IP:192.168.7.7");
    g_assert_cmpuint(fake_heard(fake, "device-names"), ==, 0);
    rename_device(fake, NEW, "IP:192.168.7.7 DNS:new.example.org");
    g_assert_cmpuint(fake->issued, ==, issued);
}

/* R24: who shows the device's names hears once of others. */
static void test_told(Fake *fake, const void *data)
{
    fake_start(fake);
    rename_device(fake, NEW, "DNS:new.example.org");
    g_assert_cmpuint(fake_heard(fake, "device-names"), ==, 1);
    rename_device(fake, NEW, "DNS:new.example.org IP:192.168.7.7");
    g_assert_cmpuint(fake_heard(fake, "device-names"), ==, 1);
}

/* R24: names that come and go end with those that are there, and what was under way is no loss. */
static void test_flapping(Fake *fake, const void *data)
{
    fake_start(fake);
    for (guint i = 0; i < 50; i++) {
        if (i % 2 == 0)
            fake_rename(fake, NEW, "DNS:new.example.org");
        else
            fake_rename(fake, "other.example.org", "DNS:other.example.org IP:192.168.7.7");
        certd_names_changed(fake->service);
        certd_work(fake->service);
    }
    fake_settle(fake);
    g_assert_true(fake_answers_for(fake, "https", "IP:192.168.7.7"));
    g_assert_false(fake_answers_for(fake, "https", "DNS:new.example.org"));
    g_autoptr(CertdCertificateRecord) https = fake_get(fake, "https");
    g_assert_cmpuint(https->failures, ==, 0);
    g_assert_cmpuint(https->generation, <=, 3);
}

/* R25: names that somebody gave stay, also with the device's authority as issuer. */
static void test_explicit(Fake *fake, const void *data)
{
    fake_start(fake);
    add_web(fake, "DNS:fixed.example.org");
    g_autoptr(CertdCertificateRecord) before = fake_get(fake, "web");
    rename_device(fake, NEW, "DNS:new.example.org");
    g_autoptr(CertdCertificateRecord) after = fake_get(fake, "web");
    g_assert_cmpuint(after->generation, ==, before->generation);
    g_assert_false(mismatches(fake, "web"));
}

/* R25: what a user installed stays in place, and it is said that it no longer matches: at once, and until
 * the names are back. */
static void test_imported(Fake *fake, const void *data)
{
    fake_start(fake);
    guint key = fake->made;
    fake_request(fake, "https", "external");
    fake_import(fake, "https", key);
    g_autoptr(CertdCertificateRecord) before = fake_get(fake, "https");
    g_assert_false(mismatches(fake, "https"));
    rename_device(fake, "elsewhere.example.net", "DNS:elsewhere.example.net");
    g_assert_cmpuint(fake_heard(fake, "https:findings"), ==, 1);
    g_assert_true(mismatches(fake, "https"));
    g_assert_true(fake_problem(fake, "san-mismatch"));
    g_assert_false(certd_service_is_degraded(fake->service));
    g_autoptr(CertdCertificateRecord) after = fake_get(fake, "https");
    g_assert_cmpuint(after->generation, ==, before->generation);
    g_assert_cmpint(after->active_chain, ==, before->active_chain);
    fake_restart(fake);
    fake_start(fake);
    g_assert_true(fake_problem(fake, "san-mismatch"));
    rename_device(fake, "device.example.org", "DNS:device.example.org");
    g_assert_false(mismatches(fake, "https"));
    g_assert_false(fake_problem(fake, "san-mismatch"));
}

/* R24: names that changed while certd was not there are seen when it starts. */
static void test_meanwhile(Fake *fake, const void *data)
{
    fake_start(fake);
    fake_rename(fake, NEW, "DNS:new.example.org");
    fake_restart(fake);
    fake_start(fake);
    g_assert_true(fake_answers_for(fake, "https", "DNS:new.example.org"));
}

/* R24, R55: a host name that no certificate can carry leaves those that one can. */
static void test_nonsense(Fake *fake, const void *data)
{
    fake_start(fake);
    rename_device(fake, "not a host_name!", "IP:192.168.7.7");
    g_assert_true(fake_answers_for(fake, "https", "IP:192.168.7.7"));
    rename_device(fake, "localhost", "IP:192.168.7.8");
    g_assert_true(fake_answers_for(fake, "https", "IP:192.168.7.8"));
    g_assert_false(certd_service_is_degraded(fake->service));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/names/follows", test_follows);
    fake_add("/names/organisation", test_organisation);
    fake_add("/names/same", test_same);
    fake_add("/names/told", test_told);
    fake_add("/names/flapping", test_flapping);
    fake_add("/names/explicit", test_explicit);
    fake_add("/names/imported", test_imported);
    fake_add("/names/meanwhile", test_meanwhile);
    fake_add("/names/nonsense", test_nonsense);
    return g_test_run();
}
