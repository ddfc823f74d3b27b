#!/usr/bin/env bash
# packaging/check-version.sh [FOLDER]: Cargo.toml, Cargo.lock, the newest heading of
# CHANGELOG.md, the action's `@v0` in the documents and, on a tag, its name must agree.
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
[ -n "$version" ] || fail "Cargo.toml has no version"
locked=$(awk '$0 == "name = \"jobctl\"" { getline; gsub(/"/, "", $3); print $3; exit }' Cargo.lock)
[ "$locked" = "$version" ] || fail "Cargo.lock has version $locked, Cargo.toml $version"
heading=$(grep -m 1 '^## ' CHANGELOG.md)
case $heading in
"## $version (unreleased)") released=no ;;
"## $version ("[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]")") released=yes ;;
*) fail "the newest heading of CHANGELOG.md is \"$heading\", not \"## $version (unreleased)\" or with the day" ;;
esac

while read -r reference; do
  [ "$reference" = "jobctl@v${version%%.*}" ] || fail "the documents say $reference, and the version is $version"
done < <(grep -rhoE 'jobctl@v[0-9][0-9.]*' README.md docs action.yml)

if [ "${GITHUB_REF_TYPE:-}" = tag ]; then
  [ "${GITHUB_REF_NAME:-}" = "v$version" ] || fail "the tag is ${GITHUB_REF_NAME:-nothing}, not v$version"
  [ "$released" = yes ] || fail "CHANGELOG.md calls $version unreleased"
fi
echo "version $version, released: $released"
