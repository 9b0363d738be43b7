# shellcheck shell=bash
# What runs: the three services, how a new version proves itself, and the way back.

UNITS=(hearsight-redis.service hearsight.service hearsight-console.service)
COMMAND_LINK=/usr/local/bin/hearsight
LAST_WORDS=20

services_run() { [ -d /run/systemd/system ] && command -v systemctl >/dev/null; }

# Whether services are to be started and asked: not of a tree, not of a machine without systemd.
in_service() { live && [ -n "$START" ] && services_run; }

# The units and the command of a version.
place_units() {
  local unit changed='' redis_changed='' from=$ROOT$OPT/$1/deploy
  # A version that is only planned has none yet: those of the project are what it will have.
  if [ -n "$DRY" ] && [ ! -d "$from" ]; then from=$HERE; fi
  folder /etc/systemd/system 0755
  for unit in "${UNITS[@]}"; do
    put "/etc/systemd/system/$unit" 0644 root:root <"$from/$unit"
    changed=$changed$CHANGED
    if [ "$unit" = hearsight-redis.service ]; then redis_changed=$CHANGED; fi
  done
  folder "$(dirname $COMMAND_LINK)" 0755
  put $COMMAND_LINK 0755 root:root <"$from/box/hearsight"
  if live; then
    if [ -n "$changed" ] && services_run; then run systemctl daemon-reload; fi
    if command -v systemctl >/dev/null; then run systemctl --quiet enable "${UNITS[@]}"; fi
  fi
  if [ -n "$redis_changed" ] && in_service; then
    run systemctl restart hearsight-redis.service || no_redis
  fi
}

# as_site VERSION ARGUMENTS...: its command hearsight, as the user of the site.
as_site() {
  HEARSIGHT_PROGRAM=$OPT/$1/bin/hearsight /bin/bash "$HERE/box/hearsight" "${@:2}"
}

start_redis() {
  in_service || return 0
  step "Redis"
  if [ ! -e "$ROOT/etc/systemd/system/hearsight-redis.service" ]; then
    folder /etc/systemd/system 0755
    put /etc/systemd/system/hearsight-redis.service 0644 root:root <"$HERE/hearsight-redis.service"
    run systemctl daemon-reload
  fi
  if [ -n "$REDIS_CHANGED" ]; then
    run systemctl restart hearsight-redis.service || no_redis
  else
    run systemctl start hearsight-redis.service || no_redis
  fi
}

no_redis() { fail "Redis does not start: journalctl -u hearsight-redis -n $LAST_WORDS"; }

# The new version looks the box over while the old one still runs.
look_before_switch() {
  in_service || return 0
  [ -z "$DRY" ] || return 0
  if is_example_site; then
    # Nothing will be started yet: whether the program runs here is all there is to see.
    as_site "$VERSION" check $SITE >/dev/null || fail "the program does not run here: see above"
    return 0
  fi
  step "the new version looks this box over"
  as_site "$VERSION" doctor --no-cameras $SITE ||
    fail "see the failures above: put them right and run this again. Nothing was switched: $(what_runs)"
}

what_runs() {
  local now
  now=$(current)
  if [ -n "$now" ]; then echo "${now#versions/} is current"; else echo "no version is current yet"; fi
}

# What was learned is kept as it was before a newer version touches it.
save_state() {
  is_example_site && return 0
  [ -n "$(current)" ] || return 0
  local file said
  file=/var/lib/hearsight/backups/before-${VERSION#versions/}.tar.gz
  if [ -n "$DRY" ]; then
    say "would back up to $file"
    return 0
  fi
  rm -f "$ROOT$file"
  if ! said=$(as_site "$(current)" backup $SITE "$file" 2>&1); then
    case $said in *'the site has never run'*) return 0 ;; esac
    fail "no backup could be made, and nothing was switched: $said"
  fi
  say "what was learned is kept in $file"
  BACKUP=$file
  # The three newest.
  find "$ROOT/var/lib/hearsight/backups" -name 'before-*.tar.gz' -printf '%T@ %p\n' | sort -rn | tail -n +4 |
    cut -d ' ' -f 2- | xargs -r -d '\n' rm -f
}

bring_into_service() {
  local before earlier
  before=$(current)
  earlier=$(previous)
  BACKUP=''
  if [ "$before" = "$VERSION" ]; then
    step "${VERSION#versions/} is current"
  else
    step "switching to ${VERSION#versions/}"
    if in_service; then save_state; fi
    switch_to "$VERSION"
  fi
  place_units "$VERSION"
  if ! in_service || is_example_site || [ -n "$DRY" ]; then return 0; fi
  start_site
  if is_healthy; then
    say "healthy: a canary went through encoder, judge and outbox to Redis, and was read back"
    rm -f "$ROOT$OPT/$VERSION/failed"
    return 0
  fi
  show_last_words
  if [ -z "$before" ] || [ "$before" = "$VERSION" ]; then
    fail "${VERSION#versions/} is not healthy: $WHY"
  fi
  roll_back_to "$before" "$earlier"
}

# roll_back_to VERSION EARLIER: by itself, after a version that did not prove itself.
roll_back_to() {
  local reason=$WHY failed=$VERSION
  step "back to ${1#versions/}"
  touch "$ROOT$OPT/$failed/failed"
  point $OPT/current "$1"
  if [ -n "$2" ]; then point $OPT/previous "$2"; else rm -f "$ROOT$OPT/previous"; fi
  place_units "$1"
  start_site
  if is_healthy; then
    fail "${failed#versions/} did not become healthy ($reason) and was taken back: ${1#versions/} runs again, healthy${BACKUP:+. What it had learned before is in $BACKUP}"
  fi
  show_last_words
  fail "${failed#versions/} did not become healthy ($reason), and neither did ${1#versions/} after it ($WHY): it is current${BACKUP:+. What it had learned is in $BACKUP: hearsight restore --help}"
}

roll_back_by_hand() {
  local target
  target=$(previous)
  if [ -z "$target" ] || ! is_built "${target#versions/}"; then
    fail "there is no version before this one: $(what_runs)"
  fi
  step "back to ${target#versions/}"
  switch_to "$target"
  place_units "$target"
  if ! in_service || [ -n "$DRY" ]; then return 0; fi
  start_site
  if is_healthy; then
    say "healthy: $(what_runs)"
    return 0
  fi
  show_last_words
  fail "it is not healthy: $WHY. The same command again goes back to where you came from"
}

start_site() {
  systemctl reset-failed "${UNITS[@]}" 2>/dev/null || true
  # A failure shows in what follows.
  systemctl restart hearsight.service hearsight-console.service || true
}

# Whether the site works within its time; else WHY says what is wrong.
is_healthy() {
  local until=$((SECONDS + HEALTH_TIMEOUT))
  while :; do
    WHY=$(what_is_wrong)
    [ -n "$WHY" ] || return 0
    if [ "$SECONDS" -ge "$until" ] || [ "$(restarts)" -ge 3 ]; then return 1; fi
    sleep 2
  done
}

# In words; nothing if nothing is.
what_is_wrong() {
  local unit said
  for unit in "${UNITS[@]}"; do
    if ! systemctl --quiet is-active "$unit"; then
      echo "$unit is $(systemctl is-active "$unit" || true)"
      return 0
    fi
  done
  if ! said=$(as_site "$(current)" test-alert --timeout 20 $SITE 2>&1); then
    # Without a Redis there is nothing to read it back from.
    case $said in *'no Redis sink'*) return 0 ;; esac
    printf '%s' "$said" | tail -n 1
  fi
}

restarts() {
  local number
  number=$(systemctl show --property NRestarts --value hearsight.service 2>/dev/null || true)
  echo "${number:-0}"
}

show_last_words() {
  command -v journalctl >/dev/null || return 0
  journalctl --no-pager --quiet -n $LAST_WORDS -u hearsight.service -u hearsight-console.service >&2 || true
}

# Whoever signs in first: a random password that only this terminal sees.
first_account() {
  if ! in_service || is_example_site || [ -n "$DRY" ]; then return 0; fi
  local accounts
  accounts=$(as_site "$VERSION" users list $SITE) || fail "the accounts cannot be read: see above"
  # Its first line is a heading.
  if [ "$(printf '%s\n' "$accounts" | wc -l)" -gt 1 ]; then return 0; fi
  step "the first account"
  if [ ! -t 1 ] && [ -z "$SHOW_PASSWORD" ]; then
    say "this is no terminal: hearsight users add $SITE admin --role admin shows the password once"
    return 0
  fi
  as_site "$VERSION" users add $SITE admin --role admin
  say "It is shown this once, and has to be changed at the first sign-in."
}

say_what_is_next() {
  step "done"
  [ -z "$DRY" ] || return 0
  if is_example_site; then
    say "1. Write your cameras into $SITE, their passwords into $ENVIRONMENT."
    say "2. hearsight doctor $SITE"
    say "3. Run this again: it starts everything and proves it."
  elif ! in_service; then
    say "nothing was started"
  else
    say "hearsight tail $SITE shows alerts; journalctl -fu hearsight what it does."
  fi
}

uninstall() {
  if [ -n "$PURGE" ] && [ -z "$YES" ] && [ -z "$DRY" ]; then
    local answer
    read -r -p "Delete settings, passwords, clips and all that was learned, for good? Type yes: " answer || true
    [ "$answer" = yes ] || fail "nothing was removed"
  fi
  step "removing the program"
  if live && services_run; then
    run systemctl --quiet disable --now "${UNITS[@]}" || true
  fi
  local unit doomed=("$COMMAND_LINK" /etc/systemd/journald.conf.d/50-hearsight.conf "$OPT")
  for unit in "${UNITS[@]}"; do doomed+=("/etc/systemd/system/$unit"); done
  if [ -n "$PURGE" ]; then
    doomed+=("$ETC" /var/lib/hearsight /var/lib/hearsight-redis /var/cache/hearsight)
  fi
  local path
  for path in "${doomed[@]}"; do
    [ ! -e "$ROOT$path" ] || run rm -rf "$ROOT$path"
  done
  if live && services_run; then run systemctl daemon-reload; fi
  if [ -n "$PURGE" ]; then
    if live && getent passwd hearsight >/dev/null; then run userdel hearsight; fi
    say "all of it is gone; Debian's packages stay: ${PACKAGES[*]}"
  else
    say "kept: $ETC, /var/lib/hearsight, /var/lib/hearsight-redis. A later install.sh takes them up again"
  fi
}
