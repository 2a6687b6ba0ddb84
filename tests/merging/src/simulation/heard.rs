//! Which words must be shown and which must not, worked out from the ledger's operations alone.
//!
//! The rule is the design's, written down a second time and in another way than in the core: a statement counts if some
//! grant gave its author the right where it was said from, and whoever took that away later, or the author's key, or the
//! author's place among the staff, had already seen it.

use super::{
    sealed::is_text,
    world::{Played, World, Written, text},
};
use omamori_core::{
    compartment::Compartment,
    id::{ChunkId, CompartmentTag, DeviceId, MemberId, OperationId},
    ledger::{
        Ledger,
        operation::{Frontier, Grant, Grantee, Operation, SignedOperation},
        rights::Right,
    },
    log::ParsedEntry,
    replica::Replica,
    statement::Value,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a removal takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Key(DeviceId),
    Grant(OperationId),
    /// The place of a person among the staff of whoever signed this.
    Place(OperationId),
}

/// All there is to decide by.
pub(super) struct Oracle<'a> {
    ledger: &'a Ledger,
    operations: Vec<&'a SignedOperation>,
    /// What every operation follows, itself among it.
    past: BTreeMap<OperationId, BTreeSet<OperationId>>,
    /// Every chunk's predecessor.
    previous: BTreeMap<ChunkId, Option<ChunkId>>,
}

impl<'a> Oracle<'a> {
    pub(super) fn new(world: &World, ledger: &'a Ledger) -> Self {
        let operations = ledger.in_order();
        let mut past: BTreeMap<OperationId, BTreeSet<OperationId>> = BTreeMap::new();
        for signed in &operations {
            let parents = signed
                .parents()
                .iter()
                .filter_map(|parent| past.get(parent));
            let mut all: BTreeSet<OperationId> = parents.flatten().copied().collect();
            all.insert(signed.id());
            past.insert(signed.id(), all);
        }
        let chunks = world.all.iter().filter_map(|entry| match entry.parse() {
            Ok(ParsedEntry::Chunk(chunk)) => Some((chunk.id(), chunk.header().previous)),
            _ => None,
        });
        Self {
            ledger,
            operations,
            past,
            previous: chunks.collect(),
        }
    }

    pub(super) fn operations(&self) -> &[&'a SignedOperation] {
        &self.operations
    }

    /// What somebody had seen who cites these.
    pub(super) fn seen(&self, heads: &[OperationId]) -> BTreeSet<OperationId> {
        let past = heads.iter().filter_map(|head| self.past.get(head));
        past.flatten().copied().collect()
    }

    pub(super) fn had_seen(&self, operation: &OperationId, other: &OperationId) -> bool {
        let past = self.past.get(operation);
        past.is_some_and(|past| past.contains(other))
    }

    /// The right that something was said with, if it counts.
    fn right(&self, written: &Written) -> Played<Option<Right>> {
        let seen = self.seen(&written.heads);
        let standing = |signed: &&&SignedOperation| {
            seen.contains(&signed.id()) && !self.ledger.state().is_void(&signed.id())
        };
        let standing: Vec<&SignedOperation> =
            self.operations.iter().filter(standing).copied().collect();
        if self.is_cut(Target::Key(written.author), written, &seen) {
            return Ok(None);
        }
        let mut best = None;
        for person in standing
            .iter()
            .filter_map(|signed| owner(signed, &written.author))
        {
            for grant in &standing {
                let Some(right) = right_in(grant.operation(), &written.tag) else {
                    continue;
                };
                if self.holds(grant, &standing, written, &seen)?
                    && self.reaches(grant, person, &standing, written, &seen)
                {
                    best = best.max(Some(right));
                }
            }
        }
        Ok(best)
    }

    /// Does this grant, or what it was passed on from, still stand for these words?
    fn holds(
        &self,
        grant: &SignedOperation,
        standing: &[&SignedOperation],
        written: &Written,
        seen: &BTreeSet<OperationId>,
    ) -> Played<bool> {
        let source = self.passed_on_from(grant)?;
        let stands = |id: &OperationId| standing.iter().any(|signed| signed.id() == *id);
        let source_holds = source.is_none_or(|source| {
            stands(&source) && !self.is_cut(Target::Grant(source), written, seen)
        });
        Ok(source_holds && !self.is_cut(Target::Grant(grant.id()), written, seen))
    }

    /// Is this grant the person's own, or that of an organisation they work for?
    fn reaches(
        &self,
        grant: &SignedOperation,
        person: MemberId,
        standing: &[&SignedOperation],
        written: &Written,
        seen: &BTreeSet<OperationId>,
    ) -> bool {
        let organisation = match grant.operation() {
            Operation::Genesis(genesis) => return MemberId::from(genesis.device.id()) == person,
            Operation::Grant(grant) => match &grant.grantee {
                Grantee::Person(device) => return MemberId::from(device.id()) == person,
                Grantee::Member(member) => return *member == person,
                Grantee::Organisation(key) => DeviceId::new(*key),
            },
            _ => return false,
        };
        standing.iter().any(|join| {
            join.signer() == organisation
                && matches!(join.operation(), Operation::StaffJoin { staff, .. } if MemberId::from(staff.id()) == person)
                && !self.is_cut(Target::Place(join.id()), written, seen)
        })
    }

    /// The grant by which somebody passed this one on who does not manage what is in it.
    fn passed_on_from(&self, signed: &SignedOperation) -> Played<Option<OperationId>> {
        let Operation::Grant(grant) = signed.operation() else {
            return Ok(None);
        };
        let then = self.ledger.state_at(signed.parents()).map_err(text)?;
        let by = signed.signer();
        if grant
            .rights
            .iter()
            .all(|(tag, _)| then.may(&by, tag, Right::Manage))
        {
            return Ok(None);
        }
        let own: BTreeSet<MemberId> = then.members_of(&by).collect();
        let held = then.members().filter(|(member, _)| own.contains(member));
        let covers = |held: &omamori_core::ledger::Granted| {
            let ends = match (held.until, grant.until) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(last), Some(until)) => until <= last,
            };
            let covers =
                |(tag, right): &(CompartmentTag, Right)| held.rights.get(tag) >= Some(right);
            held.delegate && held.organisation.is_none() && ends && grant.rights.iter().all(covers)
        };
        let sources = held
            .flat_map(|(_, grants)| grants)
            .filter(|(_, held)| covers(held))
            .map(|(id, _)| *id);
        Ok(sources.min())
    }

    /// Was this taken away by somebody who had not seen these words, or had their author seen that it was?
    fn is_cut(&self, target: Target, written: &Written, seen: &BTreeSet<OperationId>) -> bool {
        let state = self.ledger.state();
        let by: Vec<&SignedOperation> = self
            .operations
            .iter()
            .filter(|signed| !state.is_void(&signed.id()) && self.ends(signed, target))
            .copied()
            .collect();
        if by.is_empty() {
            return false;
        }
        by.iter().any(|removal| seen.contains(&removal.id())) || !self.is_within(&by, written)
    }

    fn ends(&self, removal: &SignedOperation, target: Target) -> bool {
        match (removal.operation(), target) {
            (Operation::RemoveDevice { frontier }, Target::Key(key)) => frontier.device == key,
            (
                Operation::Revoke { grant, .. } | Operation::Close { grant, .. },
                Target::Grant(of),
            ) => *grant == of,
            (Operation::StaffEnd { frontiers }, Target::Place(join)) => {
                let Some(signed) = self.ledger.operation(&join) else {
                    return false;
                };
                let Operation::StaffJoin { staff, .. } = signed.operation() else {
                    return false;
                };
                let is_station = self.is_station(&removal.signer());
                frontiers
                    .iter()
                    .any(|frontier| frontier.device == staff.id())
                    && self.had_seen(&removal.id(), &join)
                    && (!is_station || removal.signer() == signed.signer())
            }
            _ => false,
        }
    }

    fn is_station(&self, signer: &DeviceId) -> bool {
        self.operations.iter().any(|signed| {
            matches!(signed.operation(), Operation::Grant(Grant { grantee: Grantee::Organisation(key), .. })
                if DeviceId::new(*key) == *signer)
        })
    }

    /// The longest frontier counts; of frontiers on different branches, what they have in common. One that names several chunks
    /// of a compartment reaches as far as all of them.
    fn is_within(&self, removals: &[&SignedOperation], written: &Written) -> bool {
        let named = removals
            .iter()
            .flat_map(|removal| frontiers(removal.operation()));
        let reached: Vec<Vec<Vec<ChunkId>>> = named
            .filter(|frontier| frontier.device == written.author)
            .map(|frontier| {
                let chunks = frontier.chunks.iter();
                let mut chunks: Vec<_> = chunks.filter(|(tag, ..)| *tag == written.tag).collect();
                chunks.sort_unstable_by_key(|(_, counter, chunk)| (*counter, *chunk));
                let ends = chunks.iter().rev();
                ends.map(|(.., chunk)| self.branch(*chunk)).collect()
            })
            .collect();
        let covers = |branches: &[Vec<ChunkId>]| {
            let mut branches = branches.iter();
            branches.any(|branch| branch.contains(&written.chunk))
        };
        // By their last chunks.
        let forks = |one: &[Vec<ChunkId>], other: &[Vec<ChunkId>]| {
            let (Some(one), Some(other)) = (one.first(), other.first()) else {
                return false;
            };
            let ends_on = |one: &[ChunkId], other: &[ChunkId]| {
                one.first().is_some_and(|end| other.contains(end))
            };
            !ends_on(one, other) && !ends_on(other, one)
        };
        reached.iter().any(|one| {
            covers(one)
                && reached
                    .iter()
                    .all(|other| covers(other) || !forks(one, other))
        })
    }

    /// A chunk and all its author said before it, newest first.
    fn branch(&self, last: ChunkId) -> Vec<ChunkId> {
        let before = |chunk: &ChunkId| self.previous.get(chunk).copied().flatten();
        std::iter::successors(Some(last), before).collect()
    }
}

/// Whose key this operation makes a key, if it is this one.
pub(super) fn owner(signed: &SignedOperation, key: &DeviceId) -> Option<MemberId> {
    let (device, member) = match signed.operation() {
        Operation::Genesis(genesis) => (&genesis.device, None),
        Operation::AddDevice { member, device } => (device, Some(*member)),
        Operation::Grant(Grant {
            grantee: Grantee::Person(device),
            ..
        }) => (device, None),
        Operation::StaffJoin { staff, .. } => (staff, None),
        _ => return None,
    };
    (device.id() == *key).then(|| member.unwrap_or(MemberId::from(device.id())))
}

/// What an operation gives whoever it is for in a compartment.
fn right_in(operation: &Operation, tag: &CompartmentTag) -> Option<Right> {
    match operation {
        Operation::Genesis(_) => Some(Right::Manage),
        Operation::Grant(grant) => {
            let mut rights = grant.rights.iter();
            rights.find_map(|(of, right)| (of == tag).then_some(*right))
        }
        _ => None,
    }
}

pub(super) fn frontiers(operation: &Operation) -> &[Frontier] {
    match operation {
        Operation::RemoveDevice { frontier } => std::slice::from_ref(frontier),
        Operation::Revoke { frontiers, .. }
        | Operation::Close { frontiers, .. }
        | Operation::StaffEnd { frontiers } => frontiers,
        _ => &[],
    }
}

impl Written {
    /// Whoever may add words may also put others of their own in their place.
    fn needs_to_replace(&self, other: &Self) -> Right {
        match self.author == other.author {
            true => Right::Append,
            false => Right::Write,
        }
    }
}

impl World {
    /// Every word is shown exactly if it counts and nobody replaced it, and what does not count waits for a guardian.
    pub(super) fn check_heard(
        &mut self,
        oracle: &Oracle<'_>,
        readers: &BTreeMap<Compartment, usize>,
    ) -> Played {
        let mut rights = Vec::new();
        for written in &self.written {
            rights.push(oracle.right(written)?);
        }
        let unclear: Vec<bool> = self
            .written
            .iter()
            .zip(&rights)
            .map(|(written, right)| {
                let reader = readers.get(&written.compartment);
                let reader = reader.and_then(|reader| self.replica(*reader).ok());
                *right < Some(Right::Append)
                    && reader.is_some_and(|reader| is_followed(reader, written))
            })
            .collect();
        let mut waiting = BTreeMap::new();
        for (compartment, reader) in readers {
            let found = self.replica(*reader)?.quarantine().into_iter();
            let chunks: BTreeSet<ChunkId> = found.map(|found| found.chunk).collect();
            waiting.insert(*compartment, chunks);
        }
        let (mut counted, mut hidden, mut replaced, mut closed) = (0, 0, 0, 0);
        let mut followed = 0;
        for (place, (written, right)) in self.written.iter().zip(&rights).enumerate() {
            let saying = (written.text.clone(), written.author);
            let replaces = |other: &Written| other.replaces.contains(&saying);
            let mut others = self.written.iter().zip(&unclear);
            if unclear.get(place) == Some(&true)
                || others.any(|(other, unclear)| *unclear && replaces(other))
            {
                followed += 1;
                continue;
            }
            let Some(reader) = readers.get(&written.compartment) else {
                continue;
            };
            let reader = self.replica(*reader)?;
            let counts = *right >= Some(Right::Append);
            let key_left = !counts || self.is_only_for_who_left(written, oracle.ledger);
            if key_left && !self.is_read(written, oracle.ledger) {
                closed += 1;
                continue;
            }
            let is_replaced = self.written.iter().zip(&rights).any(|(other, right)| {
                replaces(other) && *right >= Some(other.needs_to_replace(written))
            });
            let expected = counts && !is_replaced;
            if is_shown(reader, written) != expected {
                return Err(format!(
                    "{} {} be shown: it counts with {right:?}, replaced: {is_replaced}",
                    written.text,
                    if expected { "should" } else { "should not" },
                ));
            }
            let waits = waiting
                .get(&written.compartment)
                .is_some_and(|chunks| chunks.contains(&written.chunk));
            let answered = oracle
                .ledger
                .state()
                .is_endorsed(&written.tag, &written.chunk);
            if (waits || answered) == counts && !(counts && answered) {
                return Err(format!(
                    "{} counts with {right:?}; it waits for a guardian: {waits}, was answered for: {answered}",
                    written.text,
                ));
            }
            counted += usize::from(counts);
            hidden += usize::from(!counts);
            replaced += usize::from(is_replaced);
        }
        self.covered.note("words that count", counted);
        self.covered.note("words that do not count", hidden);
        self.covered
            .note("late words that their author went on from", followed);
        self.covered.note("words that were replaced", replaced);
        self.covered
            .note("words whose key nobody has who is left", closed);
        Ok(())
    }
}

/// Did the author say more in the same writing session? If that counts, it proves that these words were said by then: so they
/// may count although their own chunk came too late, and the operations alone do not tell.
fn is_followed(reader: &Replica, written: &Written) -> bool {
    let Some(document) = reader.document(written.compartment) else {
        return false;
    };
    let statements = document.statements();
    let own = statements
        .iter()
        .filter(|said| is_text(said, &written.text));
    let mut own = own.map(|said| &said.id);
    own.any(|own| {
        let mut later = statements.iter().map(|said| &said.id);
        later.any(|other| other.actor == own.actor && other.counter > own.counter)
    })
}

pub(super) fn is_shown(reader: &Replica, written: &Written) -> bool {
    let facts = reader.view().of_kind(written.compartment, "must-never");
    let mut values = facts
        .filter_map(|fact| fact.fields.get("text"))
        .flat_map(|field| &field.values);
    values.any(|shown| {
        matches!(&shown.value, Value::Text(found) if *found == written.text)
            && shown
                .said
                .iter()
                .any(|said| said.author.device == written.author)
    })
}
