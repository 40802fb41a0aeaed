/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HTTPS' settings, as the tests change and look at them. */
#pragma once

#include "fake.h"
#include "service/https.h"

G_BEGIN_DECLS

/* What a call of a use case gives: the error's code, or this. */
#define HTTPS_OK (-1)

CertdHttpsState https_get(Fake *fake);
/* Each as @caller; @how: the options. */
int https_level(Fake *fake, const CertdCaller *caller, const char *level, const char *how);
int https_force(Fake *fake, const CertdCaller *caller, gboolean force, const char *how);
int https_confirm(Fake *fake, const CertdCaller *caller, const char *how);
int https_rollback(Fake *fake, const CertdCaller *caller);
/* The server reports a client with what is in use, and a certificate or none. */
void https_prove(Fake *fake, gboolean client_certificate);

G_END_DECLS
