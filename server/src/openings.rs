//! How many openings officers may tell of one record: enough for a disaster, and not so many that the list is filled on purpose.

use std::{ops::RangeInclusive, time::Duration};

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
    /// Those told in this time count. `now`: seconds since 1970. For a package by somebody who manages no more, all that ever were:
    /// whoever was taken out leaves behind no package that fills a record week by week.
    pub fn count(&self, now: u64, by_manager: bool) -> RangeInclusive<u64> {
        if by_manager {
            // Not beyond now: a relay's clock that was years ahead once must keep nobody out until then.
            now.saturating_sub(self.within.as_secs())..=now
        } else {
            0..=u64::MAX
        }
    }

    /// May one more be told?
    pub fn leave_room(&self, told: Told) -> bool {
        told.of_record < self.of_record && told.of_town < self.of_town
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_package_that_somebody_removed_left_behind_every_opening_counts_and_of_others_those_of_lately()
     {
        let openings = Openings {
            within: Duration::from_secs(100),
            of_record: 400,
            of_town: 40,
        };
        assert_eq!(openings.count(1_000, true), 900..=1_000);
        assert!(openings.count(1_000, false).contains(&0));
        // A clock that was ahead keeps nobody out: what it took then is not of lately.
        assert!(!openings.count(1_000, true).contains(&5_000));
        assert!(openings.count(1_000, false).contains(&5_000));
    }
}
