#!/bin/bash
# Tries deploy/install.sh on a bare Debian with a systemd of its own, from nothing to a watched camera,
# through an update and a version that does not work. As root, with debootstrap, a network and 15 GB:
#   make try-install                       or: tests/deploy/tree/try.sh TREE
# MIRROR names another mirror of Debian, SUITE another release; PIP_INDEX_URL and proxies pass through.
# A cache of uv on the same disk (UV_CACHE) saves downloads and room; WHEELS, a folder that `install.sh
# wheels` filled, lets it try a box without a network. KEEP=1 leaves the box running.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PROJECT=$(cd "$HERE/../../.." && pwd)
TREE=$(readlink -m -- "${1:?which folder is the tree? try.sh TREE}")
SITE=/etc/hearsight/site.yaml
CAMERA=127.0.0.1:18554
PASSES=(PIP_INDEX_URL UV_DEFAULT_INDEX SSL_CERT_FILE PIP_CERT PIP_DEFAULT_TIMEOUT http_proxy https_proxy no_proxy)
BEGAN=$SECONDS

step() { printf '\n######## %s (%s s)\n' "$*" "$((SECONDS - BEGAN))"; }
ok() { printf 'OK    %s\n' "$*"; }
broken() { printf 'BROKEN %s\n' "$*" >&2; exit 1; }

# --- the box -------------------------------------------------------------------------------------

make_tree() {
  step "a bare Debian"
  if [ -e "$TREE/etc/debian_version" ]; then
    ok "is there already: $(cat "$TREE/etc/debian_version")"
    return
  fi
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,procps "${SUITE:-bookworm}" "$TREE" ${MIRROR:+"$MIRROR"}
  cp /etc/resolv.conf /etc/hosts "$TREE/etc/"
  # A site's own certificate authorities and ways to Debian's packages, where it has some.
  mkdir -p "$TREE/usr/local/share/ca-certificates"
  cp -r /usr/local/share/ca-certificates/. "$TREE/usr/local/share/ca-certificates/" 2>/dev/null || true
  echo bare >"$TREE/etc/hostname"
  if [ -n "${UV_CACHE:-}" ]; then
    mkdir -p "$TREE/opt/hearsight"
    cp -al "$UV_CACHE" "$TREE/opt/hearsight/cache"
  fi
}

boot() {
  step "it starts, with a systemd of its own"
  if [ -e "$TREE.init" ] && INIT=$(cat "$TREE.init") && [ "$(readlink "/proc/$INIT/root" 2>/dev/null)" = / ] &&
    [ "$(inside cat /etc/hostname 2>/dev/null)" = bare ]; then
    ok "runs already, process $INIT"
    return
  fi
  local group=/sys/fs/cgroup
  [ ! -d $group/unified ] || group=$group/unified
  mkdir -p $group/hearsight-tree
  # The box's groups are below this one, which is the root of what it sees.
  (
    echo "$BASHPID" >$group/hearsight-tree/cgroup.procs
    exec unshare --fork --kill-child --pid --mount --uts --ipc --cgroup \
      /bin/bash "$HERE/boot.sh" "$TREE" >"$TREE.console" 2>&1
  ) &
  UNSHARED=$!
  trap end_of_box EXIT
  local until=$((SECONDS + 60)) state=''
  until [ "$state" = running ] || [ "$state" = degraded ]; do
    [ $SECONDS -lt $until ] || { cat "$TREE.console"; broken "it does not start ($state)"; }
    sleep 0.5
    INIT=$(cat "/proc/$UNSHARED/task/$UNSHARED/children" 2>/dev/null | tr -d ' ') || true
    [ -z "$INIT" ] || state=$(inside systemctl is-system-running 2>/dev/null || true)
  done
  echo "$INIT" >"$TREE.init"
  ok "systemd $(inside systemctl --version | head -n 1 | cut -d ' ' -f 2) is $state, process $INIT"
  [ "$state" = running ] || inside systemctl --failed --no-legend
}

end_of_box() {
  [ -n "${KEEP:-}" ] || { kill -KILL "$UNSHARED" 2>/dev/null; rm -f "$TREE.init"; } || true
}

# A command in the box, as root; variables of PASSES go along.
inside() {
  local name environ=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb)
  for name in "${PASSES[@]}"; do
    [ -z "${!name:-}" ] || environ+=("$name=${!name}")
  done
  nsenter --target "$INIT" --mount --pid --uts --ipc --cgroup --root env -i -C /root "${environ[@]}" "$@"
}

# bring NUMBER: the project's folder as that version, as somebody would copy it to the box.
bring() {
  rm -rf "$TREE/root/hearsight"
  mkdir -p "$TREE/root/hearsight"
  (cd "$PROJECT" && git ls-files -z --cached --others --exclude-standard | tar --null -T - -c) | tar -x -C "$TREE/root/hearsight"
  chown -R root:root "$TREE/root/hearsight"
  sed -i "s/^version = .*/version = \"$1\"/" "$TREE/root/hearsight/pyproject.toml"
}

current() { basename "$(readlink "$TREE/opt/hearsight/current")" | cut -d - -f 1; }

# until SECONDS WHAT COMMAND...: how long it took.
await() {
  local limit=$1 what=$2 began=$SECONDS
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $((SECONDS - began)) -lt "$limit" ] || broken "$what: not within $limit s"
    sleep 0.5
  done
  ok "$what, after $((SECONDS - began)) s"
}

# --- from nothing to a watched camera ------------------------------------------------------------

install_bare() {
  step "install.sh on the bare box"
  bring 0.1.0
  inside /root/hearsight/deploy/install.sh
  [ "$(current)" = 0.1.0 ] || broken "current is $(current)"
  ok "version 0.1.0 is current"
  local mode
  mode=$(inside stat -c '%a %U:%G' /etc/hearsight/environment)
  [ "$mode" = '600 root:root' ] || broken "environment is $mode"
  ok "passwords are root's alone: $mode"
}

write_down_a_camera() {
  step "a camera, written down"
  if grep -q '^CAMERA_PASSWORD=$' "$TREE/etc/hearsight/environment"; then
    local password
    password=$(head -c 12 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
    sed -i "s/^CAMERA_PASSWORD=$/CAMERA_PASSWORD=$password/" "$TREE/etc/hearsight/environment"
  fi
  sed -i -e "s#@192.0.2.41:554/stream1#@$CAMERA/scene#" -e 's/audio: "off"/audio: score/' \
    -e 's/1 per week/1 per hour/' "$TREE$SITE"
  # The network is the machine's, where these ports may be taken.
  grep -q 19464 "$TREE$SITE" || printf 'health: {port: 19464}\n' >>"$TREE$SITE"
  grep -q 18460 "$TREE$SITE" || sed -i 's/^console:$/console:\n  port: 18460/' "$TREE$SITE"
  cat >"$TREE/etc/systemd/system/camera.service" <<UNIT
[Service]
EnvironmentFile=/etc/hearsight/environment
ExecStart=/bin/sh -c 'HEARSIGHT_CAMERA_PASSWORD=\$\$CAMERA_PASSWORD exec /opt/hearsight/current/bin/hearsight simulate-camera scene --seed 7 --port ${CAMERA#*:} --user viewer'
DynamicUser=yes
PrivateTmp=yes
# It shows its address with the password, for people.
StandardOutput=null
UNIT
  inside systemctl daemon-reload
  inside systemctl restart camera
  await 120 "the simulated camera listens" inside bash -c "exec 3<>/dev/tcp/${CAMERA%:*}/${CAMERA#*:}"
  inside hearsight check $SITE
  inside hearsight doctor $SITE || broken "the doctor finds fault"
  ok "the doctor finds nothing that fails"
}

start_it() {
  step "install.sh again: it starts, and proves itself"
  inside /root/hearsight/deploy/install.sh --show-password | tee "$TREE.said"
  grep -q 'healthy: a canary' "$TREE.said" || broken "no canary"
  grep -q '^password of admin: ' "$TREE.said" || broken "no first password"
  ok "healthy, and the first password was shown"
  if inside /root/hearsight/deploy/install.sh --show-password | grep 'password of'; then broken "it was shown twice"; fi
  ok "and not a second time"
}

# As the console's user, through the socket. The password is no argument here, either.
alerts() {
  # shellcheck disable=SC2016  # the box's shell fills it in
  inside sh -c 'REDISCLI_AUTH=$(sed -n s/^CONSOLE_REDIS_PASSWORD=//p /etc/hearsight/environment)
    export REDISCLI_AUTH
    exec redis-cli -s /run/hearsight-redis/redis.sock --user console --no-auth-warning "$@"' sh "$@"
}

fire_is_told() { alerts XRANGE hearsight:alerts - + | grep -A1 '^rule$' | grep -q '^fire$'; }

see_an_alert() {
  step "an alert from the camera"
  await 240 "a fire is alerted on Redis" fire_is_told
  alerts XRANGE hearsight:alerts - + | grep -A1 -E '^(camera|rule|severity)$' | grep -v -- '^--' | paste - - - - - - | sort | uniq -c
  inside python3 -c 'import urllib.request as u; print(u.urlopen("http://127.0.0.1:18460/healthz", timeout=5).read())'
  ok "the console answers"
}

reload_it() {
  step "another camera, by a reload"
  local before
  before=$(main_process hearsight)
  sed -i "s#^cameras:#cameras:\n  again:\n    url: rtsp://\${CAMERA_USER}:\${CAMERA_PASSWORD}@$CAMERA/scene#" "$TREE$SITE"
  inside systemctl reload hearsight
  await 60 "it is online" inside sh -c "journalctl -u hearsight -o cat --no-pager | grep '\"again\", \"state\": \"online\"'"
  [ "$(main_process hearsight)" = "$before" ] || broken "the site was started anew"
  ok "in the process that ran before"
}

nothing_shows_a_password() {
  step "who can read the passwords"
  local name value
  while IFS='=' read -r name value; do
    case $name in *PASSWORD) ;; *) continue ;; esac
    # Looked for by a program that is not given it as an argument.
    if inside sh -c 'ps -eww -o args; journalctl --no-pager -o cat' | grep -F -f <(printf '%s\n' "$value") >/dev/null; then
      broken "$name stands in ps or in the journal"
    fi
    ok "$name is in no argument of a program, and not in the journal"
  done <"$TREE/etc/hearsight/environment"
  value=$(sed -n 's/^password of admin: //p' "$TREE.said")
  if inside journalctl --no-pager -o cat | grep -F -f <(printf '%s\n' "$value") >/dev/null; then broken "the first password is in the journal"; fi
  ok "the first password is not in the journal"
  if inside setpriv --reuid nobody --regid nogroup --clear-groups cat /etc/hearsight/environment 2>/dev/null; then broken "nobody reads it"; fi
  ok "another user cannot read the file"
  inside systemd-analyze security --no-pager hearsight hearsight-console hearsight-redis 2>/dev/null | grep -E 'Overall' || true
}

main_process() { inside systemctl show --property MainPID --value "$1"; }
is_another() { local now; now=$(main_process "$1"); [ "$now" != 0 ] && [ "$now" != "$2" ]; }
canary_passes() { inside hearsight test-alert --timeout 20 $SITE; }

still_ones_are_restarted() {
  step "the watchdog"
  local unit before
  for unit in hearsight hearsight-console; do
    before=$(main_process $unit)
    inside kill -STOP "$before"
    await 30 "$unit stood still and is started anew" is_another $unit "$before"
  done
  await 90 "a canary passes" canary_passes
}

redis_is_killed() {
  step "Redis is killed"
  local before count
  count=$(alerts XLEN hearsight:alerts)
  before=$(main_process hearsight-redis)
  inside kill -KILL "$before"
  await 30 "it is back" is_another hearsight-redis "$before"
  await 60 "a canary passes" canary_passes
  [ "$(alerts XLEN hearsight:alerts)" -ge "$count" ] || broken "alerts are gone"
  ok "all $count entries are there, and $(($(alerts XLEN hearsight:alerts) - count)) more"
}

# --- update, and back ----------------------------------------------------------------------------

update() {
  step "an update"
  bring 0.2.0
  local count
  count=$(alerts XLEN hearsight:alerts)
  inside /root/hearsight/deploy/install.sh
  [ "$(current)" = 0.2.0 ] || broken "current is $(current)"
  [ "$(alerts XLEN hearsight:alerts)" -ge "$count" ] || broken "alerts are gone"
  inside hearsight users list $SITE | grep '^ *admin ' || broken "the account is gone"
  ok "0.2.0 is current, and healthy; $(du -sh "$TREE/opt/hearsight/versions" | cut -f 1) for two versions"
}

break_it() {
  step "a version that does not work"
  bring 0.3.0
  # It loads, finds nothing wrong, and never judges a thing.
  sed -i 's/^    """Judge until told to stop."""$/&\n    raise SystemExit(1)/' "$TREE/root/hearsight/pipeline/judge.py"
  cmp -s "$PROJECT/pipeline/judge.py" "$TREE/root/hearsight/pipeline/judge.py" && broken "nothing was broken"
  if inside /root/hearsight/deploy/install.sh --health-timeout 60 >"$TREE.said" 2>&1; then
    cat "$TREE.said"
    broken "it was taken"
  fi
  tail -n 5 "$TREE.said"
  grep -q 'did not become healthy' "$TREE.said" || broken "it was not even tried"
  [ "$(current)" = 0.2.0 ] || broken "current is $(current)"
  canary_passes || broken "0.2.0 does not work again"
  ok "taken back by itself: 0.2.0 runs, and a canary passes"
  inside /opt/hearsight/current/deploy/install.sh versions
}

back_by_hand() {
  step "back by hand"
  inside /opt/hearsight/current/deploy/install.sh rollback
  [ "$(current)" = 0.1.0 ] || broken "current is $(current)"
  ok "0.1.0 runs"
}

without_a_network() {
  step "a version without a network"
  if [ -z "${WHEELS:-}" ]; then
    echo "      not tried: WHEELS names no folder of install.sh wheels"
    return
  fi
  bring 0.4.0
  rm -rf "$TREE/root/wheels"
  cp -al "$WHEELS" "$TREE/root/wheels"
  # Nor with what was fetched before.
  inside unshare --net env UV_CACHE_DIR=/var/tmp/empty /root/hearsight/deploy/install.sh --offline /root/wheels --no-start
  rm -rf "$TREE/var/tmp/empty" "$TREE/root/wheels"
  [ "$(current)" = 0.4.0 ] || broken "current is $(current)"
  inside hearsight check $SITE >/dev/null
  ok "0.4.0 is current, and runs"
}

# What is kept, and not only of a database or a site that runs.
kept() {
  (cd "$TREE/var/lib" && find hearsight hearsight-redis -type f ! -name '*-wal' ! -name '*-shm' ! -name 'control.*' ! -path '*/cache/*' | sort)
}

take_it_off() {
  step "uninstall keeps the data"
  inside systemctl stop camera
  kept >"$TREE.before"
  inside /opt/hearsight/current/deploy/install.sh uninstall
  [ ! -e "$TREE/opt/hearsight" ] || broken "the program is there"
  if kept | comm -13 - "$TREE.before" | grep .; then broken "these are gone"; fi
  ok "the program is gone, and all of the $(wc -l <"$TREE.before") files of data are there"
}

[ "$(id -u)" = 0 ] || broken "this needs root"
command -v debootstrap >/dev/null || broken "apt-get install debootstrap"
PARTS=${PARTS:-make_tree boot install_bare write_down_a_camera start_it see_an_alert reload_it nothing_shows_a_password still_ones_are_restarted redis_is_killed update break_it back_by_hand without_a_network take_it_off}
for part in $PARTS; do "$part"; done
step "all of it passed"
