#!/bin/sh
# Installs CortexAuth's programs from a release: finds the platform, checks the sum, copies, says what comes next.
#
#   install.sh [--version vX.Y.Z] [--bin-dir DIRECTORY] [--from ADDRESS] [--help]
#
# Environment: CORTEX_VERSION, CORTEX_BIN_DIR, CORTEX_INSTALL_FROM. Nothing is changed before the sum was right and the
# programs ran. All is in functions, so that half a download runs nothing when this is piped into a shell.
set -eu

programs='cortex-server cortex-daemon cortex'

say() { printf '%s\n' "$*"; }
fail() {
  printf 'install.sh: %s\n' "$1" >&2
  [ $# -lt 2 ] || printf '  %s\n' "$2" >&2
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

usage() {
  say 'Usage: install.sh [--version vX.Y.Z] [--bin-dir DIRECTORY] [--from ADDRESS]'
  say ''
  say '  --version   the release to install (default: the latest)'
  say '  --bin-dir   where the programs go (default: /usr/local/bin where you may write, else ~/.local/bin)'
  say '  --from      where releases are (default: the project on GitHub)'
  say ''
  say 'Where that directory is called bin, completions, man pages and units go into the share beside it.'
}

read_options() {
  from=${CORTEX_INSTALL_FROM:-https://github.com/cortex-auth/cortex-auth/releases}
  version=${CORTEX_VERSION:-latest}
  bin_dir=${CORTEX_BIN_DIR:-}
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) usage; exit 0 ;;
      --version | --bin-dir | --from)
        if [ $# -lt 2 ] || [ -z "$2" ]; then fail "the option $1 needs a value" 'See install.sh --help'; fi
        case $1 in
          --version) version=$2 ;;
          --bin-dir) bin_dir=$2 ;;
          --from) from=$2 ;;
        esac
        shift 2
        ;;
      *) fail "unknown option $1" 'See install.sh --help' ;;
    esac
  done
}

target() {
  case "$(uname -s) $(uname -m)" in
    'Linux x86_64' | 'Linux amd64') say x86_64-unknown-linux-gnu ;;
    'Linux aarch64' | 'Linux arm64') say aarch64-unknown-linux-gnu ;;
    'Darwin arm64') say aarch64-apple-darwin ;;
    'Darwin x86_64') say x86_64-apple-darwin ;;
    *) fail "there is no release for $(uname -s) on $(uname -m)" 'Run it from source: see the README' ;;
  esac
}

# The programs are made for glibc.
check_libc() {
  if [ "$(uname -s)" = Linux ] && has ldd && ldd --version 2>&1 | grep -qi musl; then
    fail 'this system has musl, and the programs need glibc' 'Use a glibc system or container'
  fi
}

# What begins with https stays there, wherever the server sends us.
download() { # address, file
  case $1 in https://*) allowed='=https' ;; *) allowed='=https,http' ;; esac
  if has curl; then
    curl --fail --silent --show-error --location --proto-redir "$allowed" --output "$2" "$1"
  elif has wget; then
    wget --quiet --output-document="$2" "$1"
  else
    fail 'neither curl nor wget is here' 'Install one of them, then run this again'
  fi
}

sum_of() { # file
  if has sha256sum; then
    sha256sum "$1" | cut -d ' ' -f 1
  elif has shasum; then
    shasum -a 256 "$1" | cut -d ' ' -f 1
  elif has openssl; then
    openssl dgst -sha256 -r "$1" | cut -d ' ' -f 1
  else
    fail 'nothing here can compute SHA-256' 'Install sha256sum, shasum or openssl, then run this again'
  fi
}

choose_bin_dir() {
  if [ -z "$bin_dir" ] && [ -d /usr/local/bin ] && [ -w /usr/local/bin ]; then bin_dir=/usr/local/bin; fi
  if [ -z "$bin_dir" ]; then
    [ -n "${HOME:-}" ] || fail 'HOME is not set' 'Name a directory: --bin-dir DIRECTORY'
    bin_dir=$HOME/.local/bin
  fi
  case $bin_dir in /*) ;; *) bin_dir=$PWD/$bin_dir ;; esac
}

# Told before anything is downloaded; made only after.
check_bin_dir() {
  there=$bin_dir
  while [ ! -e "$there" ]; do there=$(dirname "$there"); done
  [ -d "$there" ] || fail "cannot make $bin_dir: $there is no directory" 'Name another directory: --bin-dir DIRECTORY'
  [ -w "$there" ] || fail "you may not write to $there" 'Name another directory: --bin-dir DIRECTORY, or use sudo'
}

# Leaves the unpacked release in $work/unpacked.
fetch() {
  if [ "$version" = latest ]; then base=$from/latest/download; else base=$from/download/$version; fi
  download "$base/SHA256SUMS" "$work/SHA256SUMS" || fail "there is no release at $base" 'Check --version and --from'
  line=$(grep -E "^[0-9a-f]{64}  cortex-auth-v[^/ ]+-$target\.tar\.gz$" "$work/SHA256SUMS" | head -n 1)
  [ -n "$line" ] || fail "the release has nothing for $target" 'Choose another version: --version vX.Y.Z'
  archive=${line#*  }
  say "Downloading $archive"
  download "$base/$archive" "$work/$archive" || fail "$archive could not be downloaded" 'Try again later'
  [ "$(sum_of "$work/$archive")" = "${line%% *}" ] ||
    fail "the sum of $archive is wrong, so nothing was installed" \
      'Try again; if it stays wrong, tell the project: somebody may have changed the file'
  mkdir "$work/unpacked"
  tar -xzf "$work/$archive" -C "$work/unpacked" --strip-components=1 || fail "$archive could not be unpacked"
  for program in $programs; do
    [ -f "$work/unpacked/$program" ] || fail "$archive lacks $program, so nothing was installed"
  done
}

# Copied beside, tried, and renamed together: what runs is not written over, and what does not run is not installed.
install_programs() {
  mkdir -p "$bin_dir" || fail "cannot make $bin_dir" 'Name another directory: --bin-dir DIRECTORY'
  for program in $programs; do
    cp "$work/unpacked/$program" "$bin_dir/.$program.new" || fail "$program could not be copied to $bin_dir"
    chmod 0755 "$bin_dir/.$program.new"
  done
  for program in $programs; do
    "$bin_dir/.$program.new" --version >"$work/said" 2>&1 ||
      fail "$program does not run here, so nothing was installed: $(head -n 1 "$work/said")" \
        'It needs a system with glibc 2.27 or newer, or macOS 11'
  done
  for program in $programs; do mv -f "$bin_dir/.$program.new" "$bin_dir/$program"; done
  # The name that the predecessor's commands have.
  ln -sf cortex "$bin_dir/cortex-cli"
}

# What helps, but is not needed: nothing fails for it.
install_help() {
  [ "$(basename "$bin_dir")" = bin ] || return 0
  share=$(dirname "$bin_dir")/share
  unpacked=$work/unpacked
  mkdir -p "$share/man/man1" "$share/bash-completion/completions" "$share/zsh/site-functions" \
    "$share/fish/vendor_completions.d" "$share/cortex-auth/units" 2>/dev/null || return 0
  cp "$unpacked"/man/*.1 "$share/man/man1/" || return 0
  cp "$unpacked/completions/cortex.bash" "$share/bash-completion/completions/cortex" || return 0
  cp "$unpacked/completions/_cortex" "$share/zsh/site-functions/_cortex" || return 0
  cp "$unpacked/completions/cortex.fish" "$share/fish/vendor_completions.d/cortex.fish" || return 0
  for unit in "$unpacked"/units/*; do
    sed "s#@bindir@#$bin_dir#" "$unit" >"$share/cortex-auth/units/$(basename "$unit")" || return 0
  done
  say "Completions, man pages and units are in $share"
}

say_next() {
  case ":${PATH:-}:" in
    *":$bin_dir:"*) ;;
    *) say "Put it on your PATH:  export PATH=\"$bin_dir:\$PATH\"" ;;
  esac
  say 'Next: on an agent'"'"'s host, cortex daemon login --url https://your-vault; for the vault itself, cortex-server --help'
}

clean_up() {
  rm -rf "$work"
  for program in $programs; do rm -f "$bin_dir/.$program.new"; done
}

main() {
  read_options "$@"
  has tar || fail 'tar is not here' 'Install it, then run this again'
  check_libc
  target=$(target)
  choose_bin_dir
  check_bin_dir
  work=$(mktemp -d)
  trap clean_up EXIT
  trap 'exit 130' INT TERM HUP
  fetch
  install_programs
  say "Installed $("$bin_dir/cortex" --version) to $bin_dir"
  install_help
  say_next
}

main "$@"
