-- SPDX-License-Identifier: MIT
-- new_board.lua DTREAD BOARD TREE DIR: writes a board package into DIR/BOARD from a device tree,
-- and says what it found, and what is missing with what to do about it.

package.path = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/lua/?.lua"
local facts = require("facts")
local advice = require("advice")
local bsp_files = require("bsp_files")
local controllers = require("controllers")

local function die(format, ...)
    io.stderr:write("new-board: ", format:format(...), "\n")
    os.exit(1)
end

local function exists(path)
    local f = io.open(path, "r")
    if f then f:close() end
    return f ~= nil
end

local function write_file(path, text)
    local f, err = io.open(path, "wb")
    if not f then die("%s", err) end
    f:write(text)
    if not f:close() then die("%s cannot be written", path) end
    print("  WRITE  " .. path)
end

local function read_file(path)
    local f, err = io.open(path, "rb")
    if not f then die("%s", err) end
    local text = f:read("a")
    f:close()
    return text
end

local function check_arguments(board, tree, dir)
    if not board or not board:match("^%w[%w._-]*$") then
        die("BOARD=%s: a name of letters, digits and . _ - is needed", board or "")
    end
    if not tree or tree == "" then
        die("DTB=FILE is missing: the board's device tree. The vendor's Linux has it, or "
            .. "/sys/firmware/fdt on the running board; dtc -O dtb makes one from source")
    end
    if exists(dir .. "/" .. board .. "/board.mk") then
        die("%s/%s is there already; take another name, or remove it first", dir, board)
    end
end

local States = { [true] = "found  ", later = "note   ", [false] = "MISSING" }

-- Prints what the machine has; returns the number of parts without which it does not run.
local function report_machine(t)
    local missing = 0
    advice.each(t, function(name, state, text, todo)
        print(("  %s  %-8s %s"):format(States[state], name, advice.wrap(text, 80, (" "):rep(20))))
        if todo then
            print((" "):rep(20) .. "-> " .. advice.wrap(todo, 77, (" "):rep(23)))
        end
        if not state then missing = missing + 1 end
    end)
    return missing
end

-- Devices whose interrupts go elsewhere, by the controller that gets them.
local function report_foreign(usable)
    local by_controller, order = {}, {}
    for _, d in ipairs(usable) do
        if d.foreign then
            if not by_controller[d.foreign] then order[#order + 1] = d.foreign end
            by_controller[d.foreign] = (by_controller[d.foreign] or 0) + 1
        end
    end
    for _, path in ipairs(order) do
        print(("  note     irqs     %d device%s send%s interrupts to %s, not to the GIC"):format(
            by_controller[path], by_controller[path] == 1 and "" or "s",
            by_controller[path] == 1 and "s" or "", path))
    end
    if #order > 0 then
        print((" "):rep(20) .. "-> " .. advice.wrap("these interrupts are not in io.cfg. A "
            .. "controller that only passes interrupts on to the GIC (wake-up, power) has the GIC's "
            .. "numbers: add them by hand. A GPIO or interrupt multiplexer has to go to one guest "
            .. "as a whole", 77, (" "):rep(23)))
    end
end

-- Controllers of disks, networks and PCI, and whether a program here drives them.
local function report_controllers(usable)
    controllers.each(usable, function(kind, driver, list)
        local ids = {}
        for i, d in ipairs(list) do ids[i] = i <= 4 and d.id or nil end
        local more = #list > 4 and (" and %d more"):format(#list - 4) or ""
        print(("  %s  %-8s %s"):format(driver and "found  " or "note   ", kind, advice.wrap(
            ("%s%s: %s"):format(table.concat(ids, ", "), more, driver or "no driver here; a guest may have one"),
            80, (" "):rep(20))))
    end)
end

local function report_devices(usable, kept, disabled, example)
    print(("  found    devices  %d in io.cfg; %d left out (reasons at its end), %d disabled in the "
        .. "tree"):format(#usable, #kept, disabled))
    report_foreign(usable)
    report_controllers(usable)
    if example then
        print(("  found    example  vm_hw.vbus hands out %s"):format(example.path))
    else
        print("  note     example  no device suggests itself for a guest: vm_hw.vbus is empty\n"
            .. (" "):rep(20) .. "-> choose one from io.cfg, best without DMA and with a page of its "
            .. "own")
    end
end

local function main(dtread, board, tree, dir)
    check_arguments(board, tree, dir)
    local t, err = facts.read(dtread, tree)
    if not t then die("%s", err) end
    local usable, kept, disabled = facts.devices(t)
    local example = bsp_files.example(t, usable)
    local target = dir .. "/" .. board
    if not os.execute(("mkdir -p '%s'"):format(target)) then die("%s cannot be made", target) end
    write_file(target .. "/" .. board .. ".dtb", read_file(tree))
    write_file(target .. "/board.mk", bsp_files.board_mk(t, board, example))
    write_file(target .. "/io.cfg", bsp_files.io_cfg(t, board, usable, kept))
    write_file(target .. "/vm_hw.vbus", bsp_files.vbus(example))
    if example then write_file(target .. "/vm_hw.dtso", bsp_files.overlay(example)) end
    write_file(target .. "/boot.cmd", read_file("mk/boot.cmd"))
    print(("\n%s, %s"):format(board, t.model or "machine without a name"))
    local missing = report_machine(t)
    report_devices(usable, kept, disabled, example)
    for _, text in ipairs(t.notes) do
        print("  boot will say     " .. advice.wrap(text, 80, (" "):rep(20)))
    end
    print(missing == 0 and ("\nNext: make check-board BOARD=%s, then docs/porting.md"):format(board)
        or ("\n%d part%s missing: the system does not run there before that is solved.")
        :format(missing, missing == 1 and " is" or "s are"))
end

main(table.unpack(arg))
