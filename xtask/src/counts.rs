//! How many tests passed and failed, read from what the runners print.

use serde_json::Value;
use std::{fs, ops::AddAssign, path::Path};

/// Passed and failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Counts {
    /// A check that is one thing: it passed or it failed.
    pub(crate) fn one(passed: bool) -> Self {
        Self {
            passed: u64::from(passed),
            failed: u64::from(!passed),
        }
    }

    /// A runner that exits with failure failed at least once, whatever it counted (it may not even have compiled). One
    /// that ran nothing proves nothing, and counts as failed too.
    pub(crate) fn held_to(mut self, succeeded: bool) -> Self {
        if self.failed == 0 && (!succeeded || self.passed == 0) {
            self.failed = 1;
        }
        self
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Sums the lines `test result: ok. 3 passed; 0 failed; …` of cargo.
pub(crate) fn of_cargo(printed: &str) -> Counts {
    let mut sum = Counts::default();
    for line in printed
        .lines()
        .filter_map(|line| line.trim().strip_prefix("test result: "))
    {
        sum += Counts {
            passed: before(line, " passed"),
            failed: before(line, " failed"),
        };
    }
    sum
}

/// Reads vitest's JSON report. No report: nothing passed.
pub(crate) fn of_vitest(report: &Path) -> Counts {
    let report: Value = fs::read(report)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let number = |name: &str| report.get(name).and_then(Value::as_u64).unwrap_or(0);
    // A file that cannot even be loaded is a failed suite without a failed test.
    let broken_suites = if number("numFailedTests") == 0 {
        number("numFailedTestSuites")
    } else {
        0
    };
    Counts {
        passed: number("numPassedTests"),
        failed: number("numFailedTests") + broken_suites,
    }
}

/// The number that stands right before a word.
fn before(line: &str, word: &str) -> u64 {
    let end = line.find(word).unwrap_or(0);
    let digits = line
        .get(..end)
        .unwrap_or_default()
        .rsplit(|c: char| !c.is_ascii_digit())
        .next()
        .unwrap_or_default();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_binary_of_cargo_counts() {
        let printed = "test a ... ok\ntest result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
            test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n";
        assert_eq!(
            of_cargo(printed),
            Counts {
                passed: 15,
                failed: 2
            }
        );
    }

    #[test]
    fn a_runner_that_fails_without_counting_is_a_failure() {
        assert_eq!(
            Counts {
                passed: 4,
                failed: 0
            }
            .held_to(false),
            Counts {
                passed: 4,
                failed: 1
            }
        );
        assert_eq!(
            Counts::default().held_to(true),
            Counts {
                passed: 0,
                failed: 1
            }
        );
        assert_eq!(
            Counts {
                passed: 4,
                failed: 0
            }
            .held_to(true),
            Counts {
                passed: 4,
                failed: 0
            }
        );
    }

    #[test]
    fn a_missing_report_passes_nothing() {
        assert_eq!(
            of_vitest(Path::new("/nowhere/report.json")),
            Counts::default()
        );
    }
}
