"""What another process of the same user can try against ours. Prints one JSON object; decides nothing.

    attacker.py look PID          every way into another process's memory, environment and descriptors
    attacker.py bind SOCKET OUT   takes the socket's place, and writes what callers send into OUT
    attacker.py ended SOCKET PID [reuse]  speaks through a connection whose maker has ended, while PID was held up
    attacker.py push TERMINAL     types into a terminal
    attacker.py become SOCKET PID REQUEST PROGRAM...  says a request, and is another program before PID looks
"""

import ctypes
import errno
import json
import os
import signal
import socket
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long
libc.syscall.restype = ctypes.c_long
PTRACE_ATTACH, PTRACE_DETACH, PTRACE_SEIZE = 16, 17, 0x4206
PIDFD_OPEN, PIDFD_GETFD = 434, 438
TIOCSTI = 0x5412


def attempt(action):
    try:
        action()
        return "worked"
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))


def called(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result


def read_file(path):
    with open(path, "rb") as file:
        file.read(64)


def trace(pid, request):
    called(libc.ptrace(request, pid, None, None))
    if request == PTRACE_ATTACH:
        os.waitpid(pid, 0)
        libc.ptrace(PTRACE_DETACH, pid, None, None)
        return
    # A seized process has to be stopped before it can be let go: the end of this process does both.


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def read_memory(pid):
    space = ctypes.create_string_buffer(16)
    here, there = Vector(ctypes.addressof(space), 16), Vector(16, 16)
    result = libc.process_vm_readv(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
    # An address that is not mapped: the right to read was there.
    if result < 0 and ctypes.get_errno() != errno.EFAULT:
        raise OSError(ctypes.get_errno(), "refused")


def steal_descriptor(pid):
    handle = called(libc.syscall(PIDFD_OPEN, pid, 0))
    called(libc.syscall(PIDFD_GETFD, handle, 0, 0))


def look(pid):
    pid = int(pid)
    base = f"/proc/{pid}"
    ways = {
        "environ": lambda: read_file(f"{base}/environ"),
        "mem": lambda: os.close(os.open(f"{base}/mem", os.O_RDONLY)),
        "mem for writing": lambda: os.close(os.open(f"{base}/mem", os.O_RDWR)),
        "maps": lambda: read_file(f"{base}/maps"),
        "auxv": lambda: read_file(f"{base}/auxv"),
        "fd": lambda: os.listdir(f"{base}/fd"),
        "fd/0": lambda: os.close(os.open(f"{base}/fd/0", os.O_RDONLY | os.O_NONBLOCK)),
        "map_files": lambda: os.listdir(f"{base}/map_files"),
        "cwd": lambda: os.readlink(f"{base}/cwd"),
        "process_vm_readv": lambda: read_memory(pid),
        "pidfd_getfd": lambda: steal_descriptor(pid),
        "PTRACE_ATTACH": lambda: trace(pid, PTRACE_ATTACH),
        "PTRACE_SEIZE": lambda: trace(pid, PTRACE_SEIZE),
    }
    return {name: attempt(action) for name, action in ways.items()}


def bind(path, out):
    os.unlink(path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    print(json.dumps({"bound": True}), flush=True)
    with open(out, "wb", buffering=0) as file:
        while True:
            connection, _ = listener.accept()
            connection.settimeout(1)
            try:
                while data := connection.recv(65536):
                    file.write(data)
            except TimeoutError:
                pass
            connection.close()


def ended(path, daemon, reuse=""):
    """The daemon is held up, so that it looks only once the maker of the connection is gone."""
    daemon = int(daemon)
    os.kill(daemon, signal.SIGSTOP)
    connection = socket.socket(socket.AF_UNIX)
    maker = os.fork()
    if maker == 0:
        connection.connect(path)
        os._exit(0)
    os.waitpid(maker, 0)
    connection.sendall(b'{"cmd":"status"}\n')
    print(json.dumps({"maker": maker}), flush=True)
    if reuse:
        sys.stdin.readline()
    os.kill(daemon, signal.SIGCONT)
    connection.settimeout(10)
    try:
        return {"answer": connection.recv(65536).decode()}
    except ConnectionResetError:
        return {"answer": ""}


def push(terminal):
    import fcntl

    file = os.open(terminal, os.O_RDWR | os.O_NOCTTY)
    return {"TIOCSTI": attempt(lambda: fcntl.ioctl(file, TIOCSTI, b"x"))}


def become(path, daemon, request, *program):
    daemon = int(daemon)
    os.kill(daemon, signal.SIGSTOP)
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    connection.sendall(request.encode() + b"\n")
    os.set_inheritable(connection.fileno(), True)
    if os.fork() == 0:
        time.sleep(1)
        os.kill(daemon, signal.SIGCONT)
        os._exit(0)
    os.execv(program[0], program)


if __name__ == "__main__":
    verbs = {"become": become, "look": look, "bind": bind, "ended": ended, "push": push}
    print(json.dumps(verbs[sys.argv[1]](*sys.argv[2:])), flush=True)
