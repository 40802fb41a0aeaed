/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is wrong and what to do about it: at most one problem of a code for each object, so that one
 * that goes on is told once. */

#include <string.h>

#include "model/limits.h"
#include "model/names.h"
#include "model/problem.h"
#include "service/service-private.h"

typedef struct {
    char *code;
    char *object; /* or NULL */
    CertdSeverity severity;
    char *message;
    char *remedy;
} Problem;

static void problem_free(void *data)
{
    Problem *problem = data;
    g_free(problem->code);
    g_free(problem->object);
    g_free(problem->message);
    g_free(problem->remedy);
    g_free(problem);
}

GPtrArray *certd_problems_new(void)
{
    return g_ptr_array_new_with_free_func(problem_free);
}

static void tell(CertdService *service)
{
    if (service->listener.problems_changed != NULL)
        service->listener.problems_changed(service->listener.userdata);
}

/* Its index, or the number of all where there is none. */
static guint find(const CertdService *service, const char *code, const char *object)
{
    guint i = 0;
    for (; i < service->problems->len; i++) {
        const Problem *problem = g_ptr_array_index(service->problems, i);
        if (g_str_equal(problem->code, code) && g_strcmp0(problem->object, object) == 0)
            break;
    }
    return i;
}

static gboolean is_said(const Problem *problem, const CertdProblem *again)
{
    return problem->severity == again->severity && g_str_equal(problem->message, again->message) &&
           g_str_equal(problem->remedy, again->remedy);
}

void certd_problem_set(CertdService *service, const CertdProblem *problem)
{
    guint index = find(service, problem->code, problem->object);
    gboolean stood = index < service->problems->len;
    if (problem->message == NULL) {
        if (!stood)
            return;
        g_ptr_array_remove_index(service->problems, index);
        tell(service);
        return;
    }
    if (stood && is_said(g_ptr_array_index(service->problems, index), problem))
        return;
    if (!stood && problem->object != NULL && service->problems->len >= CERTD_LIMIT_PROBLEMS)
        return;
    CertdProblemCode known;
    g_return_if_fail(certd_problem_code_parse(problem->code, &known));
    if (stood)
        g_ptr_array_remove_index(service->problems, index);
    Problem *added = g_new0(Problem, 1);
    added->code = g_strdup(problem->code);
    added->object = g_strdup(problem->object);
    added->severity = problem->severity;
    added->message = g_strdup(problem->message);
    added->remedy = g_strdup(problem->remedy);
    g_ptr_array_add(service->problems, added);
    tell(service);
}

void certd_problem_clear(CertdService *service, const char *object)
{
    gboolean any = FALSE;
    for (guint i = service->problems->len; i > 0; i--) {
        const Problem *problem = g_ptr_array_index(service->problems, i - 1);
        if (g_strcmp0(problem->object, object) == 0) {
            g_ptr_array_remove_index(service->problems, i - 1);
            any = TRUE;
        }
    }
    if (any)
        tell(service);
}

/* What is about the machine, not about the keystore. */
static gboolean outlasts_keystore(const Problem *problem)
{
    static const CertdProblemCode codes[] = {
        CERTD_PROBLEM_SETTINGS_INVALID,
        CERTD_PROBLEM_REQUESTERS_INVALID,
        CERTD_PROBLEM_CREDENTIAL_SOCKET,
        CERTD_PROBLEM_HTTPS_NOT_SERVED,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++) {
        if (g_str_equal(problem->code, certd_problem_code_name(codes[i])))
            return TRUE;
    }
    return FALSE;
}

void certd_problems_forget(CertdService *service)
{
    guint before = service->problems->len;
    for (guint i = before; i > 0; i--) {
        const Problem *problem = g_ptr_array_index(service->problems, i - 1);
        if (!outlasts_keystore(problem))
            g_ptr_array_remove_index(service->problems, i - 1);
    }
    if (service->problems->len != before)
        tell(service);
}

void certd_problems_forget_certificates(CertdService *service)
{
    guint before = service->problems->len;
    for (guint i = before; i > 0; i--) {
        const Problem *problem = g_ptr_array_index(service->problems, i - 1);
        if (problem->object != NULL)
            g_ptr_array_remove_index(service->problems, i - 1);
    }
    if (service->problems->len != before)
        tell(service);
}

gboolean certd_problem_is_about(const CertdService *service, const char *object)
{
    for (guint i = 0; i < service->problems->len; i++) {
        const Problem *problem = g_ptr_array_index(service->problems, i);
        if (g_strcmp0(problem->object, object) == 0)
            return TRUE;
    }
    return FALSE;
}

gboolean certd_problem_stands(const CertdService *service, const char *code)
{
    return certd_problem_has(service, code, NULL);
}

gboolean certd_problem_has(const CertdService *service, const char *code, const char *object)
{
    return find(service, code, object) < service->problems->len;
}

void certd_service_set_problem(CertdService *service, const char *code, const char *message,
                               const char *remedy)
{
    const CertdProblem problem = {
        .code = code, .severity = CERTD_SEVERITY_ERROR, .message = message, .remedy = remedy};
    certd_problem_set(service, &problem);
}

void certd_service_keep_problem(CertdService *service, const char *code, const char *message,
                                const char *remedy)
{
    certd_service_set_problem(service, code, message, remedy);
    /* Where the keystore doesn't take it, it stands until the next restart at least. */
    if (!certd_store_begin(service->store, NULL))
        return;
    g_autoptr(CertdTransaction) transaction = service->store;
    if (certd_store_problem_set(transaction, code, message, remedy, NULL) &&
        certd_store_commit(transaction, NULL))
        return;
}

gboolean certd_problems_load(CertdService *service, GError **error)
{
    g_autoptr(GPtrArray) kept = certd_store_problems(service->store, error);
    if (kept == NULL)
        return FALSE;
    for (guint i = 0; i < kept->len; i++) {
        char **problem = g_ptr_array_index(kept, i);
        CertdProblemCode known;
        /* Nothing that certd has written. */
        if (!certd_problem_code_parse(problem[0], &known))
            continue;
        certd_service_set_problem(service, problem[0], problem[1], problem[2]);
    }
    return TRUE;
}

GVariant *certd_service_problems(const CertdService *service)
{
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(ssss)"));
    for (guint i = 0; i < service->problems->len; i++) {
        const Problem *problem = g_ptr_array_index(service->problems, i);
        g_variant_builder_add(&builder, "(ssss)", problem->code,
                              certd_severity_name(problem->severity), problem->message,
                              problem->remedy);
    }
    return g_variant_builder_end(&builder);
}

/* Which certificate @problem is about; "" where it is about none. An object that is no certificate is a
 * path. */
static const char *certificate_of(const Problem *problem)
{
    static const CertdProblemCode codes[] = {
        CERTD_PROBLEM_KEYSTORE_DAMAGED,
        CERTD_PROBLEM_DEFAULT_MISSING,
    };
    if (problem->object != NULL)
        return *problem->object != '/' ? problem->object : "";
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++) {
        if (g_str_equal(problem->code, certd_problem_code_name(codes[i])))
            return CERTD_CERTIFICATE_HTTPS;
    }
    return "";
}

GVariant *certd_service_problem_certificates(const CertdService *service)
{
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE_STRING_ARRAY);
    for (guint i = 0; i < service->problems->len; i++)
        g_variant_builder_add(&builder, "s",
                              certificate_of(g_ptr_array_index(service->problems, i)));
    return g_variant_builder_end(&builder);
}

gboolean certd_service_is_degraded(const CertdService *service)
{
    for (guint i = 0; i < service->problems->len; i++) {
        const Problem *problem = g_ptr_array_index(service->problems, i);
        if (problem->severity == CERTD_SEVERITY_ERROR)
            return TRUE;
    }
    return FALSE;
}
