/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making, configuring and removing certificates: what changes no chain. */
#pragma once

#include "service/service.h"

G_BEGIN_DECLS

/* Makes certificate @name with the a{sv} @settings (model/settings.h), for an administrator. */
gboolean certd_create(CertdService *service, const CertdCaller *caller, const char *name,
                      GVariant *settings, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for a requester that may have it (service/requester.h): that is its consumer, and it is issued
 * at once, as the request of @caller. ACCESS_DENIED where @caller is none now; LIMIT_EXCEEDED beyond
 * CERTD_LIMIT_REQUESTER_CERTIFICATES of one requester, and beyond the open requests that @caller may have. */
gboolean certd_create_own(CertdService *service, const CertdCaller *caller, const char *name,
                          GVariant *settings, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Applies @settings to it. What the issuer "internal" could not issue is refused as certd_create() does:
 * INVALID_OPTION for days, POLICY_FORBIDS for names. So it is with the names below. */
gboolean certd_configure(CertdService *service, const CertdCaller *caller, const char *name,
                         GVariant *settings, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* One name more (EXISTS where it is there), one less (INVALID_SUBJECT_ALT_NAME where it isn't), or
 * all of the a(ss) @names in place of what is there. */
gboolean certd_add_san(CertdService *service, const CertdCaller *caller, const char *name,
                       const char *type, const char *value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean certd_remove_san(CertdService *service, const CertdCaller *caller, const char *name,
                          const char *type, const char *value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean certd_set_sans(CertdService *service, const CertdCaller *caller, const char *name,
                        GVariant *names, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Removes it with its chains, keys and requests. "https" is POLICY_FORBIDS. */
gboolean certd_remove(CertdService *service, const CertdCaller *caller, const char *name,
                      GVariant *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
