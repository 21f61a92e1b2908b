/**
 * Linux, x86_64 and arm64: functions that only Linux has, or that take variable arguments, and its numbers. Both
 * machines share every number here but `O_DIRECTORY` and `O_NOFOLLOW` (asm-generic against arm's own fcntl.h).
 */

import type { OsNumbers } from "./posix.ts";

/** Names to try, in order: glibc, then musl. */
export const LINUX_LIBRARIES = ["libc.so.6", `libc.musl-${Deno.build.arch}.so.1`];

export const LINUX_SYMBOLS = {
  // int *__errno_location(void)
  __errno_location: { parameters: [], result: "pointer" },
  // int open(const char *path, int flags, mode_t mode)   variadic: mode travels as a third int on both machines
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  // int openat(int dirfd, const char *path, int flags, mode_t mode)   as above
  openat: { parameters: ["i32", "buffer", "i32", "u32"], result: "i32" },
  // int fcntl(int fd, int command, int argument)   variadic, as above
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  // int ioctl(int fd, unsigned long request, void *argument)   variadic, as above
  ioctl: { parameters: ["i32", "usize", "pointer"], result: "i32" },
  // int ioctl(int fd, unsigned long request, struct winsize *size)   as above
  ioctl_buffer: { name: "ioctl", parameters: ["i32", "usize", "buffer"], result: "i32" },
  // int prctl(int option, unsigned long, unsigned long, unsigned long, unsigned long)
  prctl: { parameters: ["i32", "usize", "usize", "usize", "usize"], result: "i32" },
  // int pipe2(int fds[2], int flags)
  pipe2: { parameters: ["buffer", "i32"], result: "i32" },
  // int memfd_create(const char *name, unsigned int flags)   glibc 2.27
  memfd_create: { parameters: ["buffer", "u32"], result: "i32", optional: true },
  // int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
  accept4: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32" },
  // int statx(int dirfd, const char *path, int flags, unsigned int mask, struct statx *buf)
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  // long syscall(long number, pid_t pid, unsigned int flags)   old C libraries have no wrapper
  pidfd_open: { name: "syscall", parameters: ["isize", "i32", "u32"], result: "isize" },
  // long syscall(long number, int pidfd, int signal, siginfo_t *info, unsigned int flags)   as above
  pidfd_send_signal: {
    name: "syscall",
    parameters: ["isize", "i32", "i32", "pointer", "u32"],
    result: "isize",
  },
  // int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from)   glibc 2.34
  posix_spawn_file_actions_addclosefrom_np: { parameters: ["buffer", "i32"], result: "i32", optional: true },
  // int posix_spawn_file_actions_addtcsetpgrp_np(posix_spawn_file_actions_t *actions, int fd)   glibc 2.35
  posix_spawn_file_actions_addtcsetpgrp_np: { parameters: ["buffer", "i32"], result: "i32", optional: true },
} as const satisfies Deno.ForeignLibraryInterface;

const IS_ARM = Deno.build.arch === "aarch64";

export const LINUX: OsNumbers = {
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_RDWR: 2,
  O_CREAT: 0o100,
  O_EXCL: 0o200,
  O_NONBLOCK: 0o4000,
  O_DIRECTORY: IS_ARM ? 0o40000 : 0o200000,
  O_NOFOLLOW: IS_ARM ? 0o100000 : 0o400000,
  O_CLOEXEC: 0o2000000,
  O_PATH: 0o10000000,
  F_DUPFD_CLOEXEC: 1030,
  AT_FDCWD: -100,
  AT_EACCESS: 0x200,
  MAP_PRIVATE_ANONYMOUS: 0x22,
  RLIMIT_CORE: 4,
  SOL_SOCKET: 1,
  POSIX_SPAWN_SETPGROUP: 0x02,
  POSIX_SPAWN_SETSIGDEF: 0x04,
  POSIX_SPAWN_SETSIGMASK: 0x08,
  POSIX_SPAWN_SETSID: 0x80,
  SPAWN_EXTRA_FLAGS: 0,
  terminal: { O_NOCTTY: 0o400, TIOCSWINSZ: 0x5414, TIOCGWINSZ: 0x5413, TIOCSCTTY: 0x540e, TERMIOS_BYTES: 60 },
  wait: { WEXITED: 4, WSTOPPED: 2, WNOWAIT: 0x0100_0000, SIGINFO_BYTES: 128, STATUS_OFFSET: 24 },
  errno: {
    EPERM: 1,
    ENOENT: 2,
    ESRCH: 3,
    EINTR: 4,
    EIO: 5,
    ENXIO: 6,
    E2BIG: 7,
    ENOEXEC: 8,
    EBADF: 9,
    ECHILD: 10,
    EAGAIN: 11,
    ENOMEM: 12,
    EACCES: 13,
    EEXIST: 17,
    ENOTDIR: 20,
    EISDIR: 21,
    EINVAL: 22,
    EFBIG: 27,
    EROFS: 30,
    ENFILE: 23,
    EMFILE: 24,
    ENOTTY: 25,
    ETXTBSY: 26,
    ENOSPC: 28,
    EPIPE: 32,
    ENAMETOOLONG: 36,
    ENOSYS: 38,
    ELOOP: 40,
    EOPNOTSUPP: 95,
    EDQUOT: 122,
    EADDRINUSE: 98,
    ECONNRESET: 104,
    ENOTCONN: 107,
    ECONNREFUSED: 111,
    EINPROGRESS: 115,
  },
  signals: {
    SIGHUP: 1,
    SIGINT: 2,
    SIGQUIT: 3,
    SIGILL: 4,
    SIGTRAP: 5,
    SIGABRT: 6,
    SIGBUS: 7,
    SIGFPE: 8,
    SIGKILL: 9,
    SIGUSR1: 10,
    SIGSEGV: 11,
    SIGUSR2: 12,
    SIGPIPE: 13,
    SIGALRM: 14,
    SIGTERM: 15,
    SIGCHLD: 17,
    SIGCONT: 18,
    SIGSTOP: 19,
    SIGTSTP: 20,
    SIGTTIN: 21,
    SIGTTOU: 22,
    SIGURG: 23,
    SIGXCPU: 24,
    SIGXFSZ: 25,
    SIGVTALRM: 26,
    SIGPROF: 27,
    SIGWINCH: 28,
    SIGIO: 29,
    SIGSYS: 31,
  },
};

/** Only used where `Deno.build.os` is linux. */
export const LINUX_ONLY = {
  MADV_DONTDUMP: 16,
  MADV_WIPEONFORK: 18,
  PR_SET_DUMPABLE: 4,
  PR_GET_DUMPABLE: 3,
  PR_SET_NO_NEW_PRIVS: 38,
  PR_GET_NO_NEW_PRIVS: 39,
  SO_PEERCRED: 17,
  SO_PEERPIDFD: 77,
  SOCK_CLOEXEC: 0o2000000,
  SOCK_NONBLOCK: 0o4000,
  SYS_PIDFD_SEND_SIGNAL: 424,
  SYS_PIDFD_OPEN: 434,
  TIOCNOTTY: 0x5422,
  AT_EMPTY_PATH: 0x1000,
  AT_SYMLINK_NOFOLLOW: 0x100,
  AT_SYMLINK_FOLLOW: 0x400,
  /** The bit of O_TMPFILE that is not O_DIRECTORY's. */
  TMPFILE: 0o20000000,
  STATX_BASIC_STATS: 0x7ff,
  MFD_CLOEXEC: 1,
  MFD_ALLOW_SEALING: 2,
  MFD_NOEXEC_SEAL: 8,
  F_SETPIPE_SZ: 1031,
  F_ADD_SEALS: 1033,
  /** F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE. */
  ALL_SEALS: 0xf,
} as const;
