#!/usr/bin/env bash
# Puts jobctl on the PATH of the job, for action.yml: the archive of a release, checked
# against the release's list of checksums.
set -euo pipefail

fail() {
  printf '::error title=jobctl::%s\n' "$1"
  exit 1
}

if [ "$INPUT_VERSION" = installed ]; then
  command -v jobctl >/dev/null || fail "there is no jobctl on the PATH"
  jobctl --version
  exit
fi

version=${INPUT_VERSION#v}
if [ -z "$version" ]; then
  version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$GITHUB_ACTION_PATH/Cargo.toml" | head -n 1)
fi
case $version in
'' | *[!0-9A-Za-z.-]*) fail "the input version is no version, such as 0.1.0" ;;
esac

suffix=tar.gz
case $RUNNER_OS-$RUNNER_ARCH in
Linux-X64) target=x86_64-unknown-linux-musl ;;
Linux-ARM64) target=aarch64-unknown-linux-musl ;;
macOS-X64) target=x86_64-apple-darwin ;;
macOS-ARM64) target=aarch64-apple-darwin ;;
Windows-X64) target=x86_64-pc-windows-msvc suffix=zip ;;
*) fail "there is no release for this runner; build jobctl and say version: installed" ;;
esac

name=jobctl-v$version-$target
release=$GITHUB_SERVER_URL/${ACTION_REPOSITORY:-$GITHUB_REPOSITORY}/releases/download/v$version
cd "$(mktemp -d "$RUNNER_TEMP/jobctl.XXXXXX")"
for file in "$name.$suffix" SHA256SUMS; do
  curl --fail --silent --show-error --location --proto-redir =https --retry 3 --output "$file" "$release/$file" ||
    fail "could not download $file of release v$version"
done

expected=$(awk -v file="$name.$suffix" '$2 == file { print $1 }' SHA256SUMS)
if command -v sha256sum >/dev/null; then
  actual=$(sha256sum <"$name.$suffix")
else
  actual=$(shasum -a 256 <"$name.$suffix")
fi
[ "$expected" = "${actual%% *}" ] || fail "$name.$suffix does not match the release's checksums"

case $suffix in
zip) unzip -q "$name.$suffix" ;;
*) tar -xzf "$name.$suffix" ;;
esac
"$name/jobctl" --version
echo "$PWD/$name" >>"$GITHUB_PATH"
