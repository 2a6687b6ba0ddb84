//! Which chunk a statement came in, and what its author attests of it.
//!
//! A change may come in several chunks, and in snapshots without any. Attestations are marks along a writing session: "my
//! changes up to this one are mine, and this one is in that chunk of mine". What was said before a mark was said no later.

use crate::{
    attestation::Attestation,
    id::{ActorId, ChangeId, ChunkId, DeviceId, OperationId, SnapshotId},
    sealed::ChunkHeader,
    snapshot::OpenedSnapshot,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Where the statements of a compartment came from.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// Every change with every chunk that carried it.
    carried: BTreeSet<(ChangeId, ChunkId)>,
    carriers: HashMap<ChunkId, Carrier>,
    /// The last change of every chunk, by writing session and place in it.
    marks: BTreeMap<(ActorId, u64), BTreeSet<(ChunkId, ChangeId)>>,
    /// What stands for chunks that never came.
    compacted: BTreeMap<SnapshotId, Compacted>,
}

/// A chunk that came.
#[derive(Debug)]
pub(super) struct Carrier {
    pub(super) author: DeviceId,
    pub(super) counter: u64,
    pub(super) heads: Vec<OperationId>,
    changes: Vec<ChangeId>,
    mark: (ActorId, u64),
}

impl Carrier {
    /// The writing session whose changes it carried.
    pub(super) fn session(&self) -> ActorId {
        self.mark.0
    }
}

/// A snapshot that came.
#[derive(Debug)]
pub(super) struct Compacted {
    pub(super) maker: DeviceId,
    pub(super) heads: Vec<OperationId>,
    positions: Vec<(DeviceId, u64, ChunkId)>,
    marks: BTreeMap<(ActorId, u64), Attestation>,
}

impl Compacted {
    /// The chunk that its maker says holds this place in the author's count.
    pub(super) fn chunk(&self, author: &DeviceId, counter: u64) -> Option<ChunkId> {
        let named = |of: &&(DeviceId, u64, ChunkId)| (of.0, of.1) == (*author, counter);
        self.positions.iter().find(named).map(|of| of.2)
    }

    /// All attestations in it.
    pub(super) fn marks(&self) -> impl Iterator<Item = &Attestation> {
        self.marks.values()
    }

    /// What a session's author attests in it, from a place on.
    pub(super) fn marks_from(
        &self,
        actor: ActorId,
        sequence: u64,
    ) -> impl Iterator<Item = (u64, &Attestation)> {
        let marks = self.marks.range((actor, sequence)..=(actor, u64::MAX));
        marks.map(|((_, sequence), mark)| (*sequence, mark))
    }
}

impl Words {
    /// Notes a chunk, with the changes that could be read in it.
    pub(super) fn note(
        &mut self,
        chunk: ChunkId,
        header: &ChunkHeader,
        attestation: &Attestation,
        changes: Vec<ChangeId>,
    ) {
        let attested = attestation.attested();
        let mark = (attestation.actor(), attested.sequence);
        let here = changes.iter().map(|change| (*change, chunk));
        self.carried.extend(here);
        let last = (chunk, ChangeId::new(attested.hash));
        self.marks.entry(mark).or_default().insert(last);
        let carrier = Carrier {
            author: attestation.device(),
            counter: header.counter,
            heads: header.heads.clone(),
            changes,
            mark,
        };
        self.carriers.insert(chunk, carrier);
    }

    /// As if the chunk had never come.
    pub(super) fn forget(&mut self, chunk: &ChunkId) -> Option<Carrier> {
        let carrier = self.carriers.remove(chunk)?;
        for change in &carrier.changes {
            self.carried.remove(&(*change, *chunk));
        }
        if let Some(marks) = self.marks.get_mut(&carrier.mark) {
            marks.retain(|(of, _)| of != chunk);
        }
        Some(carrier)
    }

    /// Notes a snapshot, with the attestations in it that were verified.
    pub(super) fn note_snapshot(&mut self, snapshot: &OpenedSnapshot, proofs: &[Attestation]) {
        let place = |proof: &Attestation| (proof.actor(), proof.attested().sequence);
        let compacted = Compacted {
            maker: snapshot.author,
            heads: snapshot.header.heads.clone(),
            positions: snapshot.header.positions.clone(),
            marks: proofs.iter().map(|p| (place(p), p.clone())).collect(),
        };
        self.compacted.insert(snapshot.id, compacted);
    }

    /// The chunks that carried a change, ascending.
    pub(super) fn carriers(&self, change: &ChangeId) -> impl Iterator<Item = (ChunkId, &Carrier)> {
        let first = (*change, ChunkId::new([0; ChunkId::LEN]));
        let last = (*change, ChunkId::new([u8::MAX; ChunkId::LEN]));
        let chunks = self.carried.range(first..=last).map(|(_, chunk)| *chunk);
        chunks.filter_map(move |chunk| Some((chunk, self.carriers.get(&chunk)?)))
    }

    /// All chunks that came.
    pub(super) fn chunks(&self) -> impl Iterator<Item = (ChunkId, &Carrier)> {
        let carriers = self.carriers.iter();
        carriers.map(|(chunk, carrier)| (*chunk, carrier))
    }

    /// The changes of a chunk.
    pub(super) fn changes(&self, chunk: &ChunkId) -> &[ChangeId] {
        let carrier = self.carriers.get(chunk);
        carrier.map_or(&[], |carrier| carrier.changes.as_slice())
    }

    /// The last changes of a session's chunks, from the newest to the oldest.
    pub(super) fn marks_back(
        &self,
        actor: ActorId,
    ) -> impl Iterator<Item = (u64, ChangeId, ChunkId, &Carrier)> {
        let marks = self.marks.range((actor, 0)..=(actor, u64::MAX)).rev();
        marks.flat_map(move |((_, sequence), chunks)| {
            let known = move |(chunk, change): &(ChunkId, ChangeId)| {
                Some((*sequence, *change, *chunk, self.carriers.get(chunk)?))
            };
            chunks.iter().filter_map(known)
        })
    }

    /// Who wrote a chunk that came.
    pub(super) fn author(&self, chunk: &ChunkId) -> Option<DeviceId> {
        self.carriers.get(chunk).map(|carrier| carrier.author)
    }

    /// What a session's author attests in snapshots.
    pub(super) fn compacted_marks(&self, actor: ActorId) -> impl Iterator<Item = &Attestation> {
        let snapshots = self.compacted.values();
        snapshots.flat_map(move |snapshot| snapshot.marks_from(actor, 0).map(|(_, mark)| mark))
    }

    pub(super) fn compacted(&self) -> impl Iterator<Item = (SnapshotId, &Compacted)> {
        self.compacted.iter().map(|(id, snapshot)| (*id, snapshot))
    }
}
