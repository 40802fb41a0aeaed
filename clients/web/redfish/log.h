/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The audit log as the log service "Audit". */
#pragma once

#include "web/messages.h"
#include "web/redfish/resource.h"

G_BEGIN_DECLS

#define CERTD_REDFISH_LOG CERTD_REDFISH_MANAGER "/LogServices/Audit"

/* The value of the query's parameter @name, @text, as certd takes it: @value is the caller's, @filter whether it is a filter
 * or about the page. CERTD_MESSAGE_SUCCESS, or what is wrong: there is no such parameter, or its value is none. */
CertdMessage certd_log_read_parameter(const char *name, const char *text, gboolean *filter,
                                      GVariant **value) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
