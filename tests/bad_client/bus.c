// SPDX-License-Identifier: MIT
#include "attack.h"

#include <l4/re/c/dataspace.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/vbus/client.h>

void attack_bus(void)
{
    l4_cap_idx_t bus = l4re_env_get_cap("vbus");
    l4vbus_device_handle_t dev = L4VBUS_NULL;
    l4re_ds_stats_t stats;
    CHECK(l4_is_valid_cap(bus));
    CHECK(l4vbus_vicu(bus, l4re_util_cap_alloc()) == -L4_EIO);
    CHECK(l4vbus_get_next_device(bus, L4VBUS_ROOT_BUS, &dev, L4VBUS_MAX_DEPTH, NULL) == -L4_EIO);
    CHECK(l4re_ds_info(bus, &stats) == -L4_EIO);
}
