// SPDX-License-Identifier: MIT
#pragma once

#include <check.h>

// Runs the suite and prints what failed; the exit status of the test program.
static inline int unit_run(Suite *s)
{
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
