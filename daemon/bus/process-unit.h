/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Of which unit a process is: asked of the service manager, for certd sees no other processes than its
 * own in /proc. Where no service manager is on the bus, none is started, and the answer is there at once.
 */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

G_BEGIN_DECLS

/* The system's unit that the process @pid is of now: "user@1000.service" for all that a user's own systemd
 * runs. Waits for CERTD_LIMIT_UNIT_ANSWER_MSEC at most. 0; -ESRCH where the manager says that it
 * is of none, -EBADMSG where that answers with no unit; -ETIMEDOUT where the answer took longer, or another
 * errno, say nothing about the process. Caller frees. */
int certd_process_unit(sd_bus *bus, guint32 pid, char **unit) G_GNUC_WARN_UNUSED_RESULT;
/* The user whom the main process of the service @unit runs as, while it does. Waits as
 * certd_process_unit(). 0 or an errno. */
int certd_process_unit_user(sd_bus *bus, const char *unit, guint32 *uid) G_GNUC_WARN_UNUSED_RESULT;

/* @unit is "" where the process is of none, NULL where the manager doesn't say. */
typedef void (*CertdProcessUnitDone)(const char *unit, void *userdata);
/* As certd_process_unit(), and doesn't wait: @done is called once, perhaps before this returns, and after
 * @usec at the latest while the loop of @bus turns. @slot (nullable) is the question, NULL where it is answered
 * already; without it @done is never called. */
void certd_process_unit_ask(sd_bus *bus, sd_bus_slot **slot, guint32 pid, uint64_t usec,
                            CertdProcessUnitDone done, void *userdata);

G_END_DECLS
