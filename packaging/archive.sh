#!/usr/bin/env bash
# packaging/archive.sh TARGET BINARY FOLDER: makes the archive of a release in FOLDER, and
# leaves what is in it beside it. The binary has to run here: it writes its own manual
# pages and completions.
set -euo pipefail
target=$1 binary=$2 out=$3
root=$(cd "$(dirname "$0")/.." && pwd)
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -n 1)
name=jobctl-v$version-$target
case $target in
*-windows-*) program=jobctl.exe ;;
*) program=jobctl ;;
esac

folder=$out/$name
rm -rf "$folder"
mkdir -p "$folder/man" "$folder/completions"
cp "$root/README.md" "$root/LICENSE" "$root/CHANGELOG.md" "$folder"
cp "$binary" "$folder/$program"
chmod 755 "$folder/$program"
"$folder/$program" man "$folder/man"
"$folder/$program" completions bash >"$folder/completions/jobctl.bash"
"$folder/$program" completions zsh >"$folder/completions/_jobctl"
"$folder/$program" completions fish >"$folder/completions/jobctl.fish"
"$folder/$program" completions powershell >"$folder/completions/_jobctl.ps1"

cd "$out"
case $target in
*-windows-*) 7z a -bso0 "$name.zip" "$name" ;;
*) tar -czf "$name.tar.gz" "$name" ;;
esac
