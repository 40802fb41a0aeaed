/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for an object of certd's to become as it is wanted. */
#pragma once

#include "web/answer.h"
#include "web/request.h"

G_BEGIN_DECLS

/* The properties a{sv} of @interface of @object, once @done says so of them, or after @msec milliseconds as they are
 * then. The caller unrefs; NULL with the answer filled. Only for handlers with a thread of their own. */
GVariant *certd_await(const CertdRequest *request, CertdAnswer *answer, const char *object,
                      const char *interface, gboolean (*done)(GVariant *properties), guint msec)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
