# shellcheck shell=bash
# install.sh on a box that is played: files are real, below --root; building, services and the program
# are played. What they are asked is written down in $LOG.
#   bash played_box.sh ARGUMENTS OF install.sh
# shellcheck source=../../deploy/install.sh
. "$INSTALL"
# shellcheck disable=SC2034  # read by what was sourced
SOURCE=$PROJECT

note() { printf '%s\n' "$*" >>"$LOG"; }

# What pip and uv do on a real box.
make_environment() {
  note "build $(lock_name)"
  install -d "$1/bin"
  [ -z "${BUILD_BREAKS:-}" ] || fail "a package is missing"
  cat "$PROJECT/pipeline/program" >"$1/bin/hearsight"
  lock_name >"$1/lock"
  printf '%s\n' "$PYTHON" >"$1/python"
}

in_service() { [ -n "$START" ] && [ -n "${PLAYED:-}" ]; }

systemctl() {
  case $* in
    *is-active*) [ "$(program)" != dead ] ;;
    *NRestarts*) echo "${RESTARTS:-0}" ;;
    *) note "systemctl $*" ;;
  esac
}

# What stands in the current version's program says how it behaves.
program() { cat "$ROOT$OPT/$(current)/bin/hearsight"; }

as_site() {
  note "$(cat "$ROOT$OPT/$1/bin/hearsight"): ${*:2}"
  case "$(cat "$ROOT$OPT/$1/bin/hearsight") $2" in
    'refuses doctor') echo "redis: rights: fail"; return 1 ;;
    'sick test-alert') echo "the canary did not arrive"; return 1 ;;
    *' backup')
      if [ -n "${NEVER_RAN:-}" ]; then echo "error: x is no folder: the site has never run, so"; return 1; fi
      if [ -n "${NO_ROOM:-}" ]; then echo "error: no room"; return 1; fi
      echo saved >"$ROOT$4" ;;
    *' users')
      if [ "$3" = add ]; then echo "password of admin: shown-once"; else printf 'name role\n%s' "${ACCOUNTS:-}"; fi ;;
  esac
}

journalctl() { echo "the last words of $(program)"; }

main "$@"
