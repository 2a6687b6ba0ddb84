//! People who let each other in and out, without seeing each other, with phones that are lost, restored and partitioned.
//!
//! A history is a list of steps, made from a seed. Any part of it is a history too: steps that make no sense where they
//! stand do nothing. So a history that fails is shrunk by leaving steps out.
//!
//! | question | file |
//! |---|---|
//! | what can happen | `step` |
//! | who there is, and what they do | `world` |
//! | what an organisation does | `station` |
//! | what they say, and say again | `words` |
//! | how word gets around | `travel` |
//! | what snapshots hold, and stand for | `compacted` |
//! | what must hold at the end | `check` |
//! | whose removal stands | `seniority` |
//! | which words must be shown, and which must not | `heard` |
//! | what becomes of a fact that somebody took back | `fate` |
//! | who must not be able to read on | `sealed` |
//! | whether everybody can go on | `going_on` |
//! | what histories went through | `covered` |
//! | whether a check can fail | `sabotage` |

mod check;
mod compacted;
mod covered;
mod fate;
mod going_on;
mod heard;
mod random;
mod sabotage;
mod sealed;
mod seniority;
mod station;
mod step;
mod travel;
mod words;
mod world;

pub use covered::Covered;
pub use sabotage::{Sabotage, play_sabotaged};
pub use step::{History, Step};

use std::panic::{AssertUnwindSafe, catch_unwind};
use world::World;

/// Plays a history to its end and checks what must hold.
///
/// # Errors
/// What did not hold.
pub fn play(history: &History) -> Result<Covered, String> {
    let played = catch_unwind(AssertUnwindSafe(|| played(history)));
    played.unwrap_or_else(|_| Err("the core panicked".to_owned()))
}

fn played(history: &History) -> Result<Covered, String> {
    let mut world = World::begin(history)?;
    for step in &history.steps {
        world.take(*step)?;
    }
    world.gather()?;
    world.check()?;
    Ok(world.into_covered())
}

/// The same history with as few steps as still fail, and why it fails.
pub fn shrunk(history: &History) -> (History, String) {
    let mut kept = history.clone();
    let mut why = play(&kept).err().unwrap_or_default();
    let mut size = kept.steps.len().div_ceil(2);
    while size > 0 {
        let mut from = 0;
        while from < kept.steps.len() {
            let mut fewer = kept.clone();
            fewer.steps.drain(from..(from + size).min(kept.steps.len()));
            match play(&fewer) {
                Err(error) => (kept, why) = (fewer, error),
                Ok(_) => from += size,
            }
        }
        size /= 2;
    }
    (kept, why)
}
