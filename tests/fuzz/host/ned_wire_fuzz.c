// SPDX-License-Identifier: MIT
// Ned's command channel, from both ends: what a client sends to ned, and what comes back to the prompt. The code itself is
// not executed.
#include "ned_wire_test.c"

#include "../../../userland/ned-prompt/command.h"
#include "input.h"

static void start(void)
{
    static bool started;
    if (started)
        return;
    started = true;
    setup();
    serve_channel();
}

static void send_words(struct input *in)
{
    uint8_t const form = in_u8(in);
    char bytes[sizeof(utcb.msg.mr)];
    in_bytes(in, bytes, sizeof(bytes));
    request(bytes, form & 0x3f, form & 0x40 ? 0x4000 : 0);
}

static void send_code(struct input *in)
{
    static char const *const codes[] = {"fail", "broken", "much", "abc"};
    char bytes[sizeof(utcb.msg.mr)] = {0}, text[400];
    uint8_t const which = in_u8(in);
    size_t const n = which < 4 ? strlen(codes[which]) : in_text(in, text, sizeof(text));
    l4_umword_t const length = n + 1;
    memcpy(bytes + 8, &length, sizeof(length));
    memcpy(bytes + 16, which < 4 ? codes[which] : text, n);
    request(bytes, (unsigned)(16 + n + 8) / 8, 0);
}

static void take_answer(struct input *in)
{
    char line[80], text[COMMAND_TEXT_SIZE];
    in_text(in, line, sizeof(line));
    answer_tag = l4_msgtag(in_u8(in) & 1 ? (int8_t)in_u8(in) : 0, in_u8(in), 0, in_u8(in) & 1 ? L4_MSGTAG_ERROR : 0);
    in_bytes(in, answer, sizeof(answer));
    utcb.tcr.error = 1;
    long const n = command_execute(CHANNEL, line, text);
    ck_assert(n < 0 || strlen(text) <= (size_t)n);
}

static void call_later(struct input *in)
{
    lua_getglobal(lua, "after");
    lua_pushinteger(lua, (lua_Integer)in_number(in));
    lua_getglobal(lua, "print");
    if (lua_pcall(lua, 2, 0, 0) != LUA_OK)
        lua_pop(lua, 1);
    else if (armed)
        armed->expired(armed);
    armed = NULL;
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    void (*const steps[])(struct input *) = {send_words, send_code, take_answer, call_later};
    start();
    while (in_more(&in))
        steps[in_below(&in, 4)](&in);
    return 0;
}
