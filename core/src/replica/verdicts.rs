//! With which right a statement counts.
//!
//! It counts with the right its author had at the ledger that its chunk cites, if that right was not taken away by a removal
//! that had not seen the chunk. Of several chunks that carried the same change the best counts: nobody takes anything back, of
//! their own or of others, by sealing it again. What lies beyond is quarantined: merged and kept, not in the view, listed.
//!
//! A statement without a chunk is judged by what proves that it was said by then: a later chunk of the same writing session,
//! or an attestation in a snapshot.

use super::{Open, Replica, words::Carrier, words::Compacted};
use crate::{
    attestation::Attestation,
    compartment::Compartment,
    id::{ActorId, ChangeId, ChunkId, CompartmentTag, DeviceId, OperationId, SnapshotId},
    ledger::{Ledger, operation::Frontier, rights::Right},
    statement::StatementId,
};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashMap},
};

/// Answers for one rebuilding of the view.
pub(super) struct Verdicts<'a> {
    replica: &'a Replica,
    /// By author, compartment and ledger heads, where no removal came between.
    untouched: RefCell<HashMap<SaidFrom, Option<Right>>>,
    /// By chunk.
    chunks: RefCell<HashMap<ChunkId, Option<Right>>>,
    branches: RefCell<HashMap<Ending, BTreeMap<u64, ChunkId>>>,
    /// By compartment and writing session: with which right its changes up to each mark count at least.
    marked: RefCell<HashMap<(CompartmentTag, ActorId), Marked>>,
    /// By snapshot, author and counter.
    compacted: RefCell<HashMap<(SnapshotId, DeviceId, u64), Option<Right>>>,
}

/// Who said something where, and what they had seen of the ledger.
type SaidFrom = (DeviceId, CompartmentTag, Vec<OperationId>);
/// The last chunk of a branch.
type Ending = (DeviceId, CompartmentTag, ChunkId);
/// Rights by place in a writing session.
type Marked = BTreeMap<u64, Option<Right>>;
/// A place in an author's count; without a chunk where only their own word for it is known.
type Place = (u64, Option<ChunkId>);

/// Where a statement stands that does not count.
pub(super) struct Beyond {
    pub(super) counter: u64,
    pub(super) chunk: ChunkId,
    /// Everything that carried it.
    pub(super) all: Vec<ChunkId>,
    /// What stands for it together with other words of its author, where no chunk of it came.
    pub(super) together: Vec<ChunkId>,
}

impl<'a> Verdicts<'a> {
    pub(super) fn new(replica: &'a Replica) -> Self {
        Self {
            replica,
            untouched: RefCell::default(),
            chunks: RefCell::default(),
            branches: RefCell::default(),
            marked: RefCell::default(),
            compacted: RefCell::default(),
        }
    }

    /// The right a statement counts with.
    pub(super) fn right(
        &self,
        compartment: Compartment,
        author: &DeviceId,
        statement: &StatementId,
    ) -> Option<Right> {
        let open = self.replica.compartments.get(&compartment)?;
        let (change, sequence) = open.document.said_in(statement)?;
        let by_chunks = self.by_chunks(open, &change);
        if by_chunks >= Some(Right::Append) {
            return by_chunks;
        }
        let proven = self.by_marks(open, author, (statement.actor, sequence, change));
        match self.had(open, &change) {
            // What came later lends nothing to what was said before it.
            Some(had) => proven.min(had),
            None => proven,
        }
    }

    /// Where a statement that does not count is to be listed: under the first chunk that carried it, or what stands for it.
    pub(super) fn beyond(
        &self,
        open: &Open,
        author: &DeviceId,
        statement: &StatementId,
    ) -> Option<Beyond> {
        let (change, sequence) = open.document.said_in(statement)?;
        let carriers = || open.words.carriers(&change);
        let first = carriers().map(|(chunk, carrier)| (carrier.counter, chunk));
        if let Some((counter, chunk)) = first.min() {
            let all = carriers().map(|(chunk, _)| chunk).collect();
            return Some(Beyond {
                counter,
                chunk,
                all,
                together: Vec::new(),
            });
        }
        let claims = open.words.compacted().filter_map(|(id, snapshot)| {
            let (_, mark) = self.mark(open, snapshot, (statement.actor, sequence, change))?;
            let counter = mark.attested().counter;
            let unnamed = ChunkId::new(*id.as_bytes());
            let chunk = snapshot.chunk(author, counter).unwrap_or(unnamed);
            let alone = ChangeId::new(mark.attested().hash) == change;
            Some((counter, chunk, alone))
        });
        let claims: Vec<(u64, ChunkId, bool)> = claims.collect();
        let (counter, chunk, _) = claims.iter().min().copied()?;
        let (all, together): (Vec<_>, Vec<_>) = claims.into_iter().partition(|claim| claim.2);
        let chunks = |claims: Vec<(u64, ChunkId, bool)>| claims.into_iter().map(|of| of.1);
        Some(Beyond {
            counter,
            chunk,
            all: chunks(all).collect(),
            together: chunks(together).collect(),
        })
    }

    fn by_chunks(&self, open: &Open, change: &ChangeId) -> Option<Right> {
        let carriers = open.words.carriers(change);
        carriers
            .map(|(chunk, carrier)| self.of_chunk(open.tag, chunk, carrier))
            .max()
            .flatten()
    }

    /// The right its author had when they said it, whatever was taken away later. `None`: no chunk of it came.
    pub(super) fn had(&self, open: &Open, change: &ChangeId) -> Option<Option<Right>> {
        let ledger = self.replica.ledger.as_ref()?;
        let carriers = open.words.carriers(change);
        carriers
            .map(|(_, of)| ledger.right_of_words(&of.author, &open.tag, &of.heads, &|_| true))
            .max()
    }

    pub(super) fn of_chunk(
        &self,
        tag: CompartmentTag,
        chunk: ChunkId,
        carrier: &Carrier,
    ) -> Option<Right> {
        if let Some(known) = self.chunks.borrow().get(&chunk) {
            return *known;
        }
        let place = (carrier.counter, Some(chunk));
        let right = self.of(&carrier.author, tag, &carrier.heads, place);
        self.chunks.borrow_mut().insert(chunk, right);
        right
    }

    fn of(
        &self,
        author: &DeviceId,
        tag: CompartmentTag,
        heads: &[OperationId],
        place: Place,
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

    /// What proves that a change was said by then: each change names its author's previous one, so whatever followed it in the
    /// same session came after it.
    fn by_marks(
        &self,
        open: &Open,
        author: &DeviceId,
        place: (ActorId, u64, ChangeId),
    ) -> Option<Right> {
        let (actor, sequence, change) = place;
        let in_order = open.document.at(&actor, sequence) == Some(change);
        let by_chunk = in_order
            .then(|| self.marked_from(open, actor, sequence))
            .flatten();
        // Where the chunk itself is known, a snapshot lends it nothing. One beyond is the same words sealed again: nobody takes
        // anything back by that.
        let is_here = |mark: &Attestation| {
            let counter = mark.attested().counter;
            let mut carriers = open.words.carriers(&change);
            carriers.any(|(_, carrier)| carrier.counter <= counter)
        };
        let by_snapshots = open.words.compacted().filter_map(|(id, snapshot)| {
            let (_, mark) = self.mark(open, snapshot, place)?;
            (!is_here(mark)).then(|| self.of_compacted(open.tag, author, (id, snapshot), mark))?
        });
        by_chunk.max(by_snapshots.max())
    }

    /// The first chunk from a place on that counts, of the session the document holds.
    fn marked_from(&self, open: &Open, actor: ActorId, sequence: u64) -> Option<Right> {
        let mut marked = self.marked.borrow_mut();
        let session = marked.entry((open.tag, actor)).or_insert_with(|| {
            let mut session = Marked::new();
            let mut later = None;
            for (place, change, chunk, carrier) in open.words.marks_back(actor) {
                if open.document.at(&actor, place) == Some(change) {
                    let here = self.of_chunk(open.tag, chunk, carrier);
                    let here = here.filter(|right| *right >= Right::Append);
                    let best = session.get(&place).copied().flatten();
                    session.insert(place, here.max(best).or(later));
                    later = session.get(&place).copied().flatten();
                }
            }
            session
        });
        session
            .range(sequence..)
            .next()
            .and_then(|(_, right)| *right)
    }

    /// The first attestation in a snapshot that proves a change: for itself, or for one that the document holds after it.
    fn mark<'s>(
        &self,
        open: &Open,
        snapshot: &'s Compacted,
        (actor, sequence, change): (ActorId, u64, ChangeId),
    ) -> Option<(u64, &'s Attestation)> {
        let in_order = open.document.at(&actor, sequence) == Some(change);
        snapshot.marks_from(actor, sequence).find(|(place, mark)| {
            let last = ChangeId::new(mark.attested().hash);
            last == change || (in_order && open.document.at(&actor, *place) == Some(last))
        })
    }

    /// By what an author attests in a snapshot. Which operations they had seen is not known: what they were given by then,
    /// as its maker saw it, and as far as no removal cuts it off. A removal is answered by the author's own count only if
    /// whoever made the snapshot is in good standing: a late one by somebody removed proves nothing.
    fn of_compacted(
        &self,
        tag: CompartmentTag,
        author: &DeviceId,
        (id, snapshot): (SnapshotId, &Compacted),
        mark: &Attestation,
    ) -> Option<Right> {
        let counter = mark.attested().counter;
        let key = (id, *author, counter);
        if let Some(known) = self.compacted.borrow().get(&key) {
            return *known;
        }
        let ledger = self.replica.ledger.as_ref()?;
        let maker = ledger.right_of_words(&snapshot.maker, &tag, &snapshot.heads, &|_| false);
        let place = (counter, snapshot.chunk(author, counter));
        let inside = |frontiers: &[Option<&Frontier>]| {
            maker >= Some(Right::Write) && self.is_inside(author, tag, place, frontiers)
        };
        let right = ledger.right_by_then(author, &tag, &snapshot.heads, &inside);
        self.compacted.borrow_mut().insert(key, right);
        right
    }

    /// Of several removals of one right the longest frontier counts; of frontiers on different branches what they have in
    /// common.
    fn is_inside(
        &self,
        author: &DeviceId,
        tag: CompartmentTag,
        place: Place,
        frontiers: &[Option<&Frontier>],
    ) -> bool {
        let named = frontiers.iter().flatten().map(|frontier| {
            let ends = frontier.chunks.iter().filter(|(of, ..)| *of == tag);
            ends.map(|(_, counter, chunk)| (*counter, *chunk)).collect()
        });
        let named: Vec<Vec<(u64, ChunkId)>> = named.collect();
        let covers = |ends: &[(u64, ChunkId)]| self.covers(author, tag, ends, place);
        named.iter().any(|ends| {
            covers(ends)
                && named
                    .iter()
                    .all(|other| covers(other) || !self.forks(author, tag, ends, other))
        })
    }

    /// Does a frontier that names these chunks cover this place? Behind a gap that is only here nobody can tell, and a gap must
    /// hide nothing. Behind one that the remover saw, only what is proven: somebody may fill it later with other words.
    fn covers(
        &self,
        author: &DeviceId,
        tag: CompartmentTag,
        ends: &[(u64, ChunkId)],
        (counter, chunk): Place,
    ) -> bool {
        let Some(chunk) = chunk else {
            return ends.iter().any(|end| counter <= end.0);
        };
        let mut lies = ends
            .iter()
            .filter(|end| counter <= end.0)
            .map(|end| self.is_on_branch(author, tag, *end, (counter, chunk)));
        match ends {
            [_] => lies.any(|lies| lies != Some(false)),
            _ => lies.any(|lies| lies == Some(true)),
        }
    }

    /// Do two frontiers end on different branches?
    fn forks(
        &self,
        author: &DeviceId,
        tag: CompartmentTag,
        a: &[(u64, ChunkId)],
        b: &[(u64, ChunkId)],
    ) -> bool {
        let last = |ends: &[(u64, ChunkId)]| ends.iter().max().copied();
        let (Some(a), Some(b)) = (last(a), last(b)) else {
            return false;
        };
        self.is_on_branch(author, tag, a.max(b), a.min(b)) == Some(false)
    }

    /// Did the author come to `end` by way of `place`, which is no later? `None`: there is a gap between them.
    fn is_on_branch(
        &self,
        author: &DeviceId,
        tag: CompartmentTag,
        end: (u64, ChunkId),
        place: (u64, ChunkId),
    ) -> Option<bool> {
        let mut branches = self.branches.borrow_mut();
        let branch = branches
            .entry((*author, tag, end.1))
            .or_insert_with(|| self.replica.chains.branch(*author, tag, end));
        branch.get(&place.0).map(|chunk| *chunk == place.1)
    }
}
