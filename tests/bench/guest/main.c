// SPDX-License-Identifier: MIT
// Costs of exits as the guest sees them. Prints `BENCH name figure` lines, figures in instructions:
// under QEMU's -icount shift=0 one instruction is one nanosecond of virtual time, and CNTVCT counts
// CNTFRQ of them a second. Addresses are those of virt-arm_virt.dtb.
#include <stdint.h>

enum {
    LOOPS = 10000,
    WARM_UP = 100,
    TIMER_LOOPS = 2000,
    UART = 0x12000,
    UART_DR = 0x00,
    UART_FR = 0x18,
    UART_ILPR = 0x20,
    GICD = 0x40000,
    GICD_CTLR = 0x000,
    GICD_TYPER = 0x004,
    GICR = 0x50000, // GICv3: redistributor; GICv2: CPU interface
    GICR_WAKER = 0x14,
    SGI_FRAME = 0x10000,
    IGROUPR = 0x080,
    ISENABLER = 0x100,
    IPRIORITYR = 0x400,
    GICC_CTLR = 0x00,
    GICC_PMR = 0x04,
    GICC_IAR = 0x0c,
    GICC_EOIR = 0x10,
    TIMER_IRQ = 27,
    TEST_SGI = 1,
    PSCI_VERSION = 0x84000000,
    PSCI_SYSTEM_OFF = 0x84000008,
};

volatile uint64_t irq_arrival; // written by the vector
static volatile unsigned irq_count;
static unsigned gic_version;

static inline uint32_t load32(uintptr_t addr)
{
    uint32_t v;
    __asm__ volatile("ldr %w0, [%1]" : "=r"(v) : "r"(addr) : "memory");
    return v;
}

static inline void store32(uintptr_t addr, uint32_t v)
{
    __asm__ volatile("str %w0, [%1]" : : "r"(v), "r"(addr) : "memory");
}

#define read_sysreg(name)                                                                          \
    ({                                                                                             \
        uint64_t v_;                                                                               \
        __asm__ volatile("mrs %0, " name : "=r"(v_) : : "memory");                                 \
        v_;                                                                                        \
    })
#define write_sysreg(name, v)                                                                      \
    __asm__ volatile("msr " name ", %0\n\tisb" : : "r"((uint64_t)(v)) : "memory")

static inline uint64_t counter(void)
{
    __asm__ volatile("isb" : : : "memory");
    return read_sysreg("cntvct_el0");
}

static inline uint64_t hypercall(uint64_t fn)
{
    register uint64_t x0 __asm__("x0") = fn;
    __asm__ volatile("hvc #0" : "+r"(x0) : : "x1", "x2", "x3", "memory");
    return x0;
}

// ---- output ----

static void put_char(char c)
{
    store32(UART + UART_DR, (uint8_t)c);
}

static void put_text(char const *s)
{
    for (; *s; s++) {
        if (*s == '\n')
            put_char('\r');
        put_char(*s);
    }
}

static void put_number(uint64_t n)
{
    char digits[21];
    unsigned i = 0;
    do
        digits[i++] = (char)('0' + n % 10);
    while (n /= 10);
    while (i)
        put_char(digits[--i]);
}

static void report(char const *name, uint64_t ticks, uint64_t operations)
{
    uint64_t instructions = ticks * (1000000000 / read_sysreg("cntfrq_el0"));
    put_text("BENCH ");
    put_text(name);
    put_char(' ');
    put_number((instructions + operations / 2) / operations);
    put_text("\n");
}

void guest_fault(uint64_t esr, uint64_t elr);
void guest_fault(uint64_t esr, uint64_t elr)
{
    put_text("bench-guest: unexpected exception, esr ");
    put_number(esr);
    put_text(" elr ");
    put_number(elr);
    put_text("\n");
    hypercall(PSCI_SYSTEM_OFF);
}

// ---- interrupt controller ----

static void gic_init(void)
{
    gic_version = read_sysreg("id_aa64pfr0_el1") >> 24 & 15 ? 3 : 2;
    store32(GICD + GICD_CTLR, 3);
    if (gic_version == 3) {
        store32(GICR + GICR_WAKER, 0);
        store32(GICR + SGI_FRAME + IGROUPR, ~0u);
        for (unsigned i = 0; i < 8; i++)
            store32(GICR + SGI_FRAME + IPRIORITYR + 4 * i, 0x80808080);
        store32(GICR + SGI_FRAME + ISENABLER, 1u << TIMER_IRQ | 1u << TEST_SGI);
        write_sysreg("S3_0_C4_C6_0", 0xf0);  // ICC_PMR_EL1
        write_sysreg("S3_0_C12_C12_7", 1);   // ICC_IGRPEN1_EL1
    } else {
        for (unsigned i = 0; i < 8; i++)
            store32(GICD + IPRIORITYR + 4 * i, 0x80808080);
        store32(GICD + ISENABLER, 1u << TIMER_IRQ | 1u << TEST_SGI);
        store32(GICR + GICC_PMR, 0xf0);
        store32(GICR + GICC_CTLR, 1);
    }
}

void irq_handle(void);
void irq_handle(void)
{
    uint64_t irq = gic_version == 3 ? read_sysreg("S3_0_C12_C12_0") : load32(GICR + GICC_IAR);
    if ((irq & 0x3ff) == TIMER_IRQ)
        write_sysreg("cntv_ctl_el0", 2); // masked until the next one is set up
    if (gic_version == 3)
        write_sysreg("S3_0_C12_C12_1", irq);
    else
        store32(GICR + GICC_EOIR, (uint32_t)irq);
    irq_count = irq_count + 1;
}

static inline void irqs_on(void)
{
    __asm__ volatile("msr daifclr, #2" : : : "memory");
}

static inline void irqs_off(void)
{
    __asm__ volatile("msr daifset, #2" : : : "memory");
}

// ---- what is measured ----

#define MEASURE(name, operation)                                                                   \
    do {                                                                                           \
        for (unsigned i_ = 0; i_ < WARM_UP; i_++)                                                  \
            operation;                                                                             \
        uint64_t start_ = counter();                                                               \
        for (unsigned i_ = 0; i_ < LOOPS; i_++)                                                    \
            operation;                                                                             \
        report(name, counter() - start_, LOOPS);                                                   \
    } while (0)

// From the moment that the timer expires to the guest's vector, the guest spinning.
static void measure_timer(void)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < TIMER_LOOPS; i++) {
        unsigned before = irq_count;
        uint64_t due = counter() + 100 + i % 7;
        write_sysreg("cntv_cval_el0", due);
        write_sysreg("cntv_ctl_el0", 1);
        while (irq_count == before)
            __asm__ volatile("" : : : "memory");
        sum += irq_arrival - due;
    }
    report("vm-timer-irq", sum, TIMER_LOOPS);
}

// The same out of WFI: what it costs beyond the wait.
static void measure_wfi(void)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < TIMER_LOOPS; i++) {
        irqs_off();
        uint64_t due = counter() + 2000 + i % 7;
        write_sysreg("cntv_cval_el0", due);
        write_sysreg("cntv_ctl_el0", 1);
        __asm__ volatile("wfi" : : : "memory");
        sum += counter() - due;
        irqs_on();
        __asm__ volatile("isb" : : : "memory");
        write_sysreg("cntv_ctl_el0", 2);
    }
    report("vm-wfi-timer", sum, TIMER_LOOPS);
}

static void send_sgi(void)
{
    if (gic_version == 3)
        write_sysreg("S3_0_C12_C11_5", (uint64_t)TEST_SGI << 24 | 1); // ICC_SGI1R_EL1
    else
        store32(GICD + 0xf00, 2u << 24 | TEST_SGI);
}

static void measure_sgi(void)
{
    uint64_t sum = 0, full = 0;
    for (unsigned i = 0; i < TIMER_LOOPS; i++) {
        unsigned before = irq_count;
        uint64_t start = counter();
        send_sgi();
        while (irq_count == before)
            __asm__ volatile("" : : : "memory");
        full += counter() - start;
        sum += irq_arrival - start;
    }
    report("vm-sgi-vector", sum, TIMER_LOOPS);
    report("vm-sgi-full", full, TIMER_LOOPS);
}

void guest_main(void);
void guest_main(void)
{
    gic_init();
    irqs_on();
    MEASURE("vm-hypercall", hypercall(PSCI_VERSION));
    MEASURE("vm-pl011-read", load32(UART + UART_FR));
    MEASURE("vm-pl011-write", store32(UART + UART_ILPR, 0));
    MEASURE("vm-gicd-read", load32(GICD + GICD_TYPER));
    MEASURE("vm-id-register", read_sysreg("id_aa64mmfr0_el1"));
    measure_timer();
    measure_wfi();
    measure_sgi();
    hypercall(PSCI_SYSTEM_OFF);
}
