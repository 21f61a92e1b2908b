/**
 * The C library functions whose name and signature are the same on every system we run on, with the C type beside each
 * parameter. Numbers that differ (flags, struct layouts) are in `linux.ts` and `darwin.ts`.
 *
 * Only `poll` and `waitid` are `nonblocking`: they may wait. Their `errno` lives on another thread and is lost.
 */

export const POSIX_SYMBOLS = {
  // int getpagesize(void)
  getpagesize: { parameters: [], result: "i32" },
  // void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  // int mlock(const void *addr, size_t length)   addresses travel as numbers: a pointer object takes a permission
  mlock: { parameters: ["usize", "usize"], result: "i32" },
  // int munlock(const void *addr, size_t length)
  munlock: { parameters: ["usize", "usize"], result: "i32" },
  // int madvise(void *addr, size_t length, int advice)
  madvise: { parameters: ["usize", "usize", "i32"], result: "i32" },
  // ssize_t read(int fd, void *buf, size_t count)
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  // ssize_t pread(int fd, void *buf, size_t count, off_t offset)
  pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
  // ssize_t write(int fd, const void *buf, size_t count)
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  // int close(int fd)
  close: { parameters: ["i32"], result: "i32" },
  // int dup(int fd)
  dup: { parameters: ["i32"], result: "i32" },
  // int dup2(int fd, int newfd)
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  // int fsync(int fd)
  fsync: { parameters: ["i32"], result: "i32" },
  // int flock(int fd, int operation)
  flock: { parameters: ["i32", "i32"], result: "i32" },
  // int fchmod(int fd, mode_t mode)
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  // int unlink(const char *path)
  unlink: { parameters: ["buffer"], result: "i32" },
  // int unlinkat(int dirfd, const char *path, int flags)
  unlinkat: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  // int linkat(int fromdir, const char *from, int todir, const char *to, int flags)
  linkat: { parameters: ["i32", "buffer", "i32", "buffer", "i32"], result: "i32" },
  // int renameat(int fromdir, const char *from, int todir, const char *to)
  renameat: { parameters: ["i32", "buffer", "i32", "buffer"], result: "i32" },
  // int mkdir(const char *path, mode_t mode)
  mkdir: { parameters: ["buffer", "u32"], result: "i32" },
  // int rename(const char *from, const char *to)
  rename: { parameters: ["buffer", "buffer"], result: "i32" },
  // ssize_t readlink(const char *path, char *buf, size_t size)
  readlink: { parameters: ["buffer", "buffer", "usize"], result: "isize" },
  // char *realpath(const char *path, char *resolved)   the pointer only tells success
  realpath: { parameters: ["buffer", "buffer"], result: "usize" },
  // int faccessat(int dirfd, const char *path, int mode, int flags)
  faccessat: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  // mode_t umask(mode_t mask)
  umask: { parameters: ["u32"], result: "u32" },
  // int socket(int domain, int type, int protocol)
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  // int bind(int fd, const struct sockaddr *address, socklen_t length)
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // int listen(int fd, int backlog)
  listen: { parameters: ["i32", "i32"], result: "i32" },
  // int connect(int fd, const struct sockaddr *address, socklen_t length)
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // int shutdown(int fd, int how)
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  // int getsockopt(int fd, int level, int name, void *value, socklen_t *length)
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  // int poll(struct pollfd *fds, nfds_t count, int timeout)
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32", nonblocking: true },
  // pid_t getpgrp(void)
  getpgrp: { parameters: [], result: "i32" },
  // pid_t tcgetpgrp(int fd)
  tcgetpgrp: { parameters: ["i32"], result: "i32" },
  // int tcsetpgrp(int fd, pid_t group)
  tcsetpgrp: { parameters: ["i32", "i32"], result: "i32" },
  // int posix_openpt(int flags)
  posix_openpt: { parameters: ["i32"], result: "i32" },
  // int grantpt(int fd)
  grantpt: { parameters: ["i32"], result: "i32" },
  // int unlockpt(int fd)
  unlockpt: { parameters: ["i32"], result: "i32" },
  // int ptsname_r(int fd, char *name, size_t length)   returns the error number; macOS has it since 10.13.4
  ptsname_r: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  // int tcgetattr(int fd, struct termios *settings)
  tcgetattr: { parameters: ["i32", "buffer"], result: "i32" },
  // int tcsetattr(int fd, int when, const struct termios *settings)
  tcsetattr: { parameters: ["i32", "i32", "buffer"], result: "i32" },
  // void cfmakeraw(struct termios *settings)
  cfmakeraw: { parameters: ["buffer"], result: "void" },
  // sighandler_t signal(int number, sighandler_t handler)   only ever given SIG_IGN, a number
  signal: { parameters: ["i32", "usize"], result: "usize" },
  // int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
  waitid: { parameters: ["i32", "u32", "buffer", "i32"], result: "i32", nonblocking: true },
  // pid_t getpid(void)
  getpid: { parameters: [], result: "i32" },
  // pid_t getsid(pid_t pid)
  getsid: { parameters: ["i32"], result: "i32" },
  // uid_t geteuid(void)
  geteuid: { parameters: [], result: "u32" },
  // int kill(pid_t pid, int signal)
  kill: { parameters: ["i32", "i32"], result: "i32" },
  // pid_t waitpid(pid_t pid, int *status, int options)
  waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  // int gethostname(char *name, size_t length)
  gethostname: { parameters: ["buffer", "usize"], result: "i32" },
  // int getrlimit(int resource, struct rlimit *limit)
  getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  // int setrlimit(int resource, const struct rlimit *limit)
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  // int sigfillset(sigset_t *set)
  sigfillset: { parameters: ["buffer"], result: "i32" },
  // int sigemptyset(sigset_t *set)
  sigemptyset: { parameters: ["buffer"], result: "i32" },
  // int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
  //   const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])   returns the error number
  posix_spawn: {
    parameters: ["buffer", "buffer", "buffer", "buffer", "usize", "usize"],
    result: "i32",
  },
  // int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions)
  posix_spawn_file_actions_init: { parameters: ["buffer"], result: "i32" },
  // int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions)
  posix_spawn_file_actions_destroy: { parameters: ["buffer"], result: "i32" },
  // int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int fd, int newfd)
  posix_spawn_file_actions_adddup2: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  // int posix_spawn_file_actions_addclose(posix_spawn_file_actions_t *actions, int fd)
  posix_spawn_file_actions_addclose: { parameters: ["buffer", "i32"], result: "i32" },
  // int posix_spawn_file_actions_addfchdir_np(posix_spawn_file_actions_t *actions, int fd)
  posix_spawn_file_actions_addfchdir_np: { parameters: ["buffer", "i32"], result: "i32" },
  // int posix_spawnattr_init(posix_spawnattr_t *attributes)
  posix_spawnattr_init: { parameters: ["buffer"], result: "i32" },
  // int posix_spawnattr_destroy(posix_spawnattr_t *attributes)
  posix_spawnattr_destroy: { parameters: ["buffer"], result: "i32" },
  // int posix_spawnattr_setflags(posix_spawnattr_t *attributes, short flags)
  posix_spawnattr_setflags: { parameters: ["buffer", "i16"], result: "i32" },
  // int posix_spawnattr_setpgroup(posix_spawnattr_t *attributes, pid_t group)
  posix_spawnattr_setpgroup: { parameters: ["buffer", "i32"], result: "i32" },
  // int posix_spawnattr_setsigdefault(posix_spawnattr_t *attributes, const sigset_t *set)
  posix_spawnattr_setsigdefault: { parameters: ["buffer", "buffer"], result: "i32" },
  // int posix_spawnattr_setsigmask(posix_spawnattr_t *attributes, const sigset_t *set)
  posix_spawnattr_setsigmask: { parameters: ["buffer", "buffer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Numbers that each system gives its own value. */
export interface OsNumbers {
  readonly O_RDONLY: number;
  readonly O_WRONLY: number;
  readonly O_RDWR: number;
  readonly O_CREAT: number;
  readonly O_EXCL: number;
  readonly O_NONBLOCK: number;
  readonly O_NOFOLLOW: number;
  readonly O_DIRECTORY: number;
  readonly O_CLOEXEC: number;
  /** Opens a directory only to name it: `O_PATH`, or `O_RDONLY` where there is none. */
  readonly O_PATH: number;
  readonly F_DUPFD_CLOEXEC: number;
  readonly AT_FDCWD: number;
  readonly AT_EACCESS: number;
  readonly MAP_PRIVATE_ANONYMOUS: number;
  readonly RLIMIT_CORE: number;
  readonly SOL_SOCKET: number;
  readonly POSIX_SPAWN_SETPGROUP: number;
  readonly POSIX_SPAWN_SETSIGDEF: number;
  readonly POSIX_SPAWN_SETSIGMASK: number;
  readonly POSIX_SPAWN_SETSID: number;
  /** Further spawn flags that are wanted on every child. */
  readonly SPAWN_EXTRA_FLAGS: number;
  readonly terminal: TerminalNumbers;
  readonly wait: WaitNumbers;
  readonly errno: Readonly<Record<ErrnoName, number>>;
  readonly signals: Readonly<Record<SignalName, number>>;
}

/** <sys/ioctl.h>, <termios.h>, <fcntl.h>. */
export interface TerminalNumbers {
  readonly O_NOCTTY: number;
  readonly TIOCSWINSZ: number;
  readonly TIOCGWINSZ: number;
  readonly TIOCSCTTY: number;
  readonly TERMIOS_BYTES: number;
}

/** <sys/wait.h> and the layout of `siginfo_t`. */
export interface WaitNumbers {
  readonly WEXITED: number;
  readonly WSTOPPED: number;
  readonly WNOWAIT: number;
  readonly SIGINFO_BYTES: number;
  /** Where `si_status` begins; `si_code` is at 8 on both systems. */
  readonly STATUS_OFFSET: number;
}

/** The error numbers that this code tells apart. */
export type ErrnoName =
  | "EPERM"
  | "ENOENT"
  | "ESRCH"
  | "EINTR"
  | "EIO"
  | "ENXIO"
  | "E2BIG"
  | "ENOEXEC"
  | "EBADF"
  | "ECHILD"
  | "EAGAIN"
  | "ENOMEM"
  | "EACCES"
  | "EEXIST"
  | "ENOTDIR"
  | "EISDIR"
  | "EINVAL"
  | "EFBIG"
  | "EROFS"
  | "EMFILE"
  | "ENOTTY"
  | "ENFILE"
  | "ENOSPC"
  | "EPIPE"
  | "ENAMETOOLONG"
  | "ENOSYS"
  | "ELOOP"
  | "EOPNOTSUPP"
  | "EDQUOT"
  | "EADDRINUSE"
  | "ECONNREFUSED"
  | "ECONNRESET"
  | "ENOTCONN"
  | "EINPROGRESS"
  | "ETXTBSY";

export type SignalName =
  | "SIGHUP"
  | "SIGINT"
  | "SIGQUIT"
  | "SIGILL"
  | "SIGTRAP"
  | "SIGABRT"
  | "SIGBUS"
  | "SIGFPE"
  | "SIGKILL"
  | "SIGUSR1"
  | "SIGSEGV"
  | "SIGUSR2"
  | "SIGPIPE"
  | "SIGALRM"
  | "SIGTERM"
  | "SIGCHLD"
  | "SIGCONT"
  | "SIGSTOP"
  | "SIGTSTP"
  | "SIGTTIN"
  | "SIGTTOU"
  | "SIGURG"
  | "SIGXCPU"
  | "SIGXFSZ"
  | "SIGVTALRM"
  | "SIGPROF"
  | "SIGWINCH"
  | "SIGIO"
  | "SIGSYS";
