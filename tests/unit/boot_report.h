// SPDX-License-Identifier: MIT
// Reports of the boot program, kept instead of printed.
#pragma once

extern char boot_reports[16384]; // one line each; a problem begins with "error: "
void boot_reports_clear(void);
