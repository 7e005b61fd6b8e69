// SPDX-License-Identifier: MIT
// Kernel information page and its memory descriptors (kernel-abi 5).
#pragma once

#include <l4/sys/abi/number.h>
#include <l4/sys/abi/types.h>

#define L4_KERNEL_INFO_MAGIC  L4_U(0x4be6344c)
#define L4_KIP_VERSION        L4_U(0x87034444)
#define L4_KIP_VERSION_MASK   L4_U(0xff00ffff)
#define L4_KIP_VERSION_FIASCO L4_U(0x87004444)
#define L4_KIP_VERSION_FIASCO_MASK L4_KIP_VERSION_MASK
#define L4_KIP_MEM_DESCS      64
#define L4_KIP_OFFS_STRINGS   0x4e0
#define L4_KIP_OFFS_SYSCALL   0x800
#define L4_KIP_OFFS_READ_US   0x900
#define L4_KIP_OFFS_READ_NS   0x980
#define L4_KIP_STRINGS_SIZE   (L4_KIP_OFFS_SYSCALL - L4_KIP_OFFS_STRINGS)
#define L4_KIP_VERSION_UNIT   16                        // of offset_version_strings
#define L4_KIP_SYSCALL_CODE   L4_UL(0xd65f03c0d4000001) // svc #0; ret: the word at L4_KIP_OFFS_SYSCALL

// Memory descriptor: start with type 0..3, subtype 4..7, and this.
#define L4_MEM_DESC_TYPE_MASK     L4_UL(0xf)
#define L4_MEM_DESC_SUBTYPE_SHIFT 4
#define L4_MEM_DESC_VIRTUAL       L4_UL(0x200)
#define L4_MEM_DESC_LOW_BITS      L4_UL(0x3ff) // of start and of end, both in KiB

#ifndef __ASSEMBLER__
enum l4_mem_type_t {
    l4_mem_type_undefined = 0x0,
    l4_mem_type_conventional = 0x1,
    l4_mem_type_reserved = 0x2,
    l4_mem_type_dedicated = 0x3,
    l4_mem_type_shared = 0x4,
    l4_mem_type_kernel_tmp = 0x7,
    l4_mem_type_info = 0xd,
    l4_mem_type_bootloader = 0xe,
    l4_mem_type_archspecific = 0xf,
};

typedef struct l4_kernel_info_mem_desc_t {
    l4_umword_t l; // start | virtual 0x200 | eager 0x100 | subtype << 4 | type
    l4_umword_t h; // end, inclusive; its low ten bits read as ones
} l4_kernel_info_mem_desc_t;

typedef struct l4_kernel_info_t {
    l4_uint32_t magic;
    l4_uint32_t version;
    l4_uint8_t offset_version_strings; // in units of 16 bytes
    l4_uint8_t fill0[3];
    l4_uint8_t kip_sys_calls;
    l4_uint8_t node;
    l4_uint8_t fill1[2];
    l4_uint64_t sigma0_ip;
    l4_uint64_t root_ip;
    volatile l4_uint64_t clock;
    l4_uint64_t frequency_cpu; // kHz
    l4_uint64_t acpi_rsdp_addr;
    l4_uint64_t dt_addr;
    l4_uint64_t user_ptr; // physical address of the module info
    l4_uint64_t reserved0;
    l4_uint32_t scheduler_granularity;
    l4_uint32_t mem_descs;     // offset of the descriptors
    l4_uint32_t mem_descs_num; // their number
    l4_uint32_t fill2;
    l4_uint64_t reserved1[2];
    char platform_name[16];
    l4_uint32_t is_mp;
    l4_uint32_t cpuinfo[23];
    l4_kernel_info_mem_desc_t mem[L4_KIP_MEM_DESCS];
    char strings[L4_KIP_STRINGS_SIZE];
    l4_uint64_t syscall_code;
    l4_uint64_t fill3[31];
    l4_uint8_t read_us_code[0x70];
    l4_uint64_t us_scaler, us_shift;
    l4_uint8_t read_ns_code[0x70];
    l4_uint64_t ns_scaler, ns_shift;
} l4_kernel_info_t;

L4_ABI_ASSERT(offsetof(l4_kernel_info_t, sigma0_ip) == 0x10, "KIP");
L4_ABI_ASSERT(offsetof(l4_kernel_info_t, clock) == 0x20, "KIP");
L4_ABI_ASSERT(offsetof(l4_kernel_info_t, dt_addr) == 0x38, "KIP");
L4_ABI_ASSERT(offsetof(l4_kernel_info_t, user_ptr) == 0x40, "KIP");
L4_ABI_ASSERT(offsetof(l4_kernel_info_t, scheduler_granularity) == 0x50, "KIP");
L4_ABI_ASSERT(offsetof(l4_kernel_info_t, mem_descs) == 0x54, "KIP");
L4_ABI_ASSERT(offsetof(l4_kernel_info_t, mem_descs_num) == 0x58, "KIP");
L4_ABI_ASSERT(offsetof(l4_kernel_info_t, platform_name) == 0x70, "KIP");
L4_ABI_ASSERT(offsetof(l4_kernel_info_t, is_mp) == 0x80, "KIP");
L4_ABI_ASSERT(offsetof(l4_kernel_info_t, cpuinfo) == 0x84, "KIP");
L4_ABI_ASSERT(offsetof(l4_kernel_info_t, mem) == 0xe0, "KIP");
L4_ABI_ASSERT(sizeof(l4_kernel_info_mem_desc_t) == 16, "KIP");
L4_ABI_ASSERT(offsetof(l4_kernel_info_t, strings) == L4_KIP_OFFS_STRINGS, "KIP");
L4_ABI_ASSERT(offsetof(l4_kernel_info_t, syscall_code) == L4_KIP_OFFS_SYSCALL, "KIP");
L4_ABI_ASSERT(offsetof(l4_kernel_info_t, read_us_code) == L4_KIP_OFFS_READ_US, "KIP");
L4_ABI_ASSERT(offsetof(l4_kernel_info_t, us_scaler) == 0x970, "KIP");
L4_ABI_ASSERT(offsetof(l4_kernel_info_t, read_ns_code) == L4_KIP_OFFS_READ_NS, "KIP");
L4_ABI_ASSERT(offsetof(l4_kernel_info_t, ns_scaler) == 0x9f0, "KIP");
#endif
