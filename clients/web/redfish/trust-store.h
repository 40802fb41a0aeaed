/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the device trusts (R70, R71). One collection has all anchors; the two that Redfish has, of a TLS client's and a TLS
 * server's policy, list those that vouch for servers and those that vouch for clients.
 */
#pragma once

#include "web/redfish/resource.h"

G_BEGIN_DECLS

#define CERTD_REDFISH_TRUST CERTD_REDFISH_MANAGER "/SecurityPolicy/TrustedCertificates"
/* Anchors of the servers that the device is a client of; and of its own clients. */
#define CERTD_REDFISH_TRUST_CLIENT                                                                 \
    CERTD_REDFISH_MANAGER "/SecurityPolicy/TLS/Client/TrustedCertificates"
#define CERTD_REDFISH_TRUST_SERVER                                                                 \
    CERTD_REDFISH_MANAGER "/SecurityPolicy/TLS/Server/TrustedCertificates"
/* Below it server.pem and client.pem. */
#define CERTD_REDFISH_TRUST_BUNDLES CERTD_REDFISH_MANAGER "/SecurityPolicy/Oem/Certd"
#define CERTD_TRUST_ACTION_VERIFY "CertdSecurityPolicy.Verify"

/* Whether @text has as many PEM blocks, and of the labels, as the schema's CertificateType @type says ("PEM": one
 * certificate; "PEMchain": certificates; "PKCS7"). */
gboolean certd_trust_is_type(const char *text, const char *type);
/* Whether @id is a fingerprint as members are called: 64 lower-case hexadecimal digits. */
gboolean certd_trust_is_id(const char *id);

G_END_DECLS
