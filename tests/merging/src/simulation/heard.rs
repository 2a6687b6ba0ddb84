//! Which words must be shown and which must not, worked out from the ledger's operations alone.
//!
//! The rule is the design's, written down a second time and in another way than in the core: a statement counts if some
//! grant gave its author the right where it was said from, and whoever took that away later, or the author's key, or the
//! author's place among the staff, had already seen it.

use super::{
    fate::Fate,
    words::{KIND, Written, text_of},
    world::{Played, World, text},
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
    statement::{Body, FactId, StatementId, Value},
    view::Said,
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

/// What there is to judge words by.
struct Hearing<'a> {
    world: &'a World,
    oracle: &'a Oracle<'a>,
    /// One reader of each compartment, and the late chunks listed there.
    readers: BTreeMap<Compartment, (&'a Replica, BTreeSet<ChunkId>)>,
    /// With which right each counts, in the order of the words.
    rights: Vec<Option<Right>>,
    /// Whose author went on from them, though they came too late.
    followed: BTreeSet<StatementId>,
    /// Whose key left with everybody who had it.
    closed: BTreeSet<StatementId>,
}

/// What was found of some words.
enum Found {
    /// Their author went on from late words, or somebody replaced them by such.
    Followed,
    /// Their key left with everybody who had it.
    Closed,
    /// Nobody is there who reads them by a grant of their own.
    Unread,
    Counts {
        replaced: bool,
    },
    Late,
}

impl World {
    /// Every word is shown exactly if it counts and nobody replaced it, and what does not count waits for a guardian.
    pub(super) fn check_heard(
        &mut self,
        oracle: &Oracle<'_>,
        readers: &BTreeMap<Compartment, usize>,
    ) -> Played {
        let hearing = Hearing::new(self, oracle, readers)?;
        let found = (0..self.written.len()).map(|place| hearing.hear(place));
        let found: Vec<Found> = found.collect::<Played<_>>()?;
        let retracted = hearing.check_retracted()?;
        for found in found {
            let what: &[&str] = match found {
                Found::Followed => &["late words that their author went on from"],
                Found::Closed => &["words whose key nobody has who is left"],
                Found::Unread => &[],
                Found::Late => &["words that do not count"],
                Found::Counts { replaced: false } => &["words that count"],
                Found::Counts { replaced: true } => {
                    &["words that count", "words that were replaced"]
                }
            };
            what.iter().for_each(|what| self.covered.note(what, 1));
        }
        for (what, count) in retracted {
            self.covered.note(what, count);
        }
        Ok(())
    }
}

impl<'a> Hearing<'a> {
    fn new(
        world: &'a World,
        oracle: &'a Oracle<'a>,
        readers: &BTreeMap<Compartment, usize>,
    ) -> Played<Self> {
        let mut hearing = Self {
            world,
            oracle,
            readers: BTreeMap::new(),
            rights: Vec::new(),
            followed: BTreeSet::new(),
            closed: BTreeSet::new(),
        };
        for (compartment, reader) in readers {
            let reader = world.replica(*reader)?;
            let late = reader.quarantine().into_iter().map(|found| found.chunk);
            let late = late.collect();
            hearing.readers.insert(*compartment, (reader, late));
        }
        for written in &world.written {
            let right = oracle.right(written)?;
            hearing.rights.push(right);
            hearing.sort_out(written, right >= Some(Right::Append));
        }
        Ok(hearing)
    }

    fn sort_out(&mut self, written: &Written, counts: bool) {
        let Some((reader, _)) = self.readers.get(&written.compartment) else {
            return;
        };
        if !counts && is_followed(reader, written) {
            self.followed.insert(written.id);
        }
        let ledger = self.oracle.ledger;
        let key_left = !counts || self.world.is_only_for_who_left(written, ledger);
        if key_left && !self.world.is_read(written, ledger) {
            self.closed.insert(written.id);
        }
    }

    /// All words of a fact, with their rights.
    fn about(&self, fact: &FactId) -> impl Iterator<Item = (&'a Written, Option<Right>)> {
        let all = self.world.written.iter().zip(self.rights.clone());
        let fact = fact.clone();
        all.filter(move |(written, _)| written.fact == fact)
    }

    fn fate(&self, fact: &FactId) -> Fate<'a> {
        let counting = self.about(fact).filter_map(|(written, right)| {
            let right = right.filter(|right| *right >= Right::Append)?;
            (!self.closed.contains(&written.id)).then_some((written, right))
        });
        Fate(counting.collect())
    }

    /// May words count although their chunk came too late, on which it depends what is shown of these?
    fn depends_on_late(&self, written: &Written) -> bool {
        let is_late = |other: &Written| self.followed.contains(&other.id);
        let retracted = self.about(&written.fact).any(|(of, _)| of.retracts);
        let mut others = self.about(&written.fact);
        is_late(written)
            || others.any(|(other, _)| {
                is_late(other) && (retracted || other.replaces.contains(&written.id))
            })
    }

    fn hear(&self, place: usize) -> Played<Found> {
        let (Some(written), Some(right)) = (self.world.written.get(place), self.rights.get(place))
        else {
            return Err("no such words".to_owned());
        };
        if self.depends_on_late(written) {
            return Ok(Found::Followed);
        }
        let Some((reader, late)) = self.readers.get(&written.compartment) else {
            return Ok(Found::Unread);
        };
        if self.closed.contains(&written.id) {
            return Ok(Found::Closed);
        }
        let counts = *right >= Some(Right::Append);
        let fate = self.fate(&written.fact);
        let is_replaced = match written.retracts {
            true => !fate.stands(written),
            false => fate.is_gone(written),
        };
        let expected = counts && !is_replaced;
        // A guardian may say again only that something holds: then there are no words to show.
        if is_shown(reader, written) != expected && !written.text.is_empty() {
            return Err(format!(
                "{} {} be shown: it counts with {right:?}, replaced: {is_replaced}; {}",
                written.text,
                if expected { "should" } else { "should not" },
                fate.told()
            ));
        }
        self.check_listed(written, *right, late)?;
        Ok(match counts {
            true => Found::Counts {
                replaced: is_replaced,
            },
            false => Found::Late,
        })
    }

    /// What does not count waits for a guardian, or was answered for.
    fn check_listed(
        &self,
        written: &Written,
        right: Option<Right>,
        late: &BTreeSet<ChunkId>,
    ) -> Played {
        let (counts, waits) = (right >= Some(Right::Append), late.contains(&written.chunk));
        let state = self.oracle.ledger.state();
        let answered = state.is_endorsed(&written.tag, &written.chunk);
        if (waits || answered) == counts && !(counts && answered) {
            return Err(format!(
                "{} counts with {right:?}; it waits for a guardian: {waits}, was answered for: {answered}",
                written.text,
            ));
        }
        Ok(())
    }

    /// What was taken back shows who took it back, when and why, as long as nobody says otherwise; and all that was ever said of
    /// it stays in its history.
    fn check_retracted(&self) -> Played<Vec<(&'static str, usize)>> {
        let retractions = self.world.written.iter().filter(|of| of.retracts);
        let facts: BTreeMap<&FactId, &Written> = retractions.map(|of| (&of.fact, of)).collect();
        let (mut checked, mut holding) = (0, 0);
        for (id, retraction) in facts {
            let Some((reader, _)) = self.readers.get(&retraction.compartment) else {
                continue;
            };
            self.check_history(reader, retraction)?;
            if self.depends_on_late(retraction) {
                continue;
            }
            let fact = reader.view().find(retraction.compartment, id);
            if let Some(why) = self.fate(id).mismatch(fact) {
                return Err(why);
            }
            checked += 1;
            holding += usize::from(fact.is_some_and(|fact| !fact.retractions().is_empty()));
        }
        Ok(vec![
            ("facts that somebody took back", checked),
            ("facts that are taken back", holding),
        ])
    }

    fn check_history(&self, reader: &Replica, retraction: &Written) -> Played {
        let told = reader.history(retraction.compartment, &retraction.fact);
        for (written, right) in self.about(&retraction.fact) {
            if self.closed.contains(&written.id) {
                continue;
            }
            let found = told.iter().find(|told| told.statement.id == written.id);
            let is_it = found.is_some_and(|told| {
                text_of(&told.statement).unwrap_or_default() == written.text
                    && told.statement.said_at == written.at
                    && matches!(told.statement.body, Body::Retract { .. }) == written.retracts
            });
            if !is_it {
                return Err(format!("{} is not in its history", written.text));
            }
            let author = found.and_then(|told| told.author.as_ref());
            let author = author.map(|author| author.device);
            let counts = right >= Some(Right::Append);
            let late = self.followed.contains(&written.id);
            if !late && author != counts.then_some(written.author) {
                return Err(format!(
                    "the history has another author of {}",
                    written.text
                ));
            }
        }
        Ok(())
    }
}

/// Did the author say more in the same writing session? If that counts, it proves that these words were said by then: so they
/// may count although their own chunk came too late, and the operations alone do not tell.
fn is_followed(reader: &Replica, written: &Written) -> bool {
    let document = reader.document(written.compartment);
    let said = document.map_or(&[][..], |document| document.statements());
    let mut said = said.iter().map(|said| said.id);
    said.any(|other| other.actor == written.id.actor && other.counter > written.id.counter)
}

pub(super) fn is_shown(reader: &Replica, written: &Written) -> bool {
    let by = |said: &Said| said.author.device == written.author;
    let mut facts = reader.view().of_kind(written.compartment, KIND);
    if written.retracts {
        let mut retractions = facts.flat_map(|fact| fact.retractions());
        return retractions.any(|of| of.reason == written.text && by(&of.said));
    }
    let mut values = facts
        .by_ref()
        .filter_map(|fact| fact.fields.get("text"))
        .flat_map(|field| &field.values);
    values.any(|shown| {
        matches!(&shown.value, Value::Text(found) if *found == written.text)
            && shown.said.iter().any(by)
    })
}
