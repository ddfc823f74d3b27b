#!/usr/bin/env bash
# packaging/deb.sh FOLDER OUT: makes a Debian package in OUT of a folder that archive.sh
# left, jobctl-vVERSION-TARGET. The program is linked statically: it depends on nothing.
set -euo pipefail
from=$1 out=$2
name=$(basename "$from")
name=${name#jobctl-v}
case $name in
*-x86_64-unknown-linux-*) arch=amd64 ;;
*-aarch64-unknown-linux-*) arch=arm64 ;;
*)
  echo "error: $from is for no Debian machine" >&2
  exit 1
  ;;
esac
version=${name%-*-unknown-linux-*}
debian=${version/-/\~}-1 # 1.0.0-rc.1 comes before 1.0.0

umask 022
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"
doc=$tree/usr/share/doc/jobctl
install -D -m 755 "$from/jobctl" "$tree/usr/bin/jobctl"
install -D -m 644 -t "$tree/usr/share/man/man1" "$from"/man/*.1
install -D -m 644 "$from/completions/jobctl.bash" "$tree/usr/share/bash-completion/completions/jobctl"
install -D -m 644 "$from/completions/_jobctl" "$tree/usr/share/zsh/vendor-completions/_jobctl"
install -D -m 644 "$from/completions/jobctl.fish" "$tree/usr/share/fish/vendor_completions.d/jobctl.fish"
install -D -m 644 "$from/CHANGELOG.md" "$doc/changelog"
{
  printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: jobctl\n\nFiles: *\n'
  sed -n 's/^Copyright (c)/Copyright:/p' "$from/LICENSE"
  printf 'License: MIT\n'
  sed -e '1,/^Copyright/d' -e 's/^$/./' -e 's/^/ /' "$from/LICENSE" | sed 1d
} >"$doc/copyright"
gzip -9n "$doc/changelog" "$tree"/usr/share/man/man1/*.1

mkdir "$tree/DEBIAN"
(cd "$tree" && find usr -type f -exec md5sum {} + | LC_ALL=C sort -k 2) >"$tree/DEBIAN/md5sums"
cat >"$tree/DEBIAN/control" <<END
Package: jobctl
Version: $debian
Architecture: $arch
Maintainer: The jobctl authors
Installed-Size: $(du -sk "$tree/usr" | cut -f 1)
Recommends: ca-certificates
Section: utils
Priority: optional
Description: cancel jobs at SaaS vendors, and know that they stopped
 jobctl cancels jobs at Datafold, Prequel, Unstructured and Veeva Vault, and
 tells what became of each: cancelled only where the vendor has said so.
END
dpkg-deb --build --root-owner-group -Zxz "$tree" "$out/jobctl_${version}_$arch.deb"
