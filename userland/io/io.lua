-- SPDX-License-Identifier: MIT
-- The configuration API of io: hardware devices, resources, virtual busses.
--
-- A body such as  Hw.Device(function() compatible = "x"; Resource.reg0 = ... end)  runs with an
-- environment of its own (its upvalue _ENV), in which assignments become members of the device and
-- reads fall back to the environment outside. Every object knows the place (file:line) that made
-- it, and every message names it.

local core = ...                      -- functions of the C part, see config.c

local ERROR, WARNING, INFO = 1, 2, 3

local function say(level, where, text, ...)
  core.log(level, ("%s: %s"):format(where, text:format(...)))
end

-- Place of the first caller outside of this file.
local function place()
  for level = 2, 250 do
    local i = debug.getinfo(level, "Sl")
    if not i then return "?" end
    if i.what ~= "C" and i.source ~= "@io.lua" then
      return ("%s:%d"):format(i.short_src, i.currentline)
    end
  end
  return "?"
end

local function fail(where, text, ...)
  error(("%s: %s"):format(where, text:format(...)), 0)
end

local function to_integer(v, what)
  local i = type(v) == "number" and math.tointeger(v)
  if not i then fail(place(), "%s: an integer is needed, not %s", what, tostring(v)) end
  return i
end

----------------------------------------------------------------------------------------------------
-- Resources

local Resource_mt = { __name = "Io.Resource" }

local flags = {
  Irq_res = 1, Mmio_res = 2, Io_res = 3, Bus_res = 4, Gpio_res = 5, Dma_domain_res = 6,
  Irq_type_none = 0, Irq_type_level_high = 0x300000, Irq_type_level_low = 0x700000,
  Irq_type_raising_edge = 0x100000, Irq_type_falling_edge = 0x500000,
  Irq_type_both_edges = 0x900000,
  F_disabled = 0x100, F_width_64bit = 0x10000, F_internal = 0x80000,
  F_prefetchable = 0x1000000, F_cached_mem = 0x2000000,
  Mem_type_r = 0x100000, Mem_type_w = 0x200000, Mem_type_rw = 0x300000,
}

local type_names = { "irq", "mmio", "io", "bus", "gpio", "dma domain" }

local function is_resource(v) return getmetatable(v) == Resource_mt end

local function new_resource(kind, fl, first, last)
  local where = place()
  local name = type_names[to_integer(kind, "resource type")]
  if not name then fail(where, "there is no resource type %s", tostring(kind)) end
  fl = to_integer(fl or 0, "resource flags")
  first = to_integer(first, name .. " start")
  last = to_integer(last, name .. " end")
  if math.ult(last, first) then
    fail(where, "%s resource starts at 0x%x, behind its end 0x%x", name, first, last)
  end
  return setmetatable({ kind = kind, flags = fl, first = first, last = last, where = where },
                      Resource_mt)
end

function Resource_mt.__tostring(r)
  return ("%s [0x%x-0x%x]"):format(type_names[r.kind], r.first, r.last)
end

local Resource = setmetatable({}, {
  __index = flags,
  __call = function(_, kind, fl, first, last) return new_resource(kind, fl, first, last) end,
})

local function mmio_maker(access)
  return function(first, last, fl)
    return new_resource(flags.Mmio_res, (fl or 0) | access, first, last)
  end
end

local Res = {
  mmio = mmio_maker(flags.Mem_type_rw), mmio_rw = mmio_maker(flags.Mem_type_rw),
  mmio_r = mmio_maker(flags.Mem_type_r), mmio_w = mmio_maker(flags.Mem_type_w),
}

function Res.irq(n, fl)
  local first, last = n, n
  if type(n) == "table" then first, last = n[1], n[2] or n[1] end
  return new_resource(flags.Irq_res, fl, first, last)
end

function Res.io(first, last, fl)
  return new_resource(flags.Io_res, fl, first, last or first)
end

----------------------------------------------------------------------------------------------------
-- Devices, hardware and virtual

-- What a device is lies here and not in its table, whose fields are its children.
local info = setmetatable({}, { __mode = "k" })

local Dt = {}
local Hw_mt, Vi_mt = { __name = "Io.Hw" }, { __name = "Io.Vi" }

local function is_device(v)
  local mt = getmetatable(v)
  return mt == Hw_mt or mt == Vi_mt
end

local function check_device(v, what)
  if not is_device(v) then fail(place(), "%s needs a device, not %s", what, tostring(v)) end
  return v
end

for _, mt in ipairs { Hw_mt, Vi_mt } do
  mt.__index = function(dev, key) return info[dev].by_name[key] or Dt[key] end
  mt.__newindex = function(_, key)
    fail(place(), "'%s': use Io.Dt.add_child to add a child to a device", tostring(key))
  end
  mt.__tostring = function(dev)
    local i = info[dev]
    return ("%s '%s'"):format(i.class, i.name or "?")
  end
end

local function new_device(mt, class)
  local dev = setmetatable({}, mt)
  info[dev] = { class = class, where = place(), children = {}, by_name = {}, resources = {},
                cids = {}, props = {} }
  return dev
end

local hw_root = new_device(Hw_mt, "System_bus")
info[hw_root].name = "System_bus"

-- Devices below (not including) dev, in tree order; depth nil: all.
local function each_device(dev, depth)
  local function walk(d, left)
    if left == 0 then return end
    for _, child in ipairs(info[d].children) do
      coroutine.yield(child)
      walk(child, left - 1)
    end
  end
  return coroutine.wrap(function() walk(dev, depth or -1) end)
end

function Dt.add_child(parent, name, dev, idx)
  check_device(parent, "add_child")
  check_device(dev, "add_child")
  if info[dev].skipped then return dev end       -- its class is unknown, which was said
  if idx then name = ("%s[%d]"):format(name, idx) end
  local p, d = info[parent], info[dev]
  if d.parent then
    fail(place(), "device '%s' (%s) has a parent already: '%s'", d.name, d.where,
         info[d.parent].name)
  end
  if getmetatable(parent) ~= getmetatable(dev) then
    fail(place(), "'%s': %s", name, getmetatable(dev) == Hw_mt
         and "a hardware device is put on a virtual bus by wrap(device)"
         or "a virtual device cannot be a child of a hardware device")
  end
  if p.by_name[name] then
    fail(place(), "'%s' has a child '%s' already, from %s", p.name or "?", name,
         info[p.by_name[name]].where)
  end
  d.name, d.parent = name, parent
  p.by_name[name] = dev
  p.children[#p.children + 1] = dev
  if d.plugged then d.plugged(dev) end
  return dev
end

-- A name that is a number only says where it stands in a list.
function Dt.add_resource(dev, res, name)
  check_device(dev, "add_resource")
  if type(name) ~= "string" then name = nil end
  if not is_resource(res) then fail(place(), "add_resource: %s is no resource", tostring(res)) end
  local list = info[dev].resources
  if name and #name > 4 then
    say(WARNING, place(), "resource name '%s' is cut to '%s'", name, name:sub(1, 4))
  end
  list[#list + 1] = { res = res, name = (name or ""):sub(1, 4) }
  return res
end

local known_props = {
  hid = "string", adr = "number", flags = "number", iommu = "number", sid = "number",
  num_msis = "number", allow_dma = "boolean",
  regs_base = "number", regs_size = "number", cfg_base = "number", cfg_size = "number",
  mmio_base = "number", mmio_size = "number", mmio_base_64 = "number", mmio_size_64 = "number",
  ioport_base = "number", ioport_size = "number",
  int_a = "number", int_b = "number", int_c = "number", int_d = "number",
}

local function set_property(dev, name, value, where)
  local want = known_props[name]
  if not want then
    say(ERROR, where, "error: no property '%s' registered", tostring(name))
  elseif type(value) ~= want then
    fail(where, "property '%s' is a %s, not %s", name, want, tostring(value))
  else
    info[dev].props[name] = value
  end
end

local function set_compatible(dev, value, where)
  local list = type(value) == "table" and value or { value }
  for _, id in ipairs(list) do
    if type(id) ~= "string" then
      fail(where, "compatible: a string or a list of strings is needed, not %s", tostring(id))
    end
    table.insert(info[dev].cids, id)
  end
end

-- Devices in a list have their number as name.
local function member_name(name)
  return type(name) == "number" and "dev" .. name or name
end

local function add_member(dev, name, value, where, idx)
  if is_resource(value) then
    Dt.add_resource(dev, value, idx and name .. idx or name)
  elseif is_device(value) then
    Dt.add_child(dev, name, value, idx)
  elseif type(value) == "table" and not idx and not getmetatable(value) then
    for i, v in ipairs(value) do add_member(dev, name, v, where, i) end
  else
    fail(where, "cannot handle device member: '%s' is a %s (a local variable needs 'local')", name,
         type(value))
  end
end

local sections = {
  Property = set_property,
  Resource = function(dev, name, value, where)
    if is_resource(value) then
      Dt.add_resource(dev, value, name)
    else
      say(WARNING, where, "WARNING: '%s' in 'Resource' table is not a resource.", tostring(name))
    end
  end,
  Child = function(dev, name, value, where) add_member(dev, member_name(name), value, where) end,
}

-- A table that hands every assignment, with its place, to set(name, value, where).
local function recorder(set, index)
  return setmetatable({}, {
    __newindex = function(_, name, value) set(name, value, place()) end,
    __index = index,
  })
end

-- One that can be read as well, so that t[#t + 1] is a new place.
local function section_recorder(set)
  local values = {}
  local t = recorder(function(name, value, where)
    values[name] = value
    set(name, value, where)
  end, values)
  getmetatable(t).__len = function() return #values end
  return t
end

-- Index of the upvalue _ENV of a function, nil if it uses no global.
local function env_upvalue(f)
  for i = 1, 255 do
    local name = debug.getupvalue(f, i)
    if not name then return nil end
    if name == "_ENV" then return i end
  end
end

-- Runs the body f so that what it assigns becomes part of dev.
local function run_body(dev, f)
  local up = env_upvalue(f)
  if not up then return false end
  local _, outer = debug.getupvalue(f, up)
  local members, order, seen = {}, {}, {}
  local section_tables = {}
  for name, set in pairs(sections) do
    section_tables[name] = section_recorder(function(k, v, where)
      order[#order + 1] = function() set(dev, k, v, where) end
    end)
  end
  local function assign(name, value, where)
    if sections[name] then                       -- Property = { ... }
      if type(value) ~= "table" then
        fail(where, "'%s' is a table of a device, not a %s", name, type(value))
      end
      for k, v in pairs(value) do section_tables[name][k] = v end
    else
      if not seen[name] then order[#order + 1] = name end
      seen[name] = true
      members[name] = value ~= nil and { value, where } or nil
    end
  end
  local env = recorder(assign, function(_, name)
    local m = members[name]
    if m then return m[1] end
    return section_tables[name] or outer[name]
  end)
  debug.upvaluejoin(f, up, function() return env end, 1)
  f()
  debug.upvaluejoin(f, up, function() return outer end, 1)  -- the body may serve another device
  for _, name in ipairs(order) do
    local m = members[name]
    if type(name) == "function" then
      name()
    elseif m then
      if name == "compatible" then
        set_compatible(dev, m[1], m[2])
      else
        add_member(dev, name, m[1], m[2])
      end
    end
  end
  return true
end

function Dt.add_device_data(dev, data)
  check_device(dev, "add_device_data")
  local where = place()
  if type(data) ~= "table" or getmetatable(data) then
    fail(where, "add_device_data: a table is needed, not %s", tostring(data))
  end
  local names = {}
  for name in pairs(data) do names[#names + 1] = name end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for _, name in ipairs(names) do
    local v = data[name]
    if name == "compatible" then
      set_compatible(dev, v, where)
    elseif sections[name] then
      for k, x in pairs(v) do sections[name](dev, k, x, where) end
    else
      add_member(dev, member_name(name), v, where)
    end
  end
end

function Dt.add_children(dev, body)
  check_device(dev, "add_children")
  if type(body) == "function" then
    if not run_body(dev, body) then
      say(WARNING, place(), "the function assigns nothing: no device is added")
    end
  else
    Dt.add_device_data(dev, body)
  end
  return body
end

-- Names for classes of PCI devices, e.g. match("PCI/nvm").
Dt.PCI_cc = {
  storage = "CC_01", scsi = "CC_0100", ide = "CC_0101", sata = "CC_0106", ahci = "CC_010601", nvm = "CC_0108",
  nvme = "CC_010802", network = "CC_02", ethernet = "CC_0200", display = "CC_03", multimedia = "CC_04",
  serial_bus = "CC_0c", usb = "CC_0c03", xhci = "CC_0c0330", sd = "CC_0805",
}

-- What the tokens behind PCI/ are compared with: the number's digits from the left.
local pci_tokens = {
  CC = function(p) return ("%06x"):format(p.class) end,
  VEN = function(p) return ("%04x"):format(p.vendor) end,
  DEV = function(p) return ("%04x"):format(p.device) end,
  REV = function(p) return ("%02x"):format(p.revision) end,
  SUBSYS = function(p) return ("%08x"):format(p.subsystem) end,
  ADR = function(p) return "0000:" .. p.name end,
}

local function pci_token_holds(pci, token)
  token = Dt.PCI_cc[token] or token
  local kind, digits = token:match("^(%u+)_([%x:.]+)$")
  local text = kind and pci_tokens[kind] and pci_tokens[kind](pci)
  if not text or #digits > #text or (kind == "CC" and #digits % 2 or #text - #digits) ~= 0 then
    fail(place(), "match: '%s' says nothing of a PCI device (CC_ with 2, 4 or 6 digits, VEN_xxxx, DEV_xxxx, REV_xx,"
         .. " SUBSYS_xxxxxxxx, ADR_0000:bb:dd.f, or a name of Io.Dt.PCI_cc)", token)
  end
  return text:sub(1, #digits) == digits:lower()
end

-- Does each token of "PCI/<token>&<token>..." hold for the device?
local function pci_matches(pci, tokens)
  local all = true
  for token in tokens:gmatch("[^&]+") do all = pci_token_holds(pci, token) and all end
  return all
end

function Dt.match_cids(dev, ...)
  for _, want in ipairs { ... } do
    local tokens = type(want) == "string" and want:match("^PCI/(.+)$")
    if tokens and info[dev].pci and pci_matches(info[dev].pci, tokens) then return true end
    for _, cid in ipairs(info[dev].cids) do
      if cid == want then return true end
    end
    if info[dev].props.hid == want then return true end
  end
  return false
end

function Dt.match(dev, ...)
  check_device(dev, "match")
  local hits = {}
  for d in each_device(dev) do
    if Dt.match_cids(d, ...) then hits[#hits + 1] = d end
  end
  return hits
end

function Dt.device(dev, path)
  check_device(dev, "device")
  for name in path:gmatch("[^./]+") do
    dev = info[dev].by_name[name]
    if not dev then return nil end
  end
  return dev
end

function Dt.devices(dev, depth) return each_device(check_device(dev, "devices"), depth) end

function Dt.resources(dev)
  local list, i = info[check_device(dev, "resources")].resources, 0
  return function()
    i = i + 1
    if list[i] then return list[i].res, list[i].name end
  end
end

function Dt.Range(a, b) return { a, b, range = true } end

----------------------------------------------------------------------------------------------------
-- Classes

local DF_dma_supported, DF_multi_vbus = 1, 2

local VIRTIO = 0x1af4

-- By which number the bridge's IOMMU knows a device of it; nil and the reason: nothing keeps the device to a DMA space.
local function dma_source(bridge, pci)
  if not bridge.props.iommu or not core.has_iommu() then return nil end
  if not pci.requester then return nil, "it is behind a bridge that hides it from the IOMMU" end
  -- That of the emulator uses the machine's addresses unless it is told otherwise (iommu_platform), which nobody sees here.
  if pci.vendor == VIRTIO then return nil, "virtio devices may go past the IOMMU" end
  return bridge.props.iommu << 32 | pci.requester
end

-- A device of PCI. It reads and writes memory as soon as its driver lets it.
local function new_pci_device(pci, where, source)
  local dev = new_device(Hw_mt, "Pci_device")
  local i = info[dev]
  i.pci, i.where, i.props.flags, i.source = pci, where, DF_dma_supported, source
  local function add(name, kind, fl, first, last)
    local res = setmetatable({ kind = kind, flags = fl, first = first, last = last, where = where }, Resource_mt)
    i.resources[#i.resources + 1] = { res = res, name = name }
  end
  for _, bar in ipairs(pci.bars) do
    add("BAR" .. bar.index, flags.Mmio_res, flags.Mem_type_rw, bar.first, bar.last)
  end
  if pci.irq then add("PIN", flags.Irq_res, flags.Irq_type_level_high, pci.irq, pci.irq) end
  return dev
end

local bridge_props = { "regs_base", "regs_size", "cfg_base", "cfg_size", "mmio_base", "mmio_size" }

-- What is behind a host bridge becomes its children, bridges apart, whose names are their addresses, as in "00:02.0".
local function scan_bridge(bridge)
  local i = info[bridge]
  for _, name in ipairs(bridge_props) do
    if not i.props[name] then
      return say(ERROR, i.where, "error: %s: Property '%s' not set.", i.name, name)
    end
  end
  local list, reason = core.pci_scan(i.props)
  if not list then
    return say(ERROR, i.where, "host bridge '%s' is of no use: %s", i.name, reason)
  end
  for _, pci in ipairs(list) do
    local source, reason = dma_source(i, pci)
    local dev = new_pci_device(pci, i.where, source)
    Dt.add_child(bridge, pci.name, dev)
    say(INFO, i.where, "PCI device %s: %04x:%04x, class %06x, interrupt %s%s", pci.name, pci.vendor, pci.device,
        pci.class, pci.irq or "none", source and ", behind the IOMMU" or reason and "; " .. reason or "")
    for res, name in Dt.resources(dev) do say(INFO, i.where, "    %s %s", name, tostring(res)) end
  end
end

-- Classes io has no driver for are not taken for plain devices: their clients would see nothing.
local hw_classes = {
  Device = {}, Arm_dma_device = { flags = DF_dma_supported }, Ecam_pcie_bridge = {},
}
local plugged = { Ecam_pcie_bridge = scan_bridge }

-- Constructor of a class that io does not have: says so, and makes a device that becomes part of no
-- tree. Its body is not run.
local function skipped_device(mt, class, text)
  return function()
    say(WARNING, place(), text .. ", it is left out", tostring(class))
    local dev = new_device(mt, tostring(class))
    info[dev].skipped = true
    return dev
  end
end

local Hw = setmetatable({}, {
  __index = function(_, class)
    local defaults = hw_classes[class]
    if not defaults then
      return skipped_device(Hw_mt, class, "could not create device: %s (there are Device, Arm_dma_device, Ecam_pcie_bridge)")
    end
    return function(body)
      local dev = new_device(Hw_mt, class)
      for k, v in pairs(defaults) do info[dev].props[k] = v end
      info[dev].plugged = plugged[class]
      if body ~= nil then Dt.add_children(dev, body) end
      return dev
    end
  end,
})

local vi_classes = { System_bus = {}, PCI_bus = { hid = "PNP0A03" } }

local Vi = setmetatable({}, {
  __index = function(_, class)
    local defaults = vi_classes[class]
    if not defaults then
      return skipped_device(Vi_mt, class, "could not create virtual device: %s (there are System_bus and PCI_bus)")
    end
    return function(body)
      local bus = new_device(Vi_mt, class)
      for k, v in pairs(defaults) do info[bus].props[k] = v end
      if type(body) == "function" then
        if not run_body(bus, body) then
          say(WARNING, place(), "Empty vbus? Use 'bus = Io.Vi.System_bus()' instead.")
        end
      elseif body ~= nil then
        Dt.add_device_data(bus, body)
      end
      return bus
    end
  end,
})

-- A hardware device and all below it, as seen on a virtual bus.
local function proxy(hw)
  local dev, h = new_device(Vi_mt, "Proxy"), info[hw]
  local i = info[dev]
  i.hw, i.where, i.cids, i.props, i.resources = hw, place(), h.cids, h.props, h.resources
  i.pci, i.source = h.pci, h.source
  if h.plugged == scan_bridge then
    fail(i.where, "wrap: a host bridge cannot be given away; devices behind it can: match(\"PCI/...\")")
  end
  for _, child in ipairs(h.children) do Dt.add_child(dev, info[child].name, proxy(child)) end
  return dev
end

local function wrap(devs, filter)
  local where = place()
  if filter ~= nil then
    say(WARNING, where, "wrap: the filter is ignored, only GPIO devices have filters")
  end
  if devs == nil then
    say(ERROR, where, "wrap: there is no such hardware device; the bus goes without it")
    return {}
  elseif getmetatable(devs) == Hw_mt then
    return info[devs].skipped and {} or proxy(devs)
  elseif type(devs) ~= "table" or getmetatable(devs) then
    fail(where, "wrap: a hardware device or a list of them is needed, not %s", tostring(devs))
  end
  if #devs == 0 then
    say(WARNING, where, "wrap: no hardware device matches; the bus goes without it")
  end
  local list = {}
  for _, d in ipairs(devs) do
    if getmetatable(d) ~= Hw_mt then
      fail(where, "wrap: the list holds %s, which is no hardware device", tostring(d))
    end
    if not info[d].skipped then list[#list + 1] = proxy(d) end
  end
  return #list == 1 and list[1] or list
end

----------------------------------------------------------------------------------------------------
-- Publishing

-- Marks the hardware device as used by that bus and says so when it is not the first.
local function assign(hw, bus_name, where)
  local h = info[hw]
  if h.bus and h.bus ~= bus_name and (h.props.flags or 0) & DF_multi_vbus == 0 then
    say(WARNING, where,
        "WARNING: device '%s' (%s) is on virtual bus '%s' already, now also on '%s'",
        h.name, h.where, h.bus, bus_name)
  end
  h.bus = bus_name
end

local hidden = flags.F_disabled | flags.F_internal

-- The resources that clients may see; bad ones are left out with a message.
local function export_resources(dev)
  local i, out = info[dev], {}
  for _, e in ipairs(i.resources) do
    local r = e.res
    local reason = r.kind == flags.Mmio_res and core.mmio_check(r.first, r.last)
                   or r.kind == flags.Irq_res and core.irq_check(r.first, r.last)
    if r.flags & hidden ~= 0 then
      reason = nil
    elseif reason then
      say(ERROR, r.where, "device '%s' loses resource %s %s: %s", i.name, e.name, tostring(r),
          reason)
    elseif r.kind == flags.Irq_res then
      for n = r.first, r.last do
        out[#out + 1] = { kind = r.kind, flags = r.flags >> 20, first = n, last = n, name = e.name }
      end
    else
      out[#out + 1] = { kind = r.kind, flags = r.flags >> 20, first = r.first, last = r.last,
                        name = e.name }
    end
  end
  return out
end

-- Without an IOMMU between a device and memory, whoever drives it can have it read and write any. It is passed only when the
-- configuration says so (Io.allow_dma, or Property.allow_dma of the bus), and that is said.
local function check_dma(bus, bus_name, i)
  if Io.allow_dma or info[bus].props.allow_dma then
    say(WARNING, i.where, "device '%s' of bus '%s' can reach all memory of the machine", i.name, bus_name)
  else
    say(ERROR, i.where, "device '%s' of bus '%s' could reach all memory of the machine: allow it by"
        .. " Property.allow_dma = true in the bus, or leave it out", i.name, bus_name)
  end
end

local IFACE_PCI, IFACE_PCIDEV, IFACE_BUS = 1 << 2, 1 << 3, 1 << 5       -- enum l4vbus_iface
local PCI_SLOTS = 32

-- The slot of a member of a PCI bus; nil: it cannot be one.
local function take_slot(bus, i)
  local b = info[bus]
  if not i.pci then
    say(ERROR, i.where, "device '%s' is none of PCI: PCI bus '%s' goes without it", i.name, b.name)
    return nil
  end
  local slot = b.slots or 0
  if slot == PCI_SLOTS then
    say(ERROR, i.where, "device '%s': PCI bus '%s' has %d devices already", i.name, b.name, PCI_SLOTS)
    return nil
  end
  b.slots = slot + 1
  return slot
end

local function interfaces(i)
  return i.pci and IFACE_PCIDEV or i.class == "PCI_bus" and IFACE_PCI | IFACE_BUS or 0
end

local function export(bus, bus_name)
  local out = { num_msis = info[bus].props.num_msis or 0, dma = false }
  local kept, free = false, false -- devices that an IOMMU keeps to a DMA space, and others that do DMA
  local function walk(dev, depth)
    local on_pci = info[dev].class == "PCI_bus"
    for _, child in ipairs(info[dev].children) do
      local i = info[child]
      local slot = on_pci and take_slot(dev, i)
      if on_pci and not slot then goto continue end
      if i.hw then assign(i.hw, bus_name, i.where) end
      if (i.props.flags or 0) & DF_dma_supported ~= 0 then
        out.dma = true
        if i.source then
          kept = true
        else
          free = true
          check_dma(bus, bus_name, i)
        end
      end
      out[#out + 1] = { name = i.name, where = i.where, depth = depth, hid = i.props.hid,
                        adr = i.props.adr, cids = i.cids, resources = export_resources(child),
                        interfaces = interfaces(i), pci = i.pci and i.pci.handle, slot = slot or 0,
                        source = i.source or 0 }
      walk(child, depth + 1)
      ::continue::
    end
  end
  walk(bus, 1)
  out.iommu = kept
  if kept and free then
    say(ERROR, info[bus].where, "bus '%s' has devices behind the IOMMU and others that do DMA: they are told different"
        .. " addresses of the same memory; make it two busses", bus_name)
  end
  return out
end

local function add_vbus(name, bus)
  local where = place()
  if getmetatable(bus) ~= Vi_mt or info[bus].class ~= "System_bus" then
    say(ERROR, where, "ERROR: found non system-bus device as root device, ignored: '%s'",
        tostring(name))
    return bus
  end
  info[bus].name = name
  local reason = core.publish(name, where, export(bus, name))
  if reason then
    say(ERROR, where, "WARNING: Service registration failed: '%s': %s", name, reason)
  end
  return bus
end

local function add_vbusses(busses)
  local names = {}
  for name in pairs(busses) do names[#names + 1] = name end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for _, name in ipairs(names) do add_vbus(name, busses[name]) end
  return busses
end

local function dump_devs(dev)
  local function show(d, indent)
    local i = info[d]
    print(("%s%s '%s' (%s) %s"):format(indent, i.class, i.name or "?", i.where,
                                       table.concat(i.cids, ", ")))
    for _, e in ipairs(i.resources) do
      print(("%s    %s %s"):format(indent, e.name, tostring(e.res)))
    end
    for _, c in ipairs(i.children) do show(c, indent .. "  ") end
  end
  show(check_device(dev, "dump_devs"), "")
end

-- Called by the C part when all files are done.
local function finish()
  for d in each_device(hw_root) do
    local i = info[d]
    if not i.bus and (#i.resources > 0 or #i.cids > 0) then
      -- A board's io.cfg names all that the board has: only worth a word to who looks for it.
      say(INFO, i.where, "device '%s' is on no virtual bus: nobody can use it", i.name)
    end
  end
end

Io = {
  Resource = Resource, Res = Res, Dt = Dt, Hw = Hw, Vi = Vi,
  hw_bus = hw_root,
  system_bus = function() return hw_root end,
  hw_add_devices = function(body) return Dt.add_children(hw_root, body) end,
  add_vbus = add_vbus, add_vbusses = add_vbusses, dump_devs = dump_devs,
  Hw_device_DF_dma_supported = DF_dma_supported, Hw_device_DF_multi_vbus = DF_multi_vbus,
  Gpio_resource = function() fail(place(), "io has no GPIO drivers") end,
}
for name, value in pairs(flags) do
  if name:find("_res$") then Io["Resource_" .. name] = value end
end
_G.wrap = wrap

return finish
