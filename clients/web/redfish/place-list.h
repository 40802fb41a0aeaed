/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The collection of certificates, with a summary of each beside its link: who shows a list of them all needs no more. */
#pragma once

#include "web/answer.h"
#include "web/request.h"

G_BEGIN_DECLS

/* GET of the collection. */
void certd_place_list_get(const CertdRequest *request, CertdAnswer *answer);

G_END_DECLS
