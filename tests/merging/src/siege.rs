//! Attacks on a document among honest changes, and what must be true afterwards.

use crate::{
    dice::Dice,
    hostile::{self, Attacker, Shape},
    people::{self, COMPARTMENT, Family, RECORD, actor, bring, empty, entry, foreign},
};
use omamori_core::{
    barrier::Scratch,
    document::{CompartmentDocument, OwnChange},
    id::{ActorId, ChangeId, ChunkId},
    statement::Statement,
    view::View,
};
use std::{collections::BTreeMap, error::Error};

/// What became of the attacks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Hostile changes brought.
    pub brought: usize,
    /// Set aside.
    pub refused: usize,
    /// Waiting for what will never come.
    pub waiting: usize,
    /// Mutants that happen to say something well-formed in the attacker's own name: words like any other.
    pub said: usize,
}

/// Brings `attacks` attacks, in batches among honest changes, to a family's document.
///
/// # Errors
/// What was altered, lost, or could not go on. A panic or an abort is a failure, too.
pub fn besiege(seed: u64, attacks: usize) -> Result<Report, Box<dyn Error>> {
    const BATCH: usize = 200;
    let mut report = Report::default();
    let (home, known) = family(seed)?;
    let mut attacker = Attacker::new(seed, &home, &known);
    let mut dice = Dice::new(!seed);
    let mut shapes = Shape::ALL.iter().cycle();
    let mut left = attacks;
    while left > 0 {
        let mut control = home.clone();
        let mut batch = honest(&mut control, &mut dice)?;
        let honest_count = batch.len();
        for _ in 0..left.min(BATCH) {
            // Half of all are mutants: the space of bytes is larger than that of ideas.
            let shape = if dice.once_in(2) {
                Some(&Shape::Mutant)
            } else {
                shapes.next()
            };
            let attack = attacker
                .attack(*shape.ok_or("no shape")?)
                .ok_or("an attack could not be made")?;
            for change in attack.changes {
                batch.insert(dice.below(batch.len() + 1), change);
            }
        }
        left -= left.min(BATCH);
        let brought = batch.len() - honest_count;
        let mut besieged = home.clone();
        let admission = bring(&mut besieged, batch);
        report.brought += brought;
        report.refused += admission.refused.len();
        report.waiting += admission.waiting.len();
        report.said += admission.applied.len() - honest_count;
        check(&besieged, &control)?;
        check_goes_on(besieged, &control)?;
    }
    Ok(report)
}

/// Brings snapshots that were bent, with the attestations of the document as it was, to a phone that has nothing yet.
///
/// # Errors
/// What a snapshot brought that nobody said.
pub fn besiege_with_snapshots(seed: u64, attacks: usize) -> Result<Report, Box<dyn Error>> {
    // Columns of small documents are not deflated; both kinds are bent.
    let homes = [family(seed)?.0, large(seed)?];
    for home in &homes {
        let mut phone = empty()?;
        phone.admit_snapshot(SNAPSHOT, &home.save(), &attested(home), &mut Scratch)?;
        if phone.statements() != home.statements() {
            return Err("an honest snapshot was not taken".into());
        }
    }
    let mut dice = Dice::new(seed);
    let mut report = Report::default();
    let homes = homes.map(|home| (home.save(), attested(&home), home));
    for number in 0..attacks {
        let (saved, attested, home) = homes.get(number % 2).ok_or("no document")?;
        let bent = hostile::bent_document(&mut dice, saved);
        let mut phone = empty()?;
        report.brought += 1;
        match phone.admit_snapshot(SNAPSHOT, &bent, attested, &mut Scratch) {
            Err(_) => report.refused += 1,
            // Bytes that mean the same may be taken, and a snapshot may leave people out: its author can do that anyway.
            Ok(admission)
                if admission.refused.is_empty()
                    && phone.forks().count() == 0
                    && phone
                        .statements()
                        .iter()
                        .all(|statement| home.statements().contains(statement)) =>
            {
                report.said += 1;
            }
            Ok(_) => return Err("a bent snapshot brought what nobody said".into()),
        }
    }
    Ok(report)
}

const SNAPSHOT: ChunkId = ChunkId::new([0xee; ChunkId::LEN]);

/// What attestations would prove: everybody's newest change.
fn attested(document: &CompartmentDocument) -> BTreeMap<ActorId, (u64, ChangeId)> {
    let newest = |actor| Some((actor, document.newest(&actor)?));
    document.actors().into_iter().filter_map(newest).collect()
}

/// A document large enough for its columns to be deflated.
fn large(seed: u64) -> Result<CompartmentDocument, Box<dyn Error>> {
    let mut document = empty()?;
    people::in_turn(&mut document, 200 + u32::try_from(seed % 100)?, 4)?;
    Ok(document)
}

fn is_hostile(actor: &ActorId) -> bool {
    actor.as_bytes().starts_with(&[0xee; 4])
}

/// A family's document with a little history, and its changes.
///
/// # Errors
/// None is expected.
pub fn family(seed: u64) -> Result<(CompartmentDocument, Vec<OwnChange>), Box<dyn Error>> {
    let mut document = empty()?;
    let mut dice = Dice::new(seed);
    let changes = (0..24)
        .map(|number| {
            let person = u8::try_from(dice.below(4)).unwrap_or(0);
            document.append(
                &actor(person, 0),
                &[entry(&format!("記録 {number}"), number)],
            )
        })
        .collect::<Result<_, _>>()?;
    Ok((document, changes))
}

/// A few honest changes by two who do not know of each other, and what the document is with them alone.
fn honest(
    control: &mut CompartmentDocument,
    dice: &mut Dice,
) -> Result<Vec<omamori_core::document::ForeignChange>, Box<dyn Error>> {
    let (mut mother, mut nurse) = (control.clone(), control.clone());
    let mut changes = Vec::new();
    for number in 0..i64::try_from(1 + dice.below(4))? {
        changes.push(foreign(
            actor(0, 1),
            mother
                .append(&actor(0, 1), &[entry("母から", number)])?
                .bytes,
        ));
        changes.push(foreign(
            actor(1, 1),
            nurse.append(&actor(1, 1), &[entry("訪問", number)])?.bytes,
        ));
    }
    let admission = bring(control, changes.clone());
    if admission.applied.len() != changes.len() {
        return Err("honest changes were not taken".into());
    }
    Ok(changes)
}

/// What honest people said is there, exactly, and nothing else is in their names.
fn check(
    besieged: &CompartmentDocument,
    control: &CompartmentDocument,
) -> Result<(), Box<dyn Error>> {
    let honest: Vec<&Statement> = besieged
        .statements()
        .iter()
        .filter(|statement| !is_hostile(&statement.id.actor))
        .collect();
    if !honest.iter().copied().eq(control.statements()) {
        return Err("what honest people said was altered".into());
    }
    if besieged
        .actors()
        .iter()
        .filter(|actor| !is_hostile(actor))
        .ne(control.actors().iter())
    {
        return Err("somebody else's name was used".into());
    }
    let trusted: Vec<Statement> = honest.into_iter().cloned().collect();
    if View::build(&[(COMPARTMENT, &trusted)], &Family) != people::view(control) {
        return Err("what stands was altered".into());
    }
    Ok(())
}

/// Honest people go on: they write, save, load and exchange as if nothing had been.
fn check_goes_on(
    mut besieged: CompartmentDocument,
    control: &CompartmentDocument,
) -> Result<(), Box<dyn Error>> {
    besieged.append(&actor(2, 9), &[entry("その後", 1)])?;
    let mut loaded = CompartmentDocument::load(&RECORD, COMPARTMENT, &besieged.save())?;
    // What waits is heard and not saved: it comes again with the chunk that carried it.
    let honest = |document: &CompartmentDocument| -> Vec<Statement> {
        let statements = document.statements().iter();
        statements
            .filter(|statement| !is_hostile(&statement.id.actor))
            .cloned()
            .collect()
    };
    if honest(&loaded) != honest(&besieged) || loaded.heads() != besieged.heads() {
        return Err("the document is another one after saving and loading".into());
    }
    loaded.append(&actor(2, 9), &[entry("さらに後", 2)])?;
    loaded.try_as_it_is()?;
    let mut late = control.clone();
    let change = late.append(&actor(3, 9), &[entry("遅れて", 3)])?;
    let admission = bring(&mut loaded, vec![foreign(actor(3, 9), change.bytes)]);
    if admission.applied != [change.id] {
        return Err("an honest change was not taken afterwards".into());
    }
    Ok(())
}
