//! Histories of people who let each other in and out: as many as wanted, from any seed.

use crate::run::{Outcome, cargo, run};

/// `--histories N --seed S --steps L`, in any order; each may be left out.
///
/// # Errors
/// An argument that is none of these, or a history in which something that must hold does not.
pub(crate) fn simulate(arguments: &[String]) -> Outcome {
    let (mut histories, mut seed, mut steps) = ("2000", "1", "60");
    let mut rest = arguments.iter();
    while let Some(name) = rest.next() {
        let value = rest.next().ok_or(format!("{name} needs a number"))?;
        match name.as_str() {
            "--histories" => histories = value,
            "--seed" => seed = value,
            "--steps" => steps = value,
            other => return Err(format!("no option is called {other:?}")),
        }
    }
    run(cargo(&[
        "run",
        "--locked",
        "--release",
        "-p",
        "omamori-merging",
        "--bin",
        "simulate",
        "--",
        histories,
        seed,
        steps,
    ]))
}
