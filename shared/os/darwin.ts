/**
 * macOS, Intel and Apple Silicon, WRITTEN FROM APPLE'S HEADERS AND NOT RUN HERE.
 *
 * Hazard: on Apple Silicon, variable arguments travel on the stack while named ones travel in registers. `open`,
 * `fcntl` and `ioctl` are therefore declared with six unused integers in between there, which fill the registers; on Intel, where
 * the convention is one, they are declared plainly.
 */

import type { OsNumbers } from "./posix.ts";

export const DARWIN_LIBRARIES = ["/usr/lib/libSystem.B.dylib"];

const IS_ARM = Deno.build.arch === "aarch64";

export const DARWIN_SYMBOLS = {
  // int *__error(void)
  __error: { parameters: [], result: "pointer" },
  // int open(const char *path, int flags, ... mode_t mode)
  open_arm: {
    name: "open",
    parameters: ["buffer", "i32", "i64", "i64", "i64", "i64", "i64", "i64", "u64"],
    result: "i32",
  },
  open_intel: { name: "open", parameters: ["buffer", "i32", "u32"], result: "i32" },
  // int openat(int dirfd, const char *path, int flags, ... mode_t mode)
  openat_arm: {
    name: "openat",
    parameters: ["i32", "buffer", "i32", "i64", "i64", "i64", "i64", "i64", "u64"],
    result: "i32",
  },
  openat_intel: { name: "openat", parameters: ["i32", "buffer", "i32", "u32"], result: "i32" },
  // int fcntl(int fd, int command, ... int argument)
  fcntl_arm: {
    name: "fcntl",
    parameters: ["i32", "i32", "i64", "i64", "i64", "i64", "i64", "i64", "i64"],
    result: "i32",
  },
  fcntl_intel: { name: "fcntl", parameters: ["i32", "i32", "i32"], result: "i32" },
  // int ioctl(int fd, unsigned long request, ... struct winsize *size)
  ioctl_arm: {
    name: "ioctl",
    parameters: ["i32", "usize", "i64", "i64", "i64", "i64", "i64", "i64", "buffer"],
    result: "i32",
  },
  ioctl_intel: { name: "ioctl", parameters: ["i32", "usize", "buffer"], result: "i32" },
  // int pipe(int fds[2])
  pipe: { parameters: ["buffer"], result: "i32" },
  // int accept(int fd, struct sockaddr *address, socklen_t *length)
  accept: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  // int fstat(int fd, struct stat *buf)   the 64-bit inode form: a symbol of its own on Intel
  fstat: { name: IS_ARM ? "fstat" : "fstat$INODE64", parameters: ["i32", "buffer"], result: "i32" },
  // int lstat(const char *path, struct stat *buf)
  lstat: { name: IS_ARM ? "lstat" : "lstat$INODE64", parameters: ["buffer", "buffer"], result: "i32" },
  // int getpeereid(int fd, uid_t *uid, gid_t *gid)
  getpeereid: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  // int proc_pidpath(int pid, void *buf, uint32_t size)
  proc_pidpath: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // int proc_pidinfo(int pid, int flavor, uint64_t arg, void *buf, int size)
  proc_pidinfo: { parameters: ["i32", "i32", "u64", "buffer", "i32"], result: "i32" },
  // int ptrace(int request, pid_t pid, caddr_t address, int data)
  ptrace: { parameters: ["i32", "i32", "pointer", "i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

export const DARWIN: OsNumbers = {
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_RDWR: 2,
  O_CREAT: 0x200,
  O_EXCL: 0x800,
  O_NONBLOCK: 0x4,
  O_NOFOLLOW: 0x100,
  O_DIRECTORY: 0x100000,
  O_CLOEXEC: 0x1000000,
  O_PATH: 0,
  F_DUPFD_CLOEXEC: 67,
  AT_FDCWD: -2,
  AT_EACCESS: 0x10,
  MAP_PRIVATE_ANONYMOUS: 0x1002,
  RLIMIT_CORE: 4,
  SOL_SOCKET: 0xffff,
  POSIX_SPAWN_SETPGROUP: 0x02,
  POSIX_SPAWN_SETSIGDEF: 0x04,
  POSIX_SPAWN_SETSIGMASK: 0x08,
  POSIX_SPAWN_SETSID: 0x400,
  /** POSIX_SPAWN_CLOEXEC_DEFAULT: only what the file actions name is left open. */
  SPAWN_EXTRA_FLAGS: 0x4000,
  terminal: {
    O_NOCTTY: 0x20000,
    TIOCSWINSZ: 0x80087467,
    TIOCGWINSZ: 0x40087468,
    TIOCSCTTY: 0x20007461,
    TERMIOS_BYTES: 72,
  },
  wait: { WEXITED: 4, WSTOPPED: 8, WNOWAIT: 0x20, SIGINFO_BYTES: 104, STATUS_OFFSET: 20 },
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
    EAGAIN: 35,
    EINPROGRESS: 36,
    EADDRINUSE: 48,
    ECONNRESET: 54,
    ENOTCONN: 57,
    ECONNREFUSED: 61,
    ELOOP: 62,
    EDQUOT: 69,
    EOPNOTSUPP: 102,
    ENAMETOOLONG: 63,
    ENOSYS: 78,
  },
  signals: {
    SIGHUP: 1,
    SIGINT: 2,
    SIGQUIT: 3,
    SIGILL: 4,
    SIGTRAP: 5,
    SIGABRT: 6,
    SIGFPE: 8,
    SIGKILL: 9,
    SIGBUS: 10,
    SIGSEGV: 11,
    SIGSYS: 12,
    SIGPIPE: 13,
    SIGALRM: 14,
    SIGTERM: 15,
    SIGURG: 16,
    SIGSTOP: 17,
    SIGTSTP: 18,
    SIGCONT: 19,
    SIGCHLD: 20,
    SIGTTIN: 21,
    SIGTTOU: 22,
    SIGIO: 23,
    SIGXCPU: 24,
    SIGXFSZ: 25,
    SIGVTALRM: 26,
    SIGPROF: 27,
    SIGWINCH: 28,
    SIGUSR1: 30,
    SIGUSR2: 31,
  },
};

/** Only used where `Deno.build.os` is darwin. */
export const DARWIN_ONLY = {
  SOL_LOCAL: 0,
  LOCAL_PEERPID: 0x002,
  F_SETFD: 2,
  FD_CLOEXEC: 1,
  PT_DENY_ATTACH: 31,
  /** proc_pidinfo flavour and size of struct proc_bsdinfo; its start time is at 120 (s) and 128 (µs). */
  PROC_PIDTBSDINFO: 3,
  PROC_BSDINFO_BYTES: 136,
} as const;
