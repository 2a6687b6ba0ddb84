//! Checks that cannot fail prove nothing: here a history is broken at its end, and its check must say so.

use super::{
    heard::{Oracle, is_shown, owner},
    random::Random,
    sealed::{reads, reads_by_a_grant},
    step::{History, SHARED},
    words::Written,
    world::{Phone, Played, World, text},
};
use omamori_core::{
    bundle::{self, BundledKey},
    compartment::Compartment,
    id::{CompartmentTag, DeviceId, EpochId},
    ledger::{
        Ledger,
        operation::{Operation, SignedOperation},
        rights::Right,
    },
    log::{EntryKind, LogEntry, ParsedEntry},
    statement::{FactId, StatementId},
};
use std::collections::BTreeSet;

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// A phone loses something that it showed.
    Forget,
    /// Somebody who was removed is handed a key.
    Betray,
    /// Something is taken for said that nobody said.
    Invent,
    /// Nobody sees that somebody who was removed holds the newest keys, so nobody makes others.
    Overlook,
    /// The newest keys never reach somebody who may read.
    Withhold,
    /// Of two who removed each other, the junior is taken for the winner.
    Favour,
    /// A phone loses a grant.
    Ungrant,
    /// Nobody is left who manages.
    Abandon,
    /// Phones lose that something was taken back.
    Revive,
    /// A snapshot is taken for holding words that it left out.
    LeaveOut,
}

/// Plays a history, breaks it, and says what its check found. `None`: there was nothing to break.
///
/// # Errors
/// What did not hold before, or that the check found nothing.
pub fn play_sabotaged(history: &History, sabotage: Sabotage) -> Result<Option<String>, String> {
    let mut world = World::begin(history)?;
    for step in &history.steps {
        world.take(*step)?;
    }
    world.gather()?;
    world.check_told()?;
    let broken = match sabotage {
        Sabotage::Forget => world.forget()?,
        Sabotage::Betray => world.betray()?,
        Sabotage::Invent => world.invent(),
        Sabotage::Overlook => world.overlook()?,
        Sabotage::Withhold => world.withhold()?,
        Sabotage::Favour => world.favour()?,
        Sabotage::Ungrant => world.ungrant()?,
        Sabotage::Abandon => world.abandon()?,
        Sabotage::Revive => world.revive()?,
        Sabotage::LeaveOut => world.leave_out(),
    };
    match (broken, world.check()) {
        (false, _) => Ok(None),
        (true, Err(found)) => Ok(Some(found)),
        (true, Ok(())) => Err(format!("{sabotage:?} went unnoticed")),
    }
}

impl World {
    fn forget(&mut self) -> Played<bool> {
        let shows = |number: usize, written: &Written| {
            let phone = self.phones.get(number)?;
            let state = phone.replica.ledger()?.state();
            let reads = reads_by_a_grant(state, &phone.replica.device(), &written.tag);
            (reads && is_shown(&phone.replica, written)).then_some((number, written.chunk))
        };
        let numbers = 0..self.phones.len();
        let found = numbers
            .flat_map(|number| self.written.iter().filter_map(move |w| shows(number, w)))
            .next();
        let Some((number, chunk)) = found else {
            return Ok(false);
        };
        let mut told = self.phone(0)?.held.clone();
        told.retain(|n| {
            let entry = self.all.get(*n);
            // Nor is it told by snapshots.
            entry.is_some_and(|entry| {
                entry.kind != EntryKind::Snapshot && entry.hash().0 != *chunk.as_bytes()
            })
        });
        let anew = self.anew(number)?;
        if let Some(phone) = self.phones.get_mut(number) {
            *phone = anew;
        }
        self.tell(&told, number)?;
        Ok(true)
    }

    fn betray(&mut self) -> Played<bool> {
        let ledger = self.replica(0)?.ledger().ok_or("no ledger")?.clone();
        let oracle = Oracle::new(self, &ledger);
        for number in 0..self.phones.len() {
            let device = self.replica(number)?.device();
            for place in 0..self.written.len() {
                let Some(written) = self.written.get(place).filter(|written| !written.again) else {
                    continue;
                };
                let (compartment, words) = (written.compartment, written.text.clone());
                let shut = self.is_shut_out(&oracle, &ledger, written, &device)?;
                let reads_now = |world: &Self| {
                    let phone = world.replica(number);
                    phone.is_ok_and(|phone| reads(phone, compartment, &words))
                };
                if !shut || reads_now(self) {
                    continue;
                }
                let epoch = self.epoch_of(written.chunk).ok_or("nothing sealed")?;
                if self.hand(&oracle, number, &epoch)? && reads_now(self) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The mother hands somebody a key, as if it were still the time when they were let in.
    fn hand(&mut self, oracle: &Oracle<'_>, whom: usize, epoch: &EpochId) -> Played<bool> {
        let Some(key) = self.key(epoch) else {
            return Ok(false);
        };
        let to = self.replica(whom)?.keys().public().clone();
        let device: DeviceId = to.id();
        let mut operations = oracle.operations().iter();
        let Some(let_in) = operations.find(|signed| owner(signed, &device).is_some()) else {
            return Ok(false);
        };
        let mut operations = oracle.operations().iter();
        let Some(maker) = operations.find(|signed| commits(signed, epoch)) else {
            return Ok(false);
        };
        let keys = [(key.compartment, key.tag, &key.key)];
        let mother = self.anew(0)?.replica;
        // As if it were still that time; or as for staff that is still to be certified.
        for head in [let_in.id(), maker.id()] {
            let (heads, rng) = (vec![head], &mut Random(&mut self.dice));
            let bytes = bundle::wrap(mother.keys(), &to, mother.record(), heads, &keys, rng);
            let entry = LogEntry {
                kind: EntryKind::Bundle,
                bytes: bytes.map_err(text)?,
            };
            let phone = self.phones.get_mut(whom).ok_or("no such device")?;
            let received = phone.replica.receive(vec![entry.clone()]);
            if received.refused.is_empty() {
                phone.held.push(self.all.len());
                self.all.push(entry);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// As if the newest key had been made while they still might read.
    fn overlook(&mut self) -> Played<bool> {
        let ledger = self.replica(0)?.ledger().ok_or("no ledger")?.clone();
        let oracle = Oracle::new(self, &ledger);
        for (tag, epoch) in self.unused(&ledger)? {
            for number in 0..self.phones.len() {
                let device = self.replica(number)?.device();
                let state = ledger.state();
                let left = state.known_device(&device).is_some()
                    && !state.may(&device, &tag, Right::Read)
                    && self.bundles_to(&device, &epoch).is_empty();
                if left && self.hand(&oracle, number, &epoch)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn withhold(&mut self) -> Played<bool> {
        let ledger = self.replica(0)?.ledger().ok_or("no ledger")?.clone();
        let used = self.used();
        for (tag, epoch) in self.unused(&ledger)? {
            for number in 0..self.phones.len() {
                let device = self.replica(number)?.device();
                let lost = self.bundles_to(&device, &epoch);
                let sent = |place: &usize| self.all.get(*place).map(LogEntry::parse);
                // Otherwise it would lack what was said before.
                let only_new = lost.iter().filter_map(sent).all(|entry| {
                    matches!(entry, Ok(ParsedEntry::Bundle(bundle))
                        if bundle.author() != device
                            && bundle.header().epochs.iter().all(|of| !used.contains(of)))
                });
                if ledger.state().may(&device, &tag, Right::Read) && only_new && !lost.is_empty() {
                    self.lose(&lost)?;
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Newest keys under which nothing was said yet, each the only one of its compartment.
    fn unused(&self, ledger: &Ledger) -> Played<Vec<(CompartmentTag, EpochId)>> {
        let used = self.used();
        let mut unused = Vec::new();
        for compartment in SHARED {
            let tag = self.shared_tag(compartment)?;
            let epochs = ledger.state().epochs(&tag);
            let newest: Vec<EpochId> = epochs
                .filter(|epoch| ledger.is_write_epoch(&tag, epoch))
                .collect();
            if let [epoch] = newest.as_slice()
                && !used.contains(epoch)
            {
                unused.push((tag, *epoch));
            }
        }
        Ok(unused)
    }

    fn favour(&mut self) -> Played<bool> {
        let ledger = self.replica(0)?.ledger().ok_or("no ledger")?.clone();
        let oracle = Oracle::new(self, &ledger);
        let removes = |one: &SignedOperation, other: &SignedOperation| matches!(one.operation(), Operation::RemoveDevice { frontier } if frontier.device == other.signer());
        let state = ledger.state();
        for winner in oracle
            .operations()
            .iter()
            .filter(|it| !state.is_void(&it.id()))
        {
            for loser in oracle
                .operations()
                .iter()
                .filter(|it| state.is_void(&it.id()))
            {
                let apart = !oracle.had_seen(&winner.id(), &loser.id())
                    && !oracle.had_seen(&loser.id(), &winner.id());
                if apart && removes(winner, loser) && removes(loser, winner) {
                    self.favoured = Some((winner.id(), loser.id()));
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn ungrant(&mut self) -> Played<bool> {
        let is_grant = |entry: &LogEntry| {
            matches!(entry.parse(), Ok(ParsedEntry::Operation(signed))
                if matches!(signed.operation(), Operation::Grant(_)))
        };
        let number = self.phones.len() - 1;
        let Some(lost) = self.all.iter().rposition(is_grant) else {
            return Ok(false);
        };
        let mut anew = self.anew(number)?;
        anew.held.clone_from(&self.phone(number)?.held);
        anew.held.retain(|entry| *entry != lost);
        let told = anew.held.iter().filter_map(|place| self.all.get(*place));
        // What follows the grant waits for it in vain.
        anew.replica.receive(told.cloned().collect());
        if let Some(phone) = self.phones.get_mut(number) {
            *phone = anew;
        }
        Ok(true)
    }

    fn abandon(&mut self) -> Played<bool> {
        let state = self
            .replica(0)?
            .ledger()
            .ok_or("no ledger")?
            .state()
            .clone();
        let tag = self.shared_tag(Compartment::Care)?;
        let devices = state.devices().map(|(device, _)| device);
        self.lost = devices
            .filter(|device| state.may(device, &tag, Right::Manage))
            .collect();
        Ok(true)
    }

    fn revive(&mut self) -> Played<bool> {
        let shows = |phone: &Phone, written: &Written| is_shown(&phone.replica, written);
        let taken_back = self.written.iter().find(|written| {
            written.retracts && self.phones.iter().any(|phone| shows(phone, written))
        });
        let Some(chunk) = taken_back.map(|written| written.chunk) else {
            return Ok(false);
        };
        // Nor is it told by snapshots.
        let tells = |entry: &LogEntry| {
            entry.kind == EntryKind::Snapshot || entry.hash().0 == *chunk.as_bytes()
        };
        let all = self.all.iter().enumerate();
        let lost = all
            .filter(|(_, entry)| tells(entry))
            .map(|(place, _)| place);
        self.lose(&lost.collect())?;
        Ok(true)
    }

    fn leave_out(&mut self) -> bool {
        let held = |place: &usize| self.snapshots.iter().any(|of| of.holds.contains(place));
        let is_chunk = |place: &usize| {
            let entry = self.all.get(*place);
            entry.is_some_and(|entry| entry.kind == EntryKind::Chunk)
        };
        let left_out: BTreeSet<usize> = (0..self.all.len())
            .filter(|place| is_chunk(place) && !held(place))
            .collect();
        let opens = |phone: &Phone, place: &usize| {
            let entry = self.all.get(*place);
            entry.is_some_and(|entry| phone.replica.is_accepted(entry) == Some(true))
        };
        let broken = self.phones.iter().all(|phone| {
            let mut snapshots = self.snapshots.iter().map(|of| &of.entry);
            snapshots.any(|of| opens(phone, of)) && left_out.iter().any(|of| opens(phone, of))
        });
        for snapshot in &mut self.snapshots {
            snapshot.holds.extend(&left_out);
        }
        broken
    }

    /// Keys under which something was said.
    fn used(&self) -> BTreeSet<EpochId> {
        let chunks = self.all.iter().filter_map(|entry| match entry.parse() {
            Ok(ParsedEntry::Chunk(chunk)) => Some(chunk.header().epoch),
            _ => None,
        });
        chunks.collect()
    }

    /// Nobody has these any more.
    fn lose(&mut self, lost: &BTreeSet<usize>) -> Played {
        for number in 0..self.phones.len() {
            let mut told = self.phone(number)?.held.clone();
            told.retain(|entry| !lost.contains(entry));
            let anew = self.anew(number)?;
            if let Some(phone) = self.phones.get_mut(number) {
                *phone = anew;
            }
            self.tell(&told, number)?;
        }
        Ok(())
    }

    fn bundles_to(&self, device: &DeviceId, epoch: &EpochId) -> BTreeSet<usize> {
        let parsed = self.all.iter().map(LogEntry::parse).enumerate();
        let bundles = parsed.filter(|(_, entry)| {
            matches!(entry, Ok(ParsedEntry::Bundle(bundle))
                if bundle.header().recipient == *device && bundle.header().epochs.contains(epoch))
        });
        bundles.map(|(place, _)| place).collect()
    }

    /// A key, from anybody who was sent it.
    fn key(&self, epoch: &EpochId) -> Option<BundledKey> {
        for phone in &self.phones {
            let ledger = phone.replica.ledger()?;
            for entry in phone.replica.entries() {
                let Ok(ParsedEntry::Bundle(bundle)) = entry.parse() else {
                    continue;
                };
                let Ok(authentic) = bundle.verify(ledger) else {
                    continue;
                };
                let opened = bundle::unwrap(&authentic, phone.replica.keys());
                let mut keys = opened.unwrap_or_default().into_iter();
                if let Some(key) = keys.find(|key| key.epoch == *epoch) {
                    return Some(key);
                }
            }
        }
        None
    }

    fn invent(&mut self) -> bool {
        let Some(old) = self.written.first() else {
            return false;
        };
        let invented = Written {
            text: "never said".to_owned(),
            // Of nothing that anybody spoke about.
            id: StatementId {
                counter: u64::MAX,
                ..old.id
            },
            fact: FactId::Only("never said".to_owned()),
            replaces: BTreeSet::new(),
            answers: BTreeSet::new(),
            // Or it would be looked for in documents first.
            again: true,
            ..old.clone()
        };
        self.written.push(invented);
        true
    }
}

/// Did this operation commit to a key?
fn commits(signed: &SignedOperation, key: &EpochId) -> bool {
    let epochs = match signed.operation() {
        Operation::Genesis(genesis) => &genesis.compartments,
        Operation::Rotate { epochs } => epochs,
        _ => return false,
    };
    epochs.iter().any(|(_, epoch)| epoch == key)
}
