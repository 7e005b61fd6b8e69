// SPDX-License-Identifier: MIT
#include "guest_run.h"

l4_cap_idx_t guest_vm, guest_vm_2, guest_irq;
static char code_page[4096] __attribute__((aligned(4096)));

l4_vcpu_state_t *guest_vcpu(unsigned area)
{
    l4_vcpu_state_t *v = vcpu_area(area);
    v->state = 0;
    if (l4_error(l4_thread_vcpu_control_ext(L4_INVALID_CAP, (l4_addr_t)v)))
        check(false, "extended vCPU mode");
    return v;
}

void guest(l4_vcpu_state_t *v, char *code)
{
    l4_vcpu_ext_state_t *e = l4_vcpu_ext_state(v);
    v->r = (l4_vcpu_regs_t){.pc = ipa(code), .pstate = EL1H_MASKED};
    v->saved_state = L4_VCPU_F_USER_MODE | L4_VCPU_F_FPU_ENABLED | L4_VCPU_F_IRQ;
    v->user_task = guest_vm;
    e->hcr = L4_VCPU_HCR_MUST_SET | HCR_FB | HCR_BSU | HCR_TWI | HCR_TWE | HCR_RW;
    e->sctlr = GUEST_SCTLR;
    e->cpacr = 3 << 20;
    e->cntvctl = 0;
    e->vtmr_cfg = 0;
    e->gic_hcr = 0;
}

void vgic_on(l4_vcpu_state_t *v)
{
    l4_vcpu_ext_state_t *e = l4_vcpu_ext_state(v);
    e->gic_hcr = 1;
    e->gic_vmcr = l4_vcpu_ext_info(v)->gic_version == 3 ? 0xffu << 24 | 3 : 0x1fu << 27 | 3;
    for (unsigned i = 0; i < L4_VCPU_NUM_LRS; i++)
        e->gic_v3_lr[i] = 0;
}

static void code_init(void)
{
    for (unsigned i = 0; guest_code + i < guest_code_end; i++)
        code_page[i] = guest_code[i];
    for (char *p = code_page; p < code_page + sizeof code_page; p += 16)
        asm volatile("dc cvau, %0" ::"r"(p) : "memory");
    asm volatile("dsb ish; dsb ish; isb" ::: "memory");
}

static l4_cap_idx_t vm_create(void)
{
    l4_cap_idx_t vm = slot_alloc();
    check_eq(l4_error(l4_factory_create_vm(L4_BASE_FACTORY_CAP, vm)), 0, "VM created");
    check_eq(
        l4_error(l4_task_map(vm, L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)code_page, 12, L4_FPAGE_RX),
                             l4_map_control(CODE_IPA, L4_FPAGE_CACHEABLE, 0))),
        0, "guest memory mapped");
    l4_task_vgicc_map(vm, l4_fpage(GICV_IPA, 12, L4_FPAGE_RW));
    return vm;
}

void guests_begin(void)
{
    vcpu_mem_init();
    code_init();
    guest_vm = vm_create();
    guest_vm_2 = vm_create();
    guest_irq = slot_alloc();
    l4_factory_create_irq(L4_BASE_FACTORY_CAP, guest_irq);
}

void guests_end(void)
{
    slot_free(guest_irq, true);
    slot_free(guest_vm_2, true);
    slot_free(guest_vm, true);
}
