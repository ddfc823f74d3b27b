#!/bin/sh
# Runs the keychain's tests against a real Secret Service, in a session of its own:
# nothing of the caller's keychain is read or changed.
#
# Needs: gnome-keyring-daemon and dbus-run-session
#        (Debian: apt-get install -y gnome-keyring dbus)
set -eu
cd "$(dirname "$0")/.."

for program in dbus-run-session gnome-keyring-daemon; do
    command -v "$program" > /dev/null || {
        echo "$program is missing; on Debian: apt-get install -y gnome-keyring dbus" >&2
        exit 2
    }
done

# Built before the session begins, so that it ends soon.
cargo test --features keychain --test integration --no-run

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
mkdir -p "$home/.cache" "$home/.local/share" "$home/run"
chmod 700 "$home/run"

JOBCTL_TEST_HOME=$home CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup} \
    HOME=$home XDG_RUNTIME_DIR=$home/run XDG_DATA_HOME=$home/.local/share XDG_CACHE_HOME=$home/.cache \
    dbus-run-session -- sh -eu -c '
        printf test-password | gnome-keyring-daemon --unlock --components=secrets > /dev/null
        cargo test --features keychain --test integration account::keychain -- --ignored --test-threads 1
    '
