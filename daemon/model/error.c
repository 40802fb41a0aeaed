/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one error domain, made from errors.def: a row there is a code here, a D-Bus name, an HTTP
 * status and an exit status, so that none of the four can be forgotten.
 */
#include "model/error.h"

#include "model/names.h"

#define STANDARD_PREFIX "org.freedesktop.DBus.Error."

typedef struct {
    const char *name;
    int http_status;
    int exit_status;
} ErrorRow;

static const ErrorRow error_rows[CERTD_ERROR_COUNT_] = {
#define CERTD_ERROR_ROW(code, name, http, exit)                                                    \
    [CERTD_ERROR_##code] = {CERTD_ERROR_PREFIX name, http, exit},
#include "model/errors.def"
#undef CERTD_ERROR_ROW
};

/* Two errors that every D-Bus client knows already keep the bus's own names; busctl and polkit
 * agents act on them. */
static const struct {
    CertdError code;
    const char *name;
} standard_names[] = {
    {CERTD_ERROR_ACCESS_DENIED, STANDARD_PREFIX "AccessDenied"},
    {CERTD_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
     STANDARD_PREFIX "InteractiveAuthorizationRequired"},
};

G_DEFINE_QUARK(certd - error - quark, certd_error)

const char *certd_error_dbus_name(CertdError code)
{
    g_return_val_if_fail((unsigned int)code < CERTD_ERROR_COUNT_, NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(standard_names); i++) {
        if (standard_names[i].code == code)
            return standard_names[i].name;
    }
    return error_rows[code].name;
}

int certd_error_http_status(CertdError code)
{
    g_return_val_if_fail((unsigned int)code < CERTD_ERROR_COUNT_, 500);

    return error_rows[code].http_status;
}

int certd_error_exit_status(CertdError code)
{
    g_return_val_if_fail((unsigned int)code < CERTD_ERROR_COUNT_, 1);

    return error_rows[code].exit_status;
}

gboolean certd_error_from_dbus_name(const char *dbus_name, CertdError *code)
{
    if (!dbus_name)
        return FALSE;

    for (unsigned int i = 0; i < CERTD_ERROR_COUNT_; i++) {
        if (g_str_equal(dbus_name, certd_error_dbus_name((CertdError)i))) {
            *code = (CertdError)i;
            return TRUE;
        }
    }
    return FALSE;
}
