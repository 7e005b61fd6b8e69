// SPDX-License-Identifier: MIT
// What boot loads: the payload's table, ELF programs, compressed files.
#include "payload/elf64.h"
#include "payload/elf_load.h"
#include "payload/payload_check.h"
#include "payload/unpack.h"
#include "unit_run.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

// -- ELF -------------------------------------------------------------------------------------

// A position independent program: code page at 0, data page at 0x1000 with dynamic section and one
// relocation at its start, followed by .bss.
static _Alignas(8) struct {
    struct elf_header h;
    struct elf_phdr ph[4];
    char pad[0x1000 - 64 - 4 * 56];
    struct elf_dyn dyn[5];
    struct elf_rela rela[2];
    uint64_t word;
    char rest[0x1000 - 5 * 16 - 2 * 24 - 8];
} file;

static uint8_t memory[0x4000];
static struct elf_file elf;

static void make_elf(void)
{
    memset(&file, 0, sizeof file);
    file.h = (struct elf_header){
        .magic = ELF_MAGIC, .class = ELF_CLASS_64, .data = ELF_DATA_LITTLE, .type = ELF_TYPE_DYN,
        .machine = ELF_MACHINE_AARCH64, .entry = 0x200, .phoff = 64, .phentsize = 56, .phnum = 3,
    };
    file.ph[0] = (struct elf_phdr){PT_LOAD, PF_R | PF_X, 0, 0, 0, 0x1000, 0x1000, 0x1000};
    file.ph[1] = (struct elf_phdr){PT_LOAD, PF_R | PF_W, 0x1000, 0x1000, 0x1000, 0x1000, 0x2800,
                                   0x1000};
    file.ph[2] = (struct elf_phdr){PT_DYNAMIC, PF_R, 0x1000, 0x1000, 0x1000, 80, 80, 8};
    file.dyn[0] = (struct elf_dyn){DT_RELA, 0x1050};
    file.dyn[1] = (struct elf_dyn){DT_RELASZ, 48};
    file.dyn[2] = (struct elf_dyn){DT_RELAENT, 24};
    file.rela[0] = (struct elf_rela){0x1080, R_AARCH64_RELATIVE, 0x234};
}

static char const *check(void)
{
    return elf_check(&file, sizeof file, &elf);
}

#define ck_wrong(result, text)                                                                     \
    do {                                                                                           \
        char const *r_ = (result);                                                                 \
        ck_assert_ptr_nonnull(r_);                                                                 \
        ck_assert_msg(strstr(r_, text), "\"%s\" lacks \"%s\"", r_, text);                          \
    } while (0)

START_TEST(test_load_relocates_and_clears)
{
    make_elf();
    ck_assert_ptr_null(check());
    ck_assert(elf.relocatable);
    ck_assert_uint_eq(elf.image.end, 0x4000);
    memset(memory, 0xaa, sizeof memory);
    ck_assert_ptr_null(elf_load(&elf, memory, 0x40000000));
    uint64_t word;
    memcpy(&word, memory + 0x1080, 8);
    ck_assert_uint_eq(word, 0x40000234);
    ck_assert_uint_eq(memory[0x3fff], 0);
    ck_assert_mem_eq(memory, "\177ELF", 4);
}
END_TEST

START_TEST(test_bad_headers)
{
    make_elf();
    file.h.magic++;
    ck_wrong(check(), "no ELF");
    make_elf();
    file.h.machine = 62;
    ck_wrong(check(), "64-bit Arm");
    make_elf();
    file.h.type = 1;
    ck_wrong(check(), "executable");
    make_elf();
    file.h.phnum = 0xffff;
    ck_wrong(check(), "outside the file");
    make_elf();
    file.h.phoff = UINT64_MAX - 7;
    ck_wrong(check(), "outside the file");
    make_elf();
    file.h.phnum = 0;
    ck_wrong(check(), "nothing to load");
    ck_wrong(elf_check(&file, 20, &elf), "no ELF");
}
END_TEST

START_TEST(test_bad_segments)
{
    make_elf();
    ck_wrong(elf_check(&file, sizeof file - 1, &elf), "cut short");
    make_elf();
    file.ph[1].offset = UINT64_MAX - 0xfff;
    ck_wrong(check(), "outside the file");
    make_elf();
    file.ph[1].memsz = 10;
    ck_wrong(check(), "outside the file");
    make_elf();
    file.ph[1].vaddr = UINT64_MAX - 0xfff;
    ck_wrong(check(), "wraps");
    make_elf();
    file.ph[1].memsz = 1ull << 40;
    ck_wrong(check(), "larger than 1 GiB");
    make_elf();
    file.ph[1].align = 3;
    ck_wrong(check(), "alignment");
    make_elf();
    file.ph[1].vaddr = 0;
    ck_wrong(check(), "overlap");
    make_elf();
    file.h.entry = 0x1000;
    ck_wrong(check(), "entry point");
    make_elf();
    file.ph[2].type = PT_INTERP;
    ck_wrong(check(), "interpreter");
}
END_TEST

static char const *load(void)
{
    char const *wrong = check();
    return wrong ? wrong : elf_load(&elf, memory, 0x40000000);
}

START_TEST(test_bad_relocations)
{
    make_elf();
    file.rela[0].info = 1026; // JUMP_SLOT
    ck_wrong(load(), "another kind");
    make_elf();
    file.rela[0].offset = 0x3ff9;
    ck_wrong(load(), "points outside");
    make_elf();
    file.rela[0].offset = UINT64_MAX - 3;
    ck_wrong(load(), "points outside");
    make_elf();
    file.dyn[1].value = UINT64_MAX / 24 * 24;
    ck_wrong(load(), "outside its image");
    make_elf();
    file.dyn[2].value = 16;
    ck_wrong(load(), "unknown size");
    make_elf();
    file.dyn[3].tag = DT_NEEDED;
    ck_wrong(load(), "shared libraries");
    make_elf();
    file.dyn[3].tag = DT_RELRSZ;
    ck_wrong(load(), "RELR");
    make_elf();
    file.ph[2].memsz = UINT64_MAX / 2;
    ck_wrong(load(), "dynamic section outside");
}
END_TEST

// -- payload ---------------------------------------------------------------------------------

static _Alignas(8) struct {
    struct payload_header h;
    struct payload_record r[2];
    char strings[16];
    char pad[4096 - 48 - 96 - 16];
    char files[8192];
} payload;

static uint32_t host_crc32(uint32_t crc, void const *data, uint64_t size)
{
    return (uint32_t)crc32_z(crc, data, size);
}

static void seal(void)
{
    payload.h.header_crc32 = 0;
    payload.h.header_crc32 = host_crc32(0, &payload, 48 + 96 + 16);
}

static void make_payload(void)
{
    memset(&payload, 0, sizeof payload);
    payload.h = (struct payload_header){
        .magic = PAYLOAD_MAGIC, .version = PAYLOAD_VERSION, .count = 2, .size = sizeof payload,
        .records = 48, .strings = 144, .strings_size = 16, .cmdline = 144,
        .uart = 146,
    };
    payload.r[0] = (struct payload_record){PAYLOAD_KERNEL, PAYLOAD_RAW, 4096, 100, 100, 0, 144,
                                           145, 0};
    payload.r[1] = (struct payload_record){PAYLOAD_MODULE, PAYLOAD_GZIP, 8192, 4096, 9999, 0, 145,
                                           146, 0};
    memcpy(payload.strings, "abc", 4);
    seal();
}

static char const *check_payload(void)
{
    int which;
    seal();
    return payload_check(&payload, sizeof payload, host_crc32, &which);
}

START_TEST(test_payload_frame)
{
    int which;
    make_payload();
    ck_assert_ptr_null(check_payload());
    ck_assert_str_eq(payload_string(&payload, payload.r[1].name), "bc");
    ck_wrong(payload_check(&payload, sizeof payload - 1, host_crc32, &which), "cut short");
    ck_wrong(payload_check(&payload, 10, host_crc32, &which), "no modules");
    payload.r[0].full_size++;
    ck_wrong(payload_check(&payload, sizeof payload, host_crc32, &which), "checksum");
    make_payload();
    payload.h.magic++;
    ck_wrong(check_payload(), "no modules");
    make_payload();
    payload.h.version++;
    ck_wrong(check_payload(), "version");
    make_payload();
    payload.h.count = 0x7fffffff;
    ck_wrong(check_payload(), "damaged");
    make_payload();
    payload.h.strings = 0xfffffff0;
    ck_wrong(check_payload(), "damaged");
    make_payload();
    payload.h.uart = 160; // behind the strings
    ck_wrong(check_payload(), "damaged");
    make_payload();
    payload.strings[15] = 'x'; // no end
    ck_wrong(check_payload(), "damaged");
}
END_TEST

START_TEST(test_payload_records)
{
    make_payload();
    payload.r[0].offset = UINT64_MAX - 4095;
    ck_wrong(check_payload(), "outside the image");
    make_payload();
    payload.r[1].size = 4097;
    ck_wrong(check_payload(), "outside the image");
    make_payload();
    payload.r[0].offset = 4097;
    ck_wrong(check_payload(), "outside the image");
    make_payload();
    payload.r[0].full_size = 50;
    ck_wrong(check_payload(), "two different sizes");
    make_payload();
    payload.r[1].type = 4;
    ck_wrong(check_payload(), "unknown type");
    make_payload();
    payload.r[1].compression = 2;
    ck_wrong(check_payload(), "unknown way");
    make_payload();
    payload.r[1].cmdline = 160;
    ck_wrong(check_payload(), "no name");
}
END_TEST

// -- gzip ------------------------------------------------------------------------------------

START_TEST(test_unpack)
{
    static unsigned char in[4096], out[5000], text[5000];
    for (unsigned i = 0; i < sizeof text; i++)
        text[i] = (unsigned char)(i / 7);
    z_stream z = {.next_in = text, .avail_in = sizeof text, .next_out = in, .avail_out = sizeof in};
    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, 0), Z_OK);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    uint64_t size = z.total_out;
    deflateEnd(&z);

    ck_assert_ptr_null(unpack_gzip(in, size, out, sizeof out));
    ck_assert_mem_eq(out, text, sizeof text);
    ck_wrong(unpack_gzip(in, size, out, sizeof out - 1), "larger");
    ck_wrong(unpack_gzip(in, size - 20, out, sizeof out), "damaged");
    static unsigned char more[6000];
    ck_wrong(unpack_gzip(in, size, more, sizeof more), "smaller");
    in[size - 6] ^= 1; // its checksum
    ck_wrong(unpack_gzip(in, size, more, sizeof more), "damaged");
    in[30] ^= 0x55;
    ck_assert_ptr_nonnull(unpack_gzip(in, size, out, sizeof out));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("boot_load");
    TCase *c = tcase_create("load");
    tcase_add_test(c, test_load_relocates_and_clears);
    tcase_add_test(c, test_bad_headers);
    tcase_add_test(c, test_bad_segments);
    tcase_add_test(c, test_bad_relocations);
    tcase_add_test(c, test_payload_frame);
    tcase_add_test(c, test_payload_records);
    tcase_add_test(c, test_unpack);
    suite_add_tcase(s, c);
    return unit_run(s);
}
