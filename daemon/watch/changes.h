/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells when the device may have got other names or addresses (R24). */
#pragma once

#include <glib.h>
#include <systemd/sd-event.h>

G_BEGIN_DECLS

/* What happens is gathered for this long (CLOCK_BOOTTIME) after the first of it. */
#define CERTD_CHANGES_GATHER_USEC (2u * G_USEC_PER_SEC)

typedef struct CertdChanges CertdChanges;

/* Listens, on @event's loop, to links and addresses of the kernel, to its host name, and to
 * /etc/hostname and /etc/hosts, whether written in place or replaced. (Not seen are writes to a
 * file that is mounted over one of them.) @changed is called CERTD_CHANGES_GATHER_USEC after
 * something happened, once for all that happened until then: never more often than that, never
 * later, however fast things flap. It says nothing of what happened; that may be nothing of
 * interest. What happened before the return is not told: look at the names after it.
 * CERTD_ERROR_WORKER_FAILED where the kernel does not let us listen. */
CertdChanges *certd_changes_new(sd_event *event, void (*changed)(void *userdata), void *userdata,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
void certd_changes_free(CertdChanges *changes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdChanges, certd_changes_free)

G_END_DECLS
