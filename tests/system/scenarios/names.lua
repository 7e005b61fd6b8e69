-- SPDX-License-Identifier: MIT
-- What moe makes of names, rights and quotas, as a script meets it.
local L4 = require "L4"
local root, Proto = L4.Env.user_factory, L4.Proto
local DMA_SPACE <const> = 0x4008 -- of moe; L4.Proto has the kernel's

local function fails(code, what, f, ...)
  local ok, err = pcall(f, ...)
  if ok or err.code ~= code then
    error(("%s: %s"):format(what, ok and "no error" or err.msg or err))
  end
end

local function dataspace() return root:create(Proto.Dataspace, 4096) end

-- a name gives no more than its capability
local ns = root:create(Proto.Namespace):m("rws")
ns:register("ro", dataspace():m("r"))
local ro = ns:query("ro", L4.Rights.rws)() -- in truth only r
fails(-1, "read-only memory as writable", ns.register, ns, "rw", ro:m("rw"))
ns:register("rw", ro:m("r"))

-- names keep what nobody else has
ns:register("sub", { file = dataspace() }, function(t) return L4.default_loader:create_namespace(t) end)
collectgarbage()
assert(ns:query("sub/file")(), "sub/file has gone")
for _, name in ipairs { "/", "sub/", "/sub", "sub//file", "sub/none" } do
  assert(not ns:query(name)(), name)
end

-- a factory's client uses up what is the factory's
local small, kept = root:create(Proto.Factory, 512 << 10), {}
fails(-12, "DMA spaces without end", function()
  for i = 1, 9000 do kept[i] = small:create(DMA_SPACE) end
end)
assert(#kept > 100, "few DMA spaces")
root:create(DMA_SPACE)
fails(-12, "more than the parent has", small.create, small, Proto.Factory, 1 << 20)

print "names, rights and quotas are right"
