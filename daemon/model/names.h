/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every well-known name, once. */
#pragma once

#define CERTD_BUS_NAME "org.certd1"

#define CERTD_PATH_MANAGER "/org/certd1"
#define CERTD_PATH_CERTIFICATE "/org/certd1/certificate"
#define CERTD_PATH_REQUEST "/org/certd1/request"
#define CERTD_PATH_AUTHORITY "/org/certd1/authority/internal"
#define CERTD_PATH_TRUST_STORE "/org/certd1/truststore"
#define CERTD_PATH_HTTPS "/org/certd1/https"
#define CERTD_PATH_LOG "/org/certd1/log"
#define CERTD_PATH_WORKER "/org/certd1/worker"

#define CERTD_INTERFACE_MANAGER "org.certd1.Manager"
#define CERTD_INTERFACE_CERTIFICATE "org.certd1.Certificate"
#define CERTD_INTERFACE_REQUEST "org.certd1.Request"
#define CERTD_INTERFACE_AUTHORITY "org.certd1.Authority"
#define CERTD_INTERFACE_TRUST_STORE "org.certd1.TrustStore"
#define CERTD_INTERFACE_HTTPS "org.certd1.Https"
#define CERTD_INTERFACE_LOG "org.certd1.Log"
#define CERTD_INTERFACE_WORKER "org.certd1.Worker"

#define CERTD_ERROR_PREFIX "org.certd1.Error."
/* What certd-session answers where the password is asked for again: it signed in too long ago. */
#define CERTD_ERROR_SIGN_IN_AGAIN "org.certd1.Session.Error.SignInAgain"

#define CERTD_ACTION_READ "org.certd1.read"
#define CERTD_ACTION_REQUEST "org.certd1.request"
#define CERTD_ACTION_INSTALL "org.certd1.install"
#define CERTD_ACTION_IMPORT_KEY "org.certd1.import-key"
#define CERTD_ACTION_CONFIGURE "org.certd1.configure"
#define CERTD_ACTION_EXPORT_KEY "org.certd1.export-key"
#define CERTD_ACTION_RESET "org.certd1.reset"
#define CERTD_ACTION_REMOVE "org.certd1.remove"
#define CERTD_ACTION_AUTHORITY "org.certd1.authority"
#define CERTD_ACTION_TRUST "org.certd1.trust"
#define CERTD_ACTION_READ_LOG "org.certd1.read-log"
#define CERTD_ACTION_SET_CONSUMERS "org.certd1.set-consumers"
#define CERTD_ACTION_OPEN_CREDENTIAL "org.certd1.open-credential"
#define CERTD_ACTION_REQUEST_OWN "org.certd1.request-own"

#define CERTD_ACTION_HTTPS "org.certd1.https"
#define CERTD_ACTION_REPORT "org.certd1.report"

/* The certificate that always exists. */
#define CERTD_CERTIFICATE_HTTPS "https"
/* Members of this group are administrators. */
#define CERTD_GROUP_ADMIN "certd-admin"
/* Serves the certificate https: it alone may open its key without being a consumer, and report of it. */
#define CERTD_USER_TLS "certd-tls"
/* PAM's service of the web's sign-in. */
#define CERTD_PAM_SERVICE "certd"

/* In the runtime directory: where the service manager asks for credentials, and what programs that read
 * files read. */
#define CERTD_CREDENTIAL_SOCKET "credential.sock"
#define CERTD_EXPORT_DIRECTORY "export"

#define CERTD_KEYSTORE_FILE "keystore.db"
#define CERTD_RESERVE_FILE "keystore.reserve"
#define CERTD_SEALING_KEY_FILE "sealing.key"
/* The next one is made here, and takes the other one's place. */
#define CERTD_SEALING_KEY_NEW_FILE CERTD_SEALING_KEY_FILE ".new"
#define CERTD_WRAPPING_CREDENTIAL "certd.wrapping-key"

/* Where the web's processes meet (see clients/web/README.md): certd-tls connects to the first, certd-web to
 * the second. */
#define CERTD_WEB_SOCKET "/run/certd-web/http.sock"
#define CERTD_SESSION_SOCKET "/run/certd-session/session.sock"
