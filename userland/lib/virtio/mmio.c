// SPDX-License-Identifier: MIT
#include <l4/virtio/mmio.h>

#include <l4/sys/err.h>

// virtio 1.2, 4.2.2
enum reg {
    MAGIC = 0x00,
    VERSION = 0x04,
    DEVICE_ID = 0x08,
    DEVICE_FEATURES = 0x10,
    DEVICE_FEATURES_SEL = 0x14,
    DRIVER_FEATURES = 0x20,
    DRIVER_FEATURES_SEL = 0x24,
    QUEUE_SEL = 0x30,
    QUEUE_NUM_MAX = 0x34,
    QUEUE_NUM = 0x38,
    QUEUE_READY = 0x44,
    QUEUE_NOTIFY = 0x50,
    INTERRUPT_STATUS = 0x60,
    INTERRUPT_ACK = 0x64,
    STATUS = 0x70,
    QUEUE_DESC = 0x80,
    QUEUE_DRIVER = 0x90,
    QUEUE_DEVICE = 0xa0,
    CONFIG_GENERATION = 0xfc,
    CONFIG = 0x100,
};

// virtio 1.2, 2.1
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, NEEDS_RESET = 0x40, FAILED = 0x80 };
enum { MAGIC_VALUE = 0x74726976, VERSION_LEGACY = 1, VERSION_MODERN = 2, PATIENCE = 100000 };

static uint32_t get(struct virtio_mmio const *d, enum reg r)
{
    return *(uint32_t volatile *)(d->regs + r);
}

static void set(struct virtio_mmio *d, enum reg r, uint32_t v)
{
    *(uint32_t volatile *)(d->regs + r) = v;
}

static void set64(struct virtio_mmio *d, enum reg r, uint64_t v)
{
    set(d, r, (uint32_t)v);
    set(d, r + 4, (uint32_t)(v >> 32));
}

// Between memory and registers: the device is another observer, in the outer shareable domain or beyond.
static void memory_before_registers(void)
{
#ifdef __aarch64__
    asm volatile("dsb st" : : : "memory");
#else
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

static void registers_before_memory(void)
{
#ifdef __aarch64__
    asm volatile("dsb ld" : : : "memory");
#else
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

int virtio_mmio_probe(struct virtio_mmio *d, void *regs)
{
    *d = (struct virtio_mmio){ .regs = regs };
    if (get(d, MAGIC) != MAGIC_VALUE)
        return -L4_ENODEV;
    uint32_t version = get(d, VERSION), id = get(d, DEVICE_ID);
    if (!id)
        return 0;
    if (version == VERSION_LEGACY)
        return -L4_ENOSYS;
    return version == VERSION_MODERN && id <= 0xffff ? (int)id : -L4_ENODEV;
}

bool virtio_mmio_reset(struct virtio_mmio *d)
{
    set(d, STATUS, 0);
    for (unsigned i = 0; get(d, STATUS); i++)
        if (i == PATIENCE)
            return false;
    return true;
}

int virtio_mmio_begin(struct virtio_mmio *d, uint64_t wanted)
{
    uint64_t offered = 0;
    if (!virtio_mmio_reset(d))
        return -L4_EIO;
    set(d, STATUS, ACKNOWLEDGE);
    set(d, STATUS, ACKNOWLEDGE | DRIVER);
    for (unsigned word = 0; word < 2; word++) {
        set(d, DEVICE_FEATURES_SEL, word);
        offered |= (uint64_t)get(d, DEVICE_FEATURES) << 32 * word;
    }
    d->features = offered & (wanted | 1ull << VIRTIO_F_VERSION_1);
    if (!virtio_mmio_has(d, VIRTIO_F_VERSION_1))
        return -L4_EIO;
    for (unsigned word = 0; word < 2; word++) {
        set(d, DRIVER_FEATURES_SEL, word);
        set(d, DRIVER_FEATURES, (uint32_t)(d->features >> 32 * word));
    }
    set(d, STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    return get(d, STATUS) & FEATURES_OK ? 0 : -L4_EIO;
}

unsigned virtio_mmio_queue_max(struct virtio_mmio *d, unsigned queue)
{
    set(d, QUEUE_SEL, queue);
    return get(d, QUEUE_NUM_MAX);
}

int virtio_mmio_queue(struct virtio_mmio *d, unsigned queue, struct virtio_mmio_rings const *r)
{
    if (!r->num || r->num > virtio_mmio_queue_max(d, queue))
        return -L4_ERANGE;
    if (get(d, QUEUE_READY))
        return -L4_EBUSY;
    set(d, QUEUE_NUM, r->num);
    set64(d, QUEUE_DESC, r->desc);
    set64(d, QUEUE_DRIVER, r->avail);
    set64(d, QUEUE_DEVICE, r->used);
    memory_before_registers();
    set(d, QUEUE_READY, 1);
    return 0;
}

void virtio_mmio_start(struct virtio_mmio *d)
{
    set(d, STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}

void virtio_mmio_fail(struct virtio_mmio *d)
{
    set(d, STATUS, get(d, STATUS) | FAILED);
    virtio_mmio_reset(d);
}

bool virtio_mmio_works(struct virtio_mmio const *d)
{
    return !(get(d, STATUS) & (NEEDS_RESET | FAILED));
}

void virtio_mmio_notify(struct virtio_mmio *d, unsigned queue)
{
    memory_before_registers();
    set(d, QUEUE_NOTIFY, queue);
}

unsigned virtio_mmio_irq(struct virtio_mmio *d)
{
    uint32_t bits = get(d, INTERRUPT_STATUS);
    set(d, INTERRUPT_ACK, bits);
    registers_before_memory();
    return bits;
}

// Fields are read as wide as they are (virtio 1.2, 4.2.2.2).
static void read_field(uint8_t volatile const *p, uint8_t *to, unsigned size)
{
    unsigned const width = size % 4 == 0 ? 4 : size == 2 ? 2 : 1;
    for (unsigned i = 0; i < size; i += width) {
        uint32_t v = width == 4   ? *(uint32_t const volatile *)(p + i)
                     : width == 2 ? *(uint16_t const volatile *)(p + i)
                                  : p[i];
        for (unsigned k = 0; k < width; k++)
            to[i + k] = (uint8_t)(v >> 8 * k);
    }
}

bool virtio_mmio_config(struct virtio_mmio const *d, unsigned offset, void *to, unsigned size)
{
    for (unsigned i = 0; i < PATIENCE; i++) {
        uint32_t generation = get(d, CONFIG_GENERATION);
        read_field(d->regs + CONFIG + offset, to, size);
        if (get(d, CONFIG_GENERATION) == generation)
            return true;
    }
    return false;
}
