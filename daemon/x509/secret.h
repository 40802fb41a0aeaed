/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Private bytes: in memory that is locked, left out of core dumps and wiped when it is freed.
 * Nothing here prints.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CertdSecret CertdSecret;

/* Zeroed. mmap()ed with MADV_DONTDUMP and mlock()ed (best effort under RLIMIT_MEMLOCK). Aborts
 * without memory. */
CertdSecret *certd_secret_new(size_t size);
/* A copy of @data, which the caller should wipe. */
CertdSecret *certd_secret_new_copy(const void *data, size_t size);
/* All of what @fd holds from its beginning, at most @limit bytes, else CERTD_ERROR_TOO_LARGE. */
CertdSecret *certd_secret_read_fd(int fd, size_t limit, GError **error) G_GNUC_WARN_UNUSED_RESULT;
unsigned char *certd_secret_data(const CertdSecret *secret);
size_t certd_secret_size(const CertdSecret *secret);
/* Wipes and frees; NULL is allowed. */
void certd_secret_free(CertdSecret *secret);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdSecret, certd_secret_free)

G_END_DECLS
