-- SPDX-License-Identifier: MIT
-- Tests of vmm.lua, in the world of ned_lua_world.lua. Returns a table of tests.

local W, vmm_chunk = ...

local L4, core, state, created, started, output, later, platform_calls =
    W.L4, W.core, W.state, W.created, W.started, W.output, W.later, W.platform_calls
local new_cap, eq, fails, args_of =
    W.new_cap, W.eq, W.fails, W.args_of

local tests = {}

local function load_vmm()
    local vmm = vmm_chunk()
    vmm.loader.log_fab = L4.default_loader:new_channel()
    return vmm
end

local function last(kind)
    for i = #created, 1, -1 do
        if created[i].proto == kind then return created[i] end
    end
end

function tests.vmm_document()
    local vmm = load_vmm()
    local net_ports = { net0 = 1, net1 = 1 }
    local io_busses = { vm_hw = 1 }
    vmm.start_io(io_busses, "rom/io.cfg")
    local io = started[#started]
    eq(table.concat(io.argv, " "), "rom/io rom/io.cfg rom/vm_hw.vbus")
    eq(state[io.by_name.vm_hw].rights, 0xef)
    eq(io.by_name.icu, L4.Env.icu)
    vmm.start_virtio_switch(net_ports)
    eq(started[#started].argv[1], "rom/l4vio_net_p2p")
    eq(args_of(last(0)), "ds-max=4")
    assert(core.is_cap(net_ports.net0) and core.is_cap(net_ports.net1))
    local task = vmm.start_vm {
        id = 1, mem = 128, mon = false, net = net_ports.net0, vbus = io_busses.vm_hw,
        rd = "rom/ramdisk-armv8.cpio.gz", fdt = "rom/virt-arm_virt.dtb", kernel = "rom/Image.gz",
        bootargs = "console=hvc0 rdinit=/init ",
    }
    local vm = started[#started]
    eq(vm.task, task)
    eq(table.concat(vm.argv, "|"),
       "rom/uvmm|-drom/virt-arm_virt.dtb|-cconsole=hvc0 rdinit=/init |" ..
       "-rrom/ramdisk-armv8.cpio.gz|-krom/Image.gz")
    eq(vm.by_name.net, net_ports.net0)
    eq(vm.by_name.vbus, io_busses.vm_hw)
    eq(vm.by_name.mon, nil)
    eq(args_of(last(L4.Proto.Dataspace)), ("%d 7 21"):format(128 << 20))
    eq(args_of(last(L4.Proto.Log)), "vm1 w key=1")
    eq(args_of(last(L4.Proto.Scheduler)), "10 0 2") -- CPU 1 mod 2
    eq(vm.scheduler:m(), 7)
    vmm.start_vm { id = 2 }
    eq(args_of(last(L4.Proto.Scheduler)), "10 0 1")
    W.online = { 0 }
    vmm.start_vm { id = 1 }
    eq(args_of(last(L4.Proto.Scheduler)), "10 0 1")
    task:exit_handler(function() end) -- the script's own handler is free
    vm.task.module_handler(0)
    assert(output[#output]:find("guest 1 is powered off"))
    vm.task.module_handler(102)
    assert(output[#output]:find("restart = true"))
end

function tests.vmm_errors()
    local vmm = load_vmm()
    fails("vmm_lua_test.lua:%d+: start_vm: id is missing", function() vmm.start_vm {} end)
    fails("net is a number", function() vmm.start_vm { id = 1, net = 1 } end)
    fails("mem: MiB", function() vmm.start_vm { id = 1, mem = "much" } end)
    fails("mem: MiB", function() vmm.start_vm { id = 1, mem = 0 } end)
    fails("'x' is a number", function() vmm.start_vm { id = 1, ext_caps = { x = 1 } } end)
    for _, vcpus in ipairs { "many", 2.5, {}, L4.Env.log, true } do
        fails("vmm_lua_test.lua:%d+: start_vm: vcpus: integer expected, got",
              function() vmm.start_vm { id = 1, vcpus = vcpus } end)
    end
    fails("vcpus: integer expected, got false", function() vmm.start_vm { id = 1, vcpus = false } end)
    fails("vcpus: 1 to 16 expected, got 0", function() vmm.start_vm { id = 1, vcpus = 0 } end)
    fails("vcpus: 1 to 16 expected, got 17", function() vmm.start_vm { id = 1, vcpus = 17 } end)
    fails("restart_limit: integer", function() vmm.start_vm { id = 1, restart_limit = "often" } end)
    fails("on_exit: a function expected, got boolean", function() vmm.start_vm { id = 1, on_exit = true } end)
    fails("port_limit", vmm.start_virtio_switch_tbl, { ports = {}, port_limit = 2 })
    fails("svr_cap is a string", vmm.start_virtio_switch_tbl, { ports = {}, svr_cap = "switch" })
    fails("two ports, asked for are 3: a, b and 1 more",
          vmm.start_virtio_switch_tbl, { ports = { a = 1, b = 1 }, svr_cap = vmm.loader:new_channel(), port_limit = 1 })
    fails("two ports", vmm.start_virtio_switch, { a = 1, b = 1, c = 1 })
end

function tests.vmm_keys()
    local vmm = load_vmm()
    vmm.start_vm {
        id = "x", mem = 0.5, fdt = { "rom/a", "rom/b" }, ram_base = 0x40000000, cpus = 4, prio = 7,
        ext_args = { "-v", "-q" }, log = L4.Env.log, mon = false, ext_caps = { net = L4.Env.icu },
        net = L4.Env.log,
    }
    local vm = started[#started]
    eq(table.concat(vm.argv, " "), "rom/uvmm -drom/a -drom/b -b1073741824 -v -q")
    eq(vm.log, L4.Env.log)
    eq(vm.by_name.net, L4.Env.icu)
    eq(args_of(last(L4.Proto.Scheduler)), "17 7 4")
    local ram = L4.Env.log
    vmm.start_vm { id = 1, mem = ram, scheduler = L4.Env.scheduler, cpus = 1 }
    eq(started[#started].by_name.ram, ram)
    eq(table.concat(started[#started].argv, " "), "rom/uvmm --reused-ram")
    eq(started[#started].scheduler, L4.Env.scheduler)
    vmm.start_vm { id = 1, vcpus = 4 }
    eq(table.concat(started[#started].argv, " "), "rom/uvmm --vcpus=4")
end

local function starts_of(program)
    local n = 0
    for _, s in ipairs(started) do
        if s.argv[1] == program then n = n + 1 end
    end
    return n
end

local function said(pattern)
    for _, line in ipairs(output) do
        if line:find(pattern) then return true end
    end
    return false
end

-- Lets the time pass until the next call that was put off.
local function next_call()
    local call = table.remove(later, 1)
    W.now_ms = call.at
    call.call()
end

function tests.vmm_restart()
    local vmm = load_vmm()
    local code
    local guest = vmm.start_vm { id = 1, restart = true, mon = "uvmm_cli" }
    guest:exit_handler(function(c) code = c end)
    fails("already registered", guest.exit_handler, guest, print)
    -- it resets, uvmm ends with an error, a fault ends uvmm, somebody kills it
    for _, reason in ipairs { 102, 1, 139, false } do
        local before = started[#started].task
        before:ends(reason or nil)
        local now = started[#started].task
        assert(now ~= before)
        eq(guest.task, now)
        eq(guest:state(), "running")
    end
    eq(code, nil)
    eq(starts_of("rom/uvmm"), 5)
    eq(starts_of("rom/uvmm_cli"), 1) -- what serves the monitor goes on
    assert(said("guest 1 asks for a reset"))
    assert(said("guest 1 ended with status 139"))
    assert(said("guest 1 is killed"))
    assert(said("guest 1 is started again"))
    assert(not said("the last guest is off"))
    started[#started].task:ends(0)
    eq(code, 0)
    eq(starts_of("rom/uvmm"), 5)
    assert(said("the last guest is off; the machine stays on"))

    guest = vmm.start_vm { id = 2, restart = true }
    started[#started].task:ends(0)
    eq(guest:exit_handler(function(c) code = c + 1 end), false)
    eq(code, 1)
end

-- Devices whose server may be another one when the guest is started again.
function tests.vmm_devices_made_anew()
    local vmm = load_vmm()
    local disks, fine = {}, true
    vmm.start_vm {
        id = 1, restart = true, net = function() end,
        disk = function()
            if not fine then error("no server") end
            disks[#disks + 1] = new_cap {}
            return disks[#disks]
        end,
    }
    eq(started[#started].by_name.disk, disks[1])
    eq(started[#started].by_name.net, nil)
    started[#started].task:ends(nil)
    eq(#disks, 2)
    eq(started[#started].by_name.disk, disks[2])
    fine = false -- until there is one, it is asked for again
    local running = #started
    started[#started].task:ends(nil)
    eq(#started, running)
    fine = true
    next_call()
    eq(#started, running + 1)
    eq(started[#started].by_name.disk, disks[3])
    fails("disk2 returns a number", vmm.start_vm, { id = 2, disk2 = function() return 3 end })
end

function tests.vmm_stop()
    local vmm = load_vmm()
    local code = "none"
    local guest = vmm.start_vm { id = 1, restart = true }
    guest:exit_handler(function(c) code = c end)
    eq(guest:kill(), "killed")
    started[#started].task:ends(nil)
    eq(starts_of("rom/uvmm"), 2)
    eq(guest:stop(), "killed")
    started[#started].task:ends(nil)
    eq(starts_of("rom/uvmm"), 2)
    eq(code, nil)
end

function tests.vmm_restart_limit()
    local vmm = load_vmm()
    vmm.start_vm { id = 1, restart = true, restart_limit = 3 }
    local function resets(times)
        for _ = 1, times do
            W.now_ms = W.now_ms + 10 * 1000
            started[#started].task:ends(102)
        end
    end
    resets(3)
    eq(starts_of("rom/uvmm"), 4)
    W.now_ms = W.now_ms + 50 * 1000 -- the first two are more than a minute ago
    resets(2)
    eq(starts_of("rom/uvmm"), 6)
    resets(1)
    eq(starts_of("rom/uvmm"), 7)
    resets(1)
    eq(starts_of("rom/uvmm"), 7)
    assert(said("guest 1 was started again 3 times within a minute; it stays off"))
    assert(said("the last guest is off"))

    vmm.start_vm { id = 2, restart = true } -- ten times, if the script does not say
    for _ = 1, 11 do started[#started].task:ends(1) end
    eq(starts_of("rom/uvmm"), 7 + 11)
    vmm.start_vm { id = 3, restart = true, restart_limit = false }
    for _ = 1, 100 do started[#started].task:ends(1) end
    eq(starts_of("rom/uvmm"), 7 + 11 + 101)
end

function tests.vmm_on_exit()
    local vmm = load_vmm()
    local codes, answer = {}, nil
    local guest
    guest = vmm.start_vm {
        id = 1, on_exit = function(code, g)
            eq(g, guest)
            codes[#codes + 1] = code or "killed"
            if answer == "error" then error("in the script") end
            return answer
        end,
    }
    answer = true
    started[#started].task:ends(0)
    started[#started].task:ends(nil)
    eq(starts_of("rom/uvmm"), 3)
    answer = "error"
    started[#started].task:ends(7)
    eq(starts_of("rom/uvmm"), 3)
    eq(table.concat(codes, " "), "0 killed 7")
    assert(said("guest 1: error in on_exit: .*in the script"))

    answer = false
    vmm.start_vm { id = 2, restart = true, on_exit = function() return answer end }
    started[#started].task:ends(102)
    eq(starts_of("rom/uvmm"), 4)
    answer = nil
    vmm.start_vm { id = 3, restart = true, on_exit = function() return answer end }
    started[#started].task:ends(102)
    eq(starts_of("rom/uvmm"), 6)
    answer = true
    guest = vmm.start_vm { id = 4, on_exit = function() return answer end }
    guest:stop()
    started[#started].task:ends(nil)
    eq(starts_of("rom/uvmm"), 7)
end

function tests.vmm_memory_comes_late()
    local vmm = load_vmm()
    local guest = vmm.start_vm { id = 1, restart = true }
    local old = started[#started].task
    W.start_error = -12
    old:ends(nil)
    eq(guest.task, old)
    eq(#later, 1)
    next_call()
    eq(starts_of("rom/uvmm"), 1)
    W.start_error = nil
    next_call()
    eq(starts_of("rom/uvmm"), 2)
    eq(#later, 0)
    eq(guest:state(), "running")

    W.start_error = -12
    guest:exit_handler(function() old = nil end)
    started[#started].task:ends(1)
    for _ = 1, 1000 do
        if #later > 0 then next_call() end
    end
    eq(#later, 0)
    assert(said("guest 1 cannot be started again: .*error %-12"))
    assert(said("the last guest is off"))
    eq(old, nil)

    W.start_error = nil
    guest = vmm.start_vm { id = 2, restart = true }
    W.start_error = -12
    started[#started].task:ends(1)
    guest:stop()
    W.start_error = nil
    local before = #started
    next_call()
    eq(#started, before)
    eq(#later, 0)
end

function tests.vmm_machine()
    local vmm = load_vmm()
    local last = 0
    vmm.when_last_off = function() last = last + 1 end
    vmm.start_vm { id = 1 }
    local first = started[#started].task
    vmm.start_vm { id = 2, restart = true }
    local second = started[#started].task
    first:ends(1)
    second:ends(1)
    eq(last, 0)
    started[#started].task:ends(0)
    eq(last, 1)
    vmm.when_last_off = vmm.reboot
    vmm.start_vm { id = 3 }
    started[#started].task:ends(0)
    local call = platform_calls[#platform_calls]
    eq(call.argument, 1)
    eq(call.op, 1)
    eq(core.cap_info(call.cap), core.cap_info(L4.Env.icu))
    vmm.shutdown()
    eq(platform_calls[#platform_calls].argument, 0)
end

function tests.vmm_keys_of_consoles()
    local vmm = load_vmm()
    vmm.start_vm { id = 9 }
    eq(args_of(last(L4.Proto.Log)), "vm9 w key=9")
    vmm.start_vm { id = 10 }
    eq(args_of(last(L4.Proto.Log)), "vm10 w")
    vmm.start_vm { id = "a" }
    eq(args_of(last(L4.Proto.Log)), "vma w key=a")
end

function tests.vmm_monitor()
    local vmm = load_vmm()
    vmm.start_vm { id = 1, mon = "uvmm_cli", scheduler = L4.Env.scheduler }
    local cli, vm = started[#started - 1], started[#started]
    eq(cli.argv[1], "rom/uvmm_cli")
    eq(cli.scheduler, L4.Env.scheduler)
    -- the program serves, the guest is its client
    eq(cli.by_name.mon:m(), 0xf)
    eq(vm.by_name.mon:m(), L4.Rights.rws)
    assert(state[cli.by_name.mon].rights & L4.Rights.c ~= 0)
    assert(state[vm.by_name.mon].rights & L4.Rights.c == 0)
end

function tests.vmm_debugger()
    local vmm = load_vmm()
    vmm.start_vm { id = 1, jdb = true }
    eq(started[#started].by_name.jdb, nil)
    assert(said("this kernel has no debugger"))
    L4.Env.jdb = new_cap { rights = 7 }
    vmm.start_vm { id = 1, jdb = true }
    eq(started[#started].by_name.jdb, L4.Env.jdb)
    vmm.start_vm { id = 1, jdb = L4.Env.log }
    eq(started[#started].by_name.jdb, L4.Env.log)
    vmm.start_vm { id = 1, jdb = false }
    eq(started[#started].by_name.jdb, nil)
    L4.Env.jdb = nil
end

function tests.vmm_table_override()
    local vmm = load_vmm()
    local first = { a = 1, b = 2 }
    local t = vmm.table_override(first, nil, { b = 3, c = 4 }, {})
    eq(t.a, 1)
    eq(t.b, 3)
    eq(t.c, 4)
    eq(first.b, 2)
    eq(next(vmm.table_override()), nil)
end

function tests.vmm_io()
    local vmm = load_vmm()
    local opts = {
        caps = { own = L4.Env.log, icu = L4.Env.rom }, ext_caps = { more = L4.Env.rom, icu = L4.Env.log },
        log = { "hardware", "y" }, l4re_dbg = L4.Dbg.All, scheduler = L4.Env.scheduler,
    }
    local busses = { a = 1 }
    vmm.start_io(busses, "-v rom/io.cfg", opts)
    local io = started[#started]
    eq(table.concat(io.argv, " "), "rom/io -v rom/io.cfg rom/a.vbus")
    eq(io.by_name.own, L4.Env.log)
    eq(io.by_name.more, L4.Env.rom)
    eq(io.by_name.icu, L4.Env.log)
    assert(io.by_name.sigma0 and io.by_name.a)
    eq(io.l4re_dbg, L4.Dbg.All)
    eq(io.scheduler, L4.Env.scheduler)
    eq(args_of(last(L4.Proto.Log)), "hardware y")
    eq(opts.caps.sigma0, nil) -- the script's table stays as it is
    vmm.start_io({ b = 1 }, nil, nil)
    eq(args_of(last(L4.Proto.Log)), "io red")
end

function tests.vmm_rng()
    local vmm = load_vmm()
    local rng = { a = { "rate=512" }, b = 1 }
    vmm.start_rng(rng, { caps = { vbus = L4.Env.icu } })
    local s = started[#started]
    eq(table.concat(s.argv, " "), "rom/rng")
    eq(s.by_name.vbus, L4.Env.icu)
    assert(core.is_cap(s.by_name.svr) and core.is_cap(rng.a) and core.is_cap(rng.b))
    eq(args_of(created[#created]), "")
    eq(args_of(created[#created - 1]), "rate=512")
    vmm.start_vm { id = 1, rng = rng.a }
    eq(started[#started].by_name.rng, rng.a)
    vmm.start_vm { id = 1 }
    eq(started[#started].by_name.rng, nil)
    vmm.start_rng { c = 1 }
    fails("rng is a number", vmm.start_vm, { id = 1, rng = 1 })
    fails("vbus", vmm.start_rng, { d = 1 }, { caps = { vbus = 1 } })
end

function tests.vmm_switch()
    local vmm = load_vmm()
    local ports = { a = 1, b = { "vlan=access=3" }, c = 1 }
    vmm.start_virtio_switch(ports, 5, 1, "switch", { vbus = L4.Env.icu })
    local s = started[#started]
    eq(table.concat(s.argv, " "), "rom/l4vio_switch -v -p 3")
    eq(s.by_name.vbus, L4.Env.icu)
    eq(args_of(created[#created]), "ds-max=4 name=c")
    eq(args_of(created[#created - 1]), "ds-max=4 name=b vlan=access=3")
    eq(args_of(last(L4.Proto.Scheduler)), "15 5 1")

    -- on a channel of the script's, with room for ports that come later
    local channel = vmm.loader:new_channel()
    ports = { a = 1 }
    local count = #started
    local task = vmm.start_virtio_switch_tbl { ports = ports, switch_type = "switch", svr_cap = channel, port_limit = 2 }
    eq(#started, count + 1) -- somebody serves it
    s = started[#started]
    eq(s.task, task)
    eq(table.concat(s.argv, " "), "rom/l4vio_switch -v -p 3")
    eq(core.cap_info(s.by_name.svr), core.cap_info(channel))
    eq(state[s.by_name.svr].rights, 0xef)
    eq(core.cap_info(created[#created].factory), core.cap_info(channel))
    assert(core.is_cap(ports.a))
    ports = { a = 1, b = 1 }
    vmm.start_virtio_switch_tbl { ports = ports, svr_cap = channel:svr() }
    eq(started[#started].argv[1], "rom/l4vio_net_p2p")
    assert(core.is_cap(ports.a) and core.is_cap(ports.b))
end

return tests
