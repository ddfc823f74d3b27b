//! The limiter against simulated hosts, in simulated time.

use super::*;
use tokio::time::Instant;

/// A host that allows `rate` calls a second and bursts of `burst`.
struct Bucket {
    rate: f64,
    burst: f64,
    tokens: f64,
    last: Instant,
}

impl Bucket {
    fn new(rate: f64, burst: f64) -> Self {
        Self { rate, burst, tokens: burst, last: Instant::now() }
    }

    fn take(&mut self) -> bool {
        let now = Instant::now();
        let fresh = now.duration_since(self.last).as_secs_f64() * self.rate;
        self.tokens = (self.tokens + fresh).min(self.burst);
        self.last = now;
        let there = self.tokens >= 1.0;
        self.tokens -= if there { 1.0 } else { 0.0 };
        there
    }
}

/// What a run of many calls came to.
#[derive(Debug, Default)]
struct Run {
    seconds: f64,
    sends: u32,
    rejected: u32,
    most_tries: u32,
}

/// `workers` send `calls` calls as the transport would, each until it is accepted.
async fn run(workers: usize, latency: u64, retry_after: Option<u64>, calls: u32) -> Run {
    fastrand::seed(7);
    let limiter = Arc::new(Limiter::new(workers, None));
    let bucket = Arc::new(Mutex::new(Bucket::new(100.0, 10.0)));
    let left = Arc::new(AtomicUsize::new(calls as usize));
    let total = Arc::new(Mutex::new(Run::default()));
    let begin = Instant::now();
    let worker = |_| {
        let (limiter, bucket, left, total) = (limiter.clone(), bucket.clone(), left.clone(), total.clone());
        tokio::spawn(async move {
            while left.try_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
                one(&limiter, &bucket, Duration::from_millis(latency), retry_after, &total).await;
            }
        })
    };
    for worker in (0..workers).map(worker).collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    let mut total = std::mem::take(&mut *total.lock().unwrap());
    total.seconds = begin.elapsed().as_secs_f64();
    total
}

async fn one(limiter: &Limiter, bucket: &Mutex<Bucket>, latency: Duration, pause: Option<u64>, total: &Mutex<Run>) {
    let pause = pause.map(Duration::from_secs);
    for tries in 1.. {
        let permit = limiter.acquire().await;
        tokio::time::sleep(latency / 2).await;
        let accepted = bucket.lock().unwrap().take();
        tokio::time::sleep(latency / 2).await;
        let status = if accepted { 200 } else { 429 };
        limiter.on_reply(&permit, status, pause.filter(|_| !accepted), None);
        drop(permit);
        {
            let mut total = total.lock().unwrap();
            total.sends += 1;
            total.rejected += u32::from(!accepted);
            total.most_tries = total.most_tries.max(tries);
        }
        if accepted {
            return;
        }
        tokio::time::sleep(pause.unwrap_or_else(|| retry::backoff(tries - 1))).await;
    }
}

#[tokio::test(start_paused = true)]
async fn many_calls_take_hardly_longer_than_the_host_needs() {
    let ideal = (1500.0 - 10.0) / 100.0;
    for retry_after in [None, Some(1)] {
        for (workers, latency) in [(8, 1), (8, 20), (32, 1), (32, 20), (24, 200), (32, 200)] {
            let run = run(workers, latency, retry_after, 1500).await;
            let case = format!("{workers} workers, {latency} ms, Retry-After {retry_after:?}: {run:?}");
            println!("{:.2} of ideal; {case}", run.seconds / ideal);
            assert!(run.seconds <= 1.2 * ideal, "{case}");
            assert!(run.rejected * 20 < run.sends, "{case}");
            assert!(run.most_tries <= 5, "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_rejections_nothing_waits() {
    let limiter = Limiter::new(8, None);
    let begin = Instant::now();
    for _ in 0..10_000 {
        let permit = limiter.acquire().await;
        limiter.on_reply(&permit, 200, None, None);
    }
    assert_eq!((begin.elapsed(), limiter.rate()), (Duration::ZERO, None));
}

#[tokio::test(start_paused = true)]
async fn a_given_rate_spaces_calls_evenly() {
    let limiter = Limiter::new(8, Some(10.0));
    let begin = Instant::now();
    for number in 0..20_u64 {
        drop(limiter.acquire().await);
        let due = Duration::from_millis(number * 100);
        assert!(begin.elapsed() >= due.saturating_sub(Duration::from_millis(1)), "{number}: {:?}", begin.elapsed());
    }
    assert!(begin.elapsed() < Duration::from_secs(2));
    tokio::time::advance(Duration::from_secs(60)).await;
    let begin = Instant::now();
    for _ in 0..4 {
        drop(limiter.acquire().await);
    }
    assert!(begin.elapsed() >= Duration::from_millis(290), "idle time is not saved up");
}

#[tokio::test(start_paused = true)]
async fn no_more_than_the_given_number_are_in_flight_first_come_first_served() {
    let limiter = Arc::new(Limiter::new(2, None));
    let first = limiter.acquire().await;
    let _second = limiter.acquire().await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let waiters: Vec<_> = (0..3)
        .map(|number| {
            let (limiter, order) = (limiter.clone(), order.clone());
            tokio::spawn(async move {
                let _permit = limiter.acquire().await;
                order.lock().unwrap().push(number);
            })
        })
        .collect();
    tokio::task::yield_now().await;
    // One who leaves the queue takes nothing with him.
    waiters[0].abort();
    assert!(order.lock().unwrap().is_empty());
    drop(first);
    for waiter in waiters {
        let _ = waiter.await;
    }
    assert_eq!(*order.lock().unwrap(), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_wave_of_rejections_is_one_slowdown() {
    let limiter = Limiter::new(8, None);
    for _ in 0..100 {
        let permit = limiter.acquire().await;
        limiter.on_reply(&permit, 200, None, None);
    }
    let mut wave = Vec::new();
    for _ in 0..8 {
        wave.push(limiter.acquire().await);
    }
    let rates: Vec<_> = wave
        .iter()
        .map(|permit| {
            limiter.on_reply(permit, 429, None, None);
            limiter.rate().unwrap()
        })
        .collect();
    assert!(rates.iter().all(|rate| (rate - rates[0]).abs() < 0.01), "{rates:?}");
}

#[tokio::test(start_paused = true)]
async fn trouble_says_nothing_of_the_pace() {
    let limiter = Limiter::new(8, None);
    let permit = limiter.acquire().await;
    limiter.on_reply(&permit, 429, None, None);
    drop(permit);
    let permit = limiter.acquire().await;
    let rate = limiter.rate();
    for status in [408, 425, 500, 503, 599] {
        limiter.on_reply(&permit, status, None, None);
        assert_eq!(limiter.rate(), rate, "{status}");
    }
    limiter.on_reply(&permit, 404, None, None);
    assert!(limiter.rate() > rate);
}

#[tokio::test(start_paused = true)]
async fn a_long_quiet_time_lifts_the_cap() {
    let limiter = Limiter::new(8, None);
    for _ in 0..2 {
        for _ in 0..40 {
            let permit = limiter.acquire().await;
            limiter.on_reply(&permit, 200, None, None);
        }
        let permit = limiter.acquire().await;
        limiter.on_reply(&permit, 429, None, None);
    }
    assert!(limiter.rate().is_some());
    tokio::time::advance(Duration::from_secs(600)).await;
    assert_eq!(limiter.rate(), None);
}

#[tokio::test(start_paused = true)]
async fn rejections_that_do_not_depend_on_the_rate_do_not_bring_everything_to_a_halt() {
    let limiter = Limiter::new(1, None);
    let begin = Instant::now();
    for number in 0..500 {
        let permit = limiter.acquire().await;
        let status = if number % 10 == 0 { 429 } else { 200 };
        limiter.on_reply(&permit, status, None, None);
    }
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_ever_accepted_the_callers_backoff_sets_the_pace() {
    for seed in 0..20 {
        fastrand::seed(seed);
        let limiter = Limiter::new(8, None);
        let begin = Instant::now();
        let jobs = (0..4).map(|_| async {
            for tries in 0..5 {
                let permit = limiter.acquire().await;
                tokio::time::sleep(Duration::from_millis(20)).await;
                limiter.on_reply(&permit, 429, None, None);
                drop(permit);
                tokio::time::sleep(retry::backoff(tries)).await;
            }
        });
        futures_util::future::join_all(jobs).await;
        assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn near_the_end_of_a_burst_window_calls_are_spread_but_never_stall() {
    let limiter = Limiter::new(8, None);
    let seen = |remaining, delayed| pace::Burst { limit: 2000.0, remaining, delayed };
    let permit = limiter.acquire().await;
    limiter.on_reply(&permit, 200, None, Some(seen(1500.0, false)));
    assert_eq!(limiter.rate(), None);
    limiter.on_reply(&permit, 200, None, Some(seen(150.0, false)));
    let rate = limiter.rate().unwrap();
    assert!((1.0..10.0).contains(&rate), "{rate}");
    limiter.on_reply(&permit, 200, None, Some(pace::Burst { limit: 0.0, remaining: 0.0, delayed: true }));
    assert!(limiter.rate().unwrap() >= 1.0);
    limiter.on_reply(&permit, 200, None, Some(seen(1999.0, false)));
    assert_eq!(limiter.rate(), None);
}
