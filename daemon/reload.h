/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SIGHUP: what the administrator configures is read again. */
#pragma once

#include <systemd/sd-event.h>

#include "service/service.h"

G_BEGIN_DECLS

/* What is read, borrowed; NULL for the standard ones. */
typedef struct {
    CertdService *service;
    const char *config_file;
    const char *requesters; /* the folder */
} CertdReload;

/* From now on each SIGHUP, which is blocked, has @reload read again, and the service manager hears of it. A
 * certd.conf with an error leaves the settings as they were, and is a problem. @reload outlives the loop. */
int certd_reload_listen(sd_event *event, CertdReload *reload);

G_END_DECLS
