//! The examples below each command's help. A test runs every one of them in a sandbox.
//!
//! Plain texts, so that the command tree costs nothing to build. The heading is
//! coloured as the library colours its own.

pub(super) const ROOT: &str = "\
\x1b[1;32mExamples:\x1b[0m
  jobctl cancel datafold 123 --wait
  jobctl list datafold --state running
  jobctl --sandbox cancel datafold 123";

pub(super) const CANCEL: &str = "\
\x1b[1;32mExamples:\x1b[0m
  jobctl cancel datafold 123 124
  jobctl cancel datafold:123 veeva:1046892 --wait
  jobctl cancel datafold --state running --older-than 2h --dry-run
  jobctl list datafold --state queued -o name | jobctl cancel -f -";

pub(super) const STATUS: &str = "\
\x1b[1;32mExamples:\x1b[0m
  jobctl status datafold 123
  jobctl status datafold:123 veeva:1046892 -o json
  jobctl status -f refs.txt";

pub(super) const WAIT: &str = "\
\x1b[1;32mExamples:\x1b[0m
  jobctl wait datafold 101
  jobctl wait datafold:101 datafold:102 --timeout 30m
  jobctl wait datafold:103 --for cancelled";

pub(super) const LIST: &str = "\
\x1b[1;32mExamples:\x1b[0m
  jobctl list datafold
  jobctl list veeva --state queued --older-than 15m
  jobctl list unstructured --name 'contracts-*' -o json
  jobctl list prequel --destination warehouse-eu --state all";

pub(super) const RUNS: &str = "\
\x1b[1;32mExamples:\x1b[0m
  jobctl runs list
  jobctl runs show last -o json
  jobctl runs resume last";

pub(super) const RUNS_LIST: &str = "\
\x1b[1;32mExamples:\x1b[0m
  jobctl runs list
  jobctl runs list -o ndjson";

pub(super) const RUNS_SHOW: &str = "\
\x1b[1;32mExamples:\x1b[0m
  jobctl runs show last
  jobctl runs show last -o json";

pub(super) const RUNS_RESUME: &str = "\
\x1b[1;32mExamples:\x1b[0m
  jobctl runs resume last
  jobctl runs resume last --timeout 10m";

pub(super) const RUNS_PRUNE: &str = "\
\x1b[1;32mExamples:\x1b[0m
  jobctl runs prune --older-than 90d";

pub(super) const AUTH: &str = "\
\x1b[1;32mExamples:\x1b[0m
  jobctl auth status
  jobctl auth status datafold --check";

pub(super) const CONFIG: &str = "\
\x1b[1;32mExamples:\x1b[0m
  jobctl config explain datafold
  jobctl config path
  jobctl config show";

pub(super) const PROVIDERS: &str = "\
\x1b[1;32mExamples:\x1b[0m
  jobctl providers
  jobctl providers veeva
  jobctl providers -o json";

pub(super) const DOCTOR: &str = "\
\x1b[1;32mExamples:\x1b[0m
  jobctl doctor
  jobctl doctor datafold -o json";

pub(super) const SANDBOX: &str = "\
\x1b[1;32mExamples:\x1b[0m
  jobctl sandbox run -- jobctl cancel datafold 123
  jobctl sandbox run --faults 503=0.2 -- jobctl list datafold";

pub(super) const SCHEMA: &str = "\
\x1b[1;32mExamples:\x1b[0m
  jobctl schema
  jobctl schema cancel";

pub(super) const COMPLETIONS: &str = "\
\x1b[1;32mExamples:\x1b[0m
  jobctl completions bash > jobctl.bash
  jobctl completions zsh > _jobctl
  jobctl completions fish > jobctl.fish";

pub(super) const MAN: &str = "\
\x1b[1;32mExamples:\x1b[0m
  jobctl man man1";

pub(super) const HELP: &str = "\
\x1b[1;32mExamples:\x1b[0m
  jobctl help cancel
  jobctl help exit-codes";
