// SPDX-License-Identifier: MIT
// What has been found behind a program's back ends it.
#include "ssp.h"
#include "abort.h"

#include <l4/re/c/log.h>
#include <l4/ssp/ssp.h>
#include <signal.h>
#include <stdio.h>

static char const *program = "?";

void ssp_set_program(char const *name)
{
    program = name;
}

// In one message, from whatever thread this is.
void ssp_fail(char const *what, void const *pc)
{
    static char text[200];
    int n = snprintf(text, sizeof(text), "%s: %s, before pc %p: ends with status %d\n", program, what, pc, 128 + SIGABRT);
    l4re_log_printn(text, n < (int)sizeof(text) ? n : (int)sizeof(text) - 1);
    abort_here();
}
