// SPDX-License-Identifier: MIT
#include "check.h"

#include "console.h"
#include "psci.h"

static unsigned num_ok, num_failed;
static char const *group_name = "";

void group(char const *name, char const *source)
{
    group_name = name;
    put_text("# ");
    put_text(name);
    put_text(": ");
    put_text(source);
    put_text("\n");
}

char const *check_group(void)
{
    return group_name;
}

static void result(char const *word, char const *name)
{
    put_text(word);
    put_text(" ");
    put_text(group_name);
    put_text(" / ");
    put_text(name);
}

bool check(char const *name, uint64_t got, uint64_t wanted)
{
    if (got == wanted) {
        num_ok++;
        result("ok", name);
    } else {
        num_failed++;
        result("FAIL", name);
        put_text(": got ");
        put_hex(got);
        put_text(" wanted ");
        put_hex(wanted);
    }
    put_text("\n");
    return got == wanted;
}

bool check_true(char const *name, bool holds)
{
    return check(name, holds, true);
}

bool check_bits(char const *name, uint64_t got, uint64_t mask, uint64_t wanted)
{
    return check(name, got & mask, wanted);
}

void skip(char const *name, char const *why)
{
    result("skip", name);
    put_text(": ");
    put_text(why);
    put_text("\n");
}

void give_up(char const *what, uint64_t value1, uint64_t value2)
{
    num_failed++;
    result("FAIL", what);
    put_text(": ");
    put_hex(value1);
    put_text(" ");
    put_hex(value2);
    put_text("\n");
    check_done();
}

unsigned check_count(void)
{
    unsigned volatile const *ok = &num_ok, *failed = &num_failed;
    return *ok + *failed;
}

void check_done(void)
{
    put_text("DONE ");
    put_number(num_ok);
    put_text(" ok, ");
    put_number(num_failed);
    put_text(" failed\n");
    for (;;)
        psci(PSCI_SYSTEM_OFF, 0, 0, 0);
}
