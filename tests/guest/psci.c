// SPDX-License-Identifier: MIT
// Power states of CPUs (DEN 0022).
#include "lib/guest.h"

static void versions(void)
{
    group("versions", "DEN 0022 5.1.1, 5.15");
    int64_t version = psci(PSCI_VERSION, 0, 0, 0);
    check_true("PSCI 1.0 or later", version >= 0x10000 && version < 0x20000);
    static uint32_t const mandatory[] = {PSCI_VERSION, PSCI_CPU_OFF, PSCI_CPU_ON, PSCI_CPU_ON32, PSCI_AFFINITY_INFO,
                                         PSCI_AFFINITY_INFO32, PSCI_SYSTEM_OFF, PSCI_SYSTEM_RESET, PSCI_FEATURES};
    for (unsigned i = 0; i < sizeof(mandatory) / sizeof(mandatory[0]); i++)
        check("a mandatory function is a feature", (uint64_t)psci(PSCI_FEATURES, mandatory[i], 0, 0), 0);
}

void guest_main(void)
{
    versions();
}
