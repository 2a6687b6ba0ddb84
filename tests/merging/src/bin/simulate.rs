//! `simulate HISTORIES SEED [STEPS]`: plays histories from consecutive seeds; says what was covered, or shrinks what failed.

use omamori_merging::simulation::{Covered, play, shrunk, steps};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let mut number = |otherwise| numbers.next().unwrap_or(Ok(otherwise));
    let (Ok(histories), Ok(first), Ok(length)) = (number(100), number(1), number(60)) else {
        eprintln!("simulate HISTORIES SEED [STEPS]");
        return ExitCode::from(2);
    };
    let length = usize::try_from(length).unwrap_or(60);
    let mut covered = Covered::default();
    for (done, seed) in (first..first.saturating_add(histories)).enumerate() {
        let history = steps(seed, length);
        match play(seed, &history) {
            Ok(found) => covered.add(&found),
            Err(_) => {
                let (kept, why) = shrunk(seed, &history);
                eprintln!("seed {seed}: {why}\nshrunk to {} steps:", kept.len());
                kept.iter().for_each(|step| eprintln!("  {step:?}"));
                return ExitCode::FAILURE;
            }
        }
        if done % 100 == 99 {
            eprintln!("{} histories", done + 1);
        }
    }
    println!("{histories} histories of {length} steps from seed {first}: {covered}");
    ExitCode::SUCCESS
}
