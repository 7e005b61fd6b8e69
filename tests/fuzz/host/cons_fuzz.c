// SPDX-License-Identifier: MIT
// The console: what scripts and clients send to it, and what is typed.
#include "check.h"
#include "chunk_mem.h"
#include "input.h"
#include "options.h"
#include "server.h"

#include <l4/re/cap_alloc.h>
#include <l4/re/protocols.h>
#include <l4/srv/factory_args.h>
#include <l4/sys/ipc.h>
#include <l4/sys/vcon.h>

enum { OBJECTS = 12, TERMINALS = 2, GATE = 0x5000 };

struct server server;
static l4_utcb_t utcb;
static uint64_t now;
static bool input_waits, no_memory;
static struct srv_object *objects[OBJECTS]; // of clients and factories
static bool mortal[OBJECTS];
static size_t printed;

l4_utcb_t *l4_utcb(void) { return &utcb; }
uint64_t server_now(void) { return now; }
void server_pump(void) { cons_pump(&server.cons, now); }
void l4re_util_cap_free_um(l4_cap_idx_t c) { ck_assert(l4_is_valid_cap(c)); }
int srv_register_cap(struct srv *s, struct srv_object *o, l4_cap_idx_t gate) { (void)s, o->cap = gate; return 0; }

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)label, (void)dest, (void)to;
    return tag;
}

int srv_register(struct srv *s, struct srv_object *o)
{
    (void)s;
    for (unsigned i = 0; i < OBJECTS; i++)
        if (!objects[i]) {
            objects[i] = o;
            o->cap = (l4_cap_idx_t)(10 + i) << L4_CAP_SHIFT;
            return 0;
        }
    return -L4_ENOMEM;
}

int srv_make_mortal(struct srv *s, struct srv_object *o)
{
    (void)s;
    for (unsigned i = 0; i < OBJECTS; i++)
        if (objects[i] == o)
            mortal[i] = true;
    return 0;
}

l4_cap_idx_t srv_item_keep(struct srv *s, struct msg_item const *item, bool *owned)
{
    (void)s;
    *owned = item->kind == MSG_ITEM_CAP;
    return item->cap;
}

static void *chunk_alloc(struct outbuf_mem *mem, size_t size)
{
    (void)mem;
    return no_memory ? NULL : malloc(size);
}

static void chunk_release(struct outbuf_mem *mem, void *chunk, size_t size)
{
    (void)mem, (void)size;
    free(chunk);
}

struct outbuf_mem chunk_mem = {chunk_alloc, chunk_release};

static void term_write(struct screen_port *port, char const *data, size_t n)
{
    (void)port;
    while (n--)
        printed += (unsigned char)*data++;
}

static bool term_pending(struct screen_port *port)
{
    (void)port;
    return input_waits;
}

static struct screen_port ports[TERMINALS] = {{term_write, term_pending, false}, {term_write, NULL, true}};

static char const *end_machine(bool restart)
{
    return restart ? "the kernel refuses" : NULL;
}

static void start(struct input *in)
{
    static char const *const names[TERMINALS] = {"cons", "second"};
    uint8_t const how = in_u8(in);
    memset(&server, 0, sizeof(server));
    memset(objects, 0, sizeof(objects));
    now = 1000000;
    input_waits = no_memory = false;
    cons_init(&server.cons);
    server.cons.release = vcon_client_release;
    server.cons.show_all = how & 1;
    server.cons.defaults = (struct client_options){.line_ms = 50, .bufsz = how & 2 ? 512 : 1 << 17, .keep = how & 4};
    server.cons.host.mux_count = TERMINALS;
    server.cons.host.end_machine = how & 8 ? end_machine : NULL;
    for (unsigned i = 0; i < TERMINALS; i++)
        mux_init(&server.cons.mux[i], &server.cons.host, i, names[i], &ports[i]);
    if (how & 16)
        strcpy(server.cons.mux[1].autoconnect, "a");
    ck_assert_int_eq(factory_serve(GATE), 0);
}

// The reply to a message, which stands in the registers. Afterwards they hold anything.
static void request(struct srv_object *o, l4_msgtag_t tag)
{
    l4_msgtag_t const reply = o->ops->dispatch(o, 0, tag, &utcb);
    ck_assert(srv_is_no_reply(reply) || l4_msgtag_words(reply) <= L4_UTCB_GENERIC_DATA_SIZE);
}

static struct srv_object *an_object(struct input *in)
{
    struct srv_object *o = objects[in_below(in, OBJECTS)];
    return o ? o : &server.factory.object;
}

static void put_text(struct msg_out *out, struct input *in)
{
    static char const *const texts[] = {"a", "b", "averylongtagindeedmorethanthirtytwocharacters", "keep", "key=1",
                                        "bufsz=600", "show", "hide", "timestamp", "line-buffered-ms=0", "colour", "R", ""};
    char text[48];
    uint8_t const which = in_u8(in);
    if (which < sizeof(texts) / sizeof(texts[0])) {
        msg_put_factory_str(out, texts[which]);
    } else {
        in_text(in, text, sizeof(text));
        msg_put_factory_str(out, text);
    }
}

static void create(struct input *in)
{
    struct msg_out out;
    uint8_t const what = in_u8(in);
    struct srv_object *o = what & 0x80 ? an_object(in) : &server.factory.object;
    msg_out_init(&out, &utcb);
    if ((what & 3) == 3) {
        msg_put_factory_start(&out, L4_PROTO_FACTORY);
        msg_put_factory_int(&out, (l4_mword_t)in_number(in));
    } else {
        msg_put_factory_start(&out, L4_PROTO_LOG);
        for (unsigned n = what >> 2 & 7; n; n--)
            if (in_u8(in) & 0x80)
                msg_put_factory_int(&out, (l4_mword_t)in_number(in));
            else
                put_text(&out, in);
    }
    request(o, msg_reply(&out, L4_PROTO_FACTORY));
}

static void write_text(struct input *in)
{
    static char const *const texts[] = {"line\n", "no end", "a\r\nb\r\n", "\033[2J\033[1mx\033[0m\n", "10%\r", "\n\n",
                                        "\a\b\t"};
    struct srv_object *o = an_object(in);
    uint8_t const which = in_u8(in);
    char text[L4_VCON_WRITE_SIZE];
    size_t n;
    if (which < sizeof(texts) / sizeof(texts[0])) {
        n = strlen(texts[which]);
        memcpy(text, texts[which], n);
    } else if (which < 0x80) {
        n = in_text(in, text, sizeof(text));
    } else {
        n = in_u8(in);
        memset(text, 'x', sizeof(text));
    }
    for (unsigned repeat = 1 + (which & 0x40 ? in_u8(in) : 0); repeat; repeat--) {
        utcb.msg.mr[0] = L4_VCON_WRITE_OP;
        utcb.msg.mr[1] = n;
        memcpy(&utcb.msg.mr[2], text, sizeof(text));
        request(o, l4_msgtag(L4_PROTO_LOG, 2 + (unsigned)(n + 7) / 8, 0, 0));
    }
}

static void send_words(struct input *in)
{
    static long const protocols[] = {L4_PROTO_LOG, L4_PROTO_IRQ, L4_PROTO_FACTORY, L4_PROTO_META};
    struct srv_object *o = an_object(in);
    uint8_t const kind = in_u8(in);
    unsigned const words = kind >> 2 & 7, items = kind >> 5 & 1;
    for (unsigned i = 0; i < words; i++)
        utcb.msg.mr[i] = in_number(in);
    utcb.msg.mr[words] = L4_RCV_OBJ_MAPPED | L4_ITEM_MAP;
    utcb.msg.mr[words + 1] = 0;
    utcb.buf.br[0] = 0x900000;
    request(o, l4_msgtag(protocols[kind & 3], kind & 0x80 ? in_u8(in) : words, items, 0));
}

static void end_object(struct input *in)
{
    unsigned const i = in_below(in, OBJECTS);
    struct srv_object *o = objects[i];
    if (!o || !mortal[i])
        return;
    objects[i] = NULL;
    mortal[i] = false;
    o->ops->gone(o);
}

static void type(struct input *in)
{
    static char const *const lines[] = {"c a\r", "connect b\r", "cat a\r", "tail a 2\r", "grep -n x\r", "grep -wicv -A 1 x a\r",
                                        "list -l\r", "ls a b\r", "show a\r", "hide a\r", "showall\r", "hideall\r", "keep a\r",
                                        "drop a\r", "key a 1\r", "kick a\r", "info\r", "help\r", "timestamp a\r", "clear\r",
                                        "shutdown\r", "reboot\r", "\005.", "\0051", "\005b", "\005h", "\005s", "\t", "ca\t",
                                        "c \t",
                                        "\033[A", "\025", "\003"};
    uint8_t const which = in_u8(in);
    char text[300];
    size_t n;
    struct mux *m = &server.cons.mux[which >> 7];
    if ((which & 0x7f) < sizeof(lines) / sizeof(lines[0])) {
        n = strlen(lines[which & 0x7f]);
        memcpy(text, lines[which & 0x7f], n);
    } else {
        n = in_text(in, text, sizeof(text));
    }
    mux_input(m, text, n, now);
}

static void pass_time(struct input *in)
{
    uint8_t const what = in_u8(in);
    now += (uint64_t)(what & 0x3f) * 5000;
    input_waits = what & 0x40;
    no_memory = what & 0x80;
    server_pump();
}

static void read_options(struct input *in)
{
    char text[200], *argv[20] = {"cons"}, *save = NULL;
    struct options o;
    int argc = 1;
    in_text(in, text, sizeof(text));
    for (char *w = strtok_r(text, " ", &save); w && argc < 20; w = strtok_r(NULL, " ", &save))
        argv[argc++] = w;
    ck_assert(options_parse(&o, argc, argv) ? o.mux_count >= 1 && o.mux_count <= MUX_MAX : o.error[0] != 0);
}

// Clients go before the factories that they are charged to, or after.
static void finish(void)
{
    for (unsigned i = 0; i < OBJECTS; i++)
        if (objects[i] && mortal[i])
            objects[i]->ops->gone(objects[i]);
    while (server.cons.host.clients.first) {
        struct client *c = server.cons.host.clients.first;
        clients_remove(&server.cons.host.clients, c);
        vcon_client_release(c);
    }
    ck_assert_uint_eq(server.factory.share->used, 0);
    share_close(server.factory.share);
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    void (*const steps[])(struct input *) = {create, write_text, type, send_words, end_object, pass_time};
    if (size && data[0] == '-') {
        read_options(&in);
        return 0;
    }
    start(&in);
    while (in_more(&in))
        steps[in_below(&in, 6)](&in);
    finish();
    return 0;
}
