//! People who write one compartment, each on an own device.

use crate::dice::Dice;
use omamori_core::{
    barrier::Scratch,
    compartment::Compartment,
    document::{Admission, AppendError, CompartmentDocument, ForeignChange, LoadError, OwnChange},
    id::{ActorId, ChunkId, DeviceId, RecordId},
    statement::{Body, FactId, Fields, How, NewStatement, StatementId, UnixMillis, Value},
    view::{Authority, Right, View},
};

/// The compartment in which everything here happens.
pub const COMPARTMENT: Compartment = Compartment::Care;

/// The record in which everything here happens.
pub const RECORD: RecordId = RecordId::new([7; 32]);

/// 2026-09-21, in milliseconds.
pub const BEGINNING: i64 = 1_790_000_000_000;

/// Everybody's empty document.
///
/// # Errors
/// Those of [`CompartmentDocument::begin`].
pub fn empty() -> Result<CompartmentDocument, LoadError> {
    CompartmentDocument::begin(&RECORD, COMPARTMENT)
}

/// The actor of a person's writing session.
pub fn actor(person: u8, session: u8) -> ActorId {
    let mut bytes = [0xa0; ActorId::LEN];
    let [first, second, ..] = &mut bytes;
    (*first, *second) = (person, session);
    ActorId::new(bytes)
}

/// The device behind an actor of [`actor`].
pub fn device(person: u8) -> DeviceId {
    DeviceId::new([person; 32])
}

/// Rights by person: the first manages, every fourth may only add, the others write.
#[derive(Debug, Clone, Copy, Default)]
pub struct Family;

impl Family {
    /// May this person replace what others said?
    pub fn may_write(person: u8) -> bool {
        person % 4 != 3
    }
}

impl Authority for Family {
    fn device(&self, _: Compartment, actor: &ActorId) -> Option<DeviceId> {
        actor.as_bytes().first().map(|&person| device(person))
    }

    fn right(&self, _: Compartment, device: &DeviceId) -> Option<Right> {
        match device.as_bytes().first() {
            Some(0) => Some(Right::Manage),
            Some(&person) if Self::may_write(person) => Some(Right::Write),
            Some(_) => Some(Right::Append),
            None => None,
        }
    }
}

/// A line of the shared sheet, as short or as long as such lines are.
pub fn entry(text: &str, at: i64) -> NewStatement {
    let fields = Fields::from([("text".to_owned(), Value::Text(text.to_owned()))]);
    NewStatement {
        fact: None,
        kind: "entry".to_owned(),
        body: Body::Set {
            fields,
            supersedes: [].into(),
            again: Vec::new(),
        },
        how: How::default(),
        said_at: UnixMillis(BEGINNING + at),
    }
}

/// A change with its author, as it comes out of a verified chunk.
pub fn foreign(actor: ActorId, bytes: Vec<u8>) -> ForeignChange {
    // The chunk's name is only carried through: here it says whose it was.
    let mut name = [0; ChunkId::LEN];
    name.iter_mut()
        .zip(actor.as_bytes())
        .for_each(|(to, from)| *to = *from);
    ForeignChange {
        from: ChunkId::new(name),
        actor,
        bytes,
    }
}

/// Brings changes to a document through the whole barrier.
pub fn bring(document: &mut CompartmentDocument, changes: Vec<ForeignChange>) -> Admission {
    document.admit(changes, &mut Scratch)
}

/// What stands.
pub fn view(document: &CompartmentDocument) -> View {
    View::build(&[(COMPARTMENT, document.statements())], &Family)
}

/// `statements` statements in as many changes, by `authors` who write in turn and always know of each other: lines of the
/// shared sheet with several fields, and every third one replaces what somebody said before.
///
/// # Errors
/// [`AppendError`].
pub fn in_turn(
    document: &mut CompartmentDocument,
    statements: u32,
    authors: u8,
) -> Result<Vec<(ActorId, OwnChange)>, AppendError> {
    let mut dice = Dice::new(statements.into());
    let mut said: Vec<StatementId> = Vec::new();
    let mut changes = Vec::new();
    for number in 0..statements {
        let actor = actor(u8::try_from(number % u32::from(authors)).unwrap_or(0), 0);
        let mut new = line(&mut dice, i64::from(number) * 61_000);
        if number % 3 == 2 {
            replace(&mut new, dice.pick(&said).copied());
        }
        let own = document.append(&actor, &[new])?;
        if number % 3 != 2 {
            said.extend(own.statements.iter().copied());
        }
        changes.push((actor, own));
    }
    Ok(changes)
}

/// A line of the shared sheet: what was seen, what was done, where, and by which document.
fn line(dice: &mut Dice, at: i64) -> NewStatement {
    const SEEN: [&str; 6] = [
        "SpO2低下",
        "痰が多い",
        "発熱",
        "機嫌よい",
        "けいれん",
        "経管後の嘔気",
    ];
    const DONE: [&str; 6] = [
        "吸引",
        "体位変換",
        "クーリング",
        "見守り",
        "坐薬",
        "注入を中断",
    ];
    const PLACES: [&str; 4] = ["自宅", "学校", "放デイ", "通院"];
    let text = |name: &str, text: String| (name.to_owned(), Value::Text(text));
    let number = dice.below(100);
    let any =
        |dice: &mut Dice, words: &[&str]| dice.pick(words).copied().unwrap_or_default().to_owned();
    let fields = Fields::from([
        text("situation", format!("{} {}%", any(dice, &SEEN), number)),
        text("response", format!("{} {}回", any(dice, &DONE), number % 7)),
        text("place", any(dice, &PLACES)),
    ]);
    NewStatement {
        body: Body::Set {
            fields,
            supersedes: [].into(),
            again: Vec::new(),
        },
        ..entry("", at)
    }
}

fn replace(new: &mut NewStatement, before: Option<StatementId>) {
    if let (
        Some(before),
        Body::Set {
            fields, supersedes, ..
        },
    ) = (before, &mut new.body)
    {
        new.fact = Some(FactId::Said(before));
        fields.retain(|name, _| name == "response");
        supersedes.insert("response".to_owned(), vec![before]);
    }
}
