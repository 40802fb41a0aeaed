/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /redfish/v1/Managers/device/NetworkProtocol: which ports the device answers on (R62), and the trial of what could
 * lock everybody out (R63). */
#pragma once

#include "web/redfish/resource.h"

G_BEGIN_DECLS

#define CERTD_REDFISH_NETWORK_PROTOCOL CERTD_REDFISH_MANAGER "/NetworkProtocol"

void certd_network_protocol_get(const CertdRequest *request, CertdAnswer *answer);
/* HTTP.ProtocolEnabled (false forces HTTPS, on trial), HTTP.Port, HTTPS.Port; Oem.Certd.Trial: seconds. */
void certd_network_protocol_patch(const CertdRequest *request, CertdAnswer *answer);
/* The actions CertdNetworkProtocol.Confirm {Tested} and .Rollback, of force and level alike. */
void certd_network_protocol_confirm(const CertdRequest *request, CertdAnswer *answer);
void certd_network_protocol_roll_back(const CertdRequest *request, CertdAnswer *answer);

G_END_DECLS
