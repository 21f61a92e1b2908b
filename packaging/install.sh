#!/bin/sh
# Installs CortexAuth's programs from a release: finds the platform, checks the sum, copies, says what comes next.
#
#   install.sh [--version vX.Y.Z] [--bin-dir DIRECTORY] [--from ADDRESS] [--help]
#
# Environment: CORTEX_VERSION, CORTEX_BIN_DIR, CORTEX_INSTALL_FROM. Nothing is changed before the sum was right.
set -eu

from=${CORTEX_INSTALL_FROM:-https://github.com/cortex-auth/cortex-auth/releases}
version=${CORTEX_VERSION:-latest}
bin_dir=${CORTEX_BIN_DIR:-}
programs='cortex-server cortex-daemon cortex cortex-cli'

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
}

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

download() { # address, file
  if has curl; then
    curl --fail --silent --show-error --location --proto-redir '=https,http' --output "$2" "$1"
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
  [ -z "$bin_dir" ] || return 0
  if [ -d /usr/local/bin ] && [ -w /usr/local/bin ]; then
    bin_dir=/usr/local/bin
  else
    [ -n "${HOME:-}" ] || fail 'HOME is not set' 'Name a directory: --bin-dir DIRECTORY'
    bin_dir=$HOME/.local/bin
  fi
}

check_bin_dir() {
  mkdir -p "$bin_dir" 2>/dev/null || fail "cannot make $bin_dir" 'Name another directory: --bin-dir DIRECTORY'
  [ -w "$bin_dir" ] || fail "you may not write to $bin_dir" 'Name another directory: --bin-dir DIRECTORY, or use sudo'
}

has tar || fail 'tar is not here' 'Install it, then run this again'
check_libc
target=$(target)
choose_bin_dir
check_bin_dir

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

if [ "$version" = latest ]; then base=$from/latest/download; else base=$from/download/$version; fi
download "$base/SHA256SUMS" "$work/SHA256SUMS" || fail "there is no release at $base" 'Check --version and --from'
archive=$(grep -E "^[0-9a-f]{64}  cortex-auth-v[^/ ]+-$target\.tar\.gz$" "$work/SHA256SUMS" | head -n 1 | cut -c 67-)
[ -n "$archive" ] || fail "the release has nothing for $target" 'Choose another version: --version vX.Y.Z'
wanted=$(grep -F "  $archive" "$work/SHA256SUMS" | head -n 1 | cut -c 1-64)
say "Downloading $archive"
download "$base/$archive" "$work/$archive" || fail "$archive could not be downloaded" 'Try again later'
found=$(sum_of "$work/$archive")
[ "$found" = "$wanted" ] || fail "the sum of $archive is wrong, so nothing was installed" \
  'Try again; if it stays wrong, tell the project: somebody may have changed the file'

mkdir "$work/unpacked"
tar -xzf "$work/$archive" -C "$work/unpacked" --strip-components=1 || fail "$archive could not be unpacked"
for program in $programs; do
  [ -f "$work/unpacked/$program" ] || fail "$archive lacks $program, so nothing was installed"
done
for program in $programs; do
  # Copied beside and renamed: a program that runs is not written over.
  cp "$work/unpacked/$program" "$bin_dir/.$program.new" || fail "$program could not be copied to $bin_dir"
  chmod 0755 "$bin_dir/.$program.new"
  mv -f "$bin_dir/.$program.new" "$bin_dir/$program"
done

say "Installed $("$bin_dir/cortex" --version) to $bin_dir"
case ":${PATH:-}:" in
  *":$bin_dir:"*) ;;
  *) say "Put it on your PATH:  export PATH=\"$bin_dir:\$PATH\"" ;;
esac
say 'Next: on an agent'"'"'s host, cortex daemon login --url https://your-vault; for the vault itself, cortex-server --help'
