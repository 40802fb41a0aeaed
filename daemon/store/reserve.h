/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For the files of this folder alone: room on the disk that is kept for a way back. A file of
 * CERTD_RESERVE_BYTES lies beside the keystore; given back, it makes room for a reset where nothing
 * else can be written any more. Nothing here fails: without room there is less of a reserve, or none,
 * and it grows when there is room again.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CertdReserve CertdReserve;

/* The reserve in @directory, as it was left; certd_reserve_fill() makes it. */
CertdReserve *certd_reserve_new(const char *directory);
/* Leaves the file as it is. */
void certd_reserve_free(CertdReserve *reserve);

/* Bytes that are set aside. */
goffset certd_reserve_size(const CertdReserve *reserve);
/* Whether as much as a whole reserve could be written now without it. */
gboolean certd_reserve_has_room(const CertdReserve *reserve);
/* Gives all of it back, durably; FALSE where there was nothing to give. */
gboolean certd_reserve_release(CertdReserve *reserve);
/* Whether it was given back and not taken since. */
gboolean certd_reserve_is_released(const CertdReserve *reserve);
/* Takes what was given back, as far as there is room for it; and of what is free beyond that a half at
 * most, until it is whole. */
void certd_reserve_fill(CertdReserve *reserve);
/* The same, where it is not whole and was not tried for CERTD_RESERVE_RETRY_SECONDS. */
void certd_reserve_tend(CertdReserve *reserve);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdReserve, certd_reserve_free)

G_END_DECLS
