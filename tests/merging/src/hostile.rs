//! Hostile changes with valid checksums: what a member with a valid key and a patched app could send.
//!
//! A pure function from seed to bytes, so that the same corpus runs natively and in a browser.

mod bent;

use crate::{dice::Dice, people};
use automerge::{
    Change, ChangeHash, ExpandedChange,
    legacy::{ObjectId, OpId},
};
use omamori_core::{
    document::{CompartmentDocument, ForeignChange, OwnChange},
    id::ActorId,
};
use std::num::NonZeroU64;

/// What is wrong with a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Shape {
    OverwritesAField,
    OverwritesWithoutPredecessor,
    DeletesAStatement,
    DeletesAField,
    HidesTheListBehindAnother,
    NestsAMap,
    NestsAList,
    NestsAText,
    SaysOneNumberTwice,
    LeavesAGap,
    StartsTooLow,
    StartsTooHigh,
    StartsAtTheEndOfNumbers,
    FollowsTheUnknown,
    FollowsNothing,
    ForgetsItsOwnPrevious,
    FollowsOneTwice,
    FollowsUnsorted,
    Marks,
    EndsAMark,
    Counts,
    Increments,
    HasNoType,
    IsANumber,
    IsNotANumber,
    IsOfAFutureType,
    IsEnormous,
    HasTooManyCells,
    RunsForEver,
    IsOfAnotherActor,
    NamesAnotherActorToo,
    CarriesAMessage,
    CarriesATime,
    CarriesMoreBytes,
    InsertsBehindAnother,
    InsertsBehindNothing,
    InsertsAScalar,
    FillsWhatIsNotThere,
    FillsTheRoot,
    FillsTheListAsAMap,
    FillsOneKeyTwice,
    FillsOutOfOrder,
    HasNoKind,
    PointsAhead,
    PointsAtGarbage,
    IsCompressed,
    IsADocument,
    IsEmpty,
    LiesAboutItsChecksum,
    Mutant,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 50] = {
        use Shape::*;
        [
            OverwritesAField,
            OverwritesWithoutPredecessor,
            DeletesAStatement,
            DeletesAField,
            HidesTheListBehindAnother,
            NestsAMap,
            NestsAList,
            NestsAText,
            SaysOneNumberTwice,
            LeavesAGap,
            StartsTooLow,
            StartsTooHigh,
            StartsAtTheEndOfNumbers,
            FollowsTheUnknown,
            FollowsNothing,
            ForgetsItsOwnPrevious,
            FollowsOneTwice,
            FollowsUnsorted,
            Marks,
            EndsAMark,
            Counts,
            Increments,
            HasNoType,
            IsANumber,
            IsNotANumber,
            IsOfAFutureType,
            IsEnormous,
            HasTooManyCells,
            RunsForEver,
            IsOfAnotherActor,
            NamesAnotherActorToo,
            CarriesAMessage,
            CarriesATime,
            CarriesMoreBytes,
            InsertsBehindAnother,
            InsertsBehindNothing,
            InsertsAScalar,
            FillsWhatIsNotThere,
            FillsTheRoot,
            FillsTheListAsAMap,
            FillsOneKeyTwice,
            FillsOutOfOrder,
            HasNoKind,
            PointsAhead,
            PointsAtGarbage,
            IsCompressed,
            IsADocument,
            IsEmpty,
            LiesAboutItsChecksum,
            Mutant,
        ]
    };
}

/// One attack: the changes that it consists of, in the order in which they come.
#[derive(Debug, Clone)]
pub struct Attack {
    /// What is wrong.
    pub shape: Shape,
    /// The changes. All but the last are honest, where the attack needs a beginning.
    pub changes: Vec<ForeignChange>,
}

/// An endless row of attacks on one document.
#[derive(Debug, Clone)]
pub struct Attacker<'a> {
    dice: Dice,
    document: &'a CompartmentDocument,
    /// Of the honest changes in the document: what the attacker knows and can point at.
    known: Vec<ExpandedChange>,
    sessions: u32,
}

impl<'a> Attacker<'a> {
    /// `honest` are changes that stand in the document, with statements to overwrite.
    pub fn new(seed: u64, document: &'a CompartmentDocument, honest: &[OwnChange]) -> Self {
        let known = honest
            .iter()
            .filter_map(|own| Some(Change::from_bytes(own.bytes.clone()).ok()?.decode()))
            .collect();
        Self {
            dice: Dice::new(seed),
            document,
            known,
            sessions: 0,
        }
    }

    /// The attack of the given shape, under an actor that nobody used before.
    pub fn attack(&mut self, shape: Shape) -> Option<Attack> {
        self.sessions += 1;
        let actor = attacker(self.sessions);
        let mut own = self.document.clone();
        let mut changes = Vec::new();
        if self.dice.once_in(2)
            || shape == Shape::ForgetsItsOwnPrevious
            || shape == Shape::SaysOneNumberTwice
        {
            changes.push(self.says(&mut own, &actor)?);
        }
        let honest = self.says(&mut own, &actor)?;
        let bytes = self.bend(shape, &honest.bytes)?;
        let actor = if shape == Shape::IsOfAnotherActor {
            people::actor(0, 0)
        } else {
            actor
        };
        changes.push(ForeignChange {
            actor,
            bytes,
            ..honest
        });
        Some(Attack { shape, changes })
    }

    fn says(&mut self, own: &mut CompartmentDocument, actor: &ActorId) -> Option<ForeignChange> {
        let texts = ["吸引した", "SpO2 88 → 94", "10:40 ロラゼパム", "発熱 38.5"];
        let news: Vec<_> = (0..1 + self.dice.below(3))
            .filter_map(|number| {
                Some(people::entry(
                    self.dice.pick(&texts)?,
                    i64::try_from(number).ok()?,
                ))
            })
            .collect();
        let change = own.append(actor, &news).ok()?;
        Some(people::foreign(*actor, change.bytes))
    }

    fn bend(&mut self, shape: Shape, honest: &[u8]) -> Option<Vec<u8>> {
        match shape {
            Shape::Mutant => return Some(self.mutate(honest)),
            Shape::LiesAboutItsChecksum => return flip(honest, 4 + self.dice.below(4)),
            Shape::IsEmpty => return Some(Vec::new()),
            Shape::IsADocument => return Some(self.document.save()),
            Shape::IsCompressed => return compressed(honest),
            Shape::FollowsUnsorted => return unsorted(honest),
            Shape::RunsForEver => return Some(endless(honest)),
            _ => {}
        }
        let mut change = Change::from_bytes(honest.to_vec()).ok()?.decode();
        let victim = self.dice.pick(&self.known)?.clone();
        self.bend_place(shape, &mut change);
        bent::bend_operations(shape, &mut change, &victim);
        Some(Change::from(change).raw_bytes().to_vec())
    }

    fn bend_place(&mut self, shape: Shape, change: &mut ExpandedChange) {
        let number = |number: u64| NonZeroU64::new(number).unwrap_or(NonZeroU64::MIN);
        let start = change.start_op.get();
        match shape {
            Shape::LeavesAGap => change.seq += 1 + self.dice.bits() % 5,
            Shape::SaysOneNumberTwice => change.seq -= 1,
            Shape::StartsTooLow => {
                change.start_op = number(start - 1 - self.dice.bits() % (start - 1))
            }
            Shape::StartsTooHigh => change.start_op = number(start + 1 + self.dice.bits() % 100),
            Shape::StartsAtTheEndOfNumbers => {
                change.start_op = number(u64::from(u32::MAX) - self.dice.bits() % 9)
            }
            Shape::FollowsTheUnknown => change.deps.push(ChangeHash([0x5a; 32])),
            Shape::FollowsNothing => change.deps.clear(),
            Shape::ForgetsItsOwnPrevious => {
                change.deps = self
                    .document
                    .heads()
                    .iter()
                    .map(|id| ChangeHash(*id.as_bytes()))
                    .collect();
            }
            Shape::FollowsOneTwice => change.deps.extend(change.deps.clone()),
            Shape::CarriesAMessage => change.message = Some("見えない言葉".to_owned()),
            Shape::CarriesATime => change.time = i64::MIN + 1,
            Shape::CarriesMoreBytes => change.extra_bytes = vec![1, 2, 0xff, 0xff],
            _ => {}
        }
        // Whoever moves the start moves what the operations call their own map, too: otherwise it would be another attack.
        let moved = change.start_op.get();
        if moved != start {
            for operation in &mut change.operations {
                if let ObjectId::Id(OpId(counter, actor)) = &mut operation.obj
                    && *actor == change.actor_id
                {
                    *counter = (*counter + moved).saturating_sub(start);
                }
            }
        }
    }

    /// A mutant: its checksum repaired.
    fn mutate(&mut self, honest: &[u8]) -> Vec<u8> {
        const CHANGE: u8 = 1;
        chunk(CHANGE, &bend_bytes(&mut self.dice, body(honest)))
    }
}

/// A few bytes changed, left out, doubled or taken from elsewhere.
fn bend_bytes(dice: &mut Dice, body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    for _ in 0..1 + dice.below(4) {
        let at = dice.below(body.len());
        match dice.below(8) {
            0 => drop(body.drain(at..body.len().min(at + 1 + dice.below(4)))),
            1 => body.insert(at, dice.bits().to_le_bytes()[0]),
            2 => {
                let from = dice.below(body.len());
                let piece = body
                    .get(from..body.len().min(from + 8))
                    .unwrap_or_default()
                    .to_vec();
                body.splice(at..at, piece);
            }
            3 => body.truncate(at.max(1)),
            4 => body.get_mut(at).into_iter().for_each(|byte| *byte = 0x7f),
            5 => body.get_mut(at).into_iter().for_each(|byte| *byte = 0xff),
            _ => {
                let bit = 1 << dice.below(8);
                body.get_mut(at).into_iter().for_each(|byte| *byte ^= bit);
            }
        }
        if body.is_empty() {
            body.push(0);
        }
    }
    body
}

/// A saved document, bent like [`Shape::Mutant`], its checksum repaired.
pub fn bent_document(dice: &mut Dice, saved: &[u8]) -> Vec<u8> {
    const DOCUMENT: u8 = 0;
    chunk(DOCUMENT, &bend_bytes(dice, body(saved)))
}

/// The actor of an attacker's session: never one of the people's.
pub fn attacker(session: u32) -> ActorId {
    let mut bytes = [0xee; ActorId::LEN];
    bytes
        .iter_mut()
        .skip(4)
        .zip(session.to_be_bytes())
        .for_each(|(to, from)| *to = from);
    ActorId::new(bytes)
}

/// Magic, checksum, type: nine bytes; then the length and the body.
fn body(change: &[u8]) -> &[u8] {
    let after = change.get(9..).unwrap_or_default();
    let length = after.iter().take_while(|&&byte| byte & 0x80 != 0).count() + 1;
    after.get(length..).unwrap_or_default()
}

/// An Automerge chunk whose checksum fits.
fn chunk(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut hashed = vec![kind];
    number(body.len() as u64, &mut hashed);
    hashed.extend_from_slice(body);
    let digest = ring::digest::digest(&ring::digest::SHA256, &hashed);
    let mut chunk = vec![0x85, 0x6f, 0x4a, 0x83];
    chunk.extend(digest.as_ref().iter().take(4));
    chunk.extend(hashed);
    chunk
}

fn number(mut number: u64, out: &mut Vec<u8>) {
    while number > 0x7f {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

fn flip(bytes: &[u8], at: usize) -> Option<Vec<u8>> {
    let mut bytes = bytes.to_vec();
    *bytes.get_mut(at)? ^= 1;
    Some(bytes)
}

/// Automerge's own compressed form, in a block that is merely stored: the checksum is that of the change inside.
fn compressed(honest: &[u8]) -> Option<Vec<u8>> {
    let inner = body(honest);
    let length = u16::try_from(inner.len()).ok()?;
    let mut deflated = vec![1];
    deflated.extend(length.to_le_bytes());
    deflated.extend((!length).to_le_bytes());
    deflated.extend_from_slice(inner);
    let mut bytes = honest.get(..8)?.to_vec();
    bytes.push(2);
    number(deflated.len() as u64, &mut bytes);
    bytes.extend(deflated);
    Some(bytes)
}

/// Two dependencies in the wrong order; one honest dependency twice in a row would be another shape.
fn unsorted(honest: &[u8]) -> Option<Vec<u8>> {
    let inner = body(honest);
    let (&count, rest) = inner.split_first()?;
    let first = rest.get(..32)?;
    let mut bent = vec![count + 1];
    bent.extend([0xff; 32]);
    bent.extend(first);
    bent.extend(rest.get(32..)?);
    Some(chunk(1, &bent))
}

/// The last column replaced by a run of 2⁶² rows: Automerge would read them all.
fn endless(honest: &[u8]) -> Vec<u8> {
    let mut inner = body(honest).to_vec();
    // Actions are `1, 0, -n …` or so: whichever byte it hits, a run this long is in some column.
    let long = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f];
    let at = inner.len().saturating_sub(long.len() + 1);
    inner
        .get_mut(at..at + long.len())
        .into_iter()
        .for_each(|run| run.copy_from_slice(&long));
    chunk(1, &inner)
}
