//! Receiving entries: any order, any number of times. What cannot be judged yet waits, what is unsound is set aside.
//!
//! Each entry takes the steps of the pipeline once: parsed → authentic → opened → attested → admitted.

use super::{Open, Refusal, Replica, SetAside, Standing, words::Words};
use crate::{
    barrier::{Scratch, Trial},
    bundle,
    compartment::Compartment,
    document::CompartmentDocument,
    id::{CompartmentTag, DeviceId, OperationId, RecordId},
    ledger::{Ledger, LedgerError, operation::SignedOperation},
    log::{EntryHash, EntryKind, LogEntry, ParsedEntry},
    sealed::{EntryError, Header, Sealed, SealedBundle},
};
use std::collections::{BTreeMap, BTreeSet};

/// What became of received entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Received {
    /// Taken now, including entries that had waited.
    pub accepted: Vec<EntryHash>,
    /// Among those that came now, the ones that wait for others or for a key. They are kept.
    pub waiting: Vec<EntryHash>,
    /// Set aside now.
    pub refused: Vec<RefusedEntry>,
    /// Chunks of this device that a snapshot left out: to be pushed again.
    pub push_again: Vec<EntryHash>,
    /// Is the view another one than before?
    pub changed: bool,
}

/// An entry that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedEntry {
    /// Which.
    pub hash: EntryHash,
    /// Why.
    pub why: Refusal,
}

impl serde::Serialize for RefusedEntry {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut entry = serializer.serialize_struct("RefusedEntry", 3)?;
        entry.serialize_field("hash", &self.hash)?;
        entry.serialize_field("code", self.why.code())?;
        entry.serialize_field("detail", &self.why.to_string())?;
        entry.end()
    }
}

impl Replica {
    /// Takes entries in, with the barrier in this very thread.
    pub fn receive(&mut self, entries: Vec<LogEntry>) -> Received {
        self.receive_with(entries, &mut Scratch)
    }

    /// Takes entries in, with a barrier of the caller's: a disposable worker, where a panic cannot be caught.
    pub fn receive_with(&mut self, entries: Vec<LogEntry>, trial: &mut dyn Trial) -> Received {
        let mut received = Received::default();
        let mut new = Vec::new();
        for entry in entries {
            self.take_in(entry, &mut new, &mut received);
        }
        self.take_operations(&mut received);
        self.take_bundles(&mut received);
        self.take_packages(&mut received);
        self.take_openings(&mut received);
        self.take_snapshots(trial, &mut received);
        let locked = self.take_chunks(trial, &mut received);
        received.waiting = new
            .into_iter()
            .filter(|hash| self.pending.contains_key(hash))
            .collect();
        // What is refused now may have been heard while it waited, and what cannot be opened may show what others follow.
        if !received.accepted.is_empty() || !received.refused.is_empty() || locked {
            let before = std::mem::take(&mut self.view);
            self.rebuild_view();
            received.changed = before != self.view;
        }
        received
    }

    fn take_in(&mut self, entry: LogEntry, new: &mut Vec<EntryHash>, received: &mut Received) {
        let (kind, hash) = (entry.kind, entry.hash());
        // By kind too: bytes that somebody first offered as something else must not keep out the true entry.
        if self.known.contains_key(&(kind, hash)) {
            return;
        }
        let parsed = entry.parse();
        self.entries.push(entry);
        match parsed {
            Ok(parsed) => {
                self.known.insert((kind, hash), Standing::Waiting);
                self.pending.insert(hash, parsed);
                new.push(hash);
            }
            Err(error) => self.refuse(hash, kind, None, error.into(), received),
        }
    }

    pub(super) fn accept(&mut self, hash: EntryHash, kind: EntryKind, received: &mut Received) {
        self.known.insert((kind, hash), Standing::Accepted);
        received.accepted.push(hash);
    }

    pub(super) fn refuse(
        &mut self,
        hash: EntryHash,
        kind: EntryKind,
        author: Option<DeviceId>,
        why: Refusal,
        received: &mut Received,
    ) {
        // What a newer app wrote is kept for an update to read; the rest is remembered by hash and author only.
        if !why.is_future() {
            self.forget_bytes(hash, kind);
        }
        // What came at a bad moment may come again.
        if why.is_passing() {
            self.known.remove(&(kind, hash));
        } else {
            self.known.insert((kind, hash), Standing::SetAside);
            self.set_aside.push(SetAside {
                hash,
                kind,
                author,
                why: why.clone(),
            });
        }
        received.refused.push(RefusedEntry { hash, why });
    }

    fn forget_bytes(&mut self, hash: EntryHash, kind: EntryKind) {
        let is_it = |entry: &LogEntry| entry.kind == kind && entry.hash() == hash;
        // From the end: what is refused has mostly just come.
        if let Some(place) = self.entries.iter().rposition(is_it) {
            self.entries.remove(place);
        }
    }

    pub(super) fn pending_of<T>(
        &self,
        pick: impl Fn(&EntryHash, &ParsedEntry) -> Option<T>,
    ) -> Vec<(EntryHash, T)> {
        let picked = |(hash, entry)| pick(hash, entry).map(|picked| (*hash, picked));
        self.pending.iter().filter_map(picked).collect()
    }

    /// Each after those it follows: an operation is looked at once when it comes and once when the last it waited for was
    /// taken.
    fn take_operations(&mut self, received: &mut Received) {
        let waiting = self.pending_of(|_, entry| match entry {
            ParsedEntry::Operation(operation) => Some(operation.clone()),
            _ => None,
        });
        let mut followers: BTreeMap<OperationId, Vec<usize>> = BTreeMap::new();
        for (place, (_, operation)) in waiting.iter().enumerate() {
            for parent in operation.parents() {
                followers.entry(*parent).or_default().push(place);
            }
        }
        let begins = |operation: &SignedOperation| operation.parents().is_empty();
        let mut ready: Vec<usize> = (0..waiting.len()).collect();
        // The genesis first: without it nothing else is looked at.
        ready.sort_by_key(|place| waiting.get(*place).is_some_and(|(_, first)| begins(first)));
        let mut done = BTreeSet::new();
        while let Some(place) = ready.pop() {
            let Some((hash, operation)) = waiting.get(place).filter(|_| !done.contains(&place))
            else {
                continue;
            };
            let follows = |ledger: &Ledger| {
                let theirs = followers.get(&operation.id()).into_iter().flatten();
                theirs
                    .filter_map(|place| waiting.get(*place))
                    .any(|(_, follower)| is_anothers(ledger, operation, follower))
            };
            let followed = self.ledger.as_ref().is_some_and(follows);
            if self.take_operation(*hash, operation, followed, received) {
                done.insert(place);
                ready.extend(followers.get(&operation.id()).into_iter().flatten());
            }
        }
    }

    /// `true` when the operation needs no further look.
    fn take_operation(
        &mut self,
        hash: EntryHash,
        operation: &SignedOperation,
        followed: bool,
        received: &mut Received,
    ) -> bool {
        let result = match &mut self.ledger {
            Some(ledger) if followed => ledger.apply_followed(operation.clone()).map(|_| ()),
            Some(ledger) => ledger.apply(operation.clone()).map(|_| ()),
            None => begin(operation, &self.record).map(|ledger| self.ledger = ledger),
        };
        match result {
            Ok(()) if self.ledger.is_some() => {
                self.pending.remove(&hash);
                self.accept(hash, EntryKind::Operation, received);
                true
            }
            Ok(()) | Err(LedgerError::Missing(_)) => false,
            Err(error) => {
                self.pending.remove(&hash);
                self.refuse(
                    hash,
                    EntryKind::Operation,
                    Some(operation.signer()),
                    error.into(),
                    received,
                );
                true
            }
        }
    }

    fn take_bundles(&mut self, received: &mut Received) {
        let bundles = self.pending_of(|_, entry| match entry {
            ParsedEntry::Bundle(bundle) => Some(bundle.clone()),
            _ => None,
        });
        for (hash, bundle) in bundles {
            let author = bundle.author();
            match self.take_bundle(bundle) {
                Ok(()) => {
                    self.pending.remove(&hash);
                    self.accept(hash, EntryKind::Bundle, received);
                }
                Err(Refusal::Entry(EntryError::Missing(_))) => {}
                Err(why) => {
                    self.pending.remove(&hash);
                    self.refuse(hash, EntryKind::Bundle, Some(author), why, received);
                }
            }
        }
    }

    fn take_bundle(&mut self, bundle: SealedBundle) -> Result<(), Refusal> {
        let authentic = self.judge(bundle)?;
        let header = authentic.header();
        let (Some(ledger), true) = (&self.ledger, header.recipient == self.keys.id()) else {
            return Ok(());
        };
        for bundled in bundle::unwrap(&authentic, &self.keys)? {
            let (compartment, tag) = (bundled.compartment, bundled.tag);
            if self.keyring.add(bundled, ledger.state()) {
                open_compartment(&mut self.compartments, &self.record, compartment, tag);
            }
        }
        Ok(())
    }

    /// Believes an entry, or says why not. Without a ledger everything waits.
    pub(super) fn judge<H: Header>(
        &self,
        sealed: Sealed<H>,
    ) -> Result<crate::sealed::Authentic<H>, Refusal> {
        match &self.ledger {
            Some(ledger) => Ok(sealed.verify(ledger)?),
            None if sealed.header().record() != self.record => Err(EntryError::WrongRecord.into()),
            None => Err(EntryError::Missing(sealed.header().heads().to_vec()).into()),
        }
    }
}

/// Did somebody else, known here, sign that they had seen an operation?
fn is_anothers(ledger: &Ledger, operation: &SignedOperation, follower: &SignedOperation) -> bool {
    let state = ledger.state();
    let theirs: BTreeSet<_> = state.members_of(&operation.signer()).collect();
    state
        .device(&follower.signer())
        .is_some_and(|keys| follower.verify(keys.sign_key()).is_ok())
        && !state
            .members_of(&follower.signer())
            .any(|member| theirs.contains(&member))
}

/// A ledger begins with its genesis; until that has come, other operations wait.
fn begin(operation: &SignedOperation, record: &RecordId) -> Result<Option<Ledger>, LedgerError> {
    if operation.record() != *record {
        return Err(LedgerError::WrongRecord);
    }
    if operation.parents().is_empty() {
        Ledger::begin(operation.clone()).map(Some)
    } else {
        Ok(None)
    }
}

pub(super) fn open_compartment(
    compartments: &mut BTreeMap<Compartment, Open>,
    record: &RecordId,
    compartment: Compartment,
    tag: CompartmentTag,
) {
    if compartments.contains_key(&compartment) {
        return;
    }
    if let Ok(document) = CompartmentDocument::begin(record, compartment) {
        compartments.insert(
            compartment,
            Open {
                tag,
                document,
                attestations: BTreeMap::new(),
                words: Words::default(),
                session: None,
            },
        );
    }
}
