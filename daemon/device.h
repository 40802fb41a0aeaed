/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The device that certd runs on, as the use cases see it (service/service.h), and what makes them
 * look: changed names, the clock, deadlines. Names are read when they change, not when they are asked
 * for.
 */
#pragma once

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "pool/pool.h"
#include "service/service.h"

G_BEGIN_DECLS

typedef struct CertdHost CertdHost;

/* Watches on @event; @runtime_directory says which boot this is, see watch/boot.h; the service is told once there is one. */
CertdHost *certd_host_new(sd_event *event, const char *runtime_directory, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void certd_host_free(CertdHost *host);
/* Borrowed. */
const CertdDevice *certd_host_device(const CertdHost *host);
/* From now on @service is told of what changes; NULL: nobody is. */
void certd_host_attach(CertdHost *host, CertdService *service, CertdPool *pool);
/* Where the kernel may not be asked whether the clock is synchronized, that is asked over @bus; see
 * certd_clock_set_bus(). */
void certd_host_set_bus(CertdHost *host, sd_bus *bus);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdHost, certd_host_free)

G_END_DECLS
