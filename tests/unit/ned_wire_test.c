// SPDX-License-Identifier: MIT
// Ned's messages byte by byte: the command protocol from both ends, names of classes over the Meta protocol, and names of
// objects in namespaces (l4re-protocols 1, 5 and 8). The other side is played by the test.
#include "unit_run.h"

#include "command.h"
#include "ned.h"
#include "task.h"

#include <check.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/srv/meta.h>
#include <l4/srv/server.h>
#include <lualib.h>
#include <string.h>

#define CHANNEL 0x44000ul

static l4_utcb_t utcb;
static l4re_env_t env;
static lua_State *lua;
static struct srv_object *channel; // what ned serves

// what the last call sent, and what it gets
static l4_msgtag_t sent_tag, answer_tag;
static unsigned char sent[sizeof(utcb.msg.mr)], answer[sizeof(utcb.msg.mr)];
static l4_umword_t sent_buffer;
static unsigned calls;

l4_utcb_t *l4_utcb(void)
{
    return &utcb;
}

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)label, (void)to;
    if (dest & L4_INVALID_CAP_BIT || dest >> L4_CAP_SHIFT != CHANNEL >> L4_CAP_SHIFT)
        return l4_msgtag(0, 0, 0, 0); // locks, unmapping
    ck_assert_uint_lt(++calls, 100); // it asks for ever
    sent_tag = tag;
    sent_buffer = utcb.buf.br[0];
    memcpy(sent, utcb.msg.mr, sizeof(sent));
    memcpy(utcb.msg.mr, answer, sizeof(answer));
    return answer_tag;
}

int srv_init(struct srv *s, l4_cap_idx_t thread)
{
    (void)s, (void)thread;
    return 0;
}

int srv_register_irq(struct srv *s, struct srv_object *o)
{
    (void)s, (void)o;
    return 0;
}

int srv_register_cap(struct srv *s, struct srv_object *o, l4_cap_idx_t gate)
{
    (void)s;
    ck_assert_uint_eq(gate, CHANNEL);
    channel = o;
    return 0;
}

void srv_loop(struct srv *s)
{
    (void)s;
    ck_abort_msg("nobody starts the loop here");
}

static struct srv_timer *armed;
static l4_uint64_t armed_at;

void srv_timer_arm(struct srv *s, struct srv_timer *t, l4_uint64_t abs_us)
{
    (void)s;
    armed = t;
    armed_at = abs_us;
}

l4_kernel_clock_t l4_kip_clock(l4_kernel_info_t const *kip)
{
    (void)kip;
    return 5000;
}

int tasks_init(l4_cap_idx_t event)
{
    (void)event;
    return 0;
}

unsigned tasks_running(void)
{
    return 0;
}

void ned_task_init(lua_State *L, struct srv_object *event)
{
    (void)L, (void)event;
}

static unsigned handlers_run;

void ned_task_run_handlers(lua_State *L)
{
    (void)L;
    handlers_run++;
}


static void setup(void)
{
    memset(&utcb, 0xa5, sizeof(utcb));
    memset(answer, 0xa5, sizeof(answer));
    calls = 0;
    env = (l4re_env_t){.first_free_cap = 0x100};
    l4re_global_env = &env;
    l4re_util_cap_alloc_init(0x100);
    lua = luaL_newstate();
    luaL_openlibs(lua);
    lua_newtable(lua);
    ned_cap_init(lua, -1);
    lua_pop(lua, 1);
    lua_pushglobaltable(lua);
    luaL_setfuncs(lua, ned_cap_functions, 0);
    luaL_setfuncs(lua, ned_command_functions, 0);
    luaL_setfuncs(lua, ned_namespace_functions, 0);
    lua_pop(lua, 1);
    ck_assert_int_eq(ned_command_init(lua), 0);
}

static void teardown(void)
{
    lua_close(lua);
}

// ---- the command protocol, ned's end

// Ned executes nothing but tells the code's length and the code; "fail" and "broken" give errors.
static char const executor[] = "code = nil\n"
                               "set_execute(function(c) code = c\n"
                               "  if c == 'fail' then return -5, 'text' end\n"
                               "  if c == 'broken' then error('x') end\n"
                               "  if c == 'much' then return 0, ('y'):rep(1000) end\n"
                               "  return 0, c:reverse() end)";

// The script ends in the server loop by an error that is none.
static void serve_channel(void)
{
    ck_assert_int_eq(luaL_dostring(lua, executor), LUA_OK);
    lua_getglobal(lua, "server_loop");
    ned_cap_push(lua, CHANNEL, L4_CAP_FPAGE_RWS, false);
    ck_assert_int_eq(lua_pcall(lua, 1, 0, 0), LUA_ERRRUN);
    ck_assert_ptr_eq(lua_touserdata(lua, -1), &ned_serve_mark);
    lua_pop(lua, 1);
    ck_assert_ptr_nonnull(channel);
}

static l4_msgtag_t request(void const *bytes, unsigned words, long label)
{
    memcpy(utcb.msg.mr, bytes, words * sizeof(l4_umword_t));
    return channel->ops->dispatch(channel, 0, l4_msgtag(label, words, 0, 0), &utcb);
}

static void executed(char const *code)
{
    lua_getglobal(lua, "code");
    ck_assert_str_eq(lua_tostring(lua, -1), code);
    lua_pop(lua, 1);
}

START_TEST(command_request)
{
    serve_channel();
    // operation 0, 4 bytes between, length with NUL, text
    static unsigned char const bytes[24] = "\0\0\0\0\xee\xee\xee\xee\4\0\0\0\0\0\0\0abc";
    l4_msgtag_t tag = request(bytes, 3, 0);
    executed("abc");
    ck_assert_int_eq(l4_msgtag_label(tag), 0);
    ck_assert_uint_eq(l4_msgtag_words(tag), 1);
    ck_assert_uint_eq(l4_msgtag_items(tag), 0);
    ck_assert_mem_eq(utcb.msg.mr, "\3\0cba\0\0\0", 8); // length, text without NUL

    // the last byte counts as the NUL
    static unsigned char const unterminated[24] = "\0\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0abcd";
    request(unterminated, 3, 0);
    executed("abc");
}
END_TEST

START_TEST(command_refused)
{
    serve_channel();
    static unsigned char const good[24] = "\0\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0abc";
    static struct {
        unsigned char bytes[24];
        unsigned words;
        long label, result;
    } const bad[] = {
        {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0abc", 3, 0, -L4_EMSGTOOSHORT},       // no text
        {"\0\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0abc", 2, 0, -L4_EMSGTOOSHORT},       // no word for it
        {"\0\0\0\0\0\0\0\0\x09\0\0\0\0\0\0\0abc", 3, 0, -L4_EMSGTOOSHORT},     // longer than the message
        {"\0\0\0\0\0\0\0\0\4\0\0\0\0\0\1\0abc", 3, 0, -L4_EMSGTOOSHORT},       // and by far
        {"\0\0\0\0\4\0abc", 3, 0, -L4_EMSGTOOSHORT},                           // a length of 16 bits, as it was once
        {"\0\0\0\0", 1, 0, -L4_EMSGTOOSHORT},
        {"\1\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0abc", 3, 0, -L4_ENOSYS},
        {"\0\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0abc", 3, 0x4000, -L4_EBADPROTO},
        {"\0\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0fail", 3, 0, -L4_EIO},
        {"\0\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0broken", 3, 0, -L4_EIO},
    };
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        l4_msgtag_t tag = request(bad[i].bytes, bad[i].words, bad[i].label);
        ck_assert_msg(l4_msgtag_label(tag) == bad[i].result, "%u: %ld", i, l4_msgtag_label(tag));
        ck_assert_uint_eq(l4_msgtag_words(tag), 0);
    }
    ck_assert_int_eq(l4_msgtag_label(request(good, 3, 0)), 0);
}
END_TEST

START_TEST(command_much_text)
{
    serve_channel();
    static unsigned char const bytes[24] = "\0\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0much";
    l4_msgtag_t tag = request(bytes, 3, 0);
    ck_assert_int_eq(l4_msgtag_label(tag), 0);
    l4_uint16_t len;
    memcpy(&len, utcb.msg.mr, sizeof(len));
    ck_assert_uint_ge(len, 400); // cut to one message
    ck_assert_uint_eq(l4_msgtag_words(tag), (2u + len + 7) / 8);
    ck_assert_uint_eq(((char *)utcb.msg.mr)[2 + len - 1], 'y');
}
END_TEST

// ---- calls from the server loop

START_TEST(calls_later)
{
    ck_assert_int_eq(luaL_dostring(lua, "calls = 0; after(20, function() calls = calls + 1; error('first') end)"), LUA_OK);
    ck_assert_ptr_nonnull(armed);
    ck_assert_uint_eq(armed_at, 5000 + 20 * 1000);
    struct srv_timer *first = armed;
    ck_assert_int_eq(luaL_dostring(lua, "after(0, function() calls = calls + 10 end)"), LUA_OK);
    ck_assert_uint_eq(armed_at, 5000);
    armed->expired(armed);
    ck_assert_uint_eq(handlers_run, 1);
    first->expired(first); // its error harms nobody
    ck_assert_uint_eq(handlers_run, 2);
    lua_getglobal(lua, "calls");
    ck_assert_int_eq(lua_tointeger(lua, -1), 11);
    ck_assert_int_eq(lua_gettop(lua), 1);
    static char const *const bad[] = {"after(-1, print)", "after(1 << 60, print)", "after(1)", "after('x', print)"};
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_int_ne(luaL_dostring(lua, bad[i]), LUA_OK);
}
END_TEST

// ---- its client

START_TEST(client_request)
{
    char text[COMMAND_TEXT_SIZE];
    answer_tag = l4_msgtag(0, 1, 0, 0);
    memcpy(answer, "\2\0ok\xee\xee\xee\xee", 8);
    ck_assert_int_eq(command_execute(CHANNEL, "x = 1", text), 2);
    ck_assert_str_eq(text, "ok");
    ck_assert_int_eq(l4_msgtag_label(sent_tag), 0);
    ck_assert_uint_eq(l4_msgtag_words(sent_tag), 3);
    ck_assert_uint_eq(l4_msgtag_items(sent_tag), 0);
    ck_assert_mem_eq(sent, "\0\0\0\0\0\0\0\0\6\0\0\0\0\0\0\0x = 1\0\0\0", 24);
}
END_TEST

START_TEST(client_bad_answers)
{
    char text[COMMAND_TEXT_SIZE], line[600];
    answer_tag = l4_msgtag(-L4_EINVAL, 1, 0, 0);
    ck_assert_int_eq(command_execute(CHANNEL, "?", text), -L4_EINVAL);
    ck_assert_str_eq(text, "");
    answer_tag = l4_msgtag(0, 1, 0, 0);
    memcpy(answer, "\7\0shorter", 8); // one byte more than came
    ck_assert_int_eq(command_execute(CHANNEL, "?", text), -L4_EMSGTOOSHORT);
    answer_tag = l4_msgtag(0, 0, 0, 0);
    ck_assert_int_eq(command_execute(CHANNEL, "?", text), -L4_EMSGTOOSHORT);
    answer_tag = l4_msgtag(0, 63, 0, 0); // all that a message can hold
    memcpy(answer, "\xf6\1", 2);
    ck_assert_int_eq(command_execute(CHANNEL, "?", text), 502);
    ck_assert_uint_eq(text[502], 0);

    memset(line, 'x', sizeof(line) - 1);
    line[sizeof(line) - 1] = 0;
    ck_assert_int_eq(command_execute(CHANNEL, line, text), -L4_EMSGTOOLONG);
}
END_TEST

// ---- names of classes

static struct {
    char const *name;
    unsigned char bytes[40]; // behind the protocol
    unsigned words;
} const names[] = {
    {"L4::Factory", "\x0e\0\0\0\0\0\0\0N2L47FactoryE", 4},
    {"L4Re::Namespace", "\x12\0\0\0\0\0\0\0N4L4Re9NamespaceE", 5},
    {"L4Re::Ned::Cmd_control", "\x19\0\0\0\0\0\0\0N4L4Re3Ned11Cmd_controlE", 6},
    {"Thing", "\7\0\0\0\0\0\0\0" "5Thing", 3},
    {NULL, "\1\0\0\0\0\0\0\0", 3},
};

START_TEST(interface_reply)
{
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct msg_out out;
        memset(&utcb, 0xa5, sizeof(utcb));
        msg_out_init(&out, &utcb);
        msg_put_interface(&out, -15, names[i].name);
        l4_msgtag_t tag = msg_reply(&out, 0);
        ck_assert_int_eq(l4_msgtag_label(tag), 0);
        ck_assert_uint_eq(l4_msgtag_words(tag), names[i].words);
        ck_assert_mem_eq(utcb.msg.mr, "\xf1\xff\xff\xff\xff\xff\xff\xff", 8);
        ck_assert_mem_eq(&utcb.msg.mr[1], names[i].bytes, (names[i].words - 1) * 8);
    }
    struct msg_out out;
    char name[110];
    for (unsigned n = 99; n <= 101; n++) {
        memset(name, 'a', n);
        name[n] = 0;
        msg_out_init(&out, &utcb);
        msg_put_interface(&out, 1, name);
        ck_assert_int_eq(out.err, n <= 100 ? 0 : -L4_EMSGTOOLONG);
    }
    for (unsigned i = 0; i < 100; i++)
        name[i] = i % 2 ? ':' : 'a';
    name[100] = 0;
    msg_out_init(&out, &utcb);
    msg_put_interface(&out, 1, name);
    ck_assert_int_eq(out.err, 0);
    ck_assert_uint_eq(utcb.msg.mr[1], 2 * 50 + 3);
}
END_TEST

// meta_name(cap) of lua_cap.c over an answer; leaves its two results.
static void ask_name(void const *bytes, unsigned words)
{
    memcpy(answer, bytes, words * 8);
    answer_tag = l4_msgtag(0, words, 0, 0);
    lua_settop(lua, 0);
    lua_getglobal(lua, "meta_name");
    ned_cap_push(lua, CHANNEL, L4_CAP_FPAGE_R, false);
    lua_call(lua, 1, 2);
}

START_TEST(interface_request)
{
    unsigned char bytes[48];
    memcpy(bytes, "\xf1\xff\xff\xff\xff\xff\xff\xff", 8);
    memcpy(bytes + 8, names[0].bytes, 40);
    ask_name(bytes, 4);
    ck_assert_int_eq(l4_msgtag_label(sent_tag), L4_PROTO_META);
    ck_assert_uint_eq(l4_msgtag_words(sent_tag), 2);
    ck_assert_mem_eq(sent, "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16); // operation 1, interface 0
    ck_assert_str_eq(lua_tostring(lua, 1), "N2L47FactoryE");
    ck_assert_int_eq(lua_tointeger(lua, 2), -15);

    memset(bytes + 8, 0, 16); // without a NUL there is no name
    ask_name(bytes, 3);
    ck_assert(lua_isnil(lua, 1));
    ck_assert_int_eq(lua_tointeger(lua, 2), -L4_EMSGTOOSHORT);
    ask_name(bytes, 1);
    ck_assert(lua_isnil(lua, 1));
    bytes[8] = 1;
    ask_name(bytes, 3);
    ck_assert_str_eq(lua_tostring(lua, 1), "");
    memset(answer, 'a', sizeof(answer));
    unsigned char longest[63 * 8];
    memset(longest, 'a', sizeof(longest));
    memcpy(longest + 8, "\x80\1\0\0\0\0\0\0", 8);
    ask_name(longest, 63);
    ck_assert(lua_isnil(lua, 1));
    ck_assert_int_eq(lua_tointeger(lua, 2), -L4_EMSGTOOLONG);
}
END_TEST

// ---- names in namespaces

// ns_query(CHANNEL, name, r) of lua_namespace.c; leaves its results.
static void query(char const *name, l4_msgtag_t reply)
{
    answer_tag = reply;
    lua_settop(lua, 0);
    lua_getglobal(lua, "ns_query");
    ned_cap_push(lua, CHANNEL, L4_CAP_FPAGE_R, false);
    lua_pushstring(lua, name);
    lua_pushinteger(lua, L4_CAP_FPAGE_R);
    lua_call(lua, 3, LUA_MULTRET);
}

START_TEST(name_found)
{
    memset(answer, 0, 16);
    memcpy(answer + 16, "\x38\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16); // an object was mapped
    query("sub/file", l4_msgtag(0, 2, 1, 0));
    ck_assert_int_eq(lua_gettop(lua), 1);
    ck_assert(!lua_isnil(lua, 1));
    ck_assert_int_eq(l4_msgtag_label(sent_tag), 0x4001);
    ck_assert_uint_eq(l4_msgtag_words(sent_tag), 3);
    ck_assert_uint_eq(l4_msgtag_items(sent_tag), 0);
    ck_assert_mem_eq(sent, "\0\0\0\0\0\0\0\0\x8\0\0\0\0\0\0\0sub/file", 24); // without a NUL
    ck_assert_uint_eq(sent_buffer & L4_RCV_ITEM_SINGLE_CAP, L4_RCV_ITEM_SINGLE_CAP);
}
END_TEST

// An object that is gone, or that somebody promised: the script is told and does not wait.
START_TEST(name_without_object)
{
    static long const errors[] = {-L4_EAGAIN, -L4_ENOENT, -L4_EPERM};
    for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        calls = 0;
        query("x", l4_msgtag(errors[i], 0, 0, 0));
        ck_assert_int_eq(lua_gettop(lua), 2);
        ck_assert(lua_isnil(lua, 1));
        ck_assert_int_eq(lua_tointeger(lua, 2), errors[i]);
        ck_assert_uint_eq(calls, 1);
    }
}
END_TEST

START_TEST(name_registered)
{
    lua_settop(lua, 0);
    lua_getglobal(lua, "ns_register");
    ned_cap_push(lua, CHANNEL, L4_CAP_FPAGE_RW, false);
    lua_pushstring(lua, "x");
    ned_cap_push(lua, 0x456000, L4_CAP_FPAGE_R, false);
    answer_tag = l4_msgtag(0, 0, 0, 0);
    lua_call(lua, 3, 1);
    ck_assert_int_eq(lua_tointeger(lua, 1), 0);
    ck_assert_uint_eq(l4_msgtag_words(sent_tag), 3);
    ck_assert_uint_eq(l4_msgtag_items(sent_tag), 1);
    // overwriting, with the capability's rights, which the item has as well
    ck_assert_mem_eq(sent, "\1\0\0\0\x4\x2\0\0\1\0\0\0\0\0\0\0x", 17);
    ck_assert_mem_eq(sent + 24, "\x8\0\0\0\0\0\0\0\x34\x60\x45\0\0\0\0\0", 16);
    lua_getglobal(lua, "ns_register");
    ned_cap_push(lua, CHANNEL, L4_CAP_FPAGE_RW, false);
    lua_pushstring(lua, "x");
    lua_pushnil(lua);
    answer_tag = l4_msgtag(-L4_ENOENT, 0, 0, 0);
    lua_call(lua, 3, 1);
    ck_assert_int_eq(lua_tointeger(lua, -1), -L4_ENOENT);
    ck_assert_uint_eq(l4_msgtag_words(sent_tag), 3);
    ck_assert_mem_eq(sent, "\3\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0x", 17);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("ned_wire");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, command_request);
    tcase_add_test(tc, command_refused);
    tcase_add_test(tc, command_much_text);
    tcase_add_test(tc, calls_later);
    tcase_add_test(tc, client_request);
    tcase_add_test(tc, client_bad_answers);
    tcase_add_test(tc, interface_reply);
    tcase_add_test(tc, interface_request);
    tcase_add_test(tc, name_found);
    tcase_add_test(tc, name_without_object);
    tcase_add_test(tc, name_registered);
    suite_add_tcase(s, tc);
    return unit_run(s);
}
