-- SPDX-License-Identifier: MIT
-- Starts a Linux guest with a command line. With a disk, which it has then: of the machine, DISK0.
local L4 = require "L4";

local function machine_disk()
  local vmm = require "vmm";
  local busses, channel = { disks = 1 }, L4.default_loader:new_channel();
  vmm.start_io(busses, "rom/io.cfg");
  L4.default_loader:start({ log = L4.Env.log, caps = { svr = channel:svr(), vbus = busses.disks } }, "rom/virtio-blk-drv");
  return L4.cast(L4.Proto.Factory, channel):create(0, "device=DISK0", "ds-max=4"):m("rws");
end

return function(cmdline, with_disk)
  L4.default_loader:startv({
    log = L4.Env.log,
    caps = {
      disk = with_disk and machine_disk() or nil,
      ram = L4.Env.user_factory:create(
        L4.Proto.Dataspace, 256 * 1024 * 1024,
        L4.Mem_alloc_flags.Continuous | L4.Mem_alloc_flags.Pinned | L4.Mem_alloc_flags.Super_pages, 21
      ):m("rws");
    }
  }, "rom/uvmm", "-krom/Image", "-drom/virt-arm_virt.dtb", "-rrom/ramdisk-armv8.cpio.gz", "-c" .. cmdline,
     with_disk and "-drom/virtio-disk.dtbo" or nil);
end
