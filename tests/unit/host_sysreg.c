// SPDX-License-Identifier: MIT
#include <arch/sysreg.h>
#include <stdlib.h>
#include <string.h>

enum { REGISTERS = 64 };

static struct {
    char const *name;
    uint64_t value;
} registers[REGISTERS];

unsigned host_sysreg_writes;

uint64_t *host_sysreg(char const *name)
{
    for (unsigned i = 0; i < REGISTERS; i++) {
        if (!registers[i].name)
            registers[i].name = name;
        if (!strcmp(registers[i].name, name))
            return &registers[i].value;
    }
    abort();
}
