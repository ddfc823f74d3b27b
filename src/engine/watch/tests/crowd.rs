//! Many jobs at a vendor that rations reads, with lists that help and that do not.

use super::*;

/// Lists that show every job, or only those that have ended.
const HELPFUL: [Lists; 2] = [Some(|_| true), Some(Job::is_terminal)];

/// Lists that show only jobs that have not ended, or none, or that cannot be read.
const USELESS: [Lists; 3] = [Some(|job| !job.is_terminal()), Some(|_| false), None];

#[tokio::test(start_paused = true)]
async fn the_floor_holds_for_every_size_of_crowd() {
    for jobs in [1, 20, 21, 500, 3000] {
        for shows in HELPFUL.into_iter().chain(USELESS) {
            let mut play = Play::new("veeva", jobs, seconds(90), "cancelled");
            play.shows = shows;
            play.rules.patience = seconds(3600);
            let played = play.play(None).await;
            assert!(played.closest() >= seconds(10), "{jobs} jobs, {:?}", played.closest());
            assert!(played.all(Outcome::Cancelled) && played.outcomes.len() == usize::try_from(jobs).unwrap());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn thousands_of_jobs_that_lists_show_are_not_thousands_of_reads() {
    let jobs = 3000;
    for shows in HELPFUL {
        let mut play = Play::new("veeva", jobs, seconds(120), "cancelled");
        play.shows = shows;
        let played = play.play(None).await;
        let (reads, glances) = (played.diary.reads.len(), played.diary.glances);
        println!("{jobs} jobs for two minutes: {reads} reads, {glances} looks at the lists, {:?}", played.took);
        assert!(reads <= 600, "{reads}");
        assert!(glances <= 16, "{glances}");
        assert!(played.took <= seconds(140), "{:?}", played.took);
    }
}

#[tokio::test(start_paused = true)]
async fn lists_are_asked_only_for_a_crowd_and_where_reads_are_rationed() {
    for (provider, jobs, asked) in [("veeva", 20, false), ("veeva", 21, true), ("datafold", 100, false)] {
        let played = Play::new(provider, jobs, seconds(30), "cancelled").play(None).await;
        assert_eq!(played.diary.glances > 0, asked, "{jobs} jobs at {provider}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_lists_do_not_help_reads_are_as_many_as_jobs_and_floor_allow() {
    for (jobs, end) in [(300, seconds(5)), (1000, seconds(120))] {
        for shows in USELESS {
            let mut play = Play::new("veeva", jobs, end, "cancelled");
            play.shows = shows;
            let played = play.play(None).await;
            let (reads, late) = (played.diary.reads.len(), played.took.saturating_sub(end));
            println!("{jobs} jobs for {end:?}: {reads} reads, the last end seen {late:.1?} late");
            assert!(played.all(Outcome::Cancelled));
            assert!(late <= seconds(45), "{late:?}");
            assert!(reads as u64 <= 20 + 50 * (played.took.as_secs() + 15), "{reads}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn lists_that_cannot_be_read_leave_each_job_to_its_own_status() {
    let mut play = Play::new("veeva", 300, seconds(9999), "cancelled");
    (play.shows, play.timeout) = (None, Some(seconds(60)));
    let played = play.play(Some(Goal::Terminal)).await;
    let reads = played.diary.reads.len();
    assert!(reads >= 300 * 4, "{reads}");
}

#[tokio::test(start_paused = true)]
async fn lists_that_do_not_answer_hold_no_read_up() {
    let mut play = Play::new("veeva", 60, seconds(30), "cancelled");
    play.stalls.insert("lists".into());
    play.timeout = Some(seconds(60));
    let played = play.play(Some(Goal::Terminal)).await;
    assert!(played.all(Outcome::Met), "{:?}", played.outcomes);
    assert_eq!(played.diary.glances, 1, "not asked again while they are being asked");
    // They are waited for for a while.
    let early = |from, to| played.diary.reads.iter().filter(move |(_, at)| (from..to).contains(at));
    assert_eq!(early(seconds(1), seconds(10)).count(), 0);
    assert_eq!(early(seconds(0), seconds(11)).map(|(id, _)| id).collect::<HashSet<_>>().len(), 60);
}

#[tokio::test(start_paused = true)]
async fn jobs_that_no_list_ever_shows_are_believed_by_their_own_status() {
    let mut play = Play::new("veeva", 400, seconds(30), "cancelled");
    play.shows = Some(|_| false);
    let played = play.play(None).await;
    assert!(played.all(Outcome::Cancelled), "{:?}", played.took);
    assert!(played.took <= seconds(60), "{:?}", played.took);
}

#[tokio::test(start_paused = true)]
async fn that_a_list_shows_a_job_does_not_end_the_time_that_the_vendor_asked_for() {
    let mut play = Play::new("veeva", 30, seconds(9999), "cancelled");
    play.fails = Some(ErrorKind::RateLimited);
    play.put_off = Some(seconds(100));
    play.rules.patience = seconds(90);
    let played = play.play(None).await;
    assert!(played.diary.glances > 1 && played.closest() == Duration::MAX, "{:?}", played.diary.reads);
}

#[tokio::test(start_paused = true)]
async fn the_floor_holds_for_reads_that_fail() {
    for jobs in [1, 30] {
        let mut play = Play::new("veeva", jobs, seconds(9999), "cancelled");
        play.fails = Some(ErrorKind::ServerError);
        play.rules.patience = seconds(60);
        let played = play.play(None).await;
        assert!(played.closest() >= seconds(10), "{jobs} jobs, {:?}", played.closest());
        assert!(played.diary.reads.len() > jobs.try_into().unwrap(), "it is tried again");
    }
}
