//! What managers owe: new keys after somebody left, and keys for those whom a rotation did not see.

use super::{PeopleError, Replica};
use crate::{
    compartment::Compartment,
    id::{CompartmentTag, DeviceId, EpochId},
    ledger::rights::Right,
    log::{EntryKind, LogEntry, ParsedEntry},
    statement::UnixMillis,
};
use rand_core::CryptoRng;
use std::collections::{BTreeMap, BTreeSet};

impl Replica {
    /// Compartments that owe a rotation which this device may make.
    pub fn owes(&self) -> Vec<Compartment> {
        let owed = self.ledger.as_ref().map(|ledger| ledger.owed());
        owed.unwrap_or_default()
            .into_iter()
            .filter_map(|tag| self.keyring.name(&tag))
            .filter(|compartment| self.right(*compartment) == Some(Right::Manage))
            .collect()
    }

    /// Completes what is owed, as far as this device may: rotations, new keys after a consent to officers ended, keys that nobody
    /// wrapped, packages for officers. Nothing, if nothing is.
    ///
    /// # Errors
    /// [`PeopleError`].
    pub fn complete(
        &mut self,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let owed = self.owes();
        let mut entries = Vec::new();
        if !owed.is_empty() {
            entries.extend(self.rotate(&owed, now, rng)?);
        }
        entries.extend(self.rotate_after_consents_ended(now, rng)?);
        entries.extend(self.serve(rng)?);
        entries.extend(self.renew_packages(now, rng)?);
        Ok(entries)
    }

    fn serve(&mut self, rng: &mut impl CryptoRng) -> Result<Vec<LogEntry>, PeopleError> {
        let Some(ledger) = &self.ledger else {
            return Ok(Vec::new());
        };
        let (own, sent) = (self.keys.id(), self.sent());
        let state = ledger.state();
        let mut unserved = ledger.unserved();
        unserved.retain(|(device, _, epoch)| !sent.contains(&(*device, *epoch)));
        let lacks = |device, tag, epoch| unserved.contains(&(device, tag, epoch));
        let mine = |tag: &CompartmentTag, epoch: &EpochId| {
            let all = state.devices().map(|(device, _)| device);
            let mut managers = all.filter(|device| state.may(device, tag, Right::Manage));
            // A key that nobody who manages has comes from anybody who has it.
            state.may(&own, tag, Right::Manage)
                || (state.may(&own, tag, Right::Read)
                    && managers.all(|manager| lacks(manager, *tag, *epoch)))
        };
        // What this device should have sent with its own word, and had not got then.
        // As far as it may still read there: nobody takes keys from somebody who may not.
        let promised = ledger.given_by(&own).into_iter();
        let promised = promised.filter(|(_, tag, _)| state.may(&own, tag, Right::Read));
        let due = unserved.iter().copied();
        let all = due
            .filter(|(_, tag, epoch)| mine(tag, epoch))
            .chain(promised);
        let mut owed: BTreeMap<DeviceId, BTreeSet<(CompartmentTag, EpochId)>> = BTreeMap::new();
        for (device, tag, epoch) in all {
            if self.keyring.key(&epoch).is_some() && !sent.contains(&(device, epoch)) {
                owed.entry(device).or_default().insert((tag, epoch));
            }
        }
        let mut entries = Vec::new();
        for (device, epochs) in owed {
            let keys: Vec<_> = epochs
                .iter()
                .filter_map(|(tag, epoch)| {
                    Some((self.keyring.name(tag)?, *tag, self.keyring.key(epoch)?))
                })
                .collect();
            if let Some(public) = ledger.state().device(&device) {
                entries.push(self.wrap(public, ledger.heads(), &keys, rng)?);
            }
        }
        self.take_own(entries.clone())?;
        Ok(entries)
    }

    /// Which keys somebody was sent, as far as this device knows.
    fn sent(&self) -> BTreeSet<(DeviceId, EpochId)> {
        let bundles = self
            .entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::Bundle);
        bundles
            .filter_map(|entry| match entry.parse() {
                Ok(ParsedEntry::Bundle(bundle)) => Some(bundle.header().clone()),
                _ => None,
            })
            .flat_map(|header| {
                let to = header.recipient;
                header.epochs.into_iter().map(move |epoch| (to, epoch))
            })
            .collect()
    }
}
