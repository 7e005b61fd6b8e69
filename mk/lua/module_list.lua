-- SPDX-License-Identifier: MIT
-- Reads module lists: entries, groups, defaults and their options.

local module_list = {}

local Arch, Bits = "arm64", 64

-- A list error is a plain string "FILE:LINE: text"; the caller prints it and exits with 1.
local function fail(where, fmt, ...)
    error({ message = where .. ": " .. string.format(fmt, ...) }, 0)
end
module_list.fail = fail

local function trim(s)
    return (s:gsub("^%s+", ""):gsub("%s+$", ""))
end

-- Splits "opt,opt=value,attr:K=V" into a table opt -> value or true.
local function parse_options(text, where)
    local opts = {}
    for item in text:gmatch("[^,]+") do
        local key, value = item:match("^%s*([^=]-)%s*=%s*(.*)$")
        key = key or trim(item)
        if key ~= "" then
            opts[key:lower():match("^attr:") and key or key:lower()] = value and trim(value) or true
        end
    end
    for key in pairs(opts) do
        if not module_list.known_options[key] and not key:match("^[Aa][Tt][Tt][Rr]:") then
            fail(where, "unknown option '%s'", key)
        end
    end
    return opts
end

module_list.known_options = {
    arch = true, bits = true, perl = true, shell = true, glob = true, fname = true,
    uncompress = true, compress = true, nostrip = true, ["no-shlib-scan"] = true,
    ["no-defaults"] = true,
}

local function selected(opts)
    local function one_of(list, what)
        if not list then return true end
        for item in tostring(list):gmatch("[^|]+") do
            if trim(item):lower() == tostring(what) then return true end
        end
        return false
    end
    return one_of(opts.arch, Arch) and one_of(opts.bits, Bits)
end

-- Runs a shell command for [shell] and [glob]; returns its lines.
local function shell_lines(command, where)
    local pipe = assert(io.popen(command, "r"))
    local lines = {}
    for line in pipe:lines() do
        if trim(line) ~= "" then lines[#lines + 1] = trim(line) end
    end
    local ok, how, status = pipe:close()
    if not ok then
        fail(where, "the command '%s' failed (%s %d)", command, how, status)
    end
    return lines
end

-- Turns the rest of a module line into texts "FILE args".
local function expand(text, opts, where)
    if opts.perl then
        fail(where, "option 'perl' is not supported; use module[shell] instead")
    elseif opts.shell then
        return shell_lines(text, where)
    elseif opts.glob then
        local lines = shell_lines("ls -d -- " .. text .. " 2>/dev/null || :", where)
        if #lines == 0 then fail(where, "no file matches '%s'", text) end
        return lines
    end
    return { text }
end

local Module_types = {
    module = "module", bin = "module", data = "module", ["bin-nostrip"] = "module",
    ["data-nostrip"] = "module", kernel = "kernel", sigma0 = "sigma0", roottask = "root",
    moe = "root", bootstrap = "boot", initrd = "initrd", set = "set",
}

local Reader = {}
Reader.__index = Reader

function Reader:note(where, fmt, ...)
    self.list.notes[#self.list.notes + 1] = where .. ": " .. string.format(fmt, ...)
end

-- Adds the modules of one line to the open entry or group.
function Reader:add(target, keyword, rest, opts, where)
    local kind = Module_types[keyword]
    if kind == "initrd" or kind == "set" then
        fail(where, "'%s' starts a Linux kernel directly; that needs a VM here: use uvmm", keyword)
    end
    if keyword:match("%-nostrip$") then
        self:note(where, "'%s' is deprecated, use %s[nostrip]", keyword, keyword:match("^%a+"))
        opts.nostrip = true
    end
    local function line(type, text)
        target[#target + 1] = { type = type, text = text, opts = opts, where = where }
    end
    if keyword == "moe" then
        line(kind, "moe rom/" .. (rest:match("([^/%s]+)%s*$") or fail(where, "'moe' needs a file")))
        line("module", rest)
    else
        line(kind, rest)
    end
end

-- The modules { type, file, args, opts, where } of one line: commands and wildcards are carried
-- out here, so only for the entry that is wanted.
function module_list.expand(line)
    local modules = {}
    for _, text in ipairs(expand(line.text, line.opts, line.where)) do
        local file, args = text:match("^(%S+)%s*(.*)$")
        if not file then fail(line.where, "a file name is missing") end
        if file:match("^%a[%w+.-]*://") then
            fail(line.where, "'%s': remote files are not fetched; put a copy on the search path",
                file)
        end
        modules[#modules + 1] = { type = line.type, file = file, args = args, opts = line.opts,
                                  where = line.where }
    end
    return modules
end

function Reader:include(rest, opts, where, file)
    if opts.glob then fail(where, "option 'glob' is not for 'include'") end
    local dir = file:match("^(.*)/[^/]*$") or "."
    rest = rest:gsub("%${([%w_]+)}", function(name) return os.getenv(name) or "" end)
    for pattern in rest:gmatch("%S+") do
        if pattern:sub(1, 1) ~= "/" then pattern = dir .. "/" .. pattern end
        local files = shell_lines("ls -d -- " .. pattern .. " 2>/dev/null || :", where)
        if #files == 0 then fail(where, "there is no file '%s' to include", pattern) end
        for _, name in ipairs(files) do
            if self.included[name] then
                self:note(where, "'%s' was included already", name)
            else
                self:read(name, where)
            end
        end
    end
end

-- Statements that may stand anywhere; returns true when it was one.
function Reader:global_statement(keyword, rest, opts, where, file)
    if keyword == "entry" or keyword == "title" then
        if rest == "" then fail(where, "'%s' needs a name", keyword) end
        self.target = {
            name = rest, where = where, opts = opts, modules = {}, description = self.comment,
            defaults = setmetatable({}, { __index = self.defaults }), paths = {},
        }
        for k, v in pairs(self.defaults) do self.target.defaults[k] = v end
        self.modules = self.target.modules
        if selected(opts) then
            self.list.entries[#self.list.entries + 1] = self.target
        end
    elseif keyword == "group" then
        local name = rest:match("^%S+") or fail(where, "'group' needs a name")
        self.target, self.modules = nil, {}
        self.groups[name] = self.modules
    elseif keyword == "searchpath" then
        self.list.paths[#self.list.paths + 1] = rest
    elseif keyword == "include" then
        self:include(rest, opts, where, file)
    elseif keyword == "modaddr" then
        self:note(where, "'modaddr' is ignored: boot finds room for the modules by itself")
    elseif keyword:match("^default%-") then
        local kind = Module_types[keyword:sub(9)]
        if not kind then fail(where, "unknown statement '%s'", keyword) end
        local one = {}
        self:add(one, keyword:sub(9), rest, opts, where)
        local defaults = self.target and self.target.defaults or self.defaults
        defaults[kind] = one[1]
    else
        return false
    end
    return true
end

function Reader:line(text, where, file)
    local comment = text:match("^%s*#%s?(.*)$")
    text = trim((text:gsub("#.*$", "")))
    if text == "" then
        -- The comment block right above an entry describes it in `make list`.
        self.comment = comment and (self.comment or comment) or nil
        return
    end
    local keyword, brackets, rest = text:match("^([%w_-]+)(%[.-%])%s*(.*)$")
    if not keyword then
        keyword, rest = text:match("^([%w_-]+)%s*(.*)$")
    end
    if not keyword then fail(where, "cannot read '%s'", text) end
    keyword = keyword:lower()
    local opts = brackets and parse_options(brackets:sub(2, -2), where) or {}
    if keyword ~= "entry" and keyword ~= "title" and not selected(opts) then return end
    if not self:global_statement(keyword, rest, opts, where, file) and self.modules then
        if keyword == "module-group" then
            for name in rest:gmatch("%S+") do
                local group = self.groups[name] or fail(where, "there is no group '%s'", name)
                table.move(group, 1, #group, #self.modules + 1, self.modules)
            end
        elseif Module_types[keyword] then
            self:add(self.modules, keyword, rest, opts, where)
        else
            fail(where, "'%s' is no statement that an entry may have", keyword)
        end
    end
    self.comment = nil
end

function Reader:read(name, where)
    local f, err = io.open(name, "r")
    if not f then fail(where or name, "cannot open the module list: %s", err) end
    self.included[name] = true
    self.list.files[#self.list.files + 1] = name
    local number = 0
    for text in f:lines() do
        number = number + 1
        self:line(text, name .. ":" .. number, name)
    end
    f:close()
end

-- Reads list `name`; returns { entries, files, notes, paths }. Raises { message = "FILE:LINE: ..." }.
function module_list.read(name)
    local reader = setmetatable({
        list = { entries = {}, files = {}, notes = {}, paths = {} },
        groups = {}, defaults = {}, included = {},
    }, Reader)
    reader:read(name)
    return reader.list
end

-- The first entry of that name, letter case ignored; raises with a list of all entries.
function module_list.find(list, name)
    local names = {}
    for _, entry in ipairs(list.entries) do
        if entry.name:lower() == name:lower() then return entry end
        names[#names + 1] = entry.name
    end
    fail(list.files[1], "there is no entry '%s'. Entries: %s", name, table.concat(names, ", "))
end

return module_list
