-- SPDX-License-Identifier: MIT
-- The texts of the files of a board package.

local facts = require("facts")

local bsp_files = {}

local Superpage = 2 << 20
local Image_room = 128 << 20 -- enough for an image with guests
local Low_memory = 64 << 20  -- firmware, device tree and boot script live in the first MiBs

-- ------------------------------------------------------------------ board.mk

-- Places for the system and for the file that a boot loader reads: in RAM, clear of what is
-- reserved and of each other. Fewer than two when the tree names no memory, or too little.
function bsp_files.load_addresses(t)
    local places = {}
    for _, bank in ipairs(t.memory) do
        local at = (bank[1] + Low_memory + Superpage - 1) & ~(Superpage - 1)
        while #places < 2 and at + Image_room - 1 <= bank[2] do
            local taken = facts.find_overlap({ at, at + Image_room - 1 }, t.reserved)
            if not taken then
                places[#places + 1] = at
                taken = { at, at + Image_room - 1 }
            end
            at = (taken[2] + Superpage) & ~(Superpage - 1)
        end
    end
    return places
end

-- Machines that QEMU emulates with EL2, by a compatible string of the root. tree: -dtb is needed;
-- settings: further lines of board.mk.
local Emulators = {
    ["linux,dummy-virt"] = {
        "-M virt,virtualization=on,gic-version=$(GIC) -cpu $(CPU) -smp $(CPUS) -m $(MEM)",
    },
    ["raspberrypi,4-model-b"] = {
        "-M raspi4b", tree = true,
        settings = { "BOARD_FIXED := CPUS=4 MEM=2G CPU=cortex-a72 GIC=2", "BOARD_CONSOLE := 1" },
    },
    ["fsl,imx8mp-evk"] = {
        "-M imx8mp-evk -smp $(CPUS) -m $(MEM) $(IMX8_WIRES)", tree = true,
        settings = { "include bsp/imx8/wires.mk", "BOARD_FIXED := CPU=cortex-a53 GIC=3", "BOARD_MAX_CPUS := 4",
                     "BOARD_CONSOLE := 1" },
    },
    ["xlnx,zynqmp-zcu102"] = {
        "-M xlnx-zcu102,virtualization=on -audio none -smp $(CPUS) -m $(MEM)", tree = true,
        settings = { "BOARD_FIXED := CPU=cortex-a53 GIC=2", "BOARD_MAX_CPUS := 4" },
    },
}

local function emulator_lines(t)
    for _, c in ipairs(t.compatible) do
        local e = Emulators[c]
        if e then
            local lines = { "BOARD_QEMU = " .. e[1] .. (e.tree and " -dtb $(BOARD_DTB)" or "") }
            return table.move(e.settings or {}, 1, #(e.settings or {}), 2, lines)
        end
    end
    return {
        "# Machine part of the emulator's command line; empty: there is none.", "BOARD_QEMU :=",
    }
end

function bsp_files.board_mk(t, board, example)
    local lines = {
        "# SPDX-License-Identifier: MIT",
        "# Written by `make new-board` from " .. board .. ".dtb. Variables: mk/boards.mk",
        "BOARD_DESC := " .. (t.model or board):gsub("[#$\\]", " "),
        "BOARD_STATE := written from its device tree, not tried yet",
        "BOARD_DTB = $(BOARD_DIR)/" .. board .. ".dtb",
    }
    for _, line in ipairs(emulator_lines(t)) do lines[#lines + 1] = line end
    if t.uart.board_uart then
        lines[#lines + 1] = "# Where boot says that the device tree is missing or damaged."
        lines[#lines + 1] = "BOARD_UART := " .. t.uart.board_uart
    end
    local places = bsp_files.load_addresses(t)
    if #places == 2 then
        lines[#lines + 1] = "# Where U-Boot puts the system, and the file that it reads."
        lines[#lines + 1] = ("BOARD_LOAD := 0x%x"):format(places[1])
        lines[#lines + 1] = ("BOARD_FILE := 0x%x"):format(places[2])
    else
        lines[#lines + 1] = "# The tree names no memory: where U-Boot puts the system, and the file"
        lines[#lines + 1] = "# that it reads, is for you to say: multiples of 2 MiB, 128 MiB apart."
        lines[#lines + 1] = "#BOARD_LOAD := 0x"
        lines[#lines + 1] = "#BOARD_FILE := 0x"
    end
    lines[#lines + 1] = "# The boot script loads this tree; without the line it takes U-Boot's."
    lines[#lines + 1] = "BOARD_TREE := " .. board .. ".dtb"
    if example then
        lines[#lines + 1] = "# Put onto the guests' device trees: the device of vm_hw.vbus."
        lines[#lines + 1] = "BOARD_GUEST_OVERLAYS := vm_hw"
    end
    return table.concat(lines, "\n") .. "\n"
end

-- ------------------------------------------------------------------ io.cfg

local Triggers = {
    [1] = "Io.Resource.Irq_type_raising_edge", [2] = "Io.Resource.Irq_type_falling_edge",
    [3] = "Io.Resource.Irq_type_both_edges", [4] = "Io.Resource.Irq_type_level_high",
    [8] = "Io.Resource.Irq_type_level_low",
}

-- Names of resources have four characters: reg0 to reg9, then rega and so on.
local function resource_name(kind, i)
    return kind .. (i < 10 and tostring(i) or string.char(97 + i - 10))
end

local function quoted(list)
    local out = {}
    for i, s in ipairs(list) do out[i] = ("%q"):format(s) end
    return table.concat(out, ", ")
end

local function sorted_keys(set)
    local keys = {}
    for k in pairs(set) do keys[#keys + 1] = k end
    table.sort(keys)
    return keys
end

local function neighbours_text(d)
    local names = sorted_keys(d.neighbours)
    local more = #names - 3
    return table.concat(names, ", ", 1, math.min(#names, 3))
        .. (more > 0 and (" and %d more"):format(more) or "")
end

local function remarks(d)
    local out = { d.path }
    for _, part in ipairs(d.parts or {}) do
        out[#out + 1] = ("with the interrupts of %s (%s)"):format(part.name,
            table.concat(part.compatible, ", "))
    end
    if d.neighbours then
        out[#out + 1] = "shares pages with " .. neighbours_text(d)
        out[#out + 1] = "whoever has one reaches the others"
    end
    if facts.may_dma(d) then
        out[#out + 1] = "probably does DMA: whoever has it reaches all memory"
    end
    if d.foreign then out[#out + 1] = "more interrupts go to " .. d.foreign end
    for _, irq in ipairs(d.irqs) do
        if irq[1] < 32 then
            out[#out + 1] = ("its interrupt %d is one of each CPU: not for guests"):format(irq[1])
        end
    end
    if d.lost_regs > 0 then
        out[#out + 1] = ("%d more entries of reg are no addresses for the CPUs"):format(d.lost_regs)
    end
    return out
end

local function device_text(d)
    local lines = {}
    for _, r in ipairs(remarks(d)) do lines[#lines + 1] = "  -- " .. r end
    lines[#lines + 1] = ("  %s = Hw.Device(function()"):format(d.id)
    if #d.compatible > 0 then
        lines[#lines + 1] = ("    compatible = { %s };"):format(quoted(d.compatible))
    end
    for i, r in ipairs(d.regs) do
        lines[#lines + 1] = ("    Resource.%s = Res.mmio(0x%x, 0x%x);"):format(
            resource_name("reg", i - 1), r[1], r[2])
    end
    for i, irq in ipairs(facts.shared_irqs(d)) do
        local trigger = Triggers[irq[2]]
        lines[#lines + 1] = ("    Resource.%s = Res.irq(32 + %d%s);"):format(
            resource_name("irq", i - 1), irq[1] - 32, trigger and ", " .. trigger or "")
    end
    lines[#lines + 1] = "  end)"
    return table.concat(lines, "\n")
end

function bsp_files.io_cfg(t, board, usable, kept)
    local out = { ([[
-- SPDX-License-Identifier: MIT
-- The devices of %s that io may hand out. Written by `make new-board` from
-- %s.dtb; `make check-board BOARD=%s` holds it against that tree.
local Res = Io.Res
local Hw = Io.Hw
]]):format(t.model or board, board, board) }
    if #usable > 0 then
        local texts = {}
        for i, d in ipairs(usable) do texts[i] = device_text(d) end
        out[#out + 1] = "Io.Dt.add_children(Io.system_bus(), function()\n"
            .. table.concat(texts, "\n\n") .. "\nend)\n"
    end
    if #kept > 0 then
        out[#out + 1] = "-- Left out:"
        for _, d in ipairs(kept) do
            out[#out + 1] = ("--   %s: %s"):format(d.path, d.reason)
        end
        out[#out + 1] = ""
    end
    return table.concat(out, "\n")
end

-- ------------------------------------------------------------------ vm_hw.vbus

-- What the guests' tree (images/dts, overlays/gic-its.dtso) has at its own addresses: no place for a device of the board.
local Guest_devices_end = 0x470000
local Guest_ram = { 0x40000000, 0x7fffffff }

local function contains(list, pattern)
    for _, c in ipairs(list) do
        if c:find(pattern) then return true end
    end
    return false
end

-- How much a device suggests itself as the first one to pass through: small, harmless, known to
-- Linux without clocks and resets of the SoC.
local function rank(d)
    for _, r in ipairs(d.regs) do
        if r[1] < Guest_devices_end or facts.overlap(r, Guest_ram) then return 0 end
    end
    if #d.irqs == 0 or #facts.shared_irqs(d) ~= #d.irqs or d.neighbours or facts.may_dma(d)
        or #d.regs ~= 1 or d.foreign then
        return 0
    end
    if contains(d.compatible, "^arm,pl031") then return 9 end
    if d.name:find("^rtc") or contains(d.compatible, "rtc") then return 8 end
    for _, part in ipairs(d.parts or {}) do
        if contains(part.compatible, "rtc") then return 7 end
    end
    if contains(d.compatible, "^arm,pl011") then return 6 end
    if d.name:find("^serial") then return 5 end
    if d.name:find("^watchdog") then return 4 end
    return 0
end

-- The device of the example bus; nil if none suggests itself.
function bsp_files.example(t, usable)
    local best, best_rank
    for _, d in ipairs(usable) do
        local r = d.path == t.uart.stdout_node and 0 or rank(d)
        if r > (best_rank or 0) then best, best_rank = d, r end
    end
    return best
end

local function guest_property(name, list)
    return ("                %s = %s;\n"):format(name, table.concat(list, ", "))
end

local function guest_interrupts(d)
    local irqs = {}
    for i, irq in ipairs(facts.shared_irqs(d)) do
        irqs[i] = ("<0 %d %d>"):format(irq[1] - 32, irq[2])
    end
    return guest_property("interrupts", irqs)
end

-- The overlay that puts the device into the guests' trees.
function bsp_files.overlay(d)
    local regs = {}
    for i, r in ipairs(d.regs) do
        local size = r[2] - r[1] + 1
        regs[i] = ("<0x%x 0x%x 0x%x 0x%x>"):format(r[1] >> 32, r[1] & 0xffffffff, size >> 32,
            size & 0xffffffff)
    end
    local body = guest_property("compatible", { quoted(d.compatible) })
        .. guest_property("reg", regs)
    if not d.parts then
        body = body .. guest_interrupts(d)
    else
        body = body
            .. "                // Parts: copy what else their nodes in the board's tree have.\n"
        for _, part in ipairs(d.parts) do
            local inner = guest_property("compatible", { quoted(part.compatible) })
                .. guest_interrupts(part)
            body = body .. ("                %s {\n%s                };\n"):format(part.name,
                inner:gsub("                ", "                    "))
        end
    end
    return ([[
// SPDX-License-Identifier: MIT
// The device of vm_hw.vbus in the guests' device trees, at its own address. Its driver may ask for
// more: clocks (fixed ones can be copied), pins, regulators, see the board's tree.
/dts-v1/;
/plugin/;

/ {
    fragment@0 {
        target-path = "/";
        __overlay__ {
            %s {
%s            };
        };
    };
};
]]):format(("%s@%x"):format(d.name:match("^[^@]*"), d.regs[1][1]), body)
end

function bsp_files.vbus(d)
    local head = "-- SPDX-License-Identifier: MIT\n"
        .. "-- What the guest that gets bus vm_hw sees of the board.\n"
    if not d then
        return head .. [[
-- Nothing yet: put lines like  name = wrap(Io.system_bus().device);  inside.
Io.add_vbusses
{
  vm_hw = Io.Vi.System_bus();
}
]]
    end
    return head .. "-- vm_hw.dtso has the same device for the guests' device trees.\n" .. ([[
Io.add_vbusses
{
  vm_hw = Io.Vi.System_bus(function()
    %s = wrap(Io.system_bus().%s);
  end);
}
]]):format(d.id, d.id)
end

return bsp_files
