// SPDX-License-Identifier: MIT
// The usual way out of a guest into its vCPU's handler, and back.
#pragma once
#include "sched/cpu.h"

// The guest that is loaded leaves because of an exception of its own, or for a message (`esr`: the class alone). False: nothing
// is done, and it is up to the general path.
bool guest_exit_fast(struct cpu *cpu, struct thread *t, uint64_t esr);
// The guest that is loaded reads a system register: is it an ID register that its VMM lets the kernel answer (kernel-abi 6.4)?
// Then it goes on behind the instruction; nothing else leaves it. Linux reads one for each random number that it wants while it
// starts.
bool guest_answer_read(struct thread *t, uint64_t esr);
// Does the current thread, a vCPU, ask for a resume that can be done with the local lock alone: user task cached, nothing
// pending? False = it is to take the general path.
bool guest_resume_fast(struct cpu *cpu, struct thread *t);
