#!/bin/bash
# Puts Hearsight on a bare Debian 12 (or a later one), and a new version beside the old.
# deploy/README.md tells the whole way; `deploy/install.sh --help` the options.
set -euo pipefail
umask 022

HERE=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
SOURCE=$(dirname "$HERE")
# shellcheck source-path=SCRIPTDIR
# shellcheck source=box/tell.sh
. "$HERE/box/tell.sh"
# shellcheck source=box/system.sh
. "$HERE/box/system.sh"
# shellcheck source=box/settings.sh
. "$HERE/box/settings.sh"
# shellcheck source=box/versions.sh
. "$HERE/box/versions.sh"
# shellcheck source=box/services.sh
. "$HERE/box/services.sh"

usage() {
  cat <<'TEXT'
install.sh [install] [OPTIONS]   install this version, or update to it; again: puts right what is missing
install.sh rollback              back to the version before
install.sh versions              which versions are here
install.sh wheels FOLDER         fetch what --offline needs, on a box with a network (as any user)
install.sh uninstall [--purge]   remove the program; with --purge its settings and all it recorded, too

  --offline FOLDER        take every package from FOLDER (see wheels), and nothing from a network
  --python PROGRAM        a Python 3.11 or 3.12; default: the one of the running version, or python3
  --edge | --no-edge      with OpenVINO, for Intel's and ARM's processors; default: as before, or without
  --site FILE             take this site file, where there is none yet
  --no-start              put everything in place and start nothing
  --health-timeout S      how long a new version may take to prove itself; default: 300
  --show-password         show the first password also where this is no terminal
  --dry-run               say what would be done, and do nothing
  --root FOLDER           put all files below FOLDER; no packages, no users, nothing started
  --yes                   do not ask before --purge
TEXT
}

# What the options say; the parts read these.
COMMAND=install ROOT='' DRY='' OFFLINE='' PYTHON='' EDGE='' SITE_FILE='' START=1 PURGE='' YES=''
HEALTH_TIMEOUT=300 SHOW_PASSWORD='' FOLDER=''

read_options() {
  if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then
    COMMAND=$1
    shift
  fi
  while [ $# -gt 0 ]; do
    case $1 in
      --offline | --python | --site | --health-timeout | --root)
        [ $# -ge 2 ] || refuse "$1 needs a value: see install.sh --help" ;;
    esac
    case $1 in
      --offline) OFFLINE=$(readlink -m -- "$2"); shift ;;
      --python) PYTHON=$2; shift ;;
      --site) SITE_FILE=$2; shift ;;
      --health-timeout) HEALTH_TIMEOUT=$2; shift ;;
      --root) ROOT=$(readlink -m -- "$2"); shift ;;
      --edge) EDGE=yes ;;
      --no-edge) EDGE=no ;;
      --no-start) START='' ;;
      --show-password) SHOW_PASSWORD=1 ;;
      --dry-run) DRY=1 ;;
      --purge) PURGE=1 ;;
      --yes) YES=1 ;;
      -h | --help) usage; exit 0 ;;
      -*) refuse "there is no option $1: see install.sh --help" ;;
      *)
        [ "$COMMAND" = wheels ] && [ -z "$FOLDER" ] || refuse "what is $1? See install.sh --help"
        FOLDER=$1 ;;
    esac
    shift
  done
  case $HEALTH_TIMEOUT in
    '' | *[!0-9]*) refuse "--health-timeout takes seconds, such as 300" ;;
  esac
}

install_or_update() {
  look_at_machine
  install_packages
  make_user
  write_settings
  build_version
  start_redis
  look_before_switch
  bring_into_service
  first_account
  forget_old_versions
  say_what_is_next
}

main() {
  read_options "$@"
  case $COMMAND in
    install | update) as_root; one_at_a_time; install_or_update ;;
    rollback) as_root; one_at_a_time; roll_back_by_hand ;;
    uninstall) as_root; one_at_a_time; uninstall ;;
    versions) list_versions ;;
    wheels) fetch_wheels ;;
    *) refuse "there is no command $COMMAND: see install.sh --help" ;;
  esac
}

# Sourced, as by the tests, it only defines.
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  main "$@"
fi
