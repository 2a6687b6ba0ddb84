//! `simulate HISTORIES SEED STEPS THREADS`: plays histories from consecutive seeds; says what was covered, or shrinks what
//! failed. All four may be left out.

use omamori_merging::simulation::{Covered, History, play, shrunk};
use std::{
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let mut number = |otherwise| numbers.next().unwrap_or(Ok(otherwise));
    let (Ok(histories), Ok(first), Ok(steps), Ok(threads)) =
        (number(100), number(1), number(60), number(2))
    else {
        eprintln!("simulate HISTORIES SEED STEPS THREADS");
        return ExitCode::from(2);
    };
    // What goes wrong is reported as a history, not as a panic in the middle of one.
    std::panic::set_hook(Box::new(|_| {}));
    let run = Run {
        histories,
        first,
        steps: usize::try_from(steps).unwrap_or(60),
        next: AtomicU64::new(0),
        found: Mutex::default(),
        since: Instant::now(),
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| run.work());
        }
    });
    run.conclude()
}

struct Run {
    histories: u64,
    first: u64,
    steps: usize,
    next: AtomicU64,
    found: Mutex<Found>,
    since: Instant,
}

#[derive(Default)]
struct Found {
    done: u64,
    covered: Covered,
    failed: Vec<History>,
}

/// After so many failures nobody reads more.
const ENOUGH: usize = 10;

/// So many histories go through everything.
const ENOUGH_TO_COVER: u64 = 1000;

impl Run {
    fn work(&self) {
        loop {
            let number = self.next.fetch_add(1, Relaxed);
            if number >= self.histories {
                return;
            }
            let history = History::of(self.first.saturating_add(number), self.steps);
            let played = play(&history);
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            match played {
                Ok(covered) => found.covered.add(&covered),
                Err(why) => {
                    eprintln!("seed {}: {why}", history.seed);
                    found.failed.push(history);
                }
            }
            found.done += 1;
            if found.failed.len() >= ENOUGH {
                self.next.store(self.histories, Relaxed);
            }
            if found.done.is_multiple_of(1000) {
                let seconds = self.since.elapsed().as_secs();
                eprintln!("{} histories in {seconds} s", found.done);
            }
        }
    }

    fn conclude(self) -> ExitCode {
        let found = self
            .found
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        println!(
            "{} histories of at most {} steps from seed {}: {} failed; {}",
            found.done,
            self.steps,
            self.first,
            found.failed.len(),
            found.covered
        );
        let Some(history) = found
            .failed
            .iter()
            .min_by_key(|history| history.steps.len())
        else {
            return conclude_coverage(found.done, &found.covered);
        };
        let (kept, why) = shrunk(history);
        eprintln!(
            "seed {}: {why}\n{} devices, wide: {}; shrunk to {} of {} steps:",
            kept.seed,
            kept.devices,
            kept.wide,
            kept.steps.len(),
            history.steps.len()
        );
        kept.steps.iter().for_each(|step| eprintln!("  {step:?}"));
        ExitCode::FAILURE
    }
}

/// Many histories that never came to something prove less than was asked of them.
fn conclude_coverage(done: u64, covered: &Covered) -> ExitCode {
    let missing: Vec<&str> = covered.missing().collect();
    if done < ENOUGH_TO_COVER {
        return ExitCode::SUCCESS;
    }
    if covered.is_mostly_skipped() {
        eprintln!("too many words were left out of the judgement");
        return ExitCode::FAILURE;
    }
    if missing.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("{done} histories without any of: {}", missing.join(", "));
    ExitCode::FAILURE
}
