-- SPDX-License-Identifier: MIT
-- embed.lua IN OUT: compiles a Lua file for the programs that have it inside. They need not do it
-- at every start, and a syntax error stops the build. Lua's byte code is the same on all machines
-- with the same sizes of numbers; Lua checks that when it loads it.

local function fail(text)
    io.stderr:write(text, "\n")
    os.exit(1)
end

local file = assert(io.open(arg[1], "rb"))
local code, wrong = load(file:read("a"), "@" .. arg[1]:match("[^/]*$"), "t")
if not code then
    fail(arg[1]:match("^(.*/)") .. wrong)
end
local out = assert(io.open(arg[2], "wb"))
out:write(string.dump(code)) -- with line numbers, for tracebacks
if not out:close() then
    fail(arg[2] .. ": cannot be written")
end
