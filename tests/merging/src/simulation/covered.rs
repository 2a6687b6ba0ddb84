//! What histories went through.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// What a thousand histories go through at least once: otherwise they show less than they seem to.
const EXPECTED: [&str; 41] = [
    // Operations.
    "genesis",
    "add-device",
    "remove-device",
    "grant",
    "revoke",
    "close",
    "rotate",
    "endorse",
    "restart",
    "staff-join",
    "staff-end",
    // What people do.
    "edits",
    "corrections",
    "retractions",
    "snapshots",
    "refused steps",
    // How word gets around.
    "partitions",
    "meetings that a partition kept apart",
    "sticks carried",
    "meetings with losses",
    "meetings out of order",
    "entries told twice",
    "restored backups",
    "chunks that a snapshot stood for",
    // What comes of it.
    "concurrent removals",
    "mutual removals",
    "void operations",
    "operations beside others of their signer",
    "forked chunks",
    "quarantined chunks",
    "words answered for",
    "words that count",
    "words that do not count",
    "words that were replaced",
    "facts that somebody took back",
    "facts that are taken back",
    "records begun with snapshots",
    "records that snapshots tell as well",
    "words that stayed closed to somebody removed",
    "operations beyond their signer's removal",
    "last words",
];

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

    /// What is expected of many histories and did not happen in these.
    pub fn missing(&self) -> impl Iterator<Item = &'static str> {
        EXPECTED.into_iter().filter(|what| self.of(what) == 0)
    }

    /// Is too much of what was said left out of the judgement which words count? What their author went on from may count or not,
    /// and a key may leave with people; but four in ten late words at least are to be judged, and hardly any lost.
    pub fn is_mostly_skipped(&self) -> bool {
        let (counted, late) = (
            self.of("words that count"),
            self.of("words that do not count"),
        );
        let followed = self.of("late words that their author went on from");
        let closed = self.of("words whose key nobody has who is left");
        followed * 2 > late * 3 || followed * 5 > counted || closed * 50 > counted
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
        let known = self.0.keys().map(String::as_str);
        let all: BTreeSet<&str> = known.chain(EXPECTED).collect();
        let parts = all
            .into_iter()
            .map(|what| format!("{what} {}", self.of(what)));
        f.write_str(&parts.collect::<Vec<_>>().join(", "))
    }
}
