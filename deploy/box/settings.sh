# shellcheck shell=bash
# /etc/hearsight: what is the operator's is written once and then left alone; what is ours is written
# anew each time, and says so in its first lines.

ETC=/etc/hearsight
ENVIRONMENT=$ETC/environment
SITE=$ETC/site.yaml
# Set where Redis has to be told.
REDIS_CHANGED=''

write_settings() {
  step "settings in $ETC"
  folder "$ETC" 0755
  write_secrets
  write_redis
  write_site
  folder /etc/systemd/journald.conf.d 0755
  put /etc/systemd/journald.conf.d/50-hearsight.conf 0644 root:root <"$HERE/box/journald.conf"
  if [ -n "$CHANGED" ] && live && services_run; then
    run systemctl try-restart systemd-journald.service
  fi
}

# once PATH MODE OWNER:GROUP <content: where there is no such file yet.
once() {
  if [ -e "$ROOT$1" ]; then
    owned "$1" "$3"
    [ -n "$DRY" ] || chmod "$2" "$ROOT$1"
  else
    put "$1" "$2" "$3"
  fi
}

write_secrets() {
  once "$ENVIRONMENT" 0600 root:root <"$HERE/box/environment"
  [ -z "$DRY" ] || return 0
  local name
  for name in HEARSIGHT_REDIS_PASSWORD CONSOLE_REDIS_PASSWORD; do
    if [ -z "$(secret "$name")" ]; then
      put "$ENVIRONMENT" 0600 root:root < <(with_secret "$name") >/dev/null
      say "made $name"
    fi
  done
}

# secret NAME: its value; nothing where it has none. Values pass through pipes and builtins only: the
# arguments of a program can be read by everybody.
secret() { sed -n "s/^$1=//p" "$ROOT$ENVIRONMENT" | tail -n 1; }

# The file with a value for NAME: 192 random bits.
with_secret() {
  grep -v "^$1=" "$ROOT$ENVIRONMENT" || true
  printf '%s=' "$1"
  head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n'
  printf '\n'
}

digest() { printf %s "$(secret "$1")" | sha256sum | cut -d ' ' -f 1; }

write_redis() {
  folder /var/lib/hearsight-redis 0700 redis:hearsight
  put $ETC/redis.conf 0644 root:root <"$HERE/box/redis.conf"
  REDIS_CHANGED=$CHANGED
  once $ETC/redis.local.conf 0640 root:hearsight <"$HERE/box/redis.local.conf"
  once $ETC/redis.local.acl 0640 root:hearsight <"$HERE/box/redis.local.acl"
  [ -z "$DRY" ] || return 0
  put $ETC/redis-users.acl 0640 root:hearsight < <(redis_users)
  REDIS_CHANGED=$REDIS_CHANGED$CHANGED
}

# The rights of the two users with their passwords' digests, and whom the operator added.
redis_users() {
  sed -e "s/SHA256-OF-THE-PASSWORD-OF-hearsight/$(digest HEARSIGHT_REDIS_PASSWORD)/" \
    -e "s/SHA256-OF-THE-PASSWORD-OF-console/$(digest CONSOLE_REDIS_PASSWORD)/" "$HERE/redis-users.acl"
  # Redis knows no comments in this file.
  grep -Ev '^[[:space:]]*(#|$)' "$ROOT$ETC/redis.local.acl" || true
}

write_site() {
  if [ -e "$ROOT$SITE" ] && [ -n "$SITE_FILE" ]; then
    warn "$SITE is here already and was left alone; --site $SITE_FILE was not used"
  fi
  if [ -n "$SITE_FILE" ]; then
    [ -r "$SITE_FILE" ] || fail "--site $SITE_FILE cannot be read"
    once $SITE 0640 root:hearsight <"$SITE_FILE"
    return 0
  fi
  local zone=UTC
  if [ -s "$ROOT/etc/timezone" ]; then zone=$(head -n 1 "$ROOT/etc/timezone"); fi
  case $zone in *[!A-Za-z0-9/_+-]*) zone=UTC ;; esac
  once $SITE 0640 root:hearsight < <(sed "s|^timezone: UTC$|timezone: $zone|" "$HERE/box/site.yaml")
}

# Whether nobody has written a camera into the site file yet.
is_example_site() { [ ! -e "$ROOT$SITE" ] || grep -q '@192\.0\.2\.41:' "$ROOT$SITE"; }
