-- SPDX-License-Identifier: MIT
-- Controllers of disks, networks and PCI among a machine's devices, and the programs that drive them.

local controllers = {}

local Kinds = {
    { "disk", { "^mmc", "^sdhci", "^emmc", "^sata", "^nvme", "^ufs" } },
    { "network", { "^ethernet" } },
    { "PCI", { "^pcie?@" } },
    { "virtio", { "^virtio" } },
}

-- By compatible string. What a virtio device is, is known when it runs.
local Drivers = {
    ["brcm,bcm2711-emmc2"] = "sdhci-drv, for SD cards",
    ["brcm,bcm2835-sdhci"] = "sdhci-drv, for SD cards",
    ["fsl,imx7d-usdhc"] = "sdhci-drv, for SD cards",
    ["virtio,mmio"] = "virtio-blk-drv, virtio-net-drv",
}

local function kind_of(d)
    for _, kind in ipairs(Kinds) do
        for _, pattern in ipairs(kind[2]) do
            if d.name:find(pattern) then return kind[1] end
        end
    end
end

local function driver_of(d)
    for _, c in ipairs(d.compatible) do
        if Drivers[c] then return Drivers[c] end
    end
end

-- Calls visit(kind, driver, list) for each kind and driver (nil: there is none) with the devices that have them.
function controllers.each(devices, visit)
    local groups, order = {}, {}
    for _, d in ipairs(devices) do
        local kind = kind_of(d)
        if kind then
            local driver = driver_of(d)
            local key = kind .. (driver or "")
            if not groups[key] then
                groups[key] = { kind, driver, {} }
                order[#order + 1] = key
            end
            table.insert(groups[key][3], d)
        end
    end
    for _, key in ipairs(order) do visit(table.unpack(groups[key], 1, 3)) end
end

return controllers
