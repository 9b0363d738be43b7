# shellcheck shell=bash
# How install.sh speaks, and the few ways in which it changes anything: all of them heed --dry-run,
# and all paths are below --root.

step() { printf '== %s\n' "$*"; }
say() { printf '   %s\n' "$*"; }
warn() { printf 'look at: %s\n' "$*" >&2; }
# Something is wrong on the box: status 1. Something is wrong with the command line: status 2.
fail() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }
refuse() { printf 'install.sh: %s\n' "$*" >&2; exit 2; }

# A command that changes something outside the files below.
run() {
  if [ -n "$DRY" ]; then
    say "would run: $*"
  else
    "$@"
  fi
}

# Whether users, packages and services are ours to change: not of a tree that only holds files.
live() { [ -z "$ROOT" ]; }

as_root() {
  if live && [ -z "$DRY" ] && [ "$(id -u)" != 0 ]; then
    fail "this needs root: sudo deploy/install.sh (sudo -E, where a proxy or mirror is in the environment)"
  fi
}

# Two at once would write each other's files. The lock lasts as long as this process.
one_at_a_time() {
  [ -z "$DRY" ] || return 0
  install -d -m 0755 "$ROOT/run/lock"
  exec 9>"$ROOT/run/lock/hearsight-install"
  flock -n 9 || fail "another install.sh is at work: wait for it"
}

# folder PATH MODE [OWNER:GROUP]
folder() {
  if [ -n "$DRY" ]; then
    [ -d "$ROOT$1" ] || say "would make $1 (mode $2${3:+, $3})"
    return 0
  fi
  install -d -m "$2" "$ROOT$1"
  owned "$1" "${3:-root:root}"
}

# owned PATH OWNER:GROUP
owned() {
  if live && [ -z "$DRY" ]; then
    chown -h "$2" "$1"
  fi
}

# put PATH MODE OWNER:GROUP <content: written whole or not at all, and never readable by more than
# MODE says. CHANGED then tells whether it was other before. Call it plainly, not in a condition or
# behind a pipe: there a shell passes over failures.
put() {
  local path=$ROOT$1 fresh content
  content=$(cat; printf x)
  content=${content%x}
  [ -n "$content" ] || fail "nothing to write into $1: is deploy/ whole?"
  CHANGED=1
  if printf %s "$content" | cmp -s - "$path" 2>/dev/null; then CHANGED=''; fi
  if [ -n "$DRY" ]; then
    [ -z "$CHANGED" ] || say "would write $1 (mode $2, $3)"
    return 0
  fi
  fresh=$(umask 077 && mktemp "$path.XXXXXX") || fail "$1 cannot be written"
  printf %s "$content" >"$fresh" || fail "$1 cannot be written: is the disk full?"
  if live; then chown "$3" "$fresh"; fi
  chmod "$2" "$fresh"
  sync "$fresh"
  # Also where nothing changed: rights that somebody widened are narrow again.
  mv -fT "$fresh" "$path"
  [ -z "$CHANGED" ] || say "wrote $1"
}

# point LINK TARGET: in one step, so that the link leads somewhere at every moment.
point() {
  if [ -n "$DRY" ]; then
    say "would point $1 at $2"
    return 0
  fi
  ln -sfn "$2" "$ROOT$1.new"
  mv -fT "$ROOT$1.new" "$ROOT$1"
}
