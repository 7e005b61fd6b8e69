-- SPDX-License-Identifier: MIT
-- A guest that begins with firmware, for the scenarios: require "firmware".
local L4 = require "L4";
local vmm = require "vmm";

local firmware = {};

local linux = {
  "--dt-mod", "/fw-cfg@9020000/l4vmm,kernel=rom/Image",
  "--dt-mod", "/fw-cfg@9020000/l4vmm,ramdisk=rom/ramdisk-armv8.cpio.gz",
  "--dt-mod", "/fw-cfg@9020000/l4vmm,cmdline=console=ttyAMA0 rdinit=/init",
};

-- Start the firmware in `file` of rom/, on the console. With boots_linux it is handed a kernel. What it stores in its flash
-- lasts when the guest resets itself, until the machine is switched off.
function firmware.start(file, boots_linux)
  local busses = { clock = 1 };
  vmm.start_io(busses, "rom/io.cfg");
  local flags = L4.Mem_alloc_flags.Continuous | L4.Mem_alloc_flags.Pinned | L4.Mem_alloc_flags.Super_pages;
  vmm.start_vm {
    id = 1, mem = 256, log = L4.Env.log, restart = true, cpus = ~0,
    fdt = "rom/virt-arm_fw.dtb", kernel = "rom:addr=0",
    ext_args = boots_linux and linux or {},
    ext_caps = {
      firmware = L4.Env.rom:query(file), -- the first flash
      variables = L4.Env.user_factory:create(L4.Proto.Dataspace, 2 * 1024 * 1024, flags, 21):m("rws"), -- the second
      clock = busses.clock,
    },
  };
end

return firmware;
