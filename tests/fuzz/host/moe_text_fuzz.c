// SPDX-License-Identifier: MIT
// Texts of scripts and of the image: moe's command line and paths, the log, sets of CPUs.
#include "check.h"
#include "cpu_set.h"
#include "input.h"
#include "log_format.h"
#include "names.h"
#include "options.h"

enum { NAMES = 8 };

static void warn(char const *what, char const *text)
{
    ck_assert(what[0] && strlen(text) < 1000);
}

static void read_line(struct input *in)
{
    struct options o = {.warn = warn};
    size_t const size = in_left(in) + 1;
    char *line = malloc(size);
    in_text(in, line, size);
    options_parse(&o, line);
    ck_assert(o.argc >= 1 && o.argc <= OPTIONS_MAX_ARGS && !o.argv[o.argc]);
    for (unsigned i = 0; i < o.argc; i++)
        ck_assert_uint_lt(strlen(o.argv[i]), size + 8);
    free(line);
}

static void split_path(struct input *in)
{
    size_t const n = in_left(in);
    char *path = malloc(n), *text = malloc(n + 1);
    char const *at = path, *first, *rest, *name, *args;
    size_t len = n;
    memcpy(path, in->at, n);
    in_text(in, text, n + 1);
    name_is_valid(path, n);
    for (size_t part; (part = path_split(at, len, &first, &rest, &len)); at = rest)
        ck_assert(first >= path && first + part <= path + n && rest + len <= path + n);
    size_t const shown = module_name(text, &name, &args);
    ck_assert(name >= text && name + shown <= text + strlen(text) && args <= text + strlen(text));
    has_word(text, "word");
    log_color(text);
    free(path);
    free(text);
}

static void use_table(struct input *in)
{
    static struct name_entry entries[NAMES];
    static char names[NAMES][4];
    struct name_table t = {.count = 0};
    bool there[NAMES] = {false};
    while (in_more(in)) {
        unsigned const i = in_below(in, NAMES);
        if (there[i]) {
            names_remove(&t, &entries[i]);
        } else {
            entries[i] = (struct name_entry){.len = 1 + in_below(in, 3), .name = names[i]};
            memcpy(names[i], "n\0\0", 4);
            names[i][0] = (char)('a' + i);
            names_insert(&t, &entries[i]);
        }
        there[i] = !there[i];
        ck_assert(names_find(&t, names[i], entries[i].len) == (there[i] ? &entries[i] : NULL));
        ck_assert(!names_any(&t) == !t.count);
    }
}

static size_t emitted;

static void emit(void *ctx, char const *text, size_t len)
{
    (void)ctx;
    while (len--)
        emitted += (unsigned char)*text++;
}

static void write_log(struct input *in)
{
    struct log_console con = {.emit = emit};
    struct log_client clients[3];
    char text[80];
    for (unsigned i = 0; i < 3; i++) {
        in_text(in, text, 1 + in_below(in, sizeof(text)));
        log_client_init(&clients[i], text, in_u8(in) & 15);
    }
    while (in_more(in)) {
        uint8_t const what = in_u8(in);
        size_t const n = in_below(in, sizeof(text));
        in_bytes(in, text, n);
        if (what & 0x80)
            log_client_gone(&con, &clients[what % 3]);
        else
            log_write(&con, &clients[what % 3], text, n);
    }
}

static void use_cpu_set(struct input *in)
{
    while (in_more(in)) {
        uint64_t const offset = in_number(in), map = in_number(in);
        cpu_set_fold(offset, cpu_set_expand(offset, map));
    }
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    switch (in_u8(&in)) {
    case '-': read_line(&in); break;
    case '/': split_path(&in); break;
    case 'n': use_table(&in); break;
    case 'l': write_log(&in); break;
    case 'c': use_cpu_set(&in); break;
    default: return 0;
    }
    return 0;
}
