//! How many openings officers may tell of one record: enough for a disaster, and not so many that the list is filled on purpose.

use std::time::Duration;

/// A limit over the time before an opening is told. What was told earlier stays in the record's log, and does not count: officers who
/// open now and then over a child's whole life are never too many.
#[derive(Debug, Clone, Copy)]
pub struct Openings {
    /// The time in which they count, by the relay's clock.
    pub within: Duration,
    /// Of one record.
    pub of_record: u64,
    /// Of one record, by officers of one municipality, however many packages it got: they cannot fill what is for others.
    pub of_town: u64,
}

/// How many were told since a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Told {
    /// Of a record.
    pub of_record: u64,
    /// Of these, by officers of one municipality.
    pub of_town: u64,
}

impl Openings {
    /// Those told from this second on count. `now`: seconds since 1970.
    pub fn since(&self, now: u64) -> u64 {
        now.saturating_sub(self.within.as_secs())
    }

    /// May one more be told?
    pub fn leave_room(&self, told: Told) -> bool {
        told.of_record < self.of_record && told.of_town < self.of_town
    }
}
