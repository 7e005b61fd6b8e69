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
    GICR_STRIDE = 0x20000,
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
#define PSCI_CPU_ON 0xc4000003u

volatile uint64_t irq_arrival; // written by the vector
static volatile uint32_t irq_count;
static volatile uint32_t second_ready, second_waits;
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

static int64_t cpu_on(uint64_t mpidr, void (*entry)(void))
{
    register uint64_t x0 __asm__("x0") = PSCI_CPU_ON;
    register uint64_t x1 __asm__("x1") = mpidr;
    register uint64_t x2 __asm__("x2") = (uintptr_t)entry;
    register uint64_t x3 __asm__("x3") = 0;
    __asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
    return (int64_t)x0;
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

static uint64_t instructions_of(uint64_t ticks)
{
    return ticks * (1000000000 / read_sysreg("cntfrq_el0"));
}

static void report_instructions(char const *name, uint64_t instructions, uint64_t operations)
{
    put_text("BENCH ");
    put_text(name);
    put_char(' ');
    put_number((instructions + operations / 2) / operations);
    put_text("\n");
}

static void report(char const *name, uint64_t ticks, uint64_t operations)
{
    report_instructions(name, instructions_of(ticks), operations);
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

// Distributor, and the private side of the calling CPU, number `cpu`.
static void gic_init(unsigned cpu)
{
    uintptr_t redistributor = GICR + cpu * GICR_STRIDE;
    gic_version = read_sysreg("id_aa64pfr0_el1") >> 24 & 15 ? 3 : 2;
    store32(GICD + GICD_CTLR, 3);
    if (gic_version == 3) {
        store32(redistributor + GICR_WAKER, 0);
        store32(redistributor + SGI_FRAME + IGROUPR, ~0u);
        for (unsigned i = 0; i < 8; i++)
            store32(redistributor + SGI_FRAME + IPRIORITYR + 4 * i, 0x80808080);
        store32(redistributor + SGI_FRAME + ISENABLER, 1u << TIMER_IRQ | 1u << TEST_SGI);
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

static void send_sgi(unsigned cpu)
{
    if (gic_version == 3)
        write_sysreg("S3_0_C12_C11_5", (uint64_t)TEST_SGI << 24 | 1u << cpu); // ICC_SGI1R_EL1
    else
        store32(GICD + 0xf00, 1u << (16 + cpu) | TEST_SGI);
}

static void measure_sgi(void)
{
    uint64_t sum = 0, full = 0;
    for (unsigned i = 0; i < TIMER_LOOPS; i++) {
        unsigned before = irq_count;
        uint64_t start = counter();
        send_sgi(0);
        while (irq_count == before)
            __asm__ volatile("" : : : "memory");
        full += counter() - start;
        sum += irq_arrival - start;
    }
    report("vm-sgi-vector", sum, TIMER_LOOPS);
    report("vm-sgi-full", full, TIMER_LOOPS);
}

// ---- from one CPU to another ----
//
// Under -icount QEMU runs one CPU at a time, and the counter tells the instructions of all. A CPU
// hands over to the next when it executes YIELD, WFE or WFI. So whoever waits here yields, counts
// its looks, and their instructions are taken off. The same in every run.

enum { LOOK = 5, ROUND = 6 }; // instructions of the two loops

void second_start(void); // start.S

// Waits until *word is not `old`. Returns how often it has looked.
static uint64_t wait_for_change(volatile uint32_t const *word, uint32_t old)
{
    uint64_t looks = 0;
    uint32_t now;
    __asm__ volatile("1: yield\n\t"
                     "add %0, %0, #1\n\t"
                     "ldr %w1, [%2]\n\t"
                     "cmp %w1, %w3\n\t"
                     "b.eq 1b"
                     : "+r"(looks), "=&r"(now)
                     : "r"(word), "r"(old)
                     : "cc", "memory");
    return looks;
}

static volatile uint64_t second_rounds;

// Is busy until *word is set, and counts how often it went round.
static void be_busy(volatile uint32_t const *word)
{
    uint64_t rounds;
    uint32_t now;
    __asm__ volatile("1: yield\n\t"
                     "ldr %0, [%2]\n\t"
                     "add %0, %0, #1\n\t"
                     "str %0, [%2]\n\t"
                     "ldr %w1, [%3]\n\t"
                     "cbz %w1, 1b"
                     : "=&r"(rounds), "=&r"(now)
                     : "r"(&second_rounds), "r"(word)
                     : "memory");
}

void second_main(void);
void second_main(void)
{
    gic_init(1);
    irqs_on();
    second_ready = 1;
    be_busy(&second_waits);
    second_ready = 2;
    for (;;)
        __asm__ volatile("wfi" : : : "memory");
}

struct sgi_cost {
    uint64_t all, sender, arrival; // instructions
};

// One SGI to the second CPU, which is there in its vector and ends the interrupt.
static void sgi_to_second(struct sgi_cost *cost)
{
    uint32_t before = irq_count;
    uint64_t rounds = second_rounds, start = counter();
    send_sgi(1);
    uint64_t sent = counter(), looks = wait_for_change(&irq_count, before);
    uint64_t waiting = looks * LOOK + (second_rounds - rounds) * ROUND;
    cost->all += instructions_of(counter() - start) - waiting;
    cost->sender += instructions_of(sent - start);
    cost->arrival += instructions_of(irq_arrival - sent);
}

static struct sgi_cost measure_sgi_to_second(void)
{
    struct sgi_cost warm_up = {0}, cost = {0};
    for (unsigned i = 0; i < WARM_UP; i++)
        sgi_to_second(&warm_up);
    for (unsigned i = 0; i < TIMER_LOOPS; i++)
        sgi_to_second(&cost);
    return cost;
}

static void measure_sgi_other(void)
{
    if (cpu_on(1, second_start))
        return; // the guest has one CPU
    wait_for_change(&second_ready, 0);
    struct sgi_cost busy = measure_sgi_to_second();
    second_waits = 1;
    wait_for_change(&second_ready, 1);
    struct sgi_cost waiting = measure_sgi_to_second();
    report_instructions("vm-sgi-busy", busy.all, TIMER_LOOPS);
    report_instructions("vm-sgi-busy-sender", busy.sender, TIMER_LOOPS);
    report_instructions("vm-sgi-busy-arrival", busy.arrival, TIMER_LOOPS);
    report_instructions("vm-sgi-wfi", waiting.all, TIMER_LOOPS);
    report_instructions("vm-sgi-wfi-sender", waiting.sender, TIMER_LOOPS);
}

// Until those who started this guest have nothing to do any more: what they do counts, too.
static void wait_for_quiet(void)
{
    enum { QUIET_MS = 60 };
    for (uint64_t until = counter() + read_sysreg("cntfrq_el0") / 1000 * QUIET_MS; counter() < until;)
        ;
}

void guest_main(void);
void guest_main(void)
{
    gic_init(0);
    irqs_on();
    wait_for_quiet();
    MEASURE("vm-hypercall", hypercall(PSCI_VERSION));
    MEASURE("vm-pl011-read", load32(UART + UART_FR));
    MEASURE("vm-pl011-write", store32(UART + UART_ILPR, 0));
    MEASURE("vm-gicd-read", load32(GICD + GICD_TYPER));
    MEASURE("vm-id-register", read_sysreg("id_aa64mmfr0_el1"));
    measure_timer();
    measure_wfi();
    measure_sgi();
    measure_sgi_other();
    hypercall(PSCI_SYSTEM_OFF);
}
