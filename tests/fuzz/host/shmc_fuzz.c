// SPDX-License-Identifier: MIT
// Shared memory in chunks, whose other side writes what it likes.
#include "shmc_test.c"

#include "input.h"

enum { CHUNKS = 3 };

static l4shmc_chunk_t held[CHUNKS];

static bool inside(void const *p, size_t n)
{
    return (char const *)p >= (char const *)memory && n <= (size_t)((char const *)memory + SIZE - (char const *)p);
}

static char const *a_name(struct input *in)
{
    static char text[40];
    uint8_t const which = in_u8(in);
    if (which < 4)
        return (char const *[]){"a", "b", "", "a name that is longer than any name may be"}[which];
    in_text(in, text, sizeof(text));
    return text;
}

static void use_chunk(struct input *in, l4shmc_chunk_t *c)
{
    static l4shmc_signal_t signal;
    if (!c->head)
        return;
    ck_assert(inside(l4shmc_chunk_ptr(c), (size_t)l4shmc_chunk_capacity(c)));
    ck_assert(l4shmc_chunk_size(c) >= 0 && l4shmc_chunk_size(c) <= l4shmc_chunk_capacity(c));
    switch (in_u8(in) % 8) {
    case 0: l4shmc_chunk_try_to_take(c); break;
    case 1: l4shmc_chunk_ready(c, in_number(in)); break;
    case 2: l4shmc_chunk_ready_sig(c, in_number(in)); break;
    case 3: l4shmc_chunk_consumed(c); break;
    case 4: l4shmc_wait_chunk_try(c); break;
    case 5: l4shmc_connect_chunk_signal(c, in_u8(in) & 1 ? &signal : NULL); break;
    case 6: l4shmc_enable_chunk(c); break;
    default:
        l4shmc_check_magic(c);
        l4shmc_is_chunk_clear(c);
        break;
    }
}

static void look_through(void)
{
    char const *name;
    for (long at = 0, n = 0; (at = l4shmc_iterate_chunk(&area, &name, at)) > 0; n++)
        ck_assert(inside(name, 1) && n < SIZE / 16);
}

static void write_memory(struct input *in)
{
    unsigned const at = in_u8(in) * 4u, n = in_below(in, 17);
    in_bytes(in, (char *)memory + at, n);
}

static void attach_again(struct input *in)
{
    l4shmc_area_t other;
    registered = in_u8(in) & 1;
    if (!l4shmc_attach_to("area", 20, &other))
        ck_assert_uint_eq(other.size, SIZE);
    registered = 1;
    l4shmc_attach_to("nothing", 0, &other);
}

static void step(struct input *in)
{
    l4shmc_chunk_t *c = &held[in_below(in, CHUNKS)];
    switch (in_u8(in) % 6) {
    case 0:
        if (l4shmc_add_chunk(&area, a_name(in), in_number(in), c))
            *c = (l4shmc_chunk_t){0};
        break;
    case 1:
        if (l4shmc_get_chunk_to(&area, a_name(in), 20, c))
            *c = (l4shmc_chunk_t){0};
        break;
    case 2: look_through(); break;
    case 3: write_memory(in); break;
    case 4: attach_again(in); break;
    default: use_chunk(in, c); break;
    }
    ck_assert(l4shmc_area_size_free(&area) <= l4shmc_area_size(&area));
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    setup();
    memset(held, 0, sizeof(held));
    while (in_more(&in))
        step(&in);
    teardown();
    return 0;
}
