#!/bin/sh
# Prepares a bare Debian or Ubuntu (git, make, python3, python3-venv) for `make run` and `make test`.
#   setup.sh libraries none|x11|wayland   system libraries: installs them as root, asks before sudo,
#                                         else says exactly what is missing and how to install it
#   setup.sh packages                     .venv with the locked packages and the `kit` command
# Safe to repeat and to interrupt: a stamp is written last, a half-made .venv is made again.
# KIT_PYTHON chooses the interpreter; KIT_SETUP_YES=1 answers yes to the sudo question.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
die() { say "setup: $*"; exit 1; }

# ------------------------------------------------------------------ the interpreter

supported() { # is $1 a Python that the wheels exist for?
    "$1" -c 'import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13)))' 2>/dev/null
}

choose_python() { # newest first; one that can make a venv before one that cannot
    fallback=
    for candidate in ${KIT_PYTHON:-python3.13 python3.12 python3.11 python3}; do
        supported "$candidate" || continue
        if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            echo "$candidate"
            return
        fi
        fallback=${fallback:-$candidate}
    done
    echo "$fallback"
}

need_python() {
    python=$(choose_python)
    [ -n "$python" ] || die "no Python 3.11, 3.12 or 3.13 was found (python3 is: $(
        python3 --version 2>/dev/null || echo none)).
  Debian 12 and Ubuntu 24.04 bring one:  apt-get install python3 python3-venv
  Elsewhere, name one:                   KIT_PYTHON=/path/to/python3.12 make setup"
}

# ------------------------------------------------------------------ system packages

package_name() { # Debian 13 and Ubuntu 24.04 renamed some libraries with a t64 ending
    for name in "$1" "$1t64"; do
        if apt-cache policy "$name" 2>/dev/null | grep -q 'Candidate: [^(]'; then
            echo "$name"
            return
        fi
    done
    echo "$1"
}

apt() { # $1: sudo or nothing; the rest: what to do. Its chatter is shown only when it fails.
    runner=$1
    shift
    if ! said=$($runner env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
        --no-install-recommends "$@" 2>&1); then
        say "$said"
        return 1
    fi
}

agreed() { # sudo is never used without a yes
    [ "${KIT_SETUP_YES:-}" = 1 ] && return 0
    [ -t 0 ] && [ -t 2 ] || return 1
    printf 'setup: install with sudo:%s ? [y/N] ' "$1" >&2
    read -r answer
    case $answer in [yYoO]*) return 0 ;; *) return 1 ;; esac
}

install_packages() { # $1: package names, each after a space; false when it may not or cannot
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" = 0 ]; then
        sudo=
    elif command -v sudo >/dev/null && agreed "$1"; then
        sudo=sudo
    else
        return 1
    fi
    apt "$sudo" update || say "setup: the package lists could not be refreshed; trying all the same"
    names=
    for wanted in $1; do names="$names $(package_name "$wanted")"; done
    # shellcheck disable=SC2086  # package names hold no spaces
    apt "$sudo" install $names
}

missing_libraries() { # "library package" for each one of kind $1 that does not load
    grep "^$1 " scripts/system_libraries.txt | while read -r _ library package; do
        "$python" -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$library" 2>/dev/null ||
            echo "$library $package"
    done
}

packages_of() { printf '%s\n' "$1" | while read -r _ package; do printf ' %s' "$package"; done; }

require_libraries() { # $1: kind; false when some are still missing, after saying which
    missing=$(missing_libraries "$1")
    [ -z "$missing" ] && return 0
    wanted=$(packages_of "$missing")
    say "setup: system libraries to install:$wanted"
    install_packages "$wanted" || true
    missing=$(missing_libraries "$1")
    [ -z "$missing" ] && return 0
    say "setup: these system libraries are missing (library, Debian/Ubuntu package):"
    say "$missing"
    say "  as an administrator:  apt-get install$(packages_of "$missing")"
    return 1
}

libraries() {
    need_python
    require_libraries always || die "nothing can be drawn or printed without them; install them, then run this again"
    if [ "$1" != none ] && ! require_libraries "$1"; then
        say "setup: windows may not open without them; tests and the off-screen run work."
        return # no stamp: the next run looks again
    fi
    mkdir -p .venv
    touch ".venv/.stamp-libraries-$1"
}

# ------------------------------------------------------------------ Python packages

half_made() { # was a former preparation interrupted, or has its interpreter gone?
    [ -e .venv/.being-made ] || ! supported .venv/bin/python ||
        ! .venv/bin/python -m pip --version >/dev/null 2>&1
}

make_venv() {
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        install_packages " python3-venv" || true
        "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            die "$python cannot make a virtual environment.  As an administrator:  apt-get install python3-venv"
    fi
    say "setup: making .venv with $("$python" --version)"
    stamps=$(ls .venv/.stamp-libraries-* 2>/dev/null || true)
    "$python" -m venv --clear .venv
    for stamp in $stamps; do touch "$stamp"; done
}

pip_install() {
    .venv/bin/python -m pip --disable-pip-version-check --no-input install --quiet "$@"
}

packages() {
    need_python
    if half_made; then make_venv; fi
    touch .venv/.being-made
    say "setup: installing the locked packages (about 120 MB the first time)"
    pip_install --require-hashes --only-binary :all: \
        -r requirements/run.lock -r requirements/dev.lock ||
        die "the packages could not be installed (see above). Is the network there? Running this again is safe."
    # The checkout itself, as a path and the `kit` command: no network, no build isolation.
    pip_install --no-deps --no-build-isolation --no-index --config-settings editable_mode=compat \
        -e . || die "the checkout could not be made known to .venv (see above)"
    QT_QPA_PLATFORM=offscreen .venv/bin/python -c 'from PySide6 import QtWidgets' ||
        die "Qt does not load (see above): a system library is missing that scripts/system_libraries.txt does not name"
    rm -f .venv/.being-made
    touch .venv/.stamp-packages
}

case ${1:-} in
    libraries) libraries "${2:-none}" ;;
    packages) packages ;;
    *) die "usage: setup.sh libraries none|x11|wayland | packages" ;;
esac
