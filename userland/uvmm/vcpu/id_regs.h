// SPDX-License-Identifier: MIT
// The ID registers that the guest sees.
//
// EL0 cannot read them, so uvmm lets each vCPU run a few instructions of its own in the VM before
// the guest exists: a page of uvmm with MRS instructions and HVC #ID_PROBE_HVC.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define ID_PROBE_HVC 0x4944

struct vcpu;

// Maps the probe into the VM. Once, before vcpu_create_all.
void id_probe_map(void);
void id_probe_unmap(void);

// Guest address where the probe starts.
uint64_t id_probe_start(void);

// A probe HVC: takes the values over. Does not return to the probe after the last one but waits for
// the vCPU to be switched on.
void id_probe_hvc(struct vcpu *v);

// The value that the guest is to see of the register with this CRm (1..7) and op2, given the real
// one.
uint64_t id_reg_masked(unsigned crm, unsigned op2, uint64_t real);

// Has the guest's CPU waits with a timeout (FEAT_WFxT)?
bool id_has_wfxt(struct vcpu const *v);
