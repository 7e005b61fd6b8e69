# SPDX-License-Identifier: MIT
# U-Boot finds this script on the disk and starts the system from there.
setenv tree ${fdtcontroladdr}
test -n "${fdt_addr}" && setenv tree ${fdt_addr}
if test -n "@TREE@"; then
    load ${devtype} ${devnum}:${distro_bootpart} ${fdt_addr_r} @TREE@
    setenv tree ${fdt_addr_r}
fi
if load ${devtype} ${devnum}:${distro_bootpart} @FILE@ @NAME@; then
    @BOOT@
fi
