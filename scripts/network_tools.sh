#!/bin/sh
# Programs that the tests of exchange use as they are, from Debian: iproute2 and nftables (hosts on one
# machine, in network namespaces) and syncthing (segment files between two sites).
# Does nothing where they are; where they cannot be installed it says so and those tests skip.
export DEBIAN_FRONTEND=noninteractive
export PATH="$PATH:/usr/sbin:/sbin"
missing() {
    for tool in ip tc nft syncthing; do command -v "$tool" >/dev/null || printf ' %s' "$tool"; done
}
[ -z "$(missing)" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    if ! said=$({ apt-get -qq update && apt-get -qq -y --no-install-recommends install \
        iproute2 nftables syncthing; } 2>&1); then
        printf '%s\n' "$said" >&2
    fi
fi
[ -z "$(missing)" ] || echo "tools for tests of exchange:$(missing) missing; those tests skip" >&2
exit 0
