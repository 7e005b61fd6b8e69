// SPDX-License-Identifier: MIT
// Guests in the kernel tests: the instructions in user_code.S at EL1 of a VM.
#pragma once
#include "vcpu_run.h"

extern char guest_code[], guest_code_end[], guest_hvc[], guest_store[], guest_wfi[], guest_smc[],
    guest_regs[];
extern char guest_loop[], guest_poll_irq[], guest_ack_v3[], guest_ack_v2[], guest_own_regs[],
    guest_timer[], guest_thief[], guest_disr[], guest_priorities_v3[], guest_priorities_v2[],
    guest_timer_waits[], guest_waits[], guest_id[];

enum {
    CODE_IPA = 0x10000,
    GICV_IPA = 0x20000,
    DEVICE_IPA = 0x9000000, // nothing is there
    GUEST_IRQ_LABEL = 0x4320
};
enum {
    HCR_FB = 1 << 9,
    HCR_BSU = 1 << 10,
    HCR_TWI = 1 << 13,
    HCR_TWE = 1 << 14,
    HCR_TID3 = 1 << 18,
    HCR_TGE = 1 << 27,
    HCR_RW = 1u << 31
};
enum { EL1H_MASKED = 0x3c5, GUEST_SCTLR = 0x30d00800 };

// What a test has between guests_begin() and guests_end(): two VMs with the code and the GIC's virtual
// interface, and an IRQ object, for who wants to have a guest interrupted.
extern l4_cap_idx_t guest_vm, guest_vm_2, guest_irq;
void guests_begin(void);
void guests_end(void);

static inline l4_addr_t ipa(char *code)
{
    return CODE_IPA + (l4_addr_t)(code - guest_code);
}

// Makes the calling thread a vCPU with this area, in extended mode.
l4_vcpu_state_t *guest_vcpu(unsigned area);
// Lets its next resume begin a guest at this code in guest_vm.
void guest(l4_vcpu_state_t *v, char *code);
// Switches the virtual interrupt controller on; its list registers are empty.
void vgic_on(l4_vcpu_state_t *v);
// Checks the interrupts of guests on the CPU that it runs on, for run_to_end(). (test_guest_irq.c)
void guest_hears_interrupts(void *arg);
