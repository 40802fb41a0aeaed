/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the device is called: its host names and its addresses. */
#pragma once

#include "model/san.h"

G_BEGIN_DECLS

/* The full host name where /etc/hosts knows one, else the host name. Caller frees. */
char *certd_device_host_name(void);
/* CertdSan of each host name (transient, static, full, .local) and then of each address as
 * certd_device_addresses() has and sorts them, so that the same names give the same list:
 * link-local ones too, without their zone; no loopback, no IPv6 address that is tentative yet, and
 * no temporary one (privacy addresses are for outgoing connections and change every day). Beyond
 * CERTD_LIMIT_SANS_OWN the rest is left out. Caller unrefs. */
GPtrArray *certd_device_names(void);

G_END_DECLS
