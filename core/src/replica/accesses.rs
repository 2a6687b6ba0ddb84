//! Who fetched and opened what of this record, from the relay's lists, with the names this device knows.

use super::Replica;
use crate::{
    access::{SignedAccess, What},
    access_log::{LastRead, Trouble, read_on},
    card_notice,
    compartment::Compartment,
    id::{CompartmentTag, RecordId},
    time::UnixMillis,
    token,
};
use serde::Serialize;

/// One line of the relay's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Noted {
    /// Counted from 1.
    pub number: u64,
    /// Names this access for good, hex.
    pub hash: String,
    /// The first time: by the relay's clock, or as a device told.
    pub began: UnixMillis,
    /// The last time.
    pub ended: UnixMillis,
    /// What happened, with compartments as far as this device knows what they are.
    #[serde(flatten)]
    pub what: What<Compartment>,
}

/// A page of the relay's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessPage {
    /// What is new in it.
    pub accesses: Vec<Noted>,
    /// What is wrong with it.
    pub troubles: Vec<Trouble>,
    /// From where to read on.
    pub last: Option<LastRead>,
}

impl Replica {
    /// Reads a page of the relay's list, as [`read_on`].
    pub fn read_accesses(&self, last: Option<LastRead>, page: &[(u64, Vec<u8>)]) -> AccessPage {
        self.page_of(&self.record, last, page)
    }

    /// Reads a page of the list of when somebody asked about the cards this device made, as [`read_on`].
    pub fn read_card_openings(
        &self,
        last: Option<LastRead>,
        page: &[(u64, Vec<u8>)],
    ) -> AccessPage {
        self.page_of(&self.card_openings(), last, page)
    }

    /// Names that list.
    pub fn card_openings(&self) -> RecordId {
        card_notice::openings(&card_notice::id_of(&self.keys.card_key().public()))
    }

    /// Proves to a relay, by the key of the cards it made, that this device may read that list: the key, and a signature over the
    /// relay's nonce.
    pub fn sign_for_card_openings(&self, nonce: &[u8; token::NONCE]) -> ([u8; 32], [u8; 64]) {
        token::sign_for_openings(&self.keys.card_key(), nonce)
    }

    fn page_of(
        &self,
        list: &RecordId,
        last: Option<LastRead>,
        page: &[(u64, Vec<u8>)],
    ) -> AccessPage {
        let read = read_on(list, last, page);
        AccessPage {
            accesses: read.accesses.iter().map(|one| self.noted(one)).collect(),
            troubles: read.troubles,
            last: read.last,
        }
    }

    fn noted(&self, signed: &SignedAccess) -> Noted {
        let access = &signed.access;
        Noted {
            number: access.number,
            hash: signed.hash.to_string(),
            began: access.began,
            ended: access.ended,
            what: access.what.clone().naming(|tags| self.named(&tags)),
        }
    }

    fn named(&self, tags: &[CompartmentTag]) -> Vec<Compartment> {
        let mut named: Vec<_> = tags
            .iter()
            .filter_map(|tag| self.keyring.name(tag))
            .collect();
        named.sort_unstable();
        named
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::DeviceId;
    use serde_json::json;

    #[test]
    fn the_app_is_told_what_was_fetched_by_the_names_of_its_compartments_and_not_where_in_the_log()
    {
        let nurse = DeviceId::new([1; 32]);
        let fetched = What::Fetched {
            device: nurse,
            first: 3,
            last: 9,
            entries: 5,
            compartments: vec![CompartmentTag::new([7; 16])],
        };
        let noted = Noted {
            number: 2,
            hash: "ab".to_owned(),
            began: UnixMillis(1),
            ended: UnixMillis(4),
            what: fetched.naming(|_| vec![Compartment::Care]),
        };
        let told = json!({
            "number": 2, "hash": "ab", "began": 1, "ended": 4,
            "what": "fetched", "device": nurse, "entries": 5, "compartments": ["care"],
        });
        assert_eq!(serde_json::to_value(noted).unwrap(), told);
    }
}
