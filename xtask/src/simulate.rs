//! Histories of people who let each other in and out: as many as wanted, from any seed.

use crate::run::{Outcome, cargo, run};
use std::process::Command;

/// `--histories N --seed S --steps L --threads T`, in any order; each may be left out.
///
/// # Errors
/// An argument that is none of these, or a history in which something that must hold does not.
pub(crate) fn simulate(arguments: &[String]) -> Outcome {
    let (mut histories, mut seed, mut steps, mut threads) = ("2000", "1", "60", "2");
    let mut rest = arguments.iter();
    while let Some(name) = rest.next() {
        let value = rest.next().ok_or(format!("{name} needs a number"))?;
        match name.as_str() {
            "--histories" => histories = value,
            "--seed" => seed = value,
            "--steps" => steps = value,
            "--threads" => threads = value,
            other => return Err(format!("no option is called {other:?}")),
        }
    }
    run(histories_from(histories, seed, steps, threads))
}

/// Optimised, or a dozen devices in one process would take minutes for what takes seconds.
pub(crate) fn histories_from(histories: &str, seed: &str, steps: &str, threads: &str) -> Command {
    let numbers = [histories, seed, steps, threads];
    let build = [
        "run",
        "--locked",
        "--release",
        "-p",
        "omamori-merging",
        "--features",
        "many",
        "--bin",
        "simulate",
        "--",
    ];
    cargo(&[&build[..], &numbers].concat())
}
