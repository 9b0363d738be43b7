# shellcheck shell=bash
# Versions, each whole in a folder of its own:
#   /opt/hearsight/versions/0.1.0-1a2b3c4d    the program, its libraries, its units and this script
#   /opt/hearsight/current -> versions/...    what runs
#   /opt/hearsight/previous -> versions/...   what ran before
# Libraries are hard links into /opt/hearsight/cache: what two versions share takes its room once.

OPT=/opt/hearsight
# What a version is made of, below the project's folder.
PARTS=(pipeline detectors sinks configs deploy pyproject.toml README.md LICENSE)

# As current and previous point: versions/NAME, or nothing.
current() { readlink "$ROOT$OPT/current" 2>/dev/null || true; }
previous() { readlink "$ROOT$OPT/previous" 2>/dev/null || true; }

lock_name() {
  local choice=$EDGE
  if [ -z "$choice" ] && [ -f "$ROOT$OPT/current/lock" ]; then
    if grep -q edge "$ROOT$OPT/current/lock"; then choice=yes; fi
  fi
  if [ "$choice" = yes ]; then echo requirements-edge.lock; else echo requirements.lock; fi
}

# Its number, and a digest of all it is made of: the same sources are the same version.
version_name() {
  local lock number
  lock=$(lock_name)
  number=$(sed -n 's/^version = "\([0-9A-Za-z.+-]*\)"$/\1/p' "$SOURCE/pyproject.toml" | head -n 1)
  [ -n "$number" ] || fail "$SOURCE holds no pyproject.toml with a version: is the project whole?"
  (
    cd "$SOURCE"
    printf '%s\n' "$lock" "$(told "$PYTHON")"
    find "${PARTS[@]}" "$lock" requirements-build.lock -type f ! -path '*/__pycache__/*' -print0 |
      LC_ALL=C sort -z | xargs -0 sha256sum
  ) | sha256sum | cut -c 1-8 | sed "s/^/$number-/"
}

is_built() { [ -e "$ROOT$OPT/versions/$1/complete" ]; }

# Sets VERSION, as current and previous point.
build_version() {
  VERSION=versions/$(version_name)
  step "version ${VERSION#versions/}"
  if is_built "${VERSION#versions/}"; then
    say "is built already"
    return 0
  fi
  folder "$OPT" 0755
  folder "$OPT/versions" 0755
  if [ -n "$DRY" ]; then
    say "would build $OPT/$VERSION with $PYTHON from $(lock_name)"
    return 0
  fi
  BUILDING=$ROOT$OPT/$VERSION
  # What an interrupted build left.
  rm -rf "$BUILDING" "$ROOT$OPT/versions"/.work.*
  trap remove_half_built EXIT
  make_environment "$BUILDING"
  add_box_files "$BUILDING"
  touch "$BUILDING/complete"
  trap - EXIT
  say "built"
}

remove_half_built() {
  rm -rf "$BUILDING" "$ROOT$OPT/versions"/.work.*
  say "the half-built version was removed; what runs is as it was"
}

# Where packages come from: a folder, or what the environment says (a mirror, a proxy).
use_packages() {
  FROM=()
  if [ -n "$OFFLINE" ]; then
    [ -d "$OFFLINE" ] || fail "--offline $OFFLINE: there is no such folder (install.sh wheels makes one)"
    FROM=(--no-index --find-links "$OFFLINE")
  elif [ -n "${PIP_INDEX_URL:-}" ] && [ -z "${UV_DEFAULT_INDEX:-}" ]; then
    export UV_DEFAULT_INDEX=$PIP_INDEX_URL
  fi
}

# The lock file's entry of uv, which installs the rest.
uv_entry() { awk '/^uv==/ {on = 1; print; next} on && /^[^ ]/ {exit} on' "$SOURCE/requirements-dev.lock"; }

# A Python environment with the program in it: every package by the hash in a lock file, those that
# only build it too.
make_environment() {
  local target=$1 work lock
  lock=$(lock_name)
  use_packages
  work=$(mktemp -d "$ROOT$OPT/versions/.work.XXXXXX")
  "$PYTHON" -m venv "$work/tools" || fail "$PYTHON cannot make virtual environments"
  uv_entry >"$work/uv.txt"
  "$work/tools/bin/python" -m pip install --quiet --disable-pip-version-check "${FROM[@]}" \
    --require-hashes -r "$work/uv.txt" || no_packages uv
  export UV_CACHE_DIR=${UV_CACHE_DIR:-$ROOT$OPT/cache}
  local uv=$work/tools/bin/uv
  "$PYTHON" -m venv --without-pip "$target"
  say "libraries from $lock: some minutes and about 5 GB the first time"
  "$uv" pip install --quiet --python "$target/bin/python" "${FROM[@]}" --compile-bytecode \
    --require-hashes --build-constraints "$SOURCE/requirements-build.lock" -r "$SOURCE/$lock" ||
    no_packages "$lock"
  "$uv" build --quiet --wheel --python "$target/bin/python" "${FROM[@]}" --require-hashes \
    --build-constraints "$SOURCE/requirements-build.lock" --out-dir "$work/dist" "$SOURCE" ||
    no_packages requirements-build.lock
  "$uv" pip install --quiet --python "$target/bin/python" --no-deps --no-index --compile-bytecode \
    "$work"/dist/hearsight-*.whl
  printf '%s\n' "$lock" >"$target/lock"
  printf '%s\n' "$PYTHON" >"$target/python"
  rm -rf "$work"
}

no_packages() {
  fail "the packages of $1 could not be installed: see above. Without a network: --offline FOLDER; with a mirror: PIP_INDEX_URL"
}

# Units, the command and this script belong to a version: who goes back has those of then.
add_box_files() {
  install -d -m 0755 "$1/deploy"
  cp -R "$HERE/install.sh" "$HERE/box" "$HERE"/*.service "$HERE/redis-users.acl" \
    "$SOURCE/configs/every-option.yaml" "$1/deploy/"
}

# Now, for whatever starts from now on; what runs keeps the folder that it came from.
switch_to() {
  local before
  before=$(current)
  if [ -n "$before" ] && [ "$before" != "$1" ]; then point $OPT/previous "$before"; fi
  point $OPT/current "$1"
}

forget_old_versions() {
  local folder kept
  [ -z "$DRY" ] || return 0
  for folder in "$ROOT$OPT/versions"/* "$ROOT$OPT/versions"/.work.*; do
    kept=versions/${folder##*/}
    if [ -d "$folder" ] && [ "$kept" != "$(current)" ] && [ "$kept" != "$(previous)" ]; then
      say "removing $kept"
      rm -rf "$folder"
    fi
  done
}

list_versions() {
  local folder name note
  for folder in "$ROOT$OPT/versions"/*/; do
    [ -d "$folder" ] || continue
    name=versions/$(basename "$folder")
    note=''
    [ "$name" != "$(previous)" ] || note=' previous'
    [ "$name" != "$(current)" ] || note=' current'
    [ -e "$folder/complete" ] || note="$note half-built"
    [ ! -e "$folder/failed" ] || note="$note failed"
    printf '%s%s\n' "${name#versions/}" "$note"
  done
}

# A lock file in which 3.11.7 asks for what 3.11.2 needs, too: the box may have either.
for_every_patch() { sed -E "s/ ; python_full_version [<>=]+ '3\.1[12]\.[0-9]+'//"; }

# On a machine of the same kind with a network: what --offline takes.
fetch_wheels() {
  [ -n "$FOLDER" ] || refuse "which folder? install.sh wheels FOLDER"
  find_python
  mkdir -p "$FOLDER"
  local work
  work=$(mktemp -d)
  "$PYTHON" -m venv "$work/tools" || fail "$PYTHON cannot make virtual environments: apt-get install python3-venv"
  uv_entry >"$work/uv.txt"
  # One or two come as sources, whose names and needs are asked of them: with locked tools.
  "$work/tools/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
    -r "$SOURCE/requirements-build.lock" || no_packages requirements-build.lock
  local list
  for list in "$work/uv.txt" "$SOURCE/requirements-build.lock" "$SOURCE/$(lock_name)"; do
    for_every_patch <"$list" >"$work/list.txt"
    "$work/tools/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps \
      --no-build-isolation --require-hashes -d "$FOLDER" -r "$work/list.txt" ||
      no_packages "$(basename "$list")"
  done
  rm -rf "$work"
  say "$(find "$FOLDER" -type f | wc -l) packages for $(uname -m) and $(told "$PYTHON") in $FOLDER"
  say "carry it over with the project's folder, then: deploy/install.sh --offline FOLDER"
}
