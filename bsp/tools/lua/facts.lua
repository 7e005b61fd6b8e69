-- SPDX-License-Identifier: MIT
-- Facts of a device tree, as dtread prints them, and which of its devices io can hand out.

local facts = {}

local Page = 4096

-- End of a program's address space, and so of what can be handed out (MACHINE_MAX_RAM of
-- kernel/boot/machine/machine.h).
facts.User_limit = 1 << 40

-- Runs dtread on a tree; returns its table, or nil and a message.
function facts.read(dtread, tree)
    local pipe = assert(io.popen(("'%s' '%s' 2>&1"):format(dtread, (tree:gsub("'", "'\\''")))))
    local text = pipe:read("a")
    if not pipe:close() then return nil, (text:gsub("%s+$", "")) end
    return assert(load(text, "=dtread", "t", {}))()
end

function facts.overlap(a, b) return a[1] <= b[2] and b[1] <= a[2] end

-- The range rounded to pages: what a client can reach when it gets the range.
function facts.pages(r) return { r[1] & ~(Page - 1), r[2] | (Page - 1) } end

function facts.inside(r, outer) return r[1] >= outer[1] and r[2] <= outer[2] end

-- First range of list that r overlaps.
function facts.find_overlap(r, list)
    for _, other in ipairs(list) do
        if facts.overlap(r, other) then return other end
    end
end

-- Is all of r inside one range of the list?
function facts.find_outer(r, list)
    for _, other in ipairs(list) do
        if facts.inside(r, other) then return other end
    end
end

function facts.hex(r) return ("0x%x-0x%x"):format(r[1], r[2]) end

-- Total bytes of a list of ranges.
function facts.total(list)
    local n = 0
    for _, r in ipairs(list) do n = n + r[2] - r[1] + 1 end
    return n
end

-- ------------------------------------------------------------------ who owns what

-- Why the kernel keeps a range for itself; nil if it does not.
function facts.kernel_use(t, r)
    for _, g in ipairs(t.gic.regions) do
        if facts.overlap(facts.pages(r), facts.pages(g)) then return "the interrupt controller" end
    end
    if t.uart.region and facts.overlap(facts.pages(r), facts.pages(t.uart.region)) then
        return "the console"
    end
end

local function parent_of(path) return path:match("^(.+)/[^/]*$") end

-- A node without registers whose interrupts belong to the block around it: the device that has
-- them.
local function owner_of(t, by_path, dev)
    local path = parent_of(dev.path)
    while path do
        local up = by_path[path]
        if up and #up.regs > 0 then
            for _, c in ipairs(up.compatible) do
                if c == "syscon" or c == "simple-mfd" then return up end
            end
            return nil
        end
        path = parent_of(path)
    end
end

-- Interrupts of blocks whose parts are nodes of their own go to the block.
local function merge_parts(t)
    local by_path = {}
    for _, d in ipairs(t.devices) do by_path[d.path] = d end
    for _, d in ipairs(t.devices) do
        local up = d.enabled and #d.regs == 0 and #d.irqs > 0 and owner_of(t, by_path, d)
        if up then
            up.parts = up.parts or {}
            table.insert(up.parts, d)
            table.move(d.irqs, 1, #d.irqs, #up.irqs + 1, up.irqs)
            d.merged = up.path
        end
    end
end

-- Why a device cannot be handed out, or nil.
local function obstacle(t, d)
    if t.gic.path == d.path then return "the interrupt controller" end
    for _, c in ipairs(d.compatible) do
        if c == "simple-bus" or c == "simple-pm-bus" then
            return "a bus: its devices are listed one by one"
        elseif c:find("^arm,psci") or c == "mmio-sram" then
            return "belongs to the firmware"
        elseif c:find("armv7%-timer") then
            return "the kernel's timer"
        end
    end
    for _, r in ipairs(d.regs) do
        local use = facts.kernel_use(t, r)
        if use then
            local own = t.uart.path == d.path
            return own and "the kernel's console"
                or ("shares a page with %s, which the kernel uses"):format(use)
        end
        if r[2] >= facts.User_limit or r[2] < 0 then
            return "lies beyond 2^40, where programs have no addresses: " .. facts.hex(r)
        end
        if facts.find_overlap(r, t.memory) then return "lies in RAM: " .. facts.hex(r) end
    end
    if #d.regs == 0 then
        if #d.irqs > 0 then return "has interrupts but no registers" end
        return "has no registers, and its interrupts go to " .. tostring(d.foreign)
    end
end

local function lua_name(d, taken)
    local name = d.name:gsub("[^%w]+", "_")
    if not name:find("^%a") then name = "dev_" .. name end
    if not name:find("%d") then name = name .. "_dev" end -- never a keyword, nor one of io's names
    local unique, n = name, 2
    while taken[unique] do unique, n = name .. "_" .. n, n + 1 end
    taken[unique] = true
    return unique
end

local function note_neighbours(list)
    for i, d in ipairs(list) do
        for k = 1, i - 1 do
            local e = list[k]
            for _, r in ipairs(d.regs) do
                for _, q in ipairs(e.regs) do
                    if facts.overlap(facts.pages(r), facts.pages(q)) then
                        d.neighbours, e.neighbours = d.neighbours or {}, e.neighbours or {}
                        d.neighbours[e.id], e.neighbours[d.id] = true, true
                    end
                end
            end
        end
    end
end

-- Sorts the devices of a tree: returns the list of those that io can hand out (each gets an id),
-- the list of those it cannot (each gets a reason), and the number of disabled ones.
function facts.devices(t)
    local usable, kept, disabled, taken = {}, {}, 0, {}
    merge_parts(t)
    for _, d in ipairs(t.devices) do
        if not d.enabled then
            disabled = disabled + 1
        elseif not d.merged then
            d.reason = obstacle(t, d)
            if d.reason then
                kept[#kept + 1] = d
            else
                d.id = lua_name(d, taken)
                usable[#usable + 1] = d
            end
        end
    end
    note_neighbours(usable)
    return usable, kept, disabled
end

-- Interrupts that a client can have (shared ones of the machine, not those of a CPU).
function facts.shared_irqs(d)
    local list = {}
    for _, irq in ipairs(d.irqs) do
        if irq[1] >= 32 then list[#list + 1] = irq end
    end
    return list
end

local Dma_names = {
    "^ethernet", "^usb", "^mmc", "^sdhci", "^emmc", "^pci", "^dma", "^gpu", "^display", "^vop",
    "^hdmi", "^video", "^crypto", "^sata", "^ufs", "^nvme", "^isp", "^csi", "^dsi", "^codec",
    "^mali", "^vpu", "^xhci", "^dwc3", "^nand", "^can",
}

-- Can the device probably read and write memory by itself?
function facts.may_dma(d)
    if d.uses_dma then return true end
    for _, pattern in ipairs(Dma_names) do
        if d.name:find(pattern) then return true end
    end
    return false
end

return facts
