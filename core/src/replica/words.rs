//! Which chunk a statement came in, and with which right it counts.
//!
//! A statement counts with the right its author had at the ledger that its chunk cites, if that right was not taken away by a
//! removal that had not seen the chunk. What lies beyond is quarantined: merged and kept, not in the view, listed.

use super::{Replica, chains::Chains};
use crate::{
    compartment::Compartment,
    document::change::Draft,
    id::{ActorId, ChunkId, CompartmentTag, DeviceId, OperationId},
    ledger::{Ledger, operation::Frontier, rights::Right},
    sealed::SnapshotHeader,
    statement::StatementId,
};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashMap},
};

/// Where the statements of a compartment came from.
#[derive(Debug, Default)]
pub(super) struct Words {
    spans: HashMap<ActorId, Vec<Span>>,
    /// What stands for chunks that never came: what a snapshot claims to hold of each author.
    compacted: Vec<SnapshotHeader>,
}

/// The operations of one change, by the chunk that carried it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) chunk: ChunkId,
    pub(super) counter: u64,
    pub(super) heads: Vec<OperationId>,
}

impl Words {
    /// Notes the changes of a chunk.
    pub(super) fn note(
        &mut self,
        actor: ActorId,
        chunk: ChunkId,
        header: &crate::sealed::ChunkHeader,
        changes: &[Vec<u8>],
    ) {
        let spans = self.spans.entry(actor).or_default();
        for draft in changes.iter().filter_map(|bytes| Draft::read(bytes).ok()) {
            let span = Span {
                first: draft.start,
                last: draft.end(),
                chunk,
                counter: header.counter,
                heads: header.heads.clone(),
            };
            let place =
                spans.partition_point(|other| (other.first, other.chunk) < (span.first, chunk));
            if spans.get(place) != Some(&span) {
                spans.insert(place, span);
            }
        }
    }

    pub(super) fn note_snapshot(&mut self, header: SnapshotHeader) {
        self.compacted.push(header);
    }

    /// The chunks that may have carried a statement: one, but for authors who wrote two changes in one place.
    pub(super) fn of(&self, statement: &StatementId) -> impl Iterator<Item = &Span> {
        let spans = self.spans.get(&statement.actor).map(Vec::as_slice);
        let spans = spans.unwrap_or_default();
        let end = spans.partition_point(|span| span.first <= statement.counter);
        let before = spans.get(..end).unwrap_or_default();
        before
            .iter()
            .rev()
            .take_while(|span| span.last >= statement.counter || span.first == statement.counter)
            .filter(|span| span.last >= statement.counter)
    }
}

/// Answers for one rebuilding of the view.
pub(super) struct Verdicts<'a> {
    replica: &'a Replica,
    /// By author, compartment and ledger heads, where no removal came between.
    untouched: RefCell<HashMap<SaidFrom, Option<Right>>>,
    /// By chunk.
    chunks: RefCell<HashMap<ChunkId, Option<Right>>>,
    branches: RefCell<HashMap<Ending, BTreeMap<u64, ChunkId>>>,
}

/// Who said something where, and what they had seen of the ledger.
type SaidFrom = (DeviceId, CompartmentTag, Vec<OperationId>);
/// The last chunk of a branch.
type Ending = (DeviceId, CompartmentTag, ChunkId);

impl<'a> Verdicts<'a> {
    pub(super) fn new(replica: &'a Replica) -> Self {
        Self {
            replica,
            untouched: RefCell::default(),
            chunks: RefCell::default(),
            branches: RefCell::default(),
        }
    }

    /// The right a statement counts with. Of several chunks that may have carried it, the least: whoever wrote two changes in
    /// one place gains nothing by it.
    pub(super) fn right(
        &self,
        compartment: Compartment,
        author: &DeviceId,
        statement: &StatementId,
    ) -> Option<Right> {
        let open = self.replica.compartments.get(&compartment)?;
        let mut spans = open.words.of(statement).peekable();
        if spans.peek().is_some() {
            return spans
                .map(|span| self.of_chunk(author, open.tag, span))
                .min()
                .flatten();
        }
        let compacted = open.words.compacted.iter();
        compacted
            .filter_map(|snapshot| {
                let held = snapshot.positions.iter().find(|held| held.0 == *author);
                let (_, counter, chunk) = held?;
                self.of(author, open.tag, &snapshot.heads, (*counter, *chunk))
            })
            .max()
    }

    pub(super) fn of_chunk(
        &self,
        author: &DeviceId,
        tag: CompartmentTag,
        span: &Span,
    ) -> Option<Right> {
        if let Some(known) = self.chunks.borrow().get(&span.chunk) {
            return *known;
        }
        let right = self.of(author, tag, &span.heads, (span.counter, span.chunk));
        self.chunks.borrow_mut().insert(span.chunk, right);
        right
    }

    fn of(
        &self,
        author: &DeviceId,
        tag: CompartmentTag,
        heads: &[OperationId],
        place: (u64, ChunkId),
    ) -> Option<Right> {
        let ledger: &Ledger = self.replica.ledger.as_ref()?;
        let key = (*author, tag, heads.to_vec());
        if let Some(known) = self.untouched.borrow().get(&key) {
            return *known;
        }
        let asked = Cell::new(false);
        let inside = |frontiers: &[Option<&Frontier>]| {
            asked.set(true);
            self.is_inside(author, tag, place, frontiers)
        };
        let right = ledger.right_of_words(author, &tag, heads, &inside);
        if !asked.get() {
            self.untouched.borrow_mut().insert(key, right);
        }
        right
    }

    /// Of several removals of one right the longest frontier counts; of frontiers on different branches what they have in
    /// common.
    fn is_inside(
        &self,
        author: &DeviceId,
        tag: CompartmentTag,
        place: (u64, ChunkId),
        frontiers: &[Option<&Frontier>],
    ) -> bool {
        let ends: Vec<(u64, ChunkId)> = frontiers
            .iter()
            .flatten()
            .filter_map(|frontier| {
                let end = frontier.chunks.iter().find(|(of, ..)| *of == tag);
                end.map(|(_, counter, chunk)| (*counter, *chunk))
            })
            .collect();
        let on_branch = |end: &(u64, ChunkId), place: (u64, ChunkId)| {
            self.is_on_branch(author, tag, *end, place)
        };
        let forks = |a: &(u64, ChunkId), b: &(u64, ChunkId)| {
            let (short, long) = if a.0 <= b.0 { (a, b) } else { (b, a) };
            !on_branch(long, *short)
        };
        ends.iter().any(|end| {
            on_branch(end, place)
                && ends
                    .iter()
                    .all(|other| !forks(end, other) || on_branch(other, place))
        })
    }

    /// Did the author come to `end` by way of `place`? Behind a gap nobody can tell, and a gap must hide nothing.
    fn is_on_branch(
        &self,
        author: &DeviceId,
        tag: CompartmentTag,
        end: (u64, ChunkId),
        place: (u64, ChunkId),
    ) -> bool {
        if place.0 > end.0 {
            return false;
        }
        let chains: &Chains = &self.replica.chains;
        let mut branches = self.branches.borrow_mut();
        let branch = branches
            .entry((*author, tag, end.1))
            .or_insert_with(|| chains.branch(*author, tag, end));
        match branch.get(&place.0) {
            Some(chunk) => *chunk == place.1,
            None => branch.keys().next().is_none_or(|first| place.0 < *first),
        }
    }
}
