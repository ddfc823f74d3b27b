#!/usr/bin/env bash
# How fast jobctl is beside what people script today: the same work done by jobctl
# and by curl or wrk, against the same server in the same minute, as ratios.
#
#   benches/compare.sh [--growth] [PATH_OF_JOBCTL]
#
# Needs curl, hyperfine, wrk, nginx, openssl, jq and GNU time. Starts a server of
# its own on free loopback ports, in a folder that is gone afterwards. The record
# of each run, verification and redaction stay on. --growth measures 1,000 to
# 1,000,000 jobs too, which takes minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
growth=
if [ "${1-}" = --growth ]; then
  growth=1
  shift
fi
jobctl=$(realpath "${1-target/release/jobctl}")
[ -x "$jobctl" ] || { echo "no program at $jobctl: cargo build --release --locked" >&2; exit 1; }
for tool in curl hyperfine wrk nginx openssl jq; do
  command -v "$tool" >/dev/null || { echo "missing: $tool" >&2; exit 1; }
done
gnu_time=$(type -P time) || { echo "missing: GNU time" >&2; exit 1; }

ROUNDS=${ROUNDS:-5}
dir=$(mktemp -d)
server= shm=
cleanup() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  [ -z "$server" ] || wait "$server" 2>/dev/null || true
  rm -rf "$dir" ${shm:+"$shm"}
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# Nothing of the caller's settings, and records of its own.
export HOME=$dir XDG_STATE_HOME=$dir/state XDG_CONFIG_HOME=$dir/config
export DATAFOLD_API_KEY=not-a-real-key-0123456789
mkdir -p "$dir/logs"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
  -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:false \
  -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
platform=
for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
  [ ! -f "$bundle" ] || { platform=$bundle; break; }
done
cat ${platform:+"$platform"} "$dir/cert.pem" >"$dir/bundle.pem"

start() {
  cat >"$dir/nginx.conf" <<CONF
worker_processes 1;
daemon off;
pid $dir/nginx.pid;
error_log $dir/logs/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path $dir/logs; proxy_temp_path $dir/logs; fastcgi_temp_path $dir/logs;
  uwsgi_temp_path $dir/logs; scgi_temp_path $dir/logs;
  server {
    listen 127.0.0.1:$1;
    listen 127.0.0.1:$2 ssl;
    ssl_certificate $dir/cert.pem;
    ssl_certificate_key $dir/key.pem;
    default_type application/json;
    location ~ ^/api/v1/datadiffs/([0-9]+)/cancel$ { return 200 '{"id":\$1,"status":"cancelled"}'; }
  }
}
CONF
  nginx -c "$dir/nginx.conf" -e "$dir/logs/error.log" &
  server=$!
  for _ in $(seq 50); do
    kill -0 "$server" 2>/dev/null || return 1
    curl -so /dev/null "http://127.0.0.1:$1/" && return 0
    sleep 0.1
  done
  return 1
}
plain=
for _ in 1 2 3 4 5; do
  # nginx ends where a port is taken, and then others are tried.
  plain=$((20000 + RANDOM % 20000)) secure=$((20000 + RANDOM % 20000))
  [ "$plain" -ne "$secure" ] && start "$plain" "$secure" && break
  plain=
done
[ -n "$plain" ] || { echo "nginx did not start" >&2; cat "$dir/logs/error.log" >&2; exit 1; }
url=http://127.0.0.1:$plain
export DATAFOLD_HOST=$url

# Prints the median of the lines on stdin.
median() { sort -g | awk '{ all[NR] = $1 } END { print NR % 2 ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2 }'; }

row() { printf '| %s | %s | %s | %s |\n' "$@"; }

# Runs two commands beside each other, in several rounds, and prints how the second
# one's wall time and CPU time relate to the first one's: the median of the rounds'
# ratios, each of which is one of medians.
versus() { # runs, other, ours
  for _ in $(seq "$ROUNDS"); do
    hyperfine --shell=none --style=none --warmup 2 --runs "$1" --export-json "$dir/measured.json" "$2" "$3" >/dev/null 2>&1
    jq -r '.results | [.[1].median / .[0].median, (.[1].user + .[1].system) / (.[0].user + .[0].system)] | @tsv' \
      "$dir/measured.json"
  done >"$dir/ratios"
  wall=$(cut -f1 "$dir/ratios" | median)
  cpu=$(cut -f2 "$dir/ratios" | median)
  printf '%.2f (CPU %.2f)' "$wall" "$cpu"
}

# Peak memory in KiB and wall time in seconds of a command; its output is dropped.
peak() { "$gnu_time" -o "$dir/peak" -f '%M %e' "$@" >/dev/null && cat "$dir/peak"; }

refs() { seq -f 'datafold:%.0f' "$1"; }
refs 20000 >"$dir/20k"
refs 50000 >"$dir/50k"
seq 20000 | sed "s|.*|url = $url/api/v1/datadiffs/&/cancel\nrequest = POST\noutput = /dev/null|" >"$dir/curl.cfg"
echo 'wrk.method = "POST"' >"$dir/post.lua"

echo "$("$jobctl" --version) beside $(curl --version | head -1 | cut -d' ' -f1-2), $(nproc) cores, medians of $ROUNDS rounds"
echo
row what against target measured
row --- --- --- ---
row '`--version`' '`curl --version`' '≤ 0.25' "$(versus 60 'curl --version' "$jobctl --version")"
row '`--help`' '`curl --version`' '≤ 0.25' "$(versus 60 'curl --version' "$jobctl --help")"
row '`completions bash`' '`curl --version`' '≤ 0.25' "$(versus 60 'curl --version' "$jobctl completions bash")"
row 'one cancel over http' '`curl -s -X POST`' '≤ 0.35' \
  "$(versus 60 "curl -s -X POST $url/api/v1/datadiffs/5/cancel" "$jobctl cancel datafold 5 --no-config")"
# What a disk's flush takes at the end of each record is the disk's.
if shm=$(mktemp -d -p /dev/shm 2>/dev/null); then
  row 'the same, its record in memory (`/dev/shm`)' '`curl -s -X POST`' '≤ 0.35' \
    "$(XDG_STATE_HOME=$shm versus 60 "curl -s -X POST $url/api/v1/datadiffs/5/cancel" "$jobctl cancel datafold 5 --no-config")"
fi
export SSL_CERT_FILE=$dir/bundle.pem DATAFOLD_HOST=https://127.0.0.1:$secure
row 'one cancel over https, the platform'"'"'s trust store' '`curl --cacert` with the same bundle' '≤ 0.5' \
  "$(versus 30 "curl -s -X POST --cacert $dir/bundle.pem $DATAFOLD_HOST/api/v1/datadiffs/5/cancel" \
    "$jobctl cancel datafold 5 --no-config")"
unset SSL_CERT_FILE
export DATAFOLD_HOST=$url
row '20,000 cancels from a file, 32 at once' '`curl --parallel --parallel-max 32`' '≤ 0.5' \
  "$(versus 3 "curl -s --parallel --parallel-max 32 -K $dir/curl.cfg" \
    "$jobctl cancel -f $dir/20k --concurrency 32 -o ndjson --no-config")"
for _ in $(seq "$ROUNDS"); do
  most=$(wrk -t1 -c32 -d2s -s "$dir/post.lua" "$url/api/v1/datadiffs/5/cancel" | awk '/^Requests\/sec/ { print $2 }')
  read -r _ took < <(peak "$jobctl" cancel -f "$dir/50k" --concurrency 32 -o ndjson --no-config)
  awk -v most="$most" -v took="$took" 'BEGIN { print 50000 / took / most }'
done >"$dir/ratios"
row '50,000 cancels, requests a second' '`wrk -t1 -c32`' '≥ 0.45' "$(printf %.2f "$(median <"$dir/ratios")")"

memory() { # jobs, format
  refs "$1" | peak "$jobctl" cancel -f - --concurrency 32 -o "$2" --no-config
}
read -r small _ < <(memory 10000 ndjson)
read -r large _ < <(memory 200000 ndjson)
read -r document _ < <(memory 200000 json)
row 'peak memory, 10,000 ids on stdin, `-o ndjson`' '' '≤ 10 MiB' "$(awk "BEGIN { printf \"%.1f MiB\", $small / 1024 }")"
row 'growth from 10,000 to 200,000 ids' '' '≤ 40 bytes a job' \
  "$(awk "BEGIN { printf \"%.0f bytes a job\", ($large - $small) * 1024 / 190000 }")"
row 'peak memory, 200,000 ids, `-o json`' '' '≤ 96 MiB' "$(awk "BEGIN { printf \"%.1f MiB\", $document / 1024 }")"
row 'the program' '' '≤ 6 MiB' "$(awk "BEGIN { printf \"%.2f MiB\", $(wc -c <"$jobctl") / 1048576 }")"

[ -n "$growth" ] || exit 0
echo
row jobs time 'time a job' 'peak memory'
row ---: ---: ---: ---:
for jobs in 1000 10000 100000 1000000; do
  read -r kib took < <(memory "$jobs" ndjson)
  row "$jobs" "$took s" "$(awk "BEGIN { printf \"%.0f µs\", $took * 1e6 / $jobs }")" \
    "$(awk "BEGIN { printf \"%.1f MiB\", $kib / 1024 }")"
done
