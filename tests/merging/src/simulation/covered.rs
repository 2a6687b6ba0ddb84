//! What histories went through.

use std::{collections::BTreeMap, fmt};

/// How often each thing happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Covered(BTreeMap<String, usize>);

impl Covered {
    pub(super) fn note(&mut self, what: &str, count: usize) {
        if count > 0 {
            *self.0.entry(what.to_owned()).or_default() += count;
        }
    }

    /// How often.
    pub fn of(&self, what: &str) -> usize {
        self.0.get(what).copied().unwrap_or_default()
    }

    /// Adds another history's.
    pub fn add(&mut self, other: &Self) {
        other
            .0
            .iter()
            .for_each(|(what, count)| self.note(what, *count));
    }
}

impl fmt::Display for Covered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.0.iter().map(|(what, count)| format!("{what} {count}"));
        f.write_str(&parts.collect::<Vec<_>>().join(", "))
    }
}
