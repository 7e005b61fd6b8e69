// SPDX-License-Identifier: MIT
// What boot loads: the payload's table, ELF programs, compressed files, its arguments; and the options of a network port.
#include "boot_args.h"
#include "boot_report.h"
#include "check.h"
#include "input.h"
#include "options.h"
#include "payload/elf64.h"
#include "payload/elf_load.h"
#include "payload/payload_check.h"
#include "payload/unpack.h"

enum { FILE_SIZE = 0x3000, IMAGE_MAX = 1 << 20, RECORDS = 3, PAYLOAD = 2 * PAYLOAD_ALIGN };

static void load(void const *file, size_t size)
{
    struct elf_file elf;
    if (elf_check(file, size, &elf))
        return;
    uint64_t const bytes = range_size(elf.image);
    ck_assert(bytes && !(bytes % 4096));
    if (bytes > IMAGE_MAX)
        return;
    void *memory = malloc(bytes);
    elf_load(&elf, memory, elf.relocatable ? 0x40000000 : elf.image.start);
    free(memory);
}

// A position independent program with a relocation, changed in some places.
static void load_program(struct input *in)
{
    uint8_t *file = calloc(1, FILE_SIZE);
    struct elf_header const h = {.magic = ELF_MAGIC, .class = ELF_CLASS_64, .data = ELF_DATA_LITTLE, .type = ELF_TYPE_DYN,
                                 .machine = ELF_MACHINE_AARCH64, .entry = 0x200, .phoff = sizeof(h), .phentsize = 56,
                                 .phnum = 3};
    struct elf_phdr const p[4] = {{PT_LOAD, PF_R | PF_X, 0, 0, 0, 0x1000, 0x1000, 0x1000},
                                  {PT_LOAD, PF_R | PF_W, 0x1000, 0x1000, 0x1000, 0x1000, 0x2800, 0x1000},
                                  {PT_DYNAMIC, PF_R, 0x1000, 0x1000, 0x1000, 80, 80, 8}};
    struct elf_dyn const dyn[5] = {{DT_RELA, 0x1050}, {DT_RELASZ, 48}, {DT_RELAENT, 24}};
    struct elf_rela const rela[2] = {{0x1080, R_AARCH64_RELATIVE, 0x234}};
    memcpy(file, &h, sizeof(h));
    memcpy(file + sizeof(h), p, sizeof(p));
    memcpy(file + 0x1000, dyn, sizeof(dyn));
    memcpy(file + 0x1050, rela, sizeof(rela));
    while (in_more(in)) {
        unsigned const where = in_u8(in), wide = where & 0x80 ? 8 : 4, word = (where & 0x7f) % 48;
        uint64_t const value = in_number(in);
        memcpy(file + (word < 36 ? 8 * word : 0x1000 + 8 * (word - 36)), &value, wide);
    }
    load(file, FILE_SIZE);
    free(file);
}

static uint32_t sum_of(uint32_t crc, void const *data, uint64_t size)
{
    uint8_t const *p = data;
    while (size--)
        crc = crc * 31 + *p++;
    return crc;
}

// As payload_check() takes it: with the field for the sum as 0.
static void seal(uint8_t *payload, size_t size)
{
    struct payload_header h;
    memcpy(&h, payload, sizeof(h));
    h.header_crc32 = 0;
    memcpy(payload, &h, sizeof(h));
    uint64_t const covered = (uint64_t)h.strings + h.strings_size;
    h.header_crc32 = covered <= size ? sum_of(0, payload, covered) : 0;
    memcpy(payload, &h, sizeof(h));
}

static void check_payload(struct input *in)
{
    static char const strings[] = "\0kernel\0moe rom/x\0";
    uint8_t *payload = calloc(1, PAYLOAD);
    uint32_t const after = sizeof(struct payload_header) + RECORDS * sizeof(struct payload_record);
    struct payload_header h = {PAYLOAD_MAGIC, PAYLOAD_VERSION, RECORDS, PAYLOAD, sizeof(h), after, sizeof(strings), after, 0,
                               after};
    struct payload_record r[RECORDS];
    for (unsigned i = 0; i < RECORDS; i++)
        r[i] = (struct payload_record){i + 1, PAYLOAD_RAW, PAYLOAD_ALIGN, 100, 100, 0, after + 1, after + 8, 0};
    memcpy(payload, &h, sizeof(h));
    memcpy(payload + sizeof(h), r, sizeof(r));
    memcpy(payload + after, strings, sizeof(strings));
    uint64_t space = PAYLOAD;
    while (in_more(in)) {
        unsigned const where = in_u8(in), at = 4 * (where & 0x3f);
        uint64_t const value = in_number(in);
        if (where & 0x80)
            memcpy(payload + at, &value, 4);
        else if (where & 0x40)
            space = value % (PAYLOAD + 1);
        else
            memcpy(payload + at, &value, 8);
    }
    int which;
    seal(payload, PAYLOAD);
    if (!payload_check(payload, space, sum_of, &which)) {
        memcpy(&h, payload, sizeof(h));
        for (unsigned i = 0; i < h.count; i++) {
            struct payload_record const *record = &payload_records(payload)[i];
            ck_assert(record->offset <= space && record->size <= space - record->offset);
            ck_assert(strlen(payload_string(payload, record->name)) < PAYLOAD &&
                      strlen(payload_string(payload, record->cmdline)) < PAYLOAD);
        }
    }
    free(payload);
}

static void unpack(struct input *in)
{
    size_t const out_size = in_u16(in), size = in_left(in);
    uint8_t *out = malloc(out_size), *file = malloc(size);
    in_bytes(in, file, size);
    unpack_gzip(file, size, out, out_size);
    free(file);
    free(out);
}

static void read_text(struct input *in)
{
    struct boot_args a = {0};
    struct port_options o;
    char text[256], *save = NULL;
    boot_reports_clear();
    in_text(in, text, sizeof(text));
    boot_args_parse(&a, text);
    port_options_init(&o);
    for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        port_options_text(&o, word);
        ck_assert(o.ds_max >= 1 && o.ds_max <= PORT_DS_MAX_LIMIT && strlen(o.name) <= PORT_NAME_MAX);
    }
    port_options_ds_max(&o, (long)in_number(in));
    ck_assert(o.ds_max >= 1 && o.ds_max <= PORT_DS_MAX_LIMIT);
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    switch (in_u8(&in)) {
    case 'P': load_program(&in); break;
    case 'T': check_payload(&in); break;
    case 'Z': unpack(&in); break;
    case '-': read_text(&in); break;
    default: return 0;
    }
    return 0;
}
