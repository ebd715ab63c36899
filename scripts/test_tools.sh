#!/bin/sh
# Programs that tests use as they are, from Debian: iproute2 and nftables (hosts on one machine, in
# network namespaces), syncthing (segment files between two sites), cups (the print service),
# ippeveprinter with avahi and dbus (printers that announce themselves), cryptsetup, fdisk, e2fsprogs, dosfstools, mtools (sticks as plain files).
# Does nothing where they are; where they cannot be installed it says so and those tests skip.
export DEBIAN_FRONTEND=noninteractive
export PATH="$PATH:/usr/sbin:/sbin"
missing() {
    for tool in ip tc nft syncthing cupsd lpadmin lpstat \
        ippeveprinter avahi-daemon dbus-daemon \
        cryptsetup sfdisk mkfs.ext4 mkfs.fat mcopy veritysetup zstd; do
        command -v "$tool" >/dev/null || printf ' %s' "$tool"
    done
}
[ -z "$(missing)" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    if ! said=$({ apt-get -qq update && apt-get -qq -y --no-install-recommends install \
        iproute2 nftables syncthing cups-daemon cups-client cups-filters \
        cups-ipp-utils avahi-daemon dbus \
        cryptsetup-bin fdisk e2fsprogs dosfstools mtools zstd; } 2>&1); then
        printf '%s\n' "$said" >&2
    fi
fi
[ -z "$(missing)" ] || echo "tools for tests:$(missing) missing; those tests skip" >&2
exit 0
