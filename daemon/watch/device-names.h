/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the device is called: its host names and its addresses. */
#pragma once

#include "model/san.h"

G_BEGIN_DECLS

/* The full host name where /etc/hosts knows one, else the host name. Caller frees. */
char *certd_device_host_name(void);
/* CertdSan of each host name (transient, static, full, .local) and of each address of an interface
 * that is up, but loopback's; link-local ones too, without their zone. */
GPtrArray *certd_device_names(void);

G_END_DECLS
