# shellcheck shell=bash
# The machine: is it fit, its packages, and the user that Hearsight runs as.

# Room for one version, in MB: the libraries, and while they are unpacked.
NEEDED_MB=12000
PACKAGES=(ca-certificates python3 python3-venv redis-server)

look_at_machine() {
  step "the machine"
  find_python
  if ! live; then
    say "files only, below $ROOT"
    return 0
  fi
  command -v dpkg-query >/dev/null || fail "this is no Debian: install by hand, see deploy/README.md"
  case $(uname -m) in
    x86_64 | aarch64) ;;
    *) fail "no packages are locked for $(uname -m): x86_64 and aarch64 go" ;;
  esac
  local there=$OPT
  while [ ! -d "$there" ]; do there=$(dirname "$there"); done
  local free
  free=$(df --output=avail -m "$there" | tail -n 1 | tr -d ' ')
  if [ "$free" -lt "$NEEDED_MB" ] && ! is_built "$(version_name)"; then
    fail "$free MB are free in $there, a version needs $NEEDED_MB MB while it is unpacked: make room"
  fi
  services_run || warn "systemd does not run here: everything is put in place, nothing is started"
}

# The Python that builds the version: named, or the running version's, or the system's.
find_python() {
  local candidate
  if [ -n "$PYTHON" ]; then
    suits "$PYTHON" || fail "--python $PYTHON: Hearsight needs Python 3.11 or 3.12, this is $(told "$PYTHON")"
    return 0
  fi
  local before=''
  [ ! -f "$ROOT$OPT/current/python" ] || before=$(cat "$ROOT$OPT/current/python")
  for candidate in $before python3 python3.12 python3.11; do
    if suits "$candidate"; then
      PYTHON=$(command -v "$candidate")
      return 0
    fi
  done
  # A bare Debian has none at all before its packages are installed.
  PYTHON=python3
  if command -v python3 >/dev/null || ! live || [ -n "$OFFLINE" ]; then
    fail "no Python 3.11 or 3.12 here (python3 is $(told python3)): install one and name it: --python /path/to/python3.12"
  fi
}

suits() {
  "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null
}

told() { "$1" --version 2>&1 || true; }

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

install_packages() {
  live || return 0
  step "packages"
  local package missing=() redis_is_new=''
  for package in "${PACKAGES[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    say "all here: ${PACKAGES[*]}"
  elif [ -n "$OFFLINE" ]; then
    fail "without a network these must be here already: ${missing[*]} (apt-get install, from Debian's disks)"
  else
    is_installed redis-server || redis_is_new=1
    say "installing ${missing[*]}"
    run apt_get update -qq || fail "apt-get update failed: see above. A proxy is a setting of apt's own"
    run apt_get install -y -qq --no-install-recommends "${missing[@]}" ||
      fail "apt-get could not install ${missing[*]}: see above"
    if [ -n "$redis_is_new" ] && command -v systemctl >/dev/null; then
      # Debian's own listens on a port, without a password. Ours has a service of its own.
      run systemctl --quiet disable --now redis-server.service
    fi
  fi
  if [ -z "$DRY" ]; then
    suits "$PYTHON" || fail "$PYTHON is $(told "$PYTHON"); Hearsight needs 3.11 or 3.12: name one with --python"
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null ||
      fail "$PYTHON cannot make virtual environments: install the venv package that belongs to it"
    local version
    version=$(redis-server --version | sed -n 's/.* v=\([0-9]*\)\..*/\1/p')
    [ "${version:-0}" -ge 7 ] || fail "redis-server is older than 7, whose users cannot be limited enough"
  fi
}

# What it says of each package is of no use here; what goes wrong it says on stderr.
apt_get() { DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 "$@" >/dev/null; }

make_user() {
  step "the user hearsight"
  if live; then
    if getent passwd hearsight >/dev/null; then
      say "is here"
    else
      run useradd --system --user-group --home-dir /var/lib/hearsight --no-create-home \
        --shell /usr/sbin/nologin --comment Hearsight hearsight
    fi
    local group
    for group in video render; do
      # Graphics cards belong to these, where there are any.
      if getent group "$group" >/dev/null; then run usermod -aG "$group" hearsight; fi
    done
  fi
  folder /var/lib/hearsight 0700 hearsight:hearsight
  folder /var/lib/hearsight/backups 0700 hearsight:hearsight
}
