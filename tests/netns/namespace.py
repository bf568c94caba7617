"""A network of this process's own in which every address is local, and so can be listened on.

Nothing of it is seen outside, and it is gone with the process and its children.
"""

import ctypes
import os
import pathlib
import shutil
import subprocess

import processes

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000

# Interface addresses, unlike all others, which are local by a route only.
OWN_V4, OWN_V6 = "93.184.216.200", "2606:2800::200"

COMMANDS = f"""\
link set lo up
route add local 0.0.0.0/0 dev lo
route add local ::/0 dev lo
addr add {OWN_V4}/32 dev lo
addr add {OWN_V6}/128 dev lo nodad
"""

libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result != 0:
        raise processes.PeerError(
            f"{what}: {os.strerror(ctypes.get_errno())}. This needs root (CAP_SYS_ADMIN), or a "
            "system that lets everybody make user namespaces")


def _unshare():
    user, group = os.getuid(), os.getgid()
    flags = CLONE_NEWNS | CLONE_NEWNET | (CLONE_NEWUSER if user != 0 else 0)
    _check(libc.unshare(flags), "no network namespace of our own")
    if user != 0:
        pathlib.Path("/proc/self/setgroups").write_text("deny")
        pathlib.Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        pathlib.Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def _mount(source, target, flags):
    _check(libc.mount(str(source).encode(), str(target).encode(), None, flags, None),
           f"{target} cannot be replaced")


def replace_file(path, text, directory):
    """Replaces a system file for this process and its children; path must exist."""
    copy = pathlib.Path(directory) / pathlib.Path(path).name
    copy.write_text(text)
    _mount(copy, path, MS_BIND)


def enter(directory, nameserver, hosts):
    """Irrevocable: this process stays in its namespace. Call before there are threads."""
    ip = shutil.which("ip", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not ip:
        raise processes.PeerError("ip is not installed (package iproute2)")
    _unshare()
    _mount("none", "/", MS_REC | MS_PRIVATE)
    done = subprocess.run([ip, "-batch", "-"], input=COMMANDS, text=True, timeout=20,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise processes.PeerError(f"the namespace cannot be set up: {done.stdout.strip()}")
    replace_file("/etc/resolv.conf", f"nameserver {nameserver}\n", directory)
    replace_file("/etc/hosts", hosts, directory)
