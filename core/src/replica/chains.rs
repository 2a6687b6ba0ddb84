//! Every author's chain of chunks: what is missing, and who wrote two chunks in one place.

use crate::{
    id::{ChunkId, CompartmentTag, DeviceId},
    sealed::ChunkHeader,
};
use std::collections::{BTreeMap, BTreeSet};

/// Most chunks that one frontier names for one compartment. Whoever leaves more gaps has to fill them to be believed behind them.
const MAX_ENDS: usize = 8;

/// One author's chunks in one compartment: by counter, each with its predecessor.
type Chain = BTreeMap<u64, BTreeMap<ChunkId, Option<ChunkId>>>;

/// The chunks of all authors, by author, compartment and counter.
#[derive(Debug, Default)]
pub(super) struct Chains {
    links: BTreeMap<(DeviceId, CompartmentTag), Chain>,
    /// What snapshots hold instead of chunks: nothing up to there is missing.
    covered: BTreeMap<(DeviceId, CompartmentTag), (u64, ChunkId)>,
    /// Chunks that are authentic and whose key this device was not given.
    locked: BTreeMap<ChunkId, Locked>,
}

/// What a chunk says of its place without being opened.
#[derive(Debug)]
struct Locked {
    author: DeviceId,
    compartment: CompartmentTag,
    counter: u64,
    previous: Option<ChunkId>,
}

/// A chunk that another one names as its predecessor and that has not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct MissingChunk {
    /// Who wrote it.
    pub author: DeviceId,
    /// In which compartment.
    pub compartment: CompartmentTag,
    /// Its place in the author's count.
    pub counter: u64,
    /// Its id.
    pub chunk: ChunkId,
}

/// Several chunks of one author in one place: a restored backup, or worse. All are kept.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ChunkFork {
    /// Who.
    pub author: DeviceId,
    /// In which compartment.
    pub compartment: CompartmentTag,
    /// In which place.
    pub counter: u64,
    /// The chunks.
    pub chunks: Vec<ChunkId>,
}

impl Chains {
    pub(super) fn add(&mut self, author: DeviceId, id: ChunkId, header: &ChunkHeader) {
        let chain = self.links.entry((author, header.compartment)).or_default();
        chain
            .entry(header.counter)
            .or_default()
            .insert(id, header.previous);
        self.unlock(&id);
    }

    /// Notes a chunk that cannot be opened. It is no gap: what counts must not depend on who was given which key. Was it new?
    pub(super) fn lock(&mut self, author: DeviceId, id: ChunkId, header: &ChunkHeader) -> bool {
        let locked = Locked {
            author,
            compartment: header.compartment,
            counter: header.counter,
            previous: header.previous,
        };
        self.locked.insert(id, locked).is_none()
    }

    /// It was taken or refused.
    pub(super) fn unlock(&mut self, id: &ChunkId) {
        self.locked.remove(id);
    }

    /// The chunk that cannot be opened, if it is in this place and not in another.
    fn locked_at(
        &self,
        author: DeviceId,
        compartment: CompartmentTag,
        (counter, chunk): (u64, ChunkId),
    ) -> Option<&Locked> {
        let locked = self.locked.get(&chunk)?;
        let place = (locked.author, locked.compartment, locked.counter);
        (place == (author, compartment, counter)).then_some(locked)
    }

    pub(super) fn is_locked(&self, id: &ChunkId) -> bool {
        self.locked.contains_key(id)
    }

    pub(super) fn cover(
        &mut self,
        compartment: CompartmentTag,
        positions: &[(DeviceId, u64, ChunkId)],
    ) {
        // Beyond that nobody counts: whoever claims it wants the author to run out of numbers and fall silent.
        const FARTHEST: u64 = 1 << 53;
        let positions = positions.iter().filter(|(_, n, _)| *n < FARTHEST);
        for (author, counter, chunk) in positions {
            let covered = self
                .covered
                .entry((*author, compartment))
                .or_insert((*counter, *chunk));
            *covered = (*covered).max((*counter, *chunk));
        }
    }

    /// The author's last chunk in a compartment. Of a fork, one branch: the smaller id.
    pub(super) fn last(
        &self,
        author: DeviceId,
        compartment: CompartmentTag,
    ) -> Option<(u64, ChunkId)> {
        let covered = self.covered.get(&(author, compartment)).copied();
        let link = self.links.get(&(author, compartment)).and_then(|chain| {
            let (counter, chunks) = chain.last_key_value()?;
            Some((*counter, *chunks.first_key_value()?.0))
        });
        match (covered, link) {
            (Some(covered), Some(link)) if covered.0 > link.0 => Some(covered),
            (covered, link) => link.or(covered),
        }
    }

    /// The last chunks of all authors in a compartment, ascending by author.
    pub(super) fn positions(&self, compartment: CompartmentTag) -> Vec<(DeviceId, u64, ChunkId)> {
        let authors: BTreeSet<DeviceId> = self
            .links
            .keys()
            .chain(self.covered.keys())
            .filter(|key| key.1 == compartment)
            .map(|key| key.0)
            .collect();
        authors
            .into_iter()
            .filter_map(|author| {
                self.last(author, compartment)
                    .map(|(counter, chunk)| (author, counter, chunk))
            })
            .collect()
    }

    /// An author's chunks after a place in their count; all of them after none.
    pub(super) fn after(
        &self,
        author: DeviceId,
        compartment: CompartmentTag,
        counter: Option<u64>,
    ) -> impl Iterator<Item = ChunkId> {
        let chain = self.links.get(&(author, compartment)).into_iter().flatten();
        chain
            .filter(move |(n, _)| counter.is_none_or(|counter| **n > counter))
            .flat_map(|(_, chunks)| chunks.keys().copied())
    }

    /// Every predecessor that was named and has not come.
    pub(super) fn missing(&self) -> Vec<MissingChunk> {
        let mut missing = BTreeSet::new();
        for (key, chain) in &self.links {
            let covered = self.covered.get(key).map(|(counter, _)| *counter);
            for (counter, previous) in chain
                .iter()
                .flat_map(|(n, chunks)| chunks.values().map(move |p| (*n, *p)))
            {
                let Some((chunk, counter)) = previous.zip(counter.checked_sub(1)) else {
                    continue;
                };
                let here = chain
                    .get(&counter)
                    .is_some_and(|chunks| chunks.contains_key(&chunk));
                if !here && covered.is_none_or(|covered| counter > covered) {
                    missing.insert(MissingChunk {
                        author: key.0,
                        compartment: key.1,
                        counter,
                        chunk,
                    });
                }
            }
        }
        missing.into_iter().collect()
    }

    /// Every place that holds more than one chunk.
    pub(super) fn forks(&self) -> Vec<ChunkFork> {
        let places = self
            .links
            .iter()
            .flat_map(|(key, chain)| chain.iter().map(move |(n, chunks)| (key, *n, chunks)));
        places
            .filter(|(.., chunks)| chunks.len() > 1)
            .map(|((author, compartment), counter, chunks)| ChunkFork {
                author: *author,
                compartment: *compartment,
                counter,
                chunks: chunks.keys().copied().collect(),
            })
            .collect()
    }

    /// An author's chunks on the branch that ends with this one, by counter, as far back as they have come without a gap.
    pub(super) fn branch(
        &self,
        author: DeviceId,
        compartment: CompartmentTag,
        (counter, chunk): (u64, ChunkId),
    ) -> BTreeMap<u64, ChunkId> {
        let mut branch = BTreeMap::from([(counter, chunk)]);
        let chain = self.links.get(&(author, compartment));
        let mut at = (counter, chunk);
        loop {
            let opened = chain.and_then(|chain| chain.get(&at.0)?.get(&at.1).copied());
            let locked = || self.locked_at(author, compartment, at);
            let previous = opened.or_else(|| Some(locked()?.previous)).flatten();
            let Some(before) = at.0.checked_sub(1).zip(previous) else {
                break;
            };
            branch.insert(before.0, before.1);
            at = before;
        }
        branch
    }

    /// How far an author had got in a compartment, ascending: their last chunk and, behind every gap, the last one before it,
    /// or the missing one if nothing is there. At most [`MAX_ENDS`], from the last on.
    pub(super) fn ends(
        &self,
        author: DeviceId,
        compartment: CompartmentTag,
    ) -> Vec<(u64, ChunkId)> {
        let key = (author, compartment);
        let chain = self.links.get(&key);
        let covered = self.covered.get(&key).map(|(counter, _)| *counter);
        let mut ends: Vec<_> = self.last(author, compartment).into_iter().collect();
        while let Some(end) = ends.last().filter(|_| ends.len() < MAX_ENDS) {
            let branch = self.branch(author, compartment, *end);
            let Some((first, chunk)) = branch.into_iter().next() else {
                break;
            };
            let opened = chain
                .and_then(|chain| chain.get(&first))
                .is_some_and(|chunks| chunks.contains_key(&chunk));
            let locked = self.locked_at(author, compartment, (first, chunk));
            if opened || locked.is_some() || covered >= Some(first) {
                break;
            }
            let before = chain.and_then(|chain| chain.range(..first).next_back());
            let next = before.and_then(|(n, chunks)| Some((*n, *chunks.first_key_value()?.0)));
            ends.push(next.unwrap_or((first, chunk)));
            if next.is_none() {
                break;
            }
        }
        ends.reverse();
        ends
    }

    /// As if a chunk had never come.
    pub(super) fn remove(
        &mut self,
        author: DeviceId,
        compartment: CompartmentTag,
        (counter, chunk): (u64, ChunkId),
    ) {
        let Some(chain) = self.links.get_mut(&(author, compartment)) else {
            return;
        };
        if let Some(chunks) = chain.get_mut(&counter) {
            chunks.remove(&chunk);
            if chunks.is_empty() {
                chain.remove(&counter);
            }
        }
    }

    /// How many chunks of an author are here.
    pub(super) fn count(&self, author: &DeviceId) -> usize {
        self.links
            .iter()
            .filter(|(key, _)| key.0 == *author)
            .flat_map(|(_, chain)| chain.values())
            .map(BTreeMap::len)
            .sum()
    }
}
