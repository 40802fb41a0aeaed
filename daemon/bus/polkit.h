/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asking polkit. The subject is always a bus name, never a process. */
#pragma once

#include <systemd/sd-bus.h>

#include "service/service.h"

G_BEGIN_DECLS

/* Asks whether @sender may do @action. @certificate (nullable) goes along as a detail. @done gets
 * NULL for yes, else ACCESS_DENIED, or INTERACTIVE_AUTHORIZATION_REQUIRED where a password would
 * help and @interactive is false. @slot is the question's; unref it to give up, then @done is not
 * called. A negative errno where it can't be asked. */
int certd_polkit_check(sd_bus *bus, sd_bus_slot **slot, const char *sender, const char *action,
                       const char *certificate, gboolean interactive, CertdDone done,
                       void *userdata);

G_END_DECLS
