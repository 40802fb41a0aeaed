/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where certificates and requests are in the API. The standard resource of https is where Redfish wants it, that of any
 * other certificate below its OEM resource.
 */
#pragma once

#include "web/redfish/resource.h"

G_BEGIN_DECLS

#define CERTD_REDFISH_CERTIFICATES CERTD_REDFISH "/CertificateService"
#define CERTD_REDFISH_OEM CERTD_REDFISH_CERTIFICATES "/Oem/Certd"
#define CERTD_REDFISH_PLACES CERTD_REDFISH_OEM "/Certificates"
#define CERTD_REDFISH_HTTPS CERTD_REDFISH_MANAGER "/NetworkProtocol/HTTPS/Certificates"
#define CERTD_REDFISH_TASKS CERTD_REDFISH "/TaskService"

/* The OEM resource CertdCertificate of the certificate @name. Each of these is the caller's. */
char *certd_location_place(const char *name);
/* Its standard resource Certificate, and the collection that this is in. */
char *certd_location_certificate(const char *name);
char *certd_location_collection(const char *name);
/* The OEM resource CertdRequest of the request @id. */
char *certd_location_request(const char *name, const char *id);

/* The name of the certificate whose standard resource, or collection, is @path; NULL where it is no such. The caller
 * frees. */
char *certd_location_certificate_name(const char *path);
char *certd_location_collection_name(const char *path);

/* The last label of a D-Bus object's @path, decoded: a certificate's name or a request's id. The caller frees. */
char *certd_location_id(const char *path);
/* The D-Bus object of the request @id; NULL where that is no id. The caller frees. */
char *certd_location_request_object(const char *id);
/* Whether @name could be a certificate's: nothing else is asked for. */
gboolean certd_location_is_name(const char *name);

G_END_DECLS
