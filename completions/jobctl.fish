# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_jobctl_global_optspecs
    string join \n o/output= q/quiet sandbox v/verbose color= profile= config= no-config concurrency= rate= retries= retry-max-time= request-timeout= connect-timeout= ca-cert= proxy= read-only no-input trace-http= h/help V/version
end

function __fish_jobctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_jobctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_jobctl_using_subcommand
    set -l cmd (__fish_jobctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c jobctl -n "__fish_jobctl_needs_command" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_needs_command" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_needs_command" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_needs_command" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_needs_command" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_needs_command" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_needs_command" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_needs_command" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_needs_command" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_needs_command" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_needs_command" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_needs_command" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_needs_command" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_needs_command" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_needs_command" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_needs_command" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_needs_command" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_needs_command" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_needs_command" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_needs_command" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_needs_command" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_needs_command" -f -a "cancel" -d 'Cancel jobs and say truly what became of each'
complete -c jobctl -n "__fish_jobctl_needs_command" -f -a "status" -d 'Read each job\'s state once'
complete -c jobctl -n "__fish_jobctl_needs_command" -f -a "wait" -d 'Wait until jobs have ended'
complete -c jobctl -n "__fish_jobctl_needs_command" -f -a "list" -d 'List a provider\'s jobs: the live ones, or those asked for'
complete -c jobctl -n "__fish_jobctl_needs_command" -f -a "runs" -d 'Look at the records of cancelling runs, and go on with one'
complete -c jobctl -n "__fish_jobctl_needs_command" -f -a "auth" -d 'Show which credentials are used, and keep secrets in the keychain'
complete -c jobctl -n "__fish_jobctl_needs_command" -f -a "config" -d 'Show the configuration file and where each value comes from'
complete -c jobctl -n "__fish_jobctl_needs_command" -f -a "providers" -d 'Show what each provider can do'
complete -c jobctl -n "__fish_jobctl_needs_command" -f -a "doctor" -d 'Check configuration, credentials, DNS, TLS, proxy and clock'
complete -c jobctl -n "__fish_jobctl_needs_command" -f -a "sandbox" -d 'Rehearse with the vendors embedded: no account, no real job'
complete -c jobctl -n "__fish_jobctl_needs_command" -f -a "schema" -d 'Print the JSON Schema of a machine output'
complete -c jobctl -n "__fish_jobctl_needs_command" -f -a "completions" -d 'Print shell completions'
complete -c jobctl -n "__fish_jobctl_needs_command" -f -a "man" -d 'Write manual pages into a folder'
complete -c jobctl -n "__fish_jobctl_needs_command" -f -a "help" -d 'Explain a command, or exit-codes, environment, output, selection'
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -s f -l file -d 'Read jobs from FILE, a ref or JSON a line; - is stdin' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l destination -d 'Prequel: the destination of ids that name none [env: PREQUEL_DESTINATION]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l host -d 'The provider\'s host (only after PROVIDER)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l token-file -d 'Read the provider\'s secret from FILE (only after PROVIDER)' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l plan -d 'Do exactly what a saved plan says' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l plan-out -d 'With -n: write the plan to FILE, for --plan' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l timeout -d 'Everything must be done in this time' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l interval -d 'With --wait: time between two reads of one job (adaptive, 1s to 15s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l reason -d 'Why, for the record and the people who read it' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l state -d 'Only jobs in this state, such as running (repeatable)' -r -f -a "queued\t''
running\t''
blocked\t''
cancelling\t''
cancelled\t''
succeeded\t''
failed\t''
unknown\t''
all\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l older-than -d 'Only jobs created longer ago than this: 15m, 2h, 3d' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l newer-than -d 'Only jobs created more recently than this' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l name -d 'Only jobs whose name matches, such as \'nightly-*\'' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l expect -d 'Go on only if exactly N jobs are meant' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l max -d 'Refuse if more than N jobs are meant (100 for a selection)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l confirm -d 'The name of the protected profile that is meant' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l token-stdin -d 'Read the provider\'s secret from standard input (only after PROVIDER)'
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -s n -l dry-run -d 'Say what would be cancelled; send nothing'
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l wait -d 'Wait until the jobs have ended'
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l fail-fast -d 'Stop sending after the first failure'
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l ignore-not-found -d 'A job that is not there counts as well done'
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l strict -d 'A job that ended by itself counts as a failure'
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l error-on-empty -d 'Exit 10 where no job came in or matched'
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l no-verify -d 'Do not confirm an accepted cancellation by reading the job'
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l no-journal -d 'Keep no record of this run'
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l all -d 'All live jobs of the provider'
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -s y -l yes -d 'Do not ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand cancel" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -s f -l file -d 'Read jobs from FILE, a ref or JSON a line; - is stdin' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l destination -d 'Prequel: the destination of ids that name none [env: PREQUEL_DESTINATION]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l host -d 'The provider\'s host (only after PROVIDER)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l token-file -d 'Read the provider\'s secret from FILE (only after PROVIDER)' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l token-stdin -d 'Read the provider\'s secret from standard input (only after PROVIDER)'
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand status" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -s f -l file -d 'Read jobs from FILE, a ref or JSON a line; - is stdin' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l destination -d 'Prequel: the destination of ids that name none [env: PREQUEL_DESTINATION]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l host -d 'The provider\'s host (only after PROVIDER)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l token-file -d 'Read the provider\'s secret from FILE (only after PROVIDER)' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l for -d 'What to wait for: terminal (any end) or cancelled' -r -f -a "terminal\t''
cancelled\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l timeout -d 'How long to wait (10m)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l interval -d 'Time between two reads of one job (adaptive, 1s to 15s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l token-stdin -d 'Read the provider\'s secret from standard input (only after PROVIDER)'
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand wait" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l state -d 'Only jobs in this state, such as running (repeatable)' -r -f -a "queued\t''
running\t''
blocked\t''
cancelling\t''
cancelled\t''
succeeded\t''
failed\t''
unknown\t''
all\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l older-than -d 'Only jobs created longer ago than this: 15m, 2h, 3d' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l newer-than -d 'Only jobs created more recently than this' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l name -d 'Only jobs whose name matches, such as \'nightly-*\'' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l limit -d 'At most so many jobs' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l destination -d 'Prequel: its destination [env: PREQUEL_DESTINATION]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l host -d 'The provider\'s host (only after PROVIDER)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l token-file -d 'Read the provider\'s secret from FILE (only after PROVIDER)' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l token-stdin -d 'Read the provider\'s secret from standard input (only after PROVIDER)'
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand list" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -f -a "list" -d 'List the runs, the newest first'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -f -a "show" -d 'Show one run: who, when, why, and what became of each job'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -f -a "resume" -d 'Go on with a run: read what was sent, send what was not'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and not __fish_seen_subcommand_from list show resume prune" -f -a "prune" -d 'Remove the records of old runs'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from list" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from show" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l timeout -d 'Everything must be done in this time' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l confirm -d 'The protected profile that is meant, instead of typing its name' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l host -d 'The provider\'s host (only after PROVIDER)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l token-file -d 'Read the provider\'s secret from FILE (only after PROVIDER)' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l token-stdin -d 'Read the provider\'s secret from standard input (only after PROVIDER)'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from resume" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -l older-than -d 'Remove what was last written to longer ago than this' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand runs; and __fish_seen_subcommand_from prune" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -f -a "login" -d 'Keep a provider\'s secret in the keychain, where built in'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -f -a "logout" -d 'Remove a provider\'s secret from the keychain'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -f -a "status" -d 'Show which host and credential each provider would use'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -l token-file -d 'Read the secret from FILE' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -l token-stdin -d 'Read the secret from standard input'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from login" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from logout" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l check -d 'Ask each vendor, with one cheap read, whether it accepts the credential'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand auth; and __fish_seen_subcommand_from status" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -f -a "path" -d 'Print the path of the configuration file, whether it is there or not'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -f -a "show" -d 'Show what the configuration file says, profile by profile'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and not __fish_seen_subcommand_from path show explain" -f -a "explain" -d 'Show each value that a call would use, its source, and what it beat'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from path" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from show" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand config; and __fish_seen_subcommand_from explain" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand providers" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand doctor" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -f -a "serve" -d 'Keep the vendors running on a loopback port until interrupted'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run" -f -a "run" -d 'Run a command with the vendors\' variables pointing at a sandbox'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l port -d 'The port (a free one)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l faults -d 'Faults, such as 500=0.1,drop=0.02,rate=100/10' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l choices -d 'What the documents leave open: NAME=VALUE,...' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l seed -d 'Where the dice of the faults start' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l bulk -d 'So many more live jobs per vendor' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l cancel-delay -d 'From a cancel to the job\'s end (2s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l veeva-status-every -d 'Veeva: least time between reads of a job (10s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l veeva-burst -d 'Veeva: calls in five minutes unhindered (2000)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l faults -d 'Faults, such as 500=0.1,drop=0.02,rate=100/10' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l choices -d 'What the documents leave open: NAME=VALUE,...' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l seed -d 'Where the dice of the faults start' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l bulk -d 'So many more live jobs per vendor' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l cancel-delay -d 'From a cancel to the job\'s end (2s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l veeva-status-every -d 'Veeva: least time between reads of a job (10s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l veeva-burst -d 'Veeva: calls in five minutes unhindered (2000)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand sandbox; and __fish_seen_subcommand_from run" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand schema" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand completions" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand man" -s V -l version -d 'Print the version'
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -s o -l output -d 'human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]' -r -f -a "human\t''
json\t''
ndjson\t''
csv\t''
name\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -l profile -d 'Profile of the configuration file [env: JOBCTL_PROFILE]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -l config -d 'Configuration file [env: JOBCTL_CONFIG]' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -l concurrency -d 'Calls at once, per provider (8)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -l rate -d 'Calls a second at most, per provider (adaptive)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -l retries -d 'Repeats of a failed call, per job (4)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -l retry-max-time -d 'How long repeats of one job may go on (60s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -l request-timeout -d 'Longest time for one request (30s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -l connect-timeout -d 'Longest time to connect (5s)' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -l ca-cert -d 'Trust the certificates in FILE too' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -l proxy -d 'Proxy for https [env: HTTPS_PROXY, NO_PROXY]' -r
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -l trace-http -d 'Write every exchange to FILE, a JSON line each, without secrets' -r -F
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -s q -l quiet -d 'No progress, hints and warnings on stderr'
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -l sandbox -d 'Rehearse with embedded vendors: no real job is touched'
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -s v -l verbose -d 'Log each exchange on stderr; twice for headers too'
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -l no-config -d 'Read no configuration file'
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -l read-only -d 'Refuse everything that changes a job [env: JOBCTL_READ_ONLY]'
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -l no-input -d 'Never ask'
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -s h -l help -d 'Print help; --help has every option'
complete -c jobctl -n "__fish_jobctl_using_subcommand help" -s V -l version -d 'Print the version'
