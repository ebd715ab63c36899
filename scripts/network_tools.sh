#!/bin/sh
# Tools for the tests in network namespaces: iproute2 (ip, tc) and nftables (nft), from Debian.
# Does nothing where they are; where they cannot be installed it says so and the tests skip.
export DEBIAN_FRONTEND=noninteractive
export PATH="$PATH:/usr/sbin:/sbin"
complete() { command -v ip >/dev/null && command -v tc >/dev/null && command -v nft >/dev/null; }
complete && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    if ! said=$({ apt-get -qq update && apt-get -qq -y --no-install-recommends install \
        iproute2 nftables; } 2>&1); then
        printf '%s\n' "$said" >&2
    fi
fi
complete || echo "network tools: ip, tc or nft is missing; the tests in namespaces will skip" >&2
exit 0
