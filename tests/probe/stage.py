"""A pod and a host that answers, each in a network namespace of its own; no packet leaves them.

Run as a program inside fresh user, mount and network namespaces, where it may do what it likes:
``python stage.py ANSWERS DIRECTORY COMMAND...`` runs the command as the pod. ANSWERS is how many
questions the cluster's DNS answers; ``drop`` before the command drops what goes to the host, as a
network plugin does.
"""

import ctypes
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

HOST = "10.6.0.10"
DNS = "10.6.0.53"
POD = "10.6.0.2"
PORT = 443
NOBODY = "02:00:00:00:00:99"
"""A hardware address that no interface has: what is sent there is gone without an answer."""
_DIE_WITH_PARENT = 1


def main():
    answers, directory, *command = sys.argv[1:]
    drops = command[0] == "drop"
    ready, tell = os.pipe()
    addressed, go = os.pipe()
    host = os.fork()
    if host == 0:
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        be_the_host(int(answers), tell, addressed)
    os.read(ready, 1)
    ip("link", "add", "eth0", "type", "veth", "peer", "name", "eth1", "netns", str(host))
    ip("address", "add", f"{POD}/24", "dev", "eth0")
    ip("link", "set", "eth0", "up")
    for address in (HOST, DNS):
        ip("address", "add", f"{address}/24", "dev", "eth1", inside=host)
    ip("link", "set", "eth1", "up", inside=host)
    os.write(go, b".")
    os.read(ready, 1)
    if drops:
        ip("neighbour", "add", HOST, "lladdr", NOBODY, "dev", "eth0")
    resolve_at_the_dns(Path(directory))
    done = subprocess.run(command[1:] if drops else command, check=False)
    os.kill(host, signal.SIGKILL)
    os.waitpid(host, 0)
    sys.exit(done.returncode)


def ip(*words, inside=None):
    enter = ["nsenter", "--target", str(inside), "--net"] if inside else []
    subprocess.run([*enter, "ip", *words], check=True)


def resolve_at_the_dns(directory):
    file = directory / "resolv.conf"
    file.write_text(f"nameserver {DNS}\noptions timeout:1 attempts:1\n")
    subprocess.run(["mount", "--bind", file, Path("/etc/resolv.conf").resolve()], check=True)


def be_the_host(answers, tell, addressed):
    """Accept connections and answer names once the parent has given the namespace its addresses."""
    unshare_network()
    os.write(tell, b".")
    os.read(addressed, 1)
    listener = socket.create_server((HOST, PORT))
    names = socket.socket(type=socket.SOCK_DGRAM)
    names.bind((DNS, 53))
    threading.Thread(target=accept, args=(listener,), daemon=True).start()
    os.write(tell, b".")
    for _ in range(answers):
        question, asker = names.recvfrom(512)
        names.sendto(answer(question), asker)
    signal.pause()


def unshare_network():
    clone_newnet = 0x40000000
    if ctypes.CDLL(None, use_errno=True).unshare(clone_newnet):
        raise OSError(ctypes.get_errno(), "unshare")


def accept(listener):
    while True:
        listener.accept()[0].close()


def answer(question):
    """Say that the name asked for has one address, if the question is for an IPv4 one."""
    end = question.index(b"\0", 12) + 5
    wants_ipv4 = question[end - 4 : end - 2] == b"\0\1"
    header = question[:2] + struct.pack(">HHHHH", 0x8180, 1, int(wants_ipv4), 0, 0)
    record = struct.pack(">HHHIH4B", 0xC00C, 1, 1, 60, 4, 10, 96, 0, 1) if wants_ipv4 else b""
    return header + question[12:end] + record


if __name__ == "__main__":
    main()
