// SPDX-License-Identifier: MIT
// For fuzzers of what prints: nothing of that is shown. libFuzzer's own words go to stderr.
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    if (!freopen("/dev/null", "w", stdout))
        abort();
    return 0;
}
