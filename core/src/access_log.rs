//! A relay's list of accesses as somebody reads it, again and again: each page is held against what was read before.
//!
//! A reader keeps the last access it read, and asks for the list from there. What it then finds is the same access and those after
//! it, each naming the one before. Anything else is a [`Trouble`]: the relay went back to an older state, or it was changed.

use crate::{
    access::SignedAccess,
    id::{DeviceId, RecordId},
    log::EntryHash,
};
use serde::{Deserialize, Serialize};

/// The last access that somebody has read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRead {
    /// Its number.
    pub number: u64,
    /// Its hash, hex.
    pub hash: String,
    /// Who signed it.
    pub relay: DeviceId,
}

impl LastRead {
    fn of(signed: &SignedAccess) -> Self {
        Self {
            number: signed.access.number,
            hash: signed.hash.to_string(),
            relay: signed.signer(),
        }
    }

    fn is(&self, hash: Option<EntryHash>) -> bool {
        hash.is_some_and(|hash| hash.to_string() == self.hash)
    }
}

/// What a list is not, that it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Trouble {
    /// What was read under this number, or what comes after it, is something else now: changed, or written anew after a fall back.
    Altered {
        /// The number.
        number: u64,
    },
    /// The list ends before what was read already.
    SetBack {
        /// How far it had been read.
        number: u64,
    },
    /// Accesses between what was read and what is there are not there.
    Missing {
        /// The first that is missing.
        first: u64,
        /// The last.
        last: u64,
    },
    /// Not signed as accesses of this record are.
    Unreadable {
        /// The number the relay gives it.
        number: u64,
    },
    /// Somebody else signs from here on: another relay, or one that lost its key.
    OtherSigner {
        /// The first such number.
        number: u64,
    },
}

/// A page, as far as it can be believed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadOn {
    /// What is new, ascending by number.
    pub accesses: Vec<SignedAccess>,
    /// What is wrong with it, in the order in which it was found.
    pub troubles: Vec<Trouble>,
    /// From where to read on.
    pub last: Option<LastRead>,
}

/// Reads a page of `[number, access]` that the relay gave when asked for what is behind the number before `last`: the last access
/// read, and what follows it. Without `last`: the list from its beginning, or from what the relay still keeps.
pub fn read_on(record: &RecordId, last: Option<LastRead>, page: &[(u64, Vec<u8>)]) -> ReadOn {
    let mut read = ReadOn {
        last,
        ..ReadOn::default()
    };
    if let (Some(last), []) = (&read.last, page) {
        let number = last.number;
        read.troubles.push(Trouble::SetBack { number });
    }
    for (number, bytes) in page {
        read.take(record, *number, bytes);
    }
    read
}

impl ReadOn {
    fn take(&mut self, record: &RecordId, number: u64, bytes: &[u8]) {
        let signed = SignedAccess::read(bytes).ok();
        let sound = |signed: &SignedAccess| {
            signed.access.record == *record && signed.access.number == number
        };
        let Some(signed) = signed.filter(sound) else {
            self.troubles.push(Trouble::Unreadable { number });
            return;
        };
        let Some(last) = &self.last else {
            self.keep(signed);
            return;
        };
        if number < last.number || (number == last.number && last.is(Some(signed.hash))) {
            return;
        }
        let follows = number == last.number.saturating_add(1);
        let trouble = if signed.signer() != last.relay {
            Some(Trouble::OtherSigner { number })
        } else if number == last.number || (follows && !last.is(signed.access.previous)) {
            Some(Trouble::Altered { number })
        } else if !follows {
            Some(Trouble::Missing {
                first: last.number.saturating_add(1),
                last: number.saturating_sub(1),
            })
        } else {
            None
        };
        self.troubles.extend(trouble);
        self.keep(signed);
    }

    fn keep(&mut self, signed: SignedAccess) {
        self.last = Some(LastRead::of(&signed));
        self.accesses.push(signed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::{Access, What},
        cose::SigningKey,
        time::UnixMillis,
    };

    const RECORD: RecordId = RecordId::new([1; 32]);

    /// A relay's list of so many accesses; `from` the number at which its history is another one.
    fn list(relay: u8, length: u64, from: u64) -> Vec<(u64, Vec<u8>)> {
        let key = SigningKey::from_seed(&[relay; 32]);
        let mut previous = None;
        let mut list = Vec::new();
        for number in 1..=length {
            let access = Access {
                record: RECORD,
                number,
                previous,
                began: UnixMillis(1_795_000_000_000),
                ended: UnixMillis(1_795_000_060_000),
                what: What::Fetched {
                    device: DeviceId::new([2; 32]),
                    first: 3,
                    last: if number < from { 9 } else { 8 },
                    entries: 4,
                    compartments: Vec::new(),
                },
            };
            let bytes = access.sign(&key);
            previous = Some(SignedAccess::read(&bytes).unwrap().hash);
            list.push((number, bytes));
        }
        list
    }

    fn honest(length: u64) -> Vec<(u64, Vec<u8>)> {
        list(7, length, u64::MAX)
    }

    /// What somebody who has read `before` finds in `now`, asking as readers do.
    fn after(before: &[(u64, Vec<u8>)], now: &[(u64, Vec<u8>)]) -> ReadOn {
        let last = read_on(&RECORD, None, before).last;
        let from = last.as_ref().map_or(0, |last| last.number - 1);
        let page: Vec<_> = now.iter().filter(|(n, _)| *n > from).cloned().collect();
        read_on(&RECORD, last, &page)
    }

    fn numbers(read: &ReadOn) -> Vec<u64> {
        let accesses = read.accesses.iter();
        accesses.map(|signed| signed.access.number).collect()
    }

    #[test]
    fn an_honest_list_is_read_on_from_where_it_was_left() {
        let read = after(&honest(3), &honest(5));
        assert_eq!((numbers(&read), &read.troubles), (vec![4, 5], &vec![]));
        let again = after(&honest(5), &honest(5));
        assert_eq!((numbers(&again), &again.troubles), (vec![], &vec![]));
    }

    #[test]
    fn a_list_of_which_the_relay_keeps_only_the_newest_is_no_trouble_for_a_new_reader() {
        let read = read_on(&RECORD, None, &honest(5)[3..]);
        assert_eq!((numbers(&read), read.troubles), (vec![4, 5], vec![]));
    }

    #[test]
    fn an_access_changed_after_it_was_read_is_noticed() {
        for from in 1..=3 {
            let read = after(&honest(3), &list(7, 5, from));
            assert_eq!(read.troubles, [Trouble::Altered { number: 3 }], "{from}");
            assert_eq!(numbers(&read), [3, 4, 5]);
        }
    }

    #[test]
    fn a_relay_that_fell_back_is_noticed_whether_it_grew_again_or_not() {
        let shorter = after(&honest(5), &honest(2));
        assert_eq!(shorter.troubles, [Trouble::SetBack { number: 5 }]);
        let grown = after(&honest(5), &list(7, 9, 3));
        assert_eq!(grown.troubles, [Trouble::Altered { number: 5 }]);
    }

    #[test]
    fn accesses_left_out_are_noticed() {
        let without: Vec<_> = honest(6).into_iter().filter(|(n, _)| *n != 5).collect();
        let read = after(&honest(3), &without);
        assert_eq!(read.troubles, [Trouble::Missing { first: 5, last: 5 }]);
    }

    #[test]
    fn another_relay_is_said_to_be_another_once() {
        let read = after(&honest(3), &list(8, 5, u64::MAX));
        assert_eq!(read.troubles, [Trouble::OtherSigner { number: 3 }]);
        assert_eq!(numbers(&read), [3, 4, 5]);
    }

    #[test]
    fn nothing_is_believed_that_is_not_signed_for_this_record_and_place() {
        let mut page = honest(3);
        page[1].1[40] ^= 1;
        let read = read_on(&RECORD, None, &page);
        let troubles = [
            Trouble::Unreadable { number: 2 },
            Trouble::Missing { first: 2, last: 2 },
        ];
        assert_eq!(
            (numbers(&read), read.troubles),
            (vec![1, 3], troubles.into())
        );
        let other = read_on(&RecordId::new([9; 32]), None, &honest(1));
        assert_eq!(other.troubles, [Trouble::Unreadable { number: 1 }]);
        let shifted = read_on(&RECORD, None, &[(2, honest(1)[0].1.clone())]);
        assert_eq!(shifted.troubles, [Trouble::Unreadable { number: 2 }]);
    }
}
