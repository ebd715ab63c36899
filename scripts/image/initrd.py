"""Kernel and initrd: dracut inside the tree, for every PC, with dm-verity and the disk guard.

Not for: what the kernel is told (`grub`).
"""

from __future__ import annotations

import shutil
from pathlib import Path

from scripts.image import tools

KERNEL, INITRD = "vmlinuz", "initrd"
OURS = ("etc/udev/rules.d", "usr/lib/cyber-kit/guard-disk", "etc/modprobe.d")
"""Files of overlay/ that the initrd holds too."""
MODULES = (
    "systemd systemd-initrd systemd-veritysetup dm base rootfs-block kernel-modules fs-lib shutdown"
    " kit"
)
OMITTED = (
    "plymouth i18n network network-legacy network-manager ifcfg nfs iscsi fcoe fcoe-uefi nbd"
    " lunmask multipath mdraid lvm dmraid btrfs crypt crypt-gpg crypt-loop biosdevname resume"
    " systemd-cryptsetup systemd-networkd systemd-resolved systemd-hostnamed systemd-timedated"
    " systemd-pcrphase systemd-repart tpm2-tss pcsc fido2 bluetooth memstrack squash"
    " kernel-network-modules systemd-sysext systemd-portabled usrmount virtiofs hwdb"
)
DRIVERS = (
    "squashfs overlay dm-mod dm-verity usb-storage uas xhci-pci xhci-hcd ehci-pci ohci-pci uhci-hcd"
    " sd_mod sr_mod ahci nvme sdhci-pci mmc_block virtio_blk virtio_pci virtio_scsi vmd"
    " hid-generic usbhid i8042 atkbd"
)


def kernel_version(root: Path) -> str:
    """The one kernel of the tree; Fault when there is none or more than one."""
    found = sorted(path.name for path in (root / "usr/lib/modules").iterdir())
    if len(found) != 1:
        raise tools.Fault("IMG-063", count=len(found), names=", ".join(found))
    return found[0]


def build(half: Path, root: Path, packaging: Path, epoch: int) -> None:
    """Write vmlinuz and initrd. The tree gets our dracut module for the time of this step only."""
    version = kernel_version(root)
    module = root / "usr/lib/dracut/modules.d/99kit"
    if module.exists():
        shutil.rmtree(module)
    shutil.copytree(packaging / "dracut/99kit", module)
    command = [
        "dracut",
        "--force",
        "--no-hostonly",
        "--no-hostonly-cmdline",
        "--reproducible",
        "--zstd",
        "--no-early-microcode" if not _microcode(root) else "--early-microcode",
        "--kver",
        version,
        "--add",
        MODULES,
        "--omit",
        OMITTED,
        "--add-drivers",
        DRIVERS,
        "/boot/kit-initrd",
    ]
    tools.in_root(root, command, log=half / "log", epoch=epoch)
    made = root / "boot/kit-initrd"
    shutil.copyfile(made, half / INITRD)
    made.unlink()
    shutil.rmtree(module)
    shutil.copyfile(root / f"boot/vmlinuz-{version}", half / KERNEL)


def _microcode(root: Path) -> bool:
    places = ("intel-ucode", "amd-ucode")
    return any((root / "usr/lib/firmware" / name).is_dir() for name in places)
