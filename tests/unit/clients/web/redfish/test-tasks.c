/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tasks: as many as the limit says, and how a request's state reads as a task's. */
#include "model/state.h"
#include "model/web-limits.h"
#include "web/redfish/task-service.h"
#include "web/redfish/tasks.h"

static void add(guint number)
{
    g_autofree char *id = g_strdup_printf("%u", number);
    certd_tasks_add(id, "https", CERTD_PENDING_REKEY, number);
}

static guint count(void)
{
    g_autoptr(GPtrArray) list = certd_tasks_list();
    return list->len;
}

static void clear(void)
{
    g_autoptr(GPtrArray) list = certd_tasks_list();
    for (guint i = 0; i < list->len; i++)
        g_assert_true(certd_tasks_remove(((CertdTask *)g_ptr_array_index(list, i))->id));
    g_assert_cmpuint(count(), ==, 0);
}

static void test_limit(void)
{
    for (guint i = 0; i < CERTD_LIMIT_WEB_TASKS; i++)
        add(i);
    g_assert_cmpuint(count(), ==, CERTD_LIMIT_WEB_TASKS);
    g_autoptr(CertdTask) first = certd_tasks_find("0");
    g_assert_nonnull(first);

    add(CERTD_LIMIT_WEB_TASKS);
    g_assert_cmpuint(count(), ==, CERTD_LIMIT_WEB_TASKS);
    g_assert_null(certd_tasks_find("0"));
    g_autoptr(CertdTask) second = certd_tasks_find("1");
    g_assert_nonnull(second);
    clear();
}

static void test_one(void)
{
    certd_tasks_add("7", "mqtt", CERTD_PENDING_GENERATE_CSR, 12);
    certd_tasks_add("7", "other", CERTD_PENDING_RENEW, 13);
    g_assert_cmpuint(count(), ==, 1);
    g_autoptr(CertdTask) task = certd_tasks_find("7");
    g_assert_cmpstr(task->id, ==, "7");
    g_assert_cmpstr(task->certificate, ==, "mqtt");
    g_assert_cmpint(task->kind, ==, CERTD_PENDING_GENERATE_CSR);
    g_assert_cmpint(task->started, ==, 12);
    g_assert_true(certd_tasks_remove("7"));
    g_assert_false(certd_tasks_remove("7"));
    g_assert_null(certd_tasks_find("7"));
}

static void test_states(void)
{
    static const struct {
        const char *state;
        const char *status;
    } rows[CERTD_REQUEST_STATE_COUNT_] = {
        [CERTD_REQUEST_QUEUED] = {"Pending", "OK"},
        [CERTD_REQUEST_GENERATING] = {"Running", "OK"},
        [CERTD_REQUEST_READY] = {"Completed", "OK"},
        [CERTD_REQUEST_ISSUED] = {"Completed", "OK"},
        [CERTD_REQUEST_FAILED] = {"Exception", "Critical"},
        [CERTD_REQUEST_CANCELLED] = {"Cancelled", "Warning"},
    };
    for (int i = 0; i < CERTD_REQUEST_STATE_COUNT_; i++) {
        const char *name = certd_request_state_name((CertdRequestState)i);
        g_assert_cmpstr(certd_task_state(name), ==, rows[i].state);
        g_assert_cmpstr(certd_task_status(name), ==, rows[i].status);
    }
    g_assert_cmpstr(certd_task_state("other"), ==, "Exception");
}

/* A request to an authority outside is over when it is ready; another goes on to be issued. */
static void test_over(void)
{
    static const struct {
        const char *properties;
        gboolean over;
    } rows[] = {
        {"{'State': <'queued'>, 'Issuer': <'external'>}", FALSE},
        {"{'State': <'generating'>, 'Issuer': <'internal'>}", FALSE},
        {"{'State': <'ready'>, 'Issuer': <'external'>}", TRUE},
        {"{'State': <'ready'>, 'Issuer': <'internal'>}", FALSE},
        {"{'State': <'issued'>, 'Issuer': <'self'>}", TRUE},
        {"{'State': <'failed'>, 'Issuer': <'internal'>}", TRUE},
        {"{'State': <'cancelled'>, 'Issuer': <'external'>}", TRUE},
        {"@a{sv} {}", FALSE},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GVariant) properties =
            g_variant_parse(G_VARIANT_TYPE_VARDICT, rows[i].properties, NULL, NULL, NULL);
        g_assert_cmpint(certd_pending_is_over(properties), ==, rows[i].over);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/web/redfish/tasks/limit", test_limit);
    g_test_add_func("/web/redfish/tasks/one", test_one);
    g_test_add_func("/web/redfish/tasks/states", test_states);
    g_test_add_func("/web/redfish/tasks/over", test_over);
    return g_test_run();
}
