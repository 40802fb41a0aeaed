/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What certd-web asks for: one packet, "user\0password\0address". */
#pragma once

#include <glib.h>

#include "model/web-limits.h"

G_BEGIN_DECLS

/* An address as text: INET6_ADDRSTRLEN is 46. */
#define CERTD_SIGN_IN_ADDRESS_BYTES 64u
/* The largest packet; a buffer for one has a byte more. */
#define CERTD_SIGN_IN_PACKET_BYTES                                                                 \
    (CERTD_LIMIT_USER_NAME_BYTES + CERTD_LIMIT_PASSWORD_BYTES + CERTD_SIGN_IN_ADDRESS_BYTES + 2u)

typedef struct {
    const char *user;
    const char *password;
    const char *address; /* an IP address, or "local" */
} CertdSignInRequest;

/* Takes the packet of @length bytes in @packet apart, which has a byte more for the NUL that is put behind it.
 * @request points into @packet. FALSE where it is none: a part is missing, empty, too long or too much, the name is
 * no clean UTF-8, or the address is none. */
gboolean certd_sign_in_request_parse(char *packet, size_t length, CertdSignInRequest *request)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
