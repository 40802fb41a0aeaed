/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is in use, as files for programs that read files: export/NAME/ below the runtime directory, which
 * has to be in memory. The consumers may read them by POSIX ACL, and a change replaces the directory whole.
 */
#pragma once

#include "service/service.h"

G_BEGIN_DECLS

/* Who may read besides certd and root: user and group numbers, each once. */
typedef struct {
    GArray *users; /* of guint32 */
    GArray *groups;
    GPtrArray *unknown; /* of char *, "user \"NAME\"" */
} CertdReaders;

/* Those of @consumers that exist now on @device; those that don't are @unknown. */
CertdReaders *certd_readers_new(const GPtrArray *consumers, const CertdDevice *device);
void certd_readers_free(CertdReaders *readers);

typedef struct {
    int key;          /* a memfd, which is copied by the kernel and read by nobody here */
    const char *leaf; /* PEM, as the others */
    const char *full_chain;
    const char *authority;
} CertdExportFiles;

/* A descriptor of the directory that all are in, below @runtime; made where there is none, and what else
 * has that name goes. -1 with an errno: EMEDIUMTYPE where @runtime is not in memory. */
int certd_export_files_open(const char *runtime) G_GNUC_WARN_UNUSED_RESULT;
/* Puts @files, for @readers, in the place of what there is of certificate @name in @exports. Whoever opened
 * the directory of before finds it empty. 0 or an errno, as all below. */
int certd_export_files_write(int exports, const char *name, const CertdExportFiles *files,
                             const CertdReaders *readers) G_GNUC_WARN_UNUSED_RESULT;
/* Has @readers alone reach what there is of @name, from now on. */
int certd_export_files_restrict(int exports, const char *name, const CertdReaders *readers)
    G_GNUC_WARN_UNUSED_RESULT;
/* Removes what there is of @name, if anything. */
int certd_export_files_remove(int exports, const char *name) G_GNUC_WARN_UNUSED_RESULT;
/* Removes whatever has no name that is in @names, a set of char *. */
int certd_export_files_clear(int exports, GHashTable *names) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdReaders, certd_readers_free)

G_END_DECLS
