/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Delivering: what happens with a certificate's consumers when another is in use. First the files that
 * programs read are replaced, then each unit is told, one after another and each once. What a stop or a
 * crash cut off is made up for at the next start.
 */
#pragma once

#include "service/service.h"

G_BEGIN_DECLS

/* Has what is in use in certificate @name delivered, soon; cheap, and as often as anybody likes. Its files
 * are written again in any case, and units are told where they have not been told of this generation. */
void certd_deliver(CertdService *service, const char *name);
/* The same, and units that failed are told again. */
void certd_deliver_again(CertdService *service, const char *name);
/* Has @done called, without an error, once the files of certificate @name are what they can be: written, or
 * not, which is a problem then. Perhaps before this returns. */
void certd_deliver_then(CertdService *service, const char *name, CertdDone done, void *userdata);
/* Has all that have consumers delivered, and removes the files of all others. At the start. @done (nullable)
 * as above, once all files are. */
void certd_deliver_all(CertdService *service, CertdDone done, void *userdata);

G_END_DECLS
