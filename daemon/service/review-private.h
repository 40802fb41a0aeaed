/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The look at one certificate: what is seen, and what comes of it. */
#pragma once

#include "service/service-private.h"

G_BEGIN_DECLS

/* What there is to see of one certificate, loaded once. */
typedef struct {
    CertdService *service;
    CertdCertificateRecord *record;
    CertdChainRecord *active;    /* NULL: nothing installed, or it can't be read */
    CertdChainRecord *emergency; /* NULL: none, or it can't be read */
    gint64 now;
    gboolean trusted; /* the clock */
    gboolean on_trial; /* nothing is renewed meanwhile */
    gboolean settled;  /* the trial is over, and the record as it will be written: not here */
    gboolean bad;     /* what is installed can't be used; also where https has nothing */
    CertdFindingCode why;
    CertdIssuer issuer; /* who renews what is installed */
} CertdView;

/* Loads @name, and writes down where what is installed is damaged. A row that can't be read is mended
 * where it is of https, which always exists. NULL where there is nothing to look at. */
CertdView *certd_view_new(CertdService *service, const char *name);
void certd_view_free(CertdView *view);
/* Why the certificate in @view has to be issued again ("names", "clock", "authority", "renewal");
 * NULL where it hasn't. Static. */
const char *certd_view_outdated(const CertdView *view);
/* Whether its emergency certificate may stay as it is. */
gboolean certd_view_emergency_is_good(const CertdView *view);
/* When the emergency certificate is to be renewed; 0 without one. */
gint64 certd_view_emergency_renewal(const CertdView *view);

/* Says why what is installed can't be used, or that it can. */
void certd_view_tell_bad(const CertdView *view);
/* Says what else there is: names that are the device's no more (R25), renewals that failed. */
void certd_view_tell_warnings(const CertdView *view);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdView, certd_view_free)

G_END_DECLS
