-- SPDX-License-Identifier: MIT
-- Starts a Linux guest with a command line.
local L4 = require "L4";
return function(cmdline)
  L4.default_loader:startv({
    log = L4.Env.log,
    caps = {
      ram = L4.Env.user_factory:create(
        L4.Proto.Dataspace, 256 * 1024 * 1024,
        L4.Mem_alloc_flags.Continuous | L4.Mem_alloc_flags.Pinned | L4.Mem_alloc_flags.Super_pages, 21
      ):m("rws");
    }
  }, "rom/uvmm", "-krom/Image", "-drom/virt-arm_virt.dtb", "-rrom/ramdisk-armv8.cpio.gz", "-c" .. cmdline);
end
