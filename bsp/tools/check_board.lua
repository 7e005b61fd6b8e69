-- SPDX-License-Identifier: MIT
-- check_board.lua DTREAD IO_LUA TREE DIR: holds the board package in DIR against the device tree
-- TREE. Prints what is wrong with file and line; exit status 1 if something is.
--
-- io.cfg and the .vbus files are run by io's own Lua code (IO_LUA), with this machine in place of
-- the real one.

package.path = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/lua/?.lua"
local facts = require("facts")
local advice = require("advice")

local errors, warnings = 0, 0

local function problem(format, ...)
    errors = errors + 1
    print("  error    " .. format:format(...))
end

local function warning(format, ...)
    warnings = warnings + 1
    print("  warning  " .. format:format(...))
end

local function die(format, ...)
    io.stderr:write("check-board: ", format:format(...), "\n")
    os.exit(1)
end

local function read_file(path)
    local f = io.open(path, "rb")
    if not f then return nil end
    local text = f:read("a")
    f:close()
    return text
end

-- ------------------------------------------------------------------ the machine

local function check_machine(t)
    advice.each(t, function(name, state, text, todo)
        if state == false then
            problem("%s: %s\n           -> %s", name, text, todo)
        elseif state == "later" then
            warning("%s: %s\n           -> %s", name, text, todo)
        end
    end)
    for _, text in ipairs(t.problems) do
        if not text:find("names no ") then problem("device tree: %s", text) end
    end
    for i, bank in ipairs(t.memory) do
        for k = 1, i - 1 do
            if facts.overlap(bank, t.memory[k]) then
                problem("memory banks %s and %s overlap", facts.hex(bank), facts.hex(t.memory[k]))
            end
        end
    end
    for _, text in ipairs(t.notes) do
        if text:find("left out: programs have", 1, true) then
            warning("%s\n           -> it stays unused: %s", text, "nothing, if that is no loss")
        elseif text:find("memory: left out", 1, true) then
            warning("%s\n           -> there may be other devices in that bank: %s", text,
                "the boot loader has to correct it (U-Boot does), or write the real banks")
        end
    end
end

-- ------------------------------------------------------------------ io.cfg and .vbus

-- Loads io's configuration code on this machine. published receives what the busses hold.
local function load_io(t, io_lua, published)
    local core = {}
    function core.log(level, text)
        if level == 1 then problem("%s", text) elseif level == 2 then warning("%s", text) end
    end
    function core.mmio_check(first, last)
        local ram = facts.find_overlap({ first, last }, t.memory)
        return ram and "it covers RAM: " .. facts.hex(ram)
    end
    function core.irq_check(first, last)
        if last >= 1020 or first < 32 then
            return "shared interrupts have the numbers 32 to 1019"
        end
    end
    -- What is plugged in behind a host bridge, the tree does not say.
    function core.pci_scan(bridge)
        for _, w in ipairs { { "cfg_base", "cfg_size" }, { "mmio_base", "mmio_size" }, { "mmio_base_64", "mmio_size_64" } } do
            local base, size = bridge[w[1]], bridge[w[2]]
            local why = base and size and core.mmio_check(base, base + size - 1)
            if why then return nil, why end
        end
        return {}
    end
    function core.publish(name, where, bus)
        published[#published + 1] = { name = name, where = where, bus = bus }
    end
    local text = read_file(io_lua) or die("cannot open %s", io_lua)
    assert(load(text, "@io.lua"))(core)
    return _G.Io
end

local function run(path)
    local text = read_file(path)
    local chunk, err = load(text, "@" .. path, "t")
    local ok = chunk ~= nil
    if ok then ok, err = pcall(chunk) end
    if not ok then problem("%s", err) end
    return ok
end

-- Devices of the tree that have the whole region among theirs.
local function nodes_with_region(t, r)
    local list = {}
    for _, d in ipairs(t.devices) do
        if facts.find_outer(r, d.regs) then list[#list + 1] = d end
    end
    return list
end

-- The device of the tree whose registers r overlaps, with its region.
local function overlapped(t, r)
    for _, d in ipairs(t.devices) do
        local region = d.enabled and facts.find_overlap(r, d.regs)
        if region then return d, region end
    end
end

local function check_region(t, r)
    local region = { r.first, r.last }
    local use = facts.kernel_use(t, region)
    if use then
        problem("%s: %s lies in the pages of %s, which the kernel uses", r.where,
            facts.hex(region), use)
        return nil
    end
    if r.last >= facts.User_limit or r.last < 0 then
        problem("%s: %s lies beyond 2^40, where programs have no addresses", r.where,
            facts.hex(region))
        return nil
    end
    local nodes = nodes_with_region(t, region)
    if #nodes == 0 then
        local near, part = overlapped(t, region)
        local what = near and ("is larger than the %s of %s"):format(facts.hex(part), near.path)
        if near and facts.inside(region, facts.pages(part)) then
            warning("%s: %s %s", r.where, facts.hex(region), what)
            return { near }
        end
        problem("%s: %s %s", r.where, facts.hex(region),
            what or "is in no device of the device tree")
        return nil
    end
    for _, d in ipairs(nodes) do
        if d.enabled then return nodes end
    end
    warning("%s: %s belongs to %s, which is disabled in the device tree", r.where,
        facts.hex(region), nodes[1].path)
    return nodes
end

local function has_irq(d, n)
    for _, irq in ipairs(d.irqs) do
        if irq[1] == n then return irq end
    end
end

-- io's flags of a trigger type -> that of the GIC binding
local Triggers = { [0x3] = 4, [0x7] = 8, [0x1] = 1, [0x5] = 2, [0x9] = 3 }

local function check_irq(t, r, nodes)
    for n = r.first, r.last do
        local irq, owner
        for _, d in ipairs(nodes or {}) do
            irq = irq or has_irq(d, n)
        end
        for _, d in ipairs(t.devices) do
            if has_irq(d, n) then owner = d end
        end
        local want = Triggers[r.flags >> 20]
        if not irq and owner then
            problem("%s: interrupt %d is that of %s", r.where, n, owner.path)
        elseif not irq then
            problem("%s: interrupt %d is that of no device (SPI n is 32 + n)", r.where, n)
        elseif want and irq[2] ~= 0 and want ~= irq[2] then
            warning("%s: interrupt %d has trigger type %d in the device tree, here %d", r.where, n,
                irq[2], want)
        end
    end
end

local function check_device(t, Io, d)
    local nodes
    for r in Io.Dt.resources(d) do
        if r.kind == Io.Resource.Mmio_res then nodes = check_region(t, r) or nodes end
    end
    for r in Io.Dt.resources(d) do
        if r.kind == Io.Resource.Irq_res then check_irq(t, r, nodes) end
    end
end

-- Two busses are for two guests: they must not share a page.
local function check_busses(published)
    local seen = {}
    for _, p in ipairs(published) do
        for _, dev in ipairs(p.bus) do
            for _, r in ipairs(dev.resources) do
                if r.kind == 2 then
                    local pages = facts.pages({ r.first, r.last })
                    for _, s in ipairs(seen) do
                        if s.bus ~= p.name and facts.overlap(s.pages, pages) then
                            problem("%s: '%s' on bus '%s' shares a page with '%s' on bus '%s'",
                                dev.where, dev.name, p.name, s.dev, s.bus)
                        end
                    end
                    seen[#seen + 1] = { bus = p.name, dev = dev.name, pages = pages }
                end
            end
        end
    end
end

local function vbus_files(dir)
    local pipe = assert(io.popen(("ls '%s'/*.vbus 2>/dev/null"):format(dir)))
    local list = {}
    for name in pipe:lines() do list[#list + 1] = name end
    pipe:close()
    return list
end

local function check_io(t, io_lua, dir)
    local published = {}
    local Io = load_io(t, io_lua, published)
    local count = 0
    if not read_file(dir .. "/io.cfg") then
        warning("%s/io.cfg is missing: nothing can be passed through", dir)
        return 0, 0
    end
    if not run(dir .. "/io.cfg") then return 0, 0 end
    for d in Io.Dt.devices(Io.hw_bus) do
        check_device(t, Io, d)
        count = count + 1
    end
    for _, file in ipairs(vbus_files(dir)) do
        run(file)
        local name = file:match("([^/]+)%.vbus$")
        local found = false
        for _, p in ipairs(published) do found = found or p.name == name end
        if not found then problem("%s publishes no bus '%s'", file, name) end
    end
    check_busses(published)
    return count, #published
end

-- ------------------------------------------------------------------ board.mk, boot script

-- Address at which the system, or the file with it, is put.
local function check_load_address(t, where, at)
    if at % (2 << 20) ~= 0 then
        problem("%s: 0x%x is no multiple of 2 MiB", where, at)
    end
    if #t.memory > 0 and not facts.find_outer({ at, at + (16 << 20) }, t.memory) then
        problem("%s: there is no RAM at 0x%x", where, at)
    end
    local reserved = facts.find_overlap({ at, at + (16 << 20) }, t.reserved)
    if reserved then
        problem("%s: an image at 0x%x runs into reserved memory %s", where, at,
            facts.hex(reserved))
    end
end

local function check_settings(t, file)
    local number = 0
    for line in (read_file(file) or ""):gmatch("([^\n]*)\n?") do
        number = number + 1
        local where = ("%s:%d"):format(file, number)
        local name, text = line:match("^BOARD_(%u+)%s*:?=%s*(%S+)")
        if (name == "LOAD" or name == "FILE") and tonumber(text) then
            check_load_address(t, where, tonumber(text))
        elseif name == "UART" and t.uart.board_uart and text ~= t.uart.board_uart then
            problem("%s: the console of the tree is %s", where, t.uart.board_uart)
        end
    end
end

local function check_board_mk(t, dir)
    local text = read_file(dir .. "/board.mk") or die("there is no %s/board.mk", dir)
    if not text:find("\n%s*BOARD_DESC%s*:?=%s*%S") and not text:find("^%s*BOARD_DESC") then
        problem("%s/board.mk: BOARD_DESC is missing, the line of `make list`", dir)
    end
    check_settings(t, dir .. "/board.mk")
end

local function main(dtread, io_lua, tree, dir)
    if not tree or tree == "" then
        die("%s has no device tree of its own (BOARD_DTB in board.mk); name one: DTB=FILE", dir)
    end
    local t, err = facts.read(dtread, tree)
    if not t then die("%s", err) end
    facts.devices(t) -- gives the interrupts of parts to their blocks
    print(("  CHECK  %s against %s (%s)"):format(dir, tree, t.model or "no model"))
    check_machine(t)
    check_board_mk(t, dir)
    local devices, busses = check_io(t, io_lua, dir)
    print(("  %d devices, %d busses: %d error%s, %d warning%s"):format(devices, busses, errors,
        errors == 1 and "" or "s", warnings, warnings == 1 and "" or "s"))
    os.exit(errors == 0 and 0 or 1)
end

main(table.unpack(arg))
