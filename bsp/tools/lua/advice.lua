-- SPDX-License-Identifier: MIT
-- What a machine needs so that the system runs on it: found or missing, and then what to do.

local facts = require("facts")

local advice = {}

local Address_limit = 1 << 46

local function mib(n) return ("%d MiB"):format(n >> 20) end

local function memory(t)
    if #t.memory > 0 then
        return true, ("%s in %d bank%s from 0x%x, %d reserved ranges"):format(
            mib(facts.total(t.memory)), #t.memory, #t.memory == 1 and "" or "s", t.memory[1][1],
            #t.reserved)
    end
    if t.memory_left_out then
        return false, "all of it lies from 2^40 on",
            "programs have addresses of 40 bits: the board needs RAM below"
    end
    return "later", "the tree names none",
        "the boot loader has to fill it in before it starts the image (U-Boot does). Does yours "
        .. "not, then write the banks into the tree: memory@... { device_type = \"memory\"; "
        .. "reg = ...; }"
end

local function gic(t)
    if t.gic.version == 0 then
        return false, "no interrupt controller that is known",
            "the machine needs a GICv2 (GIC-400) or a GICv3. An older or vendor-specific "
            .. "controller needs a driver in kernel/arch/arm64/; compatible strings are in "
            .. "kernel/boot/machine/machine_gic.c"
    elseif #t.gic.regions == 0 then
        return false, t.gic.path .. " has no usable reg",
            "the tree is wrong there: reg has distributor, then CPU interface or redistributors"
    elseif t.gic.regions[1][1] >= Address_limit then
        return false, ("GICv%d at 0x%x, beyond the 46 bits that the kernel addresses"):format(
            t.gic.version, t.gic.regions[1][1]), "KERNEL_PHYS_WINDOW in "
            .. "kernel/include/ashlar/boot_info.h and its neighbours set that limit"
    elseif not t.gic.virtualization then
        return false, ("GICv2 at 0x%x without virtualization part"):format(t.gic.regions[1][1]),
            "programs run, guests do not. Look into the SoC's manual: if GICH and GICV are there, "
            .. "add them to the tree as third and fourth entry of reg"
    end
    return true, ("GICv%d at 0x%x with virtualization, maintenance interrupt %d"):format(
        t.gic.version, t.gic.regions[1][1], t.gic.maintenance)
end

local function console(t)
    local u = t.uart
    if not u.driver then
        local what = u.stdout_compatible and #u.stdout_compatible > 0
            and table.concat(u.stdout_compatible, ", ")
        return false, what and ("no driver knows %s (%s)"):format(u.stdout_node, what)
            or u.stdout_path and ("stdout-path %q leads to no node"):format(u.stdout_path)
            or "the tree has no stdout-path and no UART that is known",
            what and "write kernel/uart/<name>.c with these compatible strings (the other drivers "
            .. "there have about 100 lines), or point /chosen/stdout-path to another UART"
            or "set /chosen/stdout-path to the UART that is wired to a connector of the board"
    end
    local text = ("%s at 0x%x, %s"):format(u.driver, u.region[1], u.path)
    if u.stdout_node and u.stdout_node ~= u.path then
        return "later", text .. ", but stdout-path is " .. u.stdout_node, "is that UART on a "
            .. "connector? Else set /chosen/stdout-path"
    elseif u.irq == 0 then
        return "later", text .. ", its interrupt does not go to the GIC: output, but no input",
            "if the controller in between only passes interrupts on (many trees name such a one), "
            .. "give the UART's node interrupt-parent = <&gic> and the number at the GIC"
    end
    return true, text .. ", interrupt " .. u.irq
        .. (u.clock == 0 and "; its baud rate stays as firmware set it" or "")
end

local function cpus(t)
    local n = #t.cpus
    local how = n > 1 and t.cpus[2].method
    if n > 1 or t.cpus_named <= 1 then
        return true, how and ("%d, started by %s"):format(n, how == "psci" and "PSCI, " .. t.psci
            or "spin table") or "1"
    end
    return "later", ("1 of %d: the others cannot be started"):format(t.cpus_named),
        "firmware must offer PSCI 0.2 or later (a node arm,psci-1.0 or arm,psci-0.2 with method), "
        .. "or hold the CPUs in a spin table (enable-method and cpu-release-addr)"
end

local function power(t)
    if t.psci then return true, "PSCI by " .. t.psci end
    return "later", "no PSCI: the machine cannot be switched off or reset by software",
        "nothing, if that is no loss; else take firmware with PSCI (TF-A)"
end

advice.parts = {
    { "memory", memory }, { "GIC", gic }, { "console", console }, { "CPUs", cpus },
    { "power", power },
}

-- Calls visit(name, state, text, todo) for each part: state is true (found), "later" (goes without
-- it, or the boot loader may bring it), false (missing: it does not run).
function advice.each(t, visit)
    for _, part in ipairs(advice.parts) do
        local state, text, todo = part[2](t)
        visit(part[1], state, text, todo)
    end
end

-- Wraps text to lines of at most `width` characters.
function advice.wrap(text, width, indent)
    local lines, line = {}, ""
    for word in text:gmatch("%S+") do
        if line ~= "" and #line + 1 + #word > width then
            lines[#lines + 1], line = line, word
        else
            line = line == "" and word or line .. " " .. word
        end
    end
    lines[#lines + 1] = line
    return table.concat(lines, "\n" .. indent)
end

return advice
