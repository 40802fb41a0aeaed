/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worker's private D-Bus interface (org.certd1.Worker.xml), and what its methods share. */
#pragma once

#include <systemd/sd-bus.h>

#include "model/job.h"
#include "worker/sandbox.h"
#include "x509/bundle.h"

G_BEGIN_DECLS

typedef struct {
    CertdRole role;
    CertdSecret *sealing_key; /* role keys, after Unlock */
    CertdSigner *signer; /* role keys: the last that has signed, and was good for it; or NULL */
    CertdBundle *bundle; /* role parse, between Read and Judge */
    gboolean reads;      /* role parse: has been given its one input */
    gboolean ends;       /* once its answers are out */
} CertdWorker;

/* Puts the interface on @bus; @worker must outlive it. 0 or a negative errno. */
int certd_worker_export(sd_bus *bus, CertdWorker *worker);

/* Answers @message with @error, as the D-Bus error of its code. */
int certd_worker_reply_error(sd_bus_message *message, const GError *error);
/* Answers @message with @bytes as ay. */
int certd_worker_reply_bytes(sd_bus_message *message, GBytes *bytes);
/* Whether @worker has @role; FALSE with CERTD_ERROR_WORKER_FAILED. */
gboolean certd_worker_expect(const CertdWorker *worker, CertdRole role, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Reads an ay, and an aay of certificates, from @message. A negative errno on failure. */
int certd_worker_read_bytes(sd_bus_message *message, GBytes **bytes);
int certd_worker_read_chain(sd_bus_message *message, GPtrArray **chain);

/* Takes the one reading of @worker, of role parse; FALSE where it has been had or is another role's,
 * with CERTD_ERROR_WORKER_FAILED. */
gboolean certd_worker_begin_reading(CertdWorker *worker, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* That input, from @data_fd, and its pass phrase from @passphrase_fd (-1: none); within their limits. @data
 * and @passphrase are the caller's, the latter NULL without one. */
gboolean certd_worker_read_input(int data_fd, int passphrase_fd, GBytes **data,
                                 CertdSecret **passphrase, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The methods, jobs-keys.c, jobs-export.c, jobs-parse.c and jobs-trust.c; userdata is the CertdWorker. */
int certd_worker_unlock(sd_bus_message *message, void *userdata, sd_bus_error *ret);
int certd_worker_wrap(sd_bus_message *message, void *userdata, sd_bus_error *ret);
int certd_worker_issue(sd_bus_message *message, void *userdata, sd_bus_error *ret);
int certd_worker_check(sd_bus_message *message, void *userdata, sd_bus_error *ret);
int certd_worker_seal(sd_bus_message *message, void *userdata, sd_bus_error *ret);
int certd_worker_export_pkcs12(sd_bus_message *message, void *userdata, sd_bus_error *ret);
int certd_worker_open_key(sd_bus_message *message, void *userdata, sd_bus_error *ret);
int certd_worker_export_pkcs7(sd_bus_message *message, void *userdata, sd_bus_error *ret);
int certd_worker_read(sd_bus_message *message, void *userdata, sd_bus_error *ret);
int certd_worker_judge(sd_bus_message *message, void *userdata, sd_bus_error *ret);
int certd_worker_read_request(sd_bus_message *message, void *userdata, sd_bus_error *ret);
int certd_worker_read_anchors(sd_bus_message *message, void *userdata, sd_bus_error *ret);
int certd_worker_verify(sd_bus_message *message, void *userdata, sd_bus_error *ret);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sd_bus_message, sd_bus_message_unref)

G_END_DECLS
