// SPDX-License-Identifier: MIT
// The virtual interrupt controller with its ITS: what the guest's CPUs write to its registers, its tables and its command
// queue, what they do with list registers as hardware lets them, and the interrupts of devices meanwhile.
#include "input.h"
#include "uvmm_its_setup.h"

#include <l4/sys/abi/vcpu.h>

enum { TIMER = 27 };

static unsigned cpus, lrs, version;

static void start(struct input *in)
{
    uint8_t const shape = in_u8(in);
    version = shape & 1 ? 3 : 2;
    cpus = 1 + (shape >> 1) % 4;
    lrs = 1 + (shape >> 4) % 4;
    if (shape & 0x80 && version == 3)
        boot_ready(cpus, lrs);
    else if (version == 3)
        boot_its(cpus, lrs);
    else
        boot_with(version, cpus, lrs);
    vgic_set_timer(&m.g, TIMER);
    if (shape & 0x40)
        vgic_set_dir_trap(&m.g);
}

// A CPU that makes an access is out of the guest.
static unsigned a_cpu(struct input *in)
{
    unsigned const cpu = in_below(in, cpus);
    m.in_guest &= ~(1u << cpu);
    return cpu;
}

static void access_gicd(struct input *in)
{
    unsigned const cpu = a_cpu(in), kind = in_u8(in);
    uint64_t const off = in_u16(in);
    if (kind & 1)
        gicd_write(&m.g, cpu, off, kind >> 1 & 3, in_number(in));
    else
        gicd_read(&m.g, cpu, off, kind >> 1 & 3);
}

static void access_gicr(struct input *in)
{
    unsigned const cpu = a_cpu(in), kind = in_u8(in);
    uint64_t off = in_below(in, cpus) * (uint64_t)GICR_STRIDE;
    off += in_u16(in);
    if (kind & 8)
        off += GICR_SGI;
    if (version != 3)
        return;
    if (kind & 1)
        gicr_write(&m.g, cpu, off, kind >> 1 & 3, in_number(in));
    else
        gicr_read(&m.g, cpu, off, kind >> 1 & 3);
}

static void access_its(struct input *in)
{
    unsigned const cpu = a_cpu(in), kind = in_u8(in);
    uint64_t const off = kind & 8 ? GITS_TRANSLATER + in_u8(in) : in_u16(in);
    if (version != 3)
        return;
    if (kind & 1)
        its_write(&its, cpu, off, kind >> 1 & 3, in_number(in));
    else
        its_read(&its, cpu, off, kind >> 1 & 3);
}

// Commands with numbers that are often those of something.
static void give_command(struct input *in)
{
    uint8_t const command = in_u8(in) & 0x1f, device = in_u8(in), event = in_u8(in), lpi = in_u8(in), place = in_u8(in);
    uint64_t const extra = place & 0x40 ? in_number(in) : 0;
    queue(command | (uint64_t)(device & 7) << 32 | extra << 36, (event & 31) | (uint64_t)(LPI + lpi) << 32,
          (place & 0x80 ? VALID : 0) | (uint64_t)(place >> 3 & 7) << 16 | (place & 7), (uint64_t)(event >> 5) << 16 | extra);
}

static void tell_its(struct input *in)
{
    unsigned const cpu = a_cpu(in);
    if (version == 3) {
        m.in_guest &= ~(1u << 0); // run() is an access of CPU 0
        run();
        its_read(&its, cpu, GITS_CREADR, 3);
    }
}

static void write_ram(struct input *in)
{
    unsigned const at = in_u32(in) % (RAM_SIZE - 8);
    in_bytes(in, ram + at, 8);
}

// What hardware does with a list register when the guest acknowledges or ends an interrupt.
static void use_list_register(struct input *in)
{
    unsigned const cpu = in_below(in, cpus), i = in_below(in, lrs);
    bool const ends = in_u8(in) & 1;
    if (version == 3) {
        uint64_t *const lr = &m.lr3[cpu][i];
        if (ends)
            *lr &= ~LR3_ACTIVE;
        else if (*lr & LR3_PENDING)
            *lr = (*lr & ~LR3_PENDING) | ((*lr & 0xffffffff) < VGIC_FIRST_LPI ? LR3_ACTIVE : 0);
    } else {
        uint32_t *const lr = &m.lr2[cpu][i];
        if (ends)
            *lr &= ~(1u << 29);
        else if (*lr & 1u << 28)
            *lr = (*lr & ~(1u << 28)) | 1u << 29;
    }
}

static void raise(struct input *in)
{
    unsigned const cpu = in_below(in, cpus), intid = in_u16(in) % 1020;
    vgic_set_line(&m.g, cpu, intid, in_u8(in) & 1);
}

static void notify_of(struct input *in)
{
    vgic_set_notify(&m.g, 32 + in_u16(in) % (1020 - 32));
}

static void send(struct input *in)
{
    unsigned const cpu = a_cpu(in), kind = in_u8(in);
    switch (kind & 3) {
    case 0: vgic_send_sgi(&m.g, cpu, kind >> 4, in_u8(in) & ((1u << cpus) - 1), kind >> 2 & 3); break;
    case 1:
        if (version == 3)
            vgic_write_sgir(&m.g, cpu, in_number(in), kind >> 2 & 3);
        break;
    case 2: vgic_write_dir(&m.g, cpu, (unsigned)in_number(in)); break;
    default:
        if (version == 3)
            vgic_send_msi(&m.g, in_u8(in) & 7, in_u8(in) & 31);
        break;
    }
}

// The registers around the list registers, which the guest or the kernel changes while it runs.
static void run_guest(struct input *in)
{
    unsigned const cpu = in_below(in, cpus);
    uint8_t const what = in_u8(in);
    if (what & 1)
        m.vmcr[cpu] = in_u32(in);
    if (what & 2)
        m.apr[cpu] = in_u32(in);
    if (what & 4)
        m.timer_cfg[cpu] ^= (what & 8 ? L4_VTMR_CFG_PENDING : 0) | (what & 16 ? L4_VTMR_CFG_ACTIVE : 0);
    if (what & 32)
        m.timer_ctl[cpu] = what >> 5;
    if (what & 64) // EOIcount: ends of what is in no list register
        m.hcr[cpu] = (m.hcr[cpu] & 0x7ffffff) | (uint32_t)in_u8(in) << 27;
    m.in_guest |= 1u << cpu;
}

static void come_out(struct input *in)
{
    unsigned const cpu = a_cpu(in), n = sync(cpu);
    ck_assert_uint_le(n, VGIC_MAX_LRS);
    for (unsigned i = 0; i < n; i++)
        ck_assert(m.done[i] >= 32 && m.done[i] < 1020);
    vgic_wakes(&m.g, cpu);
    vgic_signals(&m.g, cpu, in_u8(in), true);
}

static void power(struct input *in)
{
    unsigned const cpu = a_cpu(in), what = in_u8(in);
    if (what & 1)
        vgic_reset_cpu(&m.g, cpu);
    else
        vgic_set_powered_down(&m.g, cpu, what & 2);
    vgic_find_cpu(&m.g, in_number(in));
    vgic_is_asleep(&m.g, cpu);
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    void (*const steps[])(struct input *) = {access_gicd, access_gicr, access_its, give_command, tell_its, write_ram, raise,
                                             use_list_register, notify_of, send, run_guest, come_out, power};
    start(&in);
    while (in_more(&in))
        steps[in_below(&in, sizeof(steps) / sizeof(steps[0]))](&in);
    return 0;
}
