-- SPDX-License-Identifier: MIT
-- The texts of the files of a board package.

local facts = require("facts")

local bsp_files = {}

local Superpage = 2 << 20
local Image_room = 128 << 20 -- enough for an image with guests
local Low_memory = 64 << 20  -- firmware, device tree and boot script live in the first MiBs

-- ------------------------------------------------------------------ board.mk, boot.cmd

-- A place for the image in RAM, clear of what is reserved; nil when the tree names no memory.
function bsp_files.load_address(t)
    for _, bank in ipairs(t.memory) do
        local at = (bank[1] + Low_memory + Superpage - 1) & ~(Superpage - 1)
        while at + Image_room - 1 <= bank[2] do
            local taken = facts.find_overlap({ at, at + Image_room - 1 }, t.reserved)
            if not taken then return at end
            at = (taken[2] + Superpage) & ~(Superpage - 1)
        end
    end
end

-- Machines that QEMU emulates with EL2, by the compatible strings of the root; tree: -dtb is needed.
local Emulators = {
    { "linux,dummy-virt", "-M virt,virtualization=on,gic-version=$(GIC) -cpu $(CPU) -smp $(CPUS) -m $(MEM)" },
    { "raspberrypi,4-model-b", "-M raspi4b", tree = true, console = 1 },
    { "fsl,imx8mp-evk", "-M imx8mp-evk -smp 4 -m 2G", tree = true, console = 1 },
    { "xlnx,zynqmp-zcu102", "-M xlnx-zcu102,virtualization=on -smp 4 -m 2G", tree = true },
}

local function emulator(t)
    for _, e in ipairs(Emulators) do
        for _, c in ipairs(t.compatible) do
            if c == e[1] then return e end
        end
    end
end

function bsp_files.board_mk(t, board, load_address)
    local lines = {
        "# SPDX-License-Identifier: MIT",
        "# Written by `make new-board` from " .. board .. ".dtb.",
        "BOARD_DESC := " .. (t.model or board):gsub("[#$\\]", " "),
        "BOARD_DTB := $(BOARD_DIR)/" .. board .. ".dtb",
    }
    local e = emulator(t)
    if e then
        lines[#lines + 1] = "BOARD_QEMU = " .. e[2] .. (e.tree and " -dtb $(BOARD_DTB)" or "")
        if e.console then
            lines[#lines + 1] = "# QEMU shows the console as its serial line of this number."
            lines[#lines + 1] = "BOARD_CONSOLE := " .. e.console
        end
    else
        lines[#lines + 1] = "# Machine part of the emulator's command line; empty: there is none."
        lines[#lines + 1] = "BOARD_QEMU :="
    end
    if load_address then
        lines[#lines + 1] = "# Where a boot loader puts the image: a multiple of 2 MiB."
        lines[#lines + 1] = ("BOARD_LOAD := 0x%x"):format(load_address)
    end
    return table.concat(lines, "\n") .. "\n"
end

function bsp_files.boot_cmd(board, load_address)
    local address = load_address and ("0x%x"):format(load_address)
    return ([[
# SPDX-License-Identifier: MIT
# U-Boot script: starts the image from the medium the script comes from.
#   mkimage -A arm64 -T script -d boot.cmd boot.scr
# Files on the medium: boot.scr, image (build/images/BOARD/SCENARIO/image) and BOARD.dtb.
%ssetenv image_addr %s
test -n "${devtype}" || setenv devtype mmc
test -n "${devnum}" || setenv devnum 0
test -n "${distro_bootpart}" || setenv distro_bootpart 1
load ${devtype} ${devnum}:${distro_bootpart} ${image_addr} ${prefix}image
# The firmware's own tree knows how much memory there is; else take the one of this package.
if test -n "${fdtcontroladdr}" && fdt addr ${fdtcontroladdr} && fdt list /memory; then
    setenv tree_addr ${fdtcontroladdr}
else
    load ${devtype} ${devnum}:${distro_bootpart} ${fdt_addr_r} ${prefix}BOARD.dtb
    setenv tree_addr ${fdt_addr_r}
fi
booti ${image_addr} - ${tree_addr}
]]):format(address and "" or "# The tree names no memory, so this is U-Boot's own choice: it must be"
        .. " a multiple of 2 MiB\n# with room behind it, and clear of script and device tree.\n",
        address or "${kernel_addr_r}"):gsub("BOARD%.dtb", board .. ".dtb")
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
    if facts.may_dma(d) then out[#out + 1] = "probably does DMA: whoever has it reaches all memory" end
    if d.foreign then out[#out + 1] = "more interrupts go to " .. d.foreign end
    for _, irq in ipairs(d.irqs) do
        if irq[1] < 32 then
            out[#out + 1] = ("its interrupt %d is one of each CPU: not for guests"):format(irq[1])
        end
    end
    if d.lost_regs > 0 then
        out[#out + 1] = ("%d more entries of reg are not addresses for the CPUs"):format(d.lost_regs)
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

local function contains(list, pattern)
    for _, c in ipairs(list) do
        if c:find(pattern) then return true end
    end
    return false
end

-- How much a device suggests itself as the first one to pass through: small, harmless, known to
-- Linux without clocks and resets of the SoC.
local function rank(d)
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

local Dt_cells = "<0x%x 0x%x 0x%x 0x%x>"

-- The node as a guest's tree needs it, as a comment.
local function guest_node(d)
    local lines, regs, irqs = {}, {}, {}
    for i, r in ipairs(d.regs) do
        local size = r[2] - r[1] + 1
        regs[i] = Dt_cells:format(r[1] >> 32, r[1] & 0xffffffff, size >> 32, size & 0xffffffff)
    end
    for i, irq in ipairs(facts.shared_irqs(d)) do
        irqs[i] = ("<0 %d %d>"):format(irq[1] - 32, irq[2])
    end
    lines[#lines + 1] = ("--   %s {"):format(d.name)
    lines[#lines + 1] = ("--       compatible = %s;"):format(quoted(d.compatible))
    lines[#lines + 1] = ("--       reg = %s;"):format(table.concat(regs, ", "))
    lines[#lines + 1] = ("--       interrupts = %s;"):format(table.concat(irqs, ", "))
    lines[#lines + 1] = "--   };"
    return table.concat(lines, "\n")
end

function bsp_files.vbus(d)
    local head = "-- SPDX-License-Identifier: MIT\n"
        .. "-- What the guest that gets bus vm_hw sees of the board.\n"
    if not d then
        return head .. [[
-- Nothing yet: put lines like  name = wrap(Io.system_bus().device);  inside, with a device of io.cfg.
Io.add_vbusses
{
  vm_hw = Io.Vi.System_bus();
}
]]
    end
    return head .. "-- The guest's device tree needs the node too, with the clocks that its driver asks for:\n"
        .. guest_node(d) .. ([[

Io.add_vbusses
{
  vm_hw = Io.Vi.System_bus(function()
    %s = wrap(Io.system_bus().%s);
  end);
}
]]):format(d.id, d.id)
end

return bsp_files
