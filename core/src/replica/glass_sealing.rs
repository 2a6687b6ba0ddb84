//! The packages that a family's phone makes for officers: the newest keys, wrapped to two of a list.

use super::{
    PeopleError, Replica,
    glass::{KIND, OPENED, days},
};
use crate::{
    break_glass::{OfficersList, PackageHeader, open::day, package},
    compartment::Compartment,
    epoch::EpochKey,
    id::{CompartmentTag, EpochId},
    log::{EntryKind, LogEntry},
    statement::UnixMillis,
};
use jiff::civil::Date;
use rand_core::CryptoRng;

impl Replica {
    /// Makes the packages that are owed: a consent stands, and no package holds the newest keys.
    pub(super) fn renew_packages(
        &mut self,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        if !self.may_serve_officers() {
            return Ok(Vec::new());
        }
        let facts = self.view.of_kind(Compartment::Consents, KIND);
        let owed = facts.filter_map(|fact| {
            let consent = self.consent(fact, day(now))?;
            let list = self.agreed_list(fact)?.clone();
            (consent.stands && !consent.ready).then_some((list, consent.until))
        });
        let owed: Vec<_> = owed.collect();
        let mut entries = Vec::new();
        for (list, until) in owed {
            entries.push(self.seal_for(&list, until, rng)?);
        }
        Ok(entries)
    }

    /// Is what officers hold this phone's to renew? One that waits for one of the newest keys itself owes nothing.
    pub(super) fn may_serve_officers(&self) -> bool {
        self.check_manages().is_ok() && self.holds_newest_keys()
    }

    fn holds_newest_keys(&self) -> bool {
        let Some(ledger) = &self.ledger else {
            return false;
        };
        let holds = |tag: CompartmentTag| {
            let mut newest = ledger.state().newest_epochs(&tag);
            newest.all(|epoch| self.keyring.key(&epoch).is_some())
        };
        let mut tags = OPENED.iter().map(|name| self.keyring.tag(*name));
        tags.all(|tag| tag.is_some_and(holds))
    }

    pub(super) fn seal_for(
        &mut self,
        list: &OfficersList,
        until: Option<Date>,
        rng: &mut impl CryptoRng,
    ) -> Result<LogEntry, PeopleError> {
        let ledger = self.ledger.as_ref().ok_or(PeopleError::NotBegun)?;
        let state = ledger.state();
        let mut held: Vec<(Compartment, CompartmentTag, &EpochKey)> = Vec::new();
        let mut epochs: Vec<(CompartmentTag, Vec<EpochId>)> = Vec::new();
        for compartment in OPENED {
            let tag = self
                .keyring
                .tag(compartment)
                .ok_or(PeopleError::NoKey(compartment))?;
            let newest: Vec<EpochId> = state.newest_epochs(&tag).collect();
            let mut keys = self.keyring.all_of(&tag, state);
            // The newest first: what has to be said to the family is sealed under the first.
            keys.sort_by_key(|(name, tag, key)| !newest.contains(&key.id(tag, *name)));
            keys.truncate(package::MAX_EPOCHS);
            let mut ids: Vec<_> = keys
                .iter()
                .map(|(name, tag, key)| key.id(tag, *name))
                .collect();
            ids.sort_unstable();
            epochs.push((tag, ids));
            held.extend(keys);
        }
        epochs.sort_unstable();
        let mut nonce = [0; 16];
        rng.fill_bytes(&mut nonce);
        let header = PackageHeader {
            record: self.record,
            heads: ledger.heads(),
            municipality: list.municipality(),
            list: list.hash(),
            until: until.map(days),
            nonce,
            epochs,
        };
        let bytes = package::make(&self.keys, &header, list, &held, rng)?;
        let entry = LogEntry {
            kind: EntryKind::Package,
            bytes,
        };
        self.take_own(vec![entry.clone()])?;
        Ok(entry)
    }
}
