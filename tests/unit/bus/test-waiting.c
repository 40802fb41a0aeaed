/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many calls of one user may wait for an answer, at the limit and one beyond it. */

#include "bus/gate.h"
#include "fixture-bus.h"
#include "model/limits.h"

static void check(BusFixture *fixture, guint32 uid, gboolean administrator, guint most)
{
    g_autoptr(GError) error = NULL;
    CertdGate *gate = certd_gate_new(fixture->server, fixture->fake.service, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < most; i++)
        g_assert_true(certd_gate_enter(gate, uid, administrator, NULL));
    g_assert_false(certd_gate_enter(gate, uid, administrator, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
    /* Another user is not held up, and one answer makes room for one call. */
    g_assert_true(certd_gate_enter(gate, uid + 1, administrator, NULL));
    certd_gate_leave(gate, uid);
    g_assert_true(certd_gate_enter(gate, uid, administrator, NULL));
    g_assert_false(certd_gate_enter(gate, uid, administrator, NULL));
    certd_gate_free(gate);
}

static void test_user(BusFixture *fixture, const void *data)
{
    check(fixture, 1000, FALSE, CERTD_LIMIT_USER_WAITING_CALLS);
}

static void test_administrator(BusFixture *fixture, const void *data)
{
    check(fixture, 0, TRUE, CERTD_LIMIT_ADMIN_WAITING_CALLS);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    bus_fixture_add("/waiting/user", test_user);
    bus_fixture_add("/waiting/administrator", test_administrator);
    return g_test_run();
}
