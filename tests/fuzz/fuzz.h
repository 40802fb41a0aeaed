/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each target is: one function that takes any bytes, and never crashes, leaks or hangs. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's entry point; replay.c calls it for each file of a corpus. Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
