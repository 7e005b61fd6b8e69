-- SPDX-License-Identifier: MIT
-- The image tool.
--
--   mkimage.lua list LIST                     entries with their descriptions
--   mkimage.lua plan LIST ENTRY PLAN OPTION...  resolves an entry into file PLAN, which changes only
--                                             if its content does; prints the paths it needs
--     --path=DIR:DIR   searched first     --last=DIR:DIR  searched last
--     --provide=NAME=PATH                 file that the build makes
--     --compress=all                      compress every module that is not compressed already
--     --root=DIR                          the repository; paths below it become relative
--     --uart=COMPATIBLE@ADDRESS[,SHIFT,WIDTH]  console of the board, for errors without a device tree
--   mkimage.lua pack PLAN BOOT_BIN OUT STRIP VERBOSE  makes the image ("" does not strip)
--
-- Errors go to stderr as "LIST:LINE: what is wrong", exit status 1.

package.path = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/lua/?.lua"
local module_list = require("module_list")
local resolve = require("resolve")
local payload = require("payload")

local function read_file(path, mode)
    local f, err = io.open(path, "rb")
    if not f then
        if mode == "optional" then return nil end
        module_list.fail("image", "cannot open %s", err)
    end
    local data = f:read("a")
    f:close()
    if not data then module_list.fail("image", "cannot read %s", path) end
    return data
end

local function quote(s)
    return "'" .. s:gsub("'", "'\\''") .. "'"
end

-- Output of a shell command, which must succeed.
local function output_of(command)
    local pipe = assert(io.popen(command, "r"))
    local data = pipe:read("a")
    if not pipe:close() then module_list.fail("image", "this command failed: %s", command) end
    return data
end

local commands = {}

function commands.list(list_file)
    local seen = {}
    for _, entry in ipairs(module_list.read(list_file).entries) do
        if not seen[entry.name:lower()] then
            print(string.format("  %-18s %s", entry.name, entry.description or ""))
            seen[entry.name:lower()] = true
        end
    end
end

function commands.names(list_file)
    for _, entry in ipairs(module_list.read(list_file).entries) do print(entry.name) end
end

local function plan_options(...)
    local options = { provided = {}, last_dirs = {}, uart = "" }
    for _, o in ipairs({ ... }) do
        local key, value = o:match("^%-%-(%a+)=(.*)$")
        if key == "path" then
            options.path = value
        elseif key == "last" then
            for dir in value:gmatch("[^:]+") do
                options.last_dirs[#options.last_dirs + 1] = dir
            end
        elseif key == "provide" then
            local name, path = value:match("^([^=]+)=(.+)$")
            options.provided[name] = path
        elseif key == "compress" then
            options.compress_all = value == "all"
        elseif key == "uart" then
            if not (value:gsub(",[0-4],[124]$", "")):match("^[%w,.-]+@0x%x+$") then
                module_list.fail("image", "BOARD_UART is COMPATIBLE@0xADDRESS[,SHIFT,WIDTH], not '%s'",
                    value)
            end
            options.uart = value:gsub("@.*", string.lower)
        elseif key == "root" then
            options.root = value .. "/"
        else
            module_list.fail("mkimage", "unknown option '%s'", o)
        end
    end
    -- The path as make knows it: relative when it lies below the repository.
    function options.normalize(path)
        if options.root and path:sub(1, #options.root) == options.root then
            return path:sub(#options.root + 1)
        end
        return path
    end
    -- A file of the build tree that a [shell] line names may not be there yet.
    function options.will_exist(path)
        for _, p in pairs(options.provided) do
            if options.normalize(path) == p then return true end
        end
        return false
    end
    return options
end

-- Plan: one line a fact, fields separated by tabs. "M type path name flags cmdline", "N note",
-- "B boot command line", "U console of the board".
function commands.plan(list_file, entry_name, plan_file, ...)
    local options = plan_options(...)
    local list = module_list.read(list_file)
    local entry = module_list.find(list, entry_name)
    local notes = list.notes
    function options.note(where, fmt, ...)
        notes[#notes + 1] = where .. ": " .. string.format(fmt, ...)
    end
    local modules, boot_cmdline = resolve.entry(list, entry, options)
    local lines, needs = {}, { table.unpack(list.files) }
    for _, m in ipairs(modules) do
        local flags = {}
        if options.compress_all and not m.opts.uncompress and not m.path:match("%.gz$") then
            m.opts.compress = true
        end
        for _, o in ipairs({ "nostrip", "compress", "uncompress" }) do
            if m.opts[o] then flags[#flags + 1] = o end
        end
        if m.path:match("%s") then
            module_list.fail("image", "a path must not contain blanks: '%s'", m.path)
        end
        lines[#lines + 1] = table.concat({ "M", m.type, m.path, m.name, table.concat(flags, ","),
                                           m.cmdline }, "\t")
        needs[#needs + 1] = m.path
    end
    for _, n in ipairs(notes) do lines[#lines + 1] = "N\t" .. n end
    lines[#lines + 1] = "B\t" .. boot_cmdline
    lines[#lines + 1] = "U\t" .. options.uart
    local text = table.concat(lines, "\n") .. "\n"
    if read_file(plan_file, "optional") ~= text then
        local f = assert(io.open(plan_file, "w"))
        f:write(text)
        f:close()
    end
    print(table.concat(needs, " "))
end

local function is_arm64_elf(data)
    return data:sub(1, 5) == "\127ELF\2" and data:sub(19, 20) == "\183\0"
end

-- Content of one module as it goes into the image.
local function load_module(m, strip)
    local data = read_file(m.path)
    if is_arm64_elf(data) and strip ~= "" and not m.flags.nostrip then
        local tmp = os.tmpname()
        output_of(strip .. " --strip-all -o " .. tmp .. " " .. quote(m.path))
        data = read_file(tmp)
        os.remove(tmp)
    end
    if m.flags.uncompress and data:sub(1, 2) == "\x1f\x8b" then
        data = output_of("gzip -dc < " .. quote(m.path))
    end
    m.full_size, m.is_program = #data, is_arm64_elf(data)
    if m.flags.compress then
        local tmp = os.tmpname()
        local f = assert(io.open(tmp, "wb"))
        f:write(data)
        f:close()
        data = output_of("gzip -9nc < " .. tmp)
        os.remove(tmp)
        m.compressed = true
    end
    m.data = data
end

local function read_plan(plan_file)
    local modules, notes, boot_cmdline, uart = {}, {}, "", ""
    for line in read_file(plan_file):gmatch("[^\n]+") do
        local kind, rest = line:match("^(%u)\t(.*)$")
        if kind == "M" then
            local m, flags = { flags = {} }, nil
            m.type, m.path, m.name, flags, m.cmdline =
                rest:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
            for f in flags:gmatch("[^,]+") do m.flags[f] = true end
            modules[#modules + 1] = m
        elseif kind == "N" then
            notes[#notes + 1] = rest
        elseif kind == "B" then
            boot_cmdline = rest
        elseif kind == "U" then
            uart = rest
        end
    end
    return modules, notes, boot_cmdline, uart
end

function commands.pack(plan_file, boot_file, out, strip, verbose)
    local modules, notes, boot_cmdline, uart = read_plan(plan_file)
    for _, n in ipairs(notes) do io.stderr:write("note: ", n, "\n") end
    for _, m in ipairs(modules) do
        load_module(m, strip)
        if m.type ~= "module" and not m.is_program then
            module_list.fail(m.path, "it is to be the %s, but is no arm64 ELF file", m.type == "root"
                and "root task" or m.type)
        end
    end
    local size, err = payload.write(out .. ".tmp", read_file(boot_file), modules, boot_cmdline,
        uart)
    if not size then module_list.fail(boot_file, "%s", err) end
    assert(os.rename(out .. ".tmp", out))
    if verbose == "1" then
        for _, m in ipairs(modules) do
            print(string.format("    %-7s %10d %10d  %08x  %s", m.type, #m.data, m.full_size, m.crc,
                m.cmdline))
        end
    end
    print(string.format("  %-6s %s (%d modules, %.1f MiB)", "IMAGE", out, #modules, size / (1 << 20)))
end

local command = commands[arg[1]]
if not command then
    io.stderr:write("usage: mkimage.lua list|names|plan|pack ...\n")
    os.exit(2)
end
local ok, err = pcall(command, table.unpack(arg, 2))
if not ok then
    io.stderr:write(type(err) == "table" and err.message or tostring(err), "\n")
    os.exit(1)
end
