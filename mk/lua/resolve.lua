-- SPDX-License-Identifier: MIT
-- From an entry of a module list to the files of an image, in the order of the image.

local module_list = require("module_list")
local fail = module_list.fail

local resolve = {}

-- Names under which lists of other systems know the kernel.
local Aliases = { fiasco = "kernel" }

local function exists(path)
    local f = io.open(path, "rb")
    if not f then return false end
    local readable = f:read(0) ~= nil or f:seek("end") == 0 -- a directory is neither
    f:close()
    return readable
end

local function search_path(list, options)
    local dirs = {}
    for _, text in ipairs({ options.path or "", table.unpack(list.paths) }) do
        for dir in text:gmatch("[^:%s]+") do dirs[#dirs + 1] = dir end
    end
    return dirs
end

-- Path of the file that module line `m` means.
local function find(m, dirs, options)
    if m.file:sub(1, 1) == "/" then
        if exists(m.file) or options.will_exist(m.file) then return m.file end
        fail(m.where, "there is no file '%s'", m.file)
    end
    for _, dir in ipairs(dirs) do
        if exists(dir .. "/" .. m.file) then return dir .. "/" .. m.file end
    end
    local built = options.provided[m.file]
        or m.type == "kernel" and options.provided[Aliases[m.file]]
    if built then return built end
    for _, dir in ipairs(options.last_dirs) do
        if exists(dir .. "/" .. m.file) then return dir .. "/" .. m.file end
    end
    local searched = { table.unpack(dirs) }
    table.move(options.last_dirs, 1, #options.last_dirs, #searched + 1, searched)
    fail(m.where, "module '%s' is no component, no generated file, and in none of: %s\n"
        .. "  Put its directory into MODULE_SEARCH_PATH, or correct its name.", m.file,
        table.concat(searched, " "))
end

local function basename(path)
    return path:match("[^/]+$")
end

-- Kernel, sigma0 and root task first, whether the entry names them or not.
local function base_modules(entry)
    local base, rest = {}, {}
    for _, line in ipairs(entry.modules) do
        for _, m in ipairs(module_list.expand(line)) do
            if m.type == "module" then rest[#rest + 1] = m else base[m.type] = m end
        end
    end
    local function default(kind)
        local line = entry.defaults[kind]
        return line and module_list.expand(line)[1]
    end
    local ordered = {}
    for _, kind in ipairs({ "kernel", "sigma0", "root" }) do
        local m = base[kind] or default(kind)
        if not m and not entry.opts["no-defaults"] then
            m = { type = kind, file = kind == "root" and "moe" or kind, args = "", opts = {},
                  where = entry.where }
        end
        ordered[#ordered + 1] = m
    end
    table.move(rest, 1, #rest, #ordered + 1, ordered)
    return ordered, (base.boot or default("boot") or { args = "" }).args
end

-- Returns the modules { type, path, name, cmdline, opts } and boot's command line.
-- options: path, last_dirs (after the provided files), provided (name -> path),
-- will_exist(path), normalize(path), note(where, fmt, ...)
function resolve.entry(list, entry, options)
    local dirs = search_path(list, options)
    local lines, boot_cmdline = base_modules(entry)
    local modules, by_name = {}, {}
    for _, m in ipairs(lines) do
        local path = options.normalize(find(m, dirs, options))
        local name = type(m.opts.fname) == "string" and m.opts.fname or basename(m.file)
        local cmdline = (m.args == "" and name or name .. " " .. m.args):gsub('"', '\\"')
        local other = by_name[name]
        if other and other.path ~= path then
            fail(m.where, "two files are called '%s' in the image: %s here, %s at %s\n"
                .. "  Give one of them another name: module[fname=NAME].", name, path, other.path,
                other.where)
        elseif other then
            options.note(m.where, "'%s' is in the image already (%s), it goes in once", name,
                other.where)
        else
            by_name[name] = { path = path, where = m.where }
            modules[#modules + 1] = { type = m.type, path = path, name = name,
                                      cmdline = cmdline, opts = m.opts }
        end
    end
    return modules, boot_cmdline
end

return resolve
