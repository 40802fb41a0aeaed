/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /redfish/v1/TaskService: how requests are getting on that take long. */
#pragma once

#include "web/answer.h"
#include "web/request.h"

G_BEGIN_DECLS

/* Answers 202 with the task @id, whose request has these @properties. */
void certd_task_service_accept(CertdAnswer *answer, const char *id, GVariant *properties);
/* The schema's TaskState for certd's state of a request; its TaskStatus. Static. */
const char *certd_task_state(const char *state);
const char *certd_task_status(const char *state);

G_END_DECLS
