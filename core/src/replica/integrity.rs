//! Is the record intact, and who said how much of it?

use super::{ChunkFork, MissingChunk, Refusal, Replica, Standing};
use crate::{
    compartment::Compartment,
    id::{ActorId, ChangeId, DeviceId, MemberId},
    ledger::rights::Right,
    log::{EntryHash, EntryKind, LogEntry, ParsedEntry},
    statement::Statement,
};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// What can be said about a record's state, for `omamori verify` and the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Integrity {
    /// Nothing is missing, set aside, forked, waiting or unattested.
    pub intact: bool,
    /// Everybody in the record.
    pub authors: Vec<AuthorReport>,
    /// Chunks that others name as their predecessors and that have not come. What came is shown all the same.
    pub missing: Vec<MissingChunk>,
    /// Entries that wait: for operations, for a key, for a predecessor's change.
    pub waiting: Vec<EntryHash>,
    /// Entries that were refused.
    pub set_aside: Vec<SetAside>,
    /// Authors with several chunks in one place: a restored backup, or worse.
    pub forks: Vec<ChunkFork>,
    /// Actors that wrote two changes in one place: proof of misbehaviour.
    pub equivocations: Vec<(Compartment, ActorId, u64, [ChangeId; 2])>,
    /// What those actors said in the branch that does not stand. Kept, and not in the view.
    pub displaced: Vec<(Compartment, Statement)>,
    /// Statements by writing sessions that nobody vouches for. They are not in the view.
    pub unattested: usize,
}

/// One device in the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuthorReport {
    /// The device.
    pub device: DeviceId,
    /// The persons it belongs to.
    pub members: Vec<String>,
    /// What it may do.
    pub rights: BTreeMap<Compartment, Right>,
    /// Its chunks that are here.
    pub chunks: usize,
    /// Its statements that are here, by compartment.
    pub statements: BTreeMap<Compartment, usize>,
}

/// An entry that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Which.
    pub hash: EntryHash,
    /// What it claimed to be.
    pub kind: EntryKind,
    /// Who claimed to have made it, if that could be read.
    pub author: Option<DeviceId>,
    /// Why.
    pub why: Refusal,
}

impl Serialize for SetAside {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut entry = serializer.serialize_struct("SetAside", 5)?;
        entry.serialize_field("hash", &self.hash)?;
        entry.serialize_field("kind", &self.kind)?;
        entry.serialize_field("author", &self.author)?;
        entry.serialize_field("code", self.why.code())?;
        entry.serialize_field("detail", &self.why.to_string())?;
        entry.end()
    }
}

impl Replica {
    /// Checks what can be checked without anybody else.
    pub fn integrity(&self) -> Integrity {
        let (missing, forks) = (self.chains.missing(), self.chains.forks());
        let waiting = self.waiting();
        let (equivocations, unattested) = (self.equivocations(), self.unattested());
        let sound = missing.is_empty()
            && forks.is_empty()
            && waiting.is_empty()
            && self.set_aside.is_empty();
        Integrity {
            intact: self.ledger.is_some() && sound && equivocations.is_empty() && unattested == 0,
            authors: self.authors(),
            missing,
            waiting,
            set_aside: self.set_aside.clone(),
            forks,
            equivocations,
            displaced: self.displaced(),
            unattested,
        }
    }

    /// Entries that wait, and chunks whose changes wait. What this device was never meant to read does not wait.
    fn waiting(&self) -> Vec<EntryHash> {
        let documents = self.compartments.values().map(|open| &open.document);
        let changes = documents
            .flat_map(|document| document.waiting())
            .filter_map(|(chunk, _)| Some(EntryHash(*chunk?.as_bytes())));
        let entries = self
            .pending
            .iter()
            .filter(|(_, entry)| !self.is_for_others(entry))
            .map(|(hash, _)| *hash);
        let mut waiting: Vec<_> = entries.chain(changes).collect();
        waiting.sort_unstable();
        waiting.dedup();
        waiting
    }

    fn is_for_others(&self, entry: &ParsedEntry) -> bool {
        let tag = match entry {
            ParsedEntry::Chunk(chunk) => chunk.header().compartment,
            ParsedEntry::Snapshot(snapshot) => snapshot.header().compartment,
            ParsedEntry::Operation(_)
            | ParsedEntry::Bundle(_)
            | ParsedEntry::Package(_)
            | ParsedEntry::Opening(_) => return false,
        };
        let state = self.ledger.as_ref().map(|ledger| ledger.state());
        state.is_some_and(|state| !state.may(&self.keys.id(), &tag, Right::Read))
    }

    fn equivocations(&self) -> Vec<(Compartment, ActorId, u64, [ChangeId; 2])> {
        let forks = self
            .compartments
            .iter()
            .flat_map(|(name, open)| open.document.forks().map(move |f| (*name, f)));
        forks
            .map(|(name, fork)| (name, fork.actor, fork.sequence, fork.changes))
            .collect()
    }

    fn displaced(&self) -> Vec<(Compartment, Statement)> {
        let compartments = self.compartments.iter();
        let displaced = |(name, open): (&Compartment, &super::Open)| {
            let statements = open.document.displaced().iter().cloned();
            statements
                .map(|statement| (*name, statement))
                .collect::<Vec<_>>()
        };
        compartments.flat_map(displaced).collect()
    }

    fn unattested(&self) -> usize {
        let open = self.compartments.values();
        open.map(|open| {
            let vouched = |actor: &ActorId| open.attestations.contains_key(actor);
            open.document
                .statements()
                .iter()
                .filter(|statement| !vouched(&statement.id.actor))
                .count()
        })
        .sum()
    }

    fn authors(&self) -> Vec<AuthorReport> {
        let Some(state) = self.ledger.as_ref().map(|ledger| ledger.state()) else {
            return Vec::new();
        };
        let mut statements: BTreeMap<DeviceId, BTreeMap<Compartment, usize>> = BTreeMap::new();
        for (name, open) in &self.compartments {
            for statement in open.document.statements() {
                if let Some(attestation) = open.attestations.get(&statement.id.actor) {
                    *statements
                        .entry(attestation.device())
                        .or_default()
                        .entry(*name)
                        .or_default() += 1;
                }
            }
        }
        let report = |device: DeviceId| AuthorReport {
            device,
            members: state
                .members_of(&device)
                .map(|member: MemberId| member.to_string())
                .collect(),
            rights: self
                .compartments
                .iter()
                .filter_map(|(name, open)| Some((*name, state.right(&device, &open.tag)?)))
                .collect(),
            chunks: self.chains.count(&device),
            statements: statements.get(&device).cloned().unwrap_or_default(),
        };
        state.devices().map(|(device, _)| report(device)).collect()
    }

    /// Was this entry taken, or does it wait or was it set aside? `None`: it never came.
    pub fn is_accepted(&self, entry: &LogEntry) -> Option<bool> {
        let standing = self.known.get(&(entry.kind, entry.hash()))?;
        Some(*standing == Standing::Accepted)
    }
}
