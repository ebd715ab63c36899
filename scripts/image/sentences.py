"""What the preparation says to a person, by code: what happened, what it means, what to do.

French first, by the catalogue `image`; English where the machine asks for it. Not for: the words of
a running kit (`kit.stick.sentences`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kit.core.command import N_
from kit.core.errors import KitError
from kit.core.text import choose_language, translator
from kit.stick import update_sentences

_ = translator("image")
ASKS = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The first of these that says something says the language."""


def choose(environment: Mapping[str, str]) -> None:
    """English where the machine's language is English, else French."""
    said = next((environment[name] for name in ASKS if environment.get(name)), "")
    choose_language("en" if said.startswith("en") else "fr")


def text_of(code: str, args: Mapping[str, Any]) -> str:
    """The sentence of a code."""
    return _(SENTENCES.get(code, SENTENCES["IMG-000"])).format(**{"code": code, **args})


def of_kit(fault: KitError) -> str:
    """What a fault of the kit's own parts means, in words."""
    return update_sentences.sentence(fault.code, fault.args_)


SENTENCES = {
    "IMG-000": N_(
        "The preparation met a fault without a sentence of its own ({code}). Nothing was put "
        "in place of a former image. Start the same command again; if it comes back, report "
        "this code."
    ),
    "IMG-001": N_(
        "Programs are missing on this machine: {names}. Nothing was done. Install their "
        "packages, then start the same command again: sudo apt-get install {packages}"
    ),
    "IMG-002": N_(
        "The program {program} stopped with an error ({status}). What it was to make is not "
        "finished. Read its last lines below, put right what they say, then start the same "
        "command again:\n  {lines}"
    ),
    "IMG-003": N_(
        "There is no room left on the disk ({path}). Nothing unfinished bears the name of an "
        "image, and a former image is still as it was. Free some room, or choose another disk "
        "with --out and --cache, then start the same command again."
    ),
    "IMG-004": N_(
        "The system refused access to {path}: {reason}. Nothing unfinished bears the name of "
        "an image, and a former image is still as it was. Check the path and the rights, then "
        "start the same command again."
    ),
    "IMG-005": N_(
        "The build was interrupted. Nothing unfinished bears the name of an image, and a "
        "former image is still as it was. Start the same command again: the finished steps are "
        "kept, it goes on from there."
    ),
    "IMG-006": N_(
        "The command was interrupted. It had written nothing yet: disks and images are as they "
        "were. Start the same command again."
    ),
    "IMG-007": N_(
        "This needs the rights of the administrator (root): the image holds files of the "
        "system with their owners. Nothing was done. Start the same command again with sudo in "
        "front of it."
    ),
    "IMG-010": N_(
        "--size {size} is too small: the image needs {least} bytes. Nothing was done. Give a "
        "larger size, for example --size 16G, or leave the option out."
    ),
    "IMG-011": N_(
        "--app {path}: there is no frozen kit in this folder. Nothing was done. Name the "
        "folder that holds the program kit, or leave the option out: it is then made."
    ),
    "IMG-012": N_(
        "--out {path} is a folder or a disk, and the image is a file. Nothing was written. "
        "Name a file, for example --out kit.img; the command write puts it on a stick "
        "afterwards."
    ),
    "IMG-013": N_(
        "The file {path} cannot be read: {reason}. Nothing was written. Check the path and the "
        "rights, then start the same command again."
    ),
    "IMG-014": N_(
        "The signing key or the list of trusted keys is not usable. {reason} Nothing was "
        "written. Check the files of --sign and --ring, then start the same command again."
    ),
    "IMG-015": N_(
        "The file {path} is there already. It was not touched: a key is never overwritten. "
        "Give another file name for the new key."
    ),
    "IMG-016": N_(
        "The key {path} can be read by others than its owner. Nothing was signed. Close it, "
        "then start the same command again: chmod 600 {path}"
    ),
    "IMG-017": N_(
        "The key of --sign is not in the list of trusted keys {path}: the kits would refuse "
        "this release. Nothing was written. Sign with a key of the list, or add the public "
        "half of this one to it."
    ),
    "IMG-019": N_(
        "{path}: there is no such folder of prepared kits. Nothing was written. Check the "
        "path; kit fleet prepare makes this folder."
    ),
    "IMG-020": N_(
        "{path}: there is no prepared kit in this folder. Nothing was written. Make the kits "
        "with kit fleet prepare, then start the same command again."
    ),
    "IMG-021": N_(
        "The prepared kit {path} has {size} bytes, and an image takes {most} at most. No image "
        "was made of it. Prepare the fleet again with kit fleet prepare."
    ),
    "IMG-022": N_(
        "{count} images need {wanted} bytes, and only {free} are free. Nothing was written. "
        "Free some room, or put the common image on a larger disk, then start the same command "
        "again."
    ),
    "IMG-023": N_(
        "This machine's apt configuration names no source of Debian packages. Nothing was "
        "made. Add one to it, or name it with --archive 'URI SUITE COMPONENTS'."
    ),
    "IMG-024": N_(
        "--archive does not understand “{line}”. Nothing was made. Write 'URI SUITE "
        "COMPONENTS' in quotes, for example with the suite trixie and the component main."
    ),
    "IMG-025": N_(
        "There is no image {path}. Nothing was written. Check the path, or build the image "
        "first: build_usb_image.py --out {path}"
    ),
    "IMG-030": N_(
        "{disk}\nThis is a part of a disk, not a whole disk. Nothing was written, the disk is "
        "as it was. Give the name of the whole disk, for example /dev/sdb rather than "
        "/dev/sdb1."
    ),
    "IMG-031": N_(
        "{disk}\nThe system of this machine runs from this disk. Nothing was written, the disk "
        "is as it was. Choose another disk; to prepare this computer itself, start it from a "
        "live stick."
    ),
    "IMG-032": N_(
        "{disk}\nThis disk is not removable: it may be the one of the computer. Nothing was "
        "written, the disk is as it was. Plug the stick in and give its name; the option "
        "--laptop alone prepares the internal disk of a laptop."
    ),
    "IMG-033": N_(
        "{disk}\nThis machine uses this disk as swap memory. Nothing was written, the disk is "
        "as it was. Choose another disk, or switch the swap off first (swapoff)."
    ),
    "IMG-034": N_(
        "{disk}\nThis disk is mounted at {places}: somebody may be using it. Nothing was "
        "written, the disk is as it was. Check that it is the right one, save what is on it, "
        "then unmount it and start again: umount {quoted}"
    ),
    "IMG-035": N_(
        "{disk}\nThis disk is in use by {users} (volumes, RAID or encryption). Nothing was "
        "written, the disk is as it was. Choose another disk, or close first what uses it."
    ),
    "IMG-036": N_(
        "{disk}\nThis disk is write-protected. Nothing was written, the disk is as it was. "
        "Move its small switch if it has one, or take another stick."
    ),
    "IMG-037": N_(
        "{disk}\nThis disk counts in sectors of {sector} bytes, and the image in sectors of "
        "{wanted}: it would not start. Nothing was written, the disk is as it was. Take "
        "another disk; an NVMe disk can often be set to {wanted}."
    ),
    "IMG-038": N_(
        "{disk}\nThis disk is too small: {least} GB are needed, it has {size}. Nothing was "
        "written, the disk is as it was. Take a stick of at least {least} GB."
    ),
    "IMG-039": N_(
        "{disk}\nThis disk tells no serial number, so it cannot be told from another one. "
        "Nothing was written, the disk is as it was. Take another stick, or another USB port "
        "or adapter."
    ),
    "IMG-040": N_(
        "{disk}\nThe serial number of the stick to erase was not given, or it is not this "
        "one's. Nothing was written, the disk is as it was. Compare model, size and number "
        "with the stick; if it is the right one, add: --yes-erase {serial}"
    ),
    "IMG-041": N_(
        "{disk}\nThe serial number that was given is not this disk's. Nothing was written, the "
        "disk is as it was. Start the same command again and type the whole number, if this is "
        "really the disk to erase."
    ),
    "IMG-042": N_(
        "{disk}\nSomething on this machine keeps this disk for itself (file system, RAID, "
        "virtual machine). Nothing was written, the disk is as it was. Close what uses it, or "
        "choose another disk."
    ),
    "IMG-043": N_(
        "{disk}\nThis is not the same disk any more, or its state has changed since it was "
        "shown. Nothing was written, the disk is as it was. Check what is plugged in, then "
        "start the same command again."
    ),
    "IMG-044": N_(
        "The disk {path} cannot be opened: {reason}. Nothing was written, the disk is as it "
        "was. Check that it is plugged in and start the same command again with sudo in front "
        "of it."
    ),
    "IMG-045": N_(
        "{path} is no disk that this machine knows. Nothing was written. Plug the stick in, "
        "find its name with lsblk -o PATH,SIZE,MODEL,SERIAL and give it after --device."
    ),
    "IMG-046": N_(
        "The disk {path} does not give back what was written to it: it is worn out or "
        "counterfeit. What was on it is lost. Do not use it; take another stick and start "
        "again."
    ),
    "IMG-047": N_(
        "The writing of {path} was interrupted before its end. This stick is unfinished: it "
        "does not start, and what was on it is lost. The image was not changed. Start the same "
        "command again with the same stick."
    ),
    "IMG-048": N_(
        "The writing of {path} failed before its end. This stick is unfinished: it does not "
        "start, and what was on it is lost. The image was not changed. Plug the stick in again "
        "and start the same command again; if it comes back, take another stick.\n  {reason}"
    ),
    "IMG-050": N_(
        "The image {path} is not the one that its checksum {beside} describes: damaged while "
        "it was copied, or altered. Nothing was written, the disk is as it was. Fetch the "
        "image and its files again from where they came from."
    ),
    "IMG-052": N_(
        "The file {beside} is not the one that the image {path} carries: they are not of one "
        "release, or one was altered. Nothing was written, the disk is as it was. Fetch the "
        "image and its files again from where they came from."
    ),
    "IMG-053": N_(
        "The image {path} cannot be trusted: these parts are altered or not signed by a key "
        "that you trust. Nothing was written, the disk is as it was. Do not use this image; "
        "fetch it again, and check the file of --ring.\n  {rows}"
    ),
    "IMG-055": N_(
        "{path} cannot be read as an image or a stick of Cyber Kit (fault {reason}). Nothing "
        "was written, everything is as it was. Check the path; fetch the image again, or make "
        "the stick again."
    ),
    "IMG-060": N_(
        "The system that was made may not be given away. No image was made. Put right what is "
        "listed in packaging/usb, then start the same command again.\n  {findings}"
    ),
    "IMG-061": N_(
        "The boot program {name} does not bear the signatures that are needed: {lacking}. "
        "Computers would refuse to start it. No image was made. Use an archive with the "
        "current Debian packages, then start again with --relock."
    ),
    "IMG-062": N_(
        "The result is larger than allowed ({over}). No image was made. Take packages out of "
        "packaging/usb, or raise the limit in system.toml."
    ),
    "IMG-063": N_(
        "The system holds {count} kernels ({names}), and one is wanted. No image was made. "
        "Correct the lists in packaging/usb, then start again with --relock."
    ),
    "IMG-064": N_(
        "Kernel and initrd ({used} bytes) do not fit three times on the boot partition. No "
        "image was made. Take drivers out of the initrd in packaging/usb/dracut."
    ),
    "IMG-065": N_(
        "kernel-line.txt holds a character that the boot loader GRUB would read as its own. No "
        "image was made. Take it out of packaging/usb/grub/kernel-line.txt."
    ),
    "IMG-066": N_(
        "The file boot.img of GRUB has {size} bytes instead of {wanted}. No image was made. "
        "Empty the folder of --cache, then start again."
    ),
    "IMG-067": N_(
        "GRUB's part for old computers has {size} bytes, its partition {room}. No image was "
        "made. Take modules out of scripts/image/grub.py."
    ),
    "IMG-068": N_(
        "The system has {size} bytes compressed, and its partition takes {room}. No image was "
        "made. Take packages out of packaging/usb, or choose --compress release."
    ),
    "IMG-069": N_(
        "veritysetup gave no root hash. No image was made. Check the package cryptsetup-bin, "
        "then start the same command again."
    ),
    "IMG-070": N_(
        "The application holds native code that nobody speaks for. No image was made. Name it "
        "in packaging/freeze/natives.toml.\n  {files}"
    ),
    "IMG-071": N_(
        "Line {number} of packages.lock is no package: {line} No image was made. Take the file "
        "of --lock from its source again, or start again with --relock."
    ),
    "IMG-072": N_(
        "packages.lock names no package. No image was made. Take the file of --lock from its "
        "source again, or start again with --relock."
    ),
    "IMG-073": N_(
        "The package archive gives no SHA-256 for {file}, so it cannot be checked. No image "
        "was made. Use another archive (--archive)."
    ),
    "IMG-074": N_(
        "The package {name} {version} could not be fetched. No image was made. Check the "
        "network; if the archive does not have this version any more, start again with "
        "--relock."
    ),
    "IMG-075": N_(
        "The package {name} {version} is not the file that the lock names: it was thrown away. "
        "No image was made. Use another archive (--archive); if it comes back, somebody may "
        "have exchanged the package."
    ),
    "IMG-080": N_(
        "Programs are missing for the test machines. Nothing was started. Install their "
        "packages, then start the same command again: sudo apt-get install {packages}"
    ),
    "IMG-081": N_(
        "There is no scenario {name}. Nothing was started. See their names with --scenario list"
    ),
    "IMG-082": N_(
        "A part of the kit refused this work. {reason} A former image is still as it was. "
        "Start the same command again; if it comes back, report the code."
    ),
}
