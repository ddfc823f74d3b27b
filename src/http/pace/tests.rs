//! The laws of the pace, told the time: nothing waits here.

use super::*;

/// A pace, and the time that it is told.
struct Told {
    pace: Pace,
    now: Instant,
}

impl Told {
    fn new() -> Self {
        let now = Instant::now();
        Self { pace: Pace::new(None, now), now }
    }

    fn after(&mut self, seconds: f64) -> &mut Self {
        self.now += Duration::from_secs_f64(seconds);
        self
    }

    /// `count` calls were accepted, evenly in the next `seconds`.
    fn accepted(&mut self, count: u32, seconds: f64) -> &mut Self {
        for _ in 0..count {
            self.after(seconds / f64::from(count));
            self.pace.accepted(self.pace.generation, self.now);
        }
        self
    }

    fn rejected(&mut self) -> &mut Self {
        self.pace.rejected(self.pace.generation, self.now);
        self
    }

    fn rate(&self) -> f64 {
        self.pace.rate(self.now).unwrap()
    }

    /// A host that allows 100 calls a second, at its limit; the rate is just below.
    fn at_limit() -> Self {
        let mut told = Self::new();
        told.accepted(10, 0.0).rejected().accepted(50, 0.5).rejected();
        assert!(matches!(told.pace.mode, Mode::Steady { .. }));
        told
    }

    /// A host that rejects whatever the rate is.
    fn in_doubt() -> Self {
        let mut told = Self::at_limit();
        while !matches!(told.pace.mode, Mode::Doubt { .. }) {
            told.accepted(1, 0.01).rejected();
        }
        told
    }
}

#[track_caller]
fn near(rate: f64, expected: f64) {
    assert!((rate - expected).abs() < expected / 1000.0, "{rate} is not {expected}");
}

#[test]
fn the_first_rejection_falls_to_what_was_accepted_so_far() {
    for (count, seconds, rate) in [(100, 2.0, 50.0), (21, 0.0, 60.0), (1, 1.0, START), (0, 0.0, START)] {
        near(Told::new().accepted(count, seconds).rejected().rate(), rate);
    }
    let mut told = Told::new();
    told.pace.pause_until(told.now + Duration::from_secs(9));
    near(told.after(9.0).accepted(100, 1.0).rejected().rate(), 100.0);
}

#[test]
fn a_ramp_doubles_with_the_answers() {
    let mut told = Told::new();
    let mut before = told.accepted(1, 1.0).rejected().rate();
    near(told.accepted(1, 0.1).rate(), before * STEP);
    told.accepted(20, 0.1);
    for _ in 0..5 {
        (before, told.now) = (told.rate(), Instant::now());
        let begin = told.now;
        while told.rate() < before * 2.0 {
            told.accepted(1, 1.0 / told.rate());
        }
        let seconds = told.now.duration_since(begin).as_secs_f64();
        assert!((0.9 * DOUBLING..1.1 * DOUBLING).contains(&seconds), "{seconds}");
    }
}

#[test]
fn a_ramp_of_which_little_gets_through_is_halved_until_the_limit_can_be_told() {
    let mut told = Told::new();
    told.accepted(35, 0.0).rejected();
    for rate in [50.0, 25.0, 12.5] {
        near(told.after(0.01).rejected().rate(), rate);
    }
    // Five calls in two seconds, with rejections between them.
    for _ in 0..4 {
        told.accepted(1, 0.4).rejected();
    }
    near(told.accepted(1, 0.37).rejected().after(1.0).rate(), 2.5 * MARGIN * growth(1.0));
    let mut never = Told::new();
    for _ in 0..10 {
        never.after(1.0).rejected();
    }
    near(never.rate(), UNPROVEN);
    let mut slow = Told::new();
    slow.accepted(1, 1.0);
    for _ in 0..10 {
        slow.after(1.0).rejected();
    }
    near(slow.rate(), FLOOR);
}

#[test]
fn an_early_rejection_slows_down_and_the_fourth_in_a_row_is_not_for_the_rate() {
    let mut told = Told::at_limit();
    near(told.rate(), 100.0 * MARGIN * growth(0.0));
    for _ in 0..FALLS {
        let before = told.after(2.0).rate();
        near(told.rejected().rate(), before * DECREASE * growth(0.0));
    }
    let before = told.after(2.0).rate();
    near(told.rejected().rate(), before);
    assert!(matches!(told.pace.mode, Mode::Doubt { .. }));
    // A phase that lasted begins the count anew.
    let mut told = Told::at_limit();
    for _ in 0..FALLS {
        told.after(2.0).rejected();
    }
    told.accepted(900, LASTED + 0.1).rejected();
    for _ in 0..FALLS {
        let before = told.after(2.0).rate();
        near(told.rejected().rate(), before * DECREASE * growth(0.0));
    }
}

#[test]
fn a_phase_that_lasted_tells_the_limit_anew_but_never_less_than_half() {
    for (seconds, calls_a_second, limit) in [
        (12.0, 90.0, 90.0 * MARGIN),
        (12.0, 200.0, 98.0 * growth(12.0) * MARGIN),
        (12.0, 20.0, 98.0 * 0.5),
        // After a long time with few calls the cap has grown out of all proportion.
        (60.0, 20.0, 98.0 * 0.5),
        (600.0, 90.0, 90.0 * MARGIN),
        // Not long enough.
        (9.9, 90.0, 98.0 * growth(9.9) * DECREASE),
    ] {
        let mut told = Told::at_limit();
        let count = format!("{:.0}", seconds * calls_a_second).parse().unwrap();
        near(told.accepted(count, seconds).rejected().rate(), limit * growth(0.0));
    }
}

#[test]
fn in_doubt_a_rejection_slows_down_little_unless_nothing_gets_through() {
    let mut told = Told::in_doubt();
    let before = told.accepted(20, 0.1).rate();
    near(told.accepted(1, 0.01).rate(), before * (1.0 + HOPE));
    near(told.rejected().rate(), before * (1.0 + HOPE) / EASE);
    near(told.rejected().rate(), before * (1.0 + HOPE) / EASE / 2.0);
    for _ in 0..9 {
        told.rejected();
    }
    near(told.rate(), 1.0);
    near(told.accepted(1, 0.01).rate(), 2.0);
    told.accepted(10_000, 5.0);
    near(told.rate(), FASTEST);
}

#[test]
fn doubt_ends_with_a_rejection_after_a_long_time_without() {
    let mut told = Told::in_doubt();
    told.accepted(900, 9.9).rejected();
    assert!(matches!(told.pace.mode, Mode::Doubt { .. }));
    // It counts from the end of a pause.
    told.pace.pause(Duration::from_secs(60), told.now);
    told.after(60.0).accepted(900, 9.9).rejected();
    assert!(matches!(told.pace.mode, Mode::Doubt { .. }));
    near(told.accepted(1100, 11.0).rejected().rate(), 100.0 * MARGIN * growth(0.0));
}

#[test]
fn growth_is_slow_at_first_and_soon_without_end() {
    for (seconds, factor) in [(0.0, 0.88), (0.5, 0.942), (1.0, 1.004), (15.0, 1.06), (30.0, 1.32), (45.0, 2.78)] {
        near(growth(seconds), factor);
    }
    let mut told = Told::at_limit();
    told.after(50.0).rate();
    told.after(50.0);
    assert_eq!(told.pace.rate(told.now), None);
    // No time without calls is taken for a good sign.
    let mut told = Told::at_limit();
    let before = told.rate();
    told.pace.pause(Duration::from_secs(60), told.now);
    near(told.after(60.0).rate(), before);
}

#[test]
fn answers_from_before_a_slowdown_slow_nothing_down_again() {
    let mut told = Told::new();
    told.accepted(50, 1.0);
    let generation = told.pace.take(told.now).unwrap();
    let rate = told.rejected().rate();
    told.pace.rejected(generation, told.now);
    told.pace.accepted(generation, told.now);
    near(told.rate(), rate);
}

#[test]
fn a_pause_is_held_and_only_a_longer_one_extends_it() {
    let seconds = Duration::from_secs;
    for (first, second, ends) in [(10, 10, 10), (10, 9, 10), (10, 11, 16), (3, 3, 8)] {
        let mut told = Told::new();
        let begin = told.now;
        told.pace.pause(seconds(first), begin);
        told.after(5.0);
        told.pace.pause(seconds(second), told.now);
        assert_eq!(told.pace.take(told.now), Err(begin + seconds(ends)), "{first} {second}");
        // Not before this time, and nothing is sooner for it.
        told.pace.pause_until(begin + seconds(1));
        assert_eq!(told.pace.take(told.now), Err(begin + seconds(ends)), "{first} {second}");
        assert!(told.pace.take(begin + seconds(ends)).is_ok());
        told.pace.pause_until(begin + seconds(30));
        assert_eq!(told.pace.take(begin + seconds(ends)), Err(begin + seconds(30)));
    }
}

/// Asks a host that allows 100 calls a second and bursts of `burst` for 100 seconds'
/// worth of calls: by how much it took longer than that, and the share of rejections.
fn against(burst: u32, workers: usize, latency: f64) -> (f64, f64) {
    let mut told = Told::new();
    let (begin, latency) = (told.now, Duration::from_secs_f64(latency));
    let (mut tokens, mut filled) = (f64::from(burst), begin);
    let mut flight: VecDeque<(Instant, u64, bool)> = VecDeque::new();
    let (mut accepted, mut rejected) = (0, 0);
    while accepted < 10_000 + burst {
        let mut next = flight.front().map(|(at, ..)| *at);
        if flight.len() < workers {
            match told.pace.take(told.now) {
                Ok(generation) => {
                    tokens += told.now.duration_since(filled).as_secs_f64() * 100.0;
                    (tokens, filled) = (tokens.min(burst.into()), told.now);
                    let there = tokens >= 1.0;
                    tokens -= if there { 1.0 } else { 0.0 };
                    flight.push_back((told.now + latency, generation, there));
                    continue;
                }
                Err(slot) => next = Some(next.map_or(slot, |next| next.min(slot))),
            }
        }
        told.now = told.now.max(next.unwrap());
        while let Some((_, generation, there)) = flight.pop_front_if(|(at, ..)| *at <= told.now) {
            if there {
                told.pace.accepted(generation, told.now);
                accepted += 1;
            } else {
                told.pace.rejected(generation, told.now);
                rejected += 1;
            }
        }
    }
    let seconds = told.now.duration_since(begin).as_secs_f64();
    (seconds / 100.0, f64::from(rejected) / f64::from(accepted))
}

#[test]
fn a_host_is_used_to_its_limit_and_hardly_ever_over_it_whatever_its_burst() {
    for burst in [1, 10, 50, 100, 200, 250, 300, 1000] {
        for (workers, latency) in [(8, 0.001), (32, 0.001), (32, 0.02), (32, 0.2)] {
            let (longer, rejected) = against(burst, workers, latency);
            assert!(longer < 1.135 && rejected < 0.012, "{burst} {workers} {latency}: {longer} {rejected}");
        }
    }
}
