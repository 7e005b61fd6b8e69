// SPDX-License-Identifier: MIT
// The kernel console: output to the UART, typed input from it.
#pragma once
#include "object/object.h"
#include <ashlar/boot_info.h>

extern struct object_ops const vcon_ops;
struct object *vcon_object(void);
// Makes the UART usable for output (early).
void console_init(struct boot_info const *bi);
// Starts input by interrupt.
void console_input_init(struct boot_info const *bi);
