// SPDX-License-Identifier: MIT
// Tests of moe asked by a client, by topic; in each moe has just started.
#pragma once

#include <check.h>

TCase *moe_quota_cases(void);
TCase *moe_names_cases(void);
