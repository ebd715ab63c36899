#!/bin/bash
# dracut module of the kit: disks are read-only from their first moment, a broken slot is left within
# seconds instead of minutes, and the first screen speaks French.
check() { return 0; }
depends() { echo systemd; }
install() {
    inst_multiple blockdev cat basename dirname readlink dd
    inst_simple /etc/udev/rules.d/00-kit-disks.rules
    inst_simple /usr/lib/cyber-kit/guard-disk
    inst_simple /etc/modprobe.d/kit.conf
    inst_simple "$moddir/kit-splash.service" "$systemdsystemunitdir/kit-splash.service"
    inst_script "$moddir/splash" /usr/lib/cyber-kit/splash
    inst_simple "$moddir/kit-probe-root.service" "$systemdsystemunitdir/kit-probe-root.service"
    inst_script "$moddir/probe-root" /usr/lib/cyber-kit/probe-root
    mkdir -p "$initdir/$systemdsystemunitdir/sysinit.target.wants" \
        "$initdir/$systemdsystemunitdir/initrd-root-fs.target.wants"
    ln -sf ../kit-splash.service "$initdir/$systemdsystemunitdir/sysinit.target.wants/"
    ln -sf ../kit-probe-root.service "$initdir/$systemdsystemunitdir/initrd-root-fs.target.wants/"
}
