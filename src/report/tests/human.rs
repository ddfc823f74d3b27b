//! What people see.

use super::*;

#[test]
fn human_lines_align_and_failures_say_why() {
    let (out, err) = cancel(options(Format::Human, Verb::Cancel));
    insta::assert_snapshot!(out, @r#"
    requested     veeva:1046892     cancelling  1.2 s
    cancelled     datafold:123      running → cancelled     87 ms
    not_found     prequel:d1/j9                             64 ms
                  Prequel knows no job d1/j9
                  prequel says: no \u{1b}[1mtransfer\u{1b}[0m, "j9"
                  hint: check the id, and that host and profile are the job's own
    invalid       12\u{202e}x,"=1+1
                  line 4: not a positive integer
                  hint: check the id and its provider
    skipped       prequel:d1/j10        unknown (ORPHANED)
    5 jobs: 1 cancelled, 1 requested, 1 skipped, 1 not found, 1 invalid; 1 duplicate passed over (0.9 s)
    "#);
    insta::assert_snapshot!(err, @r"
    warning: a variable lost
    → jobctl wait veeva:1046892
    ");
}

#[test]
fn human_lines_in_colour() {
    let mut options = options(Format::Human, Verb::Cancel);
    options.color = Color { stdout: true, stderr: true };
    let (out, err) = cancel(options);
    insta::assert_snapshot!(out.replace('\u{1b}', "␛"), @r#"
    ␛[33mrequested␛[0m     veeva:1046892     cancelling  ␛[2m1.2 s␛[0m
    ␛[32mcancelled␛[0m     datafold:123      running → cancelled     ␛[2m87 ms␛[0m
    ␛[31mnot_found␛[0m     prequel:d1/j9                             ␛[2m64 ms␛[0m
                  Prequel knows no job d1/j9
                  prequel says: no \u{1b}[1mtransfer\u{1b}[0m, "j9"
                  ␛[36mhint: ␛[0mcheck the id, and that host and profile are the job's own
    ␛[31minvalid␛[0m       12\u{202e}x,"=1+1
                  line 4: not a positive integer
                  ␛[36mhint: ␛[0mcheck the id and its provider
    ␛[2mskipped␛[0m       prequel:d1/j10        unknown (ORPHANED)
    5 jobs: ␛[32m1 cancelled␛[0m, ␛[33m1 requested␛[0m, ␛[2m1 skipped␛[0m, ␛[31m1 not found␛[0m, ␛[31m1 invalid␛[0m; 1 duplicate passed over (0.9 s)
    "#);
    insta::assert_snapshot!(err.replace('\u{1b}', "␛"), @r"
    ␛[33mwarning: ␛[0ma variable lost
    ␛[36m→␛[0m jobctl wait veeva:1046892
    ");
}

#[test]
fn human_lines_narrow_quiet_and_without_unicode() {
    let mut options = options(Format::Human, Verb::Cancel);
    (options.columns.stdout, options.unicode, options.quiet) = (Some(60), false, true);
    options.meta.sandbox = true;
    let (out, err) = cancel(options);
    insta::assert_snapshot!(out, @r#"
    requested     veeva:1046892     cancelling  1.2 s
    cancelled     datafold:123      running -> cancelled
    not_found     prequel:d1/j9
                  Prequel knows no job d1/j9
                  prequel says: no \u{1b}[1mtransfer\u{1b}[0m,
                  "j9"
    invalid       12\u{202e}x,"=1+1
                  line 4: not a positive integer
    skipped       prequel:d1/j10        unknown (ORPHANED)
    sandbox: 5 jobs: 1 cancelled, 1 requested, 1 skipped, 1 not found, 1 invalid; 1 duplicate passed over (0.9 s)
    "#);
    insta::assert_snapshot!(err, @"sandbox: a rehearsal; no vendor is called and no real job is touched");
}

#[test]
fn human_columns_can_be_known_from_the_start() {
    let mut options = options(Format::Human, Verb::Cancel);
    options.ref_width = 13;
    options.meta.dry_run = true;
    let (out, _) = run(options, |report| {
        report.settled(&settled(0, job_ref("datafold", "1"), Outcome::Planned));
        report.settled(&settled(1, job_ref("veeva", "1046892"), Outcome::Planned));
        report.finish(closing(ExitCode::Ok)).unwrap();
    });
    insta::assert_snapshot!(out, @r"
    planned       datafold:1
    planned       veeva:1046892
    dry run: 2 jobs: 2 planned (0.9 s)
    ");
}

#[test]
fn human_tables_of_jobs() {
    insta::assert_snapshot!(read(options(Format::Human, Verb::Status)).0, @r#"
    STATE         REF                   AGE   VENDOR'S WORD       OWNER                 NAME
    running       datafold:123          2h    PROCESSING          ana@example.com       nightly load \u{1b}[31m毎晩
    unknown       prequel:d1/j10        -     ORPHANED            -
    unauthorized  datafold:9
                  Datafold does not show job 9
                  hint: the credential is known but may not do this; ask for the right to cancel
    3 jobs: 1 running, 1 unknown, 1 unauthorized (0.9 s)
    "#);
    let mut narrow = options(Format::Human, Verb::List);
    narrow.columns.stdout = Some(80);
    insta::assert_snapshot!(read(narrow).0, @r#"
    STATE         REF                   AGE   NAME
    running       datafold:123          2h    nightly load \u{1b}[31m毎晩
    unknown       prequel:d1/j10        -
    unauthorized  datafold:9
                  Datafold does not show job 9
                  hint: the credential is known but may not do this; ask for the
                  right to cancel
    3 jobs: 1 running, 1 unknown, 1 unauthorized; not complete (0.9 s)
    "#);
}

#[test]
fn human_waiting() {
    let (out, _) = run(options(Format::Human, Verb::Wait), |report| {
        report.seen(&Seen { outcome: Some(Outcome::Met), ..running() });
        report.seen(&Seen { outcome: Some(Outcome::Pending), ok: false, exit: ExitCode::Pending, ..orphaned() });
        report.finish(closing(report.tally().exit())).unwrap();
    });
    insta::assert_snapshot!(out, @r#"
    OUTCOME       REF                   STATE       AGE   VENDOR'S WORD       OWNER                 NAME
    met           datafold:123          running     2h    PROCESSING          ana@example.com       nightly load \u{1b}[31m毎晩
    pending       prequel:d1/j10        unknown     -     ORPHANED            -
    2 jobs: 1 pending, 1 met (0.9 s)
    "#);
}

#[test]
fn human_names_are_cut_to_the_terminal_and_refs_never() {
    let mut options = options(Format::Human, Verb::List);
    options.columns.stdout = Some(64);
    let (out, _) = run(options, |report| {
        let mut seen = running();
        if let Some(job) = &mut seen.job {
            job.name = Some("a name that goes on and on until the end of the line".to_owned());
        }
        let long = job_ref("unstructured", "0b6f1c9e-7f0e-4c1b-9f0e-2a54de0c1f77");
        report.seen(&seen);
        report.seen(&Seen { subject: long, ..seen });
    });
    insta::assert_snapshot!(out, @r"
    STATE         REF                   AGE   NAME
    running       datafold:123          2h    a name that goes on a…
    running       unstructured:0b6f1c9e-7f0e-4c1b-9f0e-2a54de0c1f77
                  2h    a name that goes on and on until the end of…
    ");
}

#[test]
fn the_question_shows_what_is_meant_and_nothing_deceives() {
    let mut options = options(Format::Human, Verb::Cancel);
    options.columns.stderr = Some(64);
    let (out, err) = run(options, |report| {
        let jobs = [running(), Seen { subject: job_ref("datafold", "1046892"), ..running() }];
        report.ask("Datafold at https://app.datafold.com", &jobs, "Cancel them (2 jobs)? [y/N] ").unwrap();
    });
    assert_eq!(out, "");
    insta::assert_snapshot!(err, @r"
    Datafold at https://app.datafold.com
    STATE         REF                   AGE   NAME
    running       datafold:123          2h    nightly load \u{1b}[3…
    running       datafold:1046892      2h    nightly load \u{1b}[3…
    Cancel them (2 jobs)? [y/N]
    ");
}
