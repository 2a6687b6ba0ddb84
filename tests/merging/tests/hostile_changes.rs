//! Members with valid keys and patched apps, against a family's document.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that should not be"
)]

use automerge::{Automerge, Change, ObjId, ROOT, ReadDoc};
use omamori_core::{
    barrier::{Scratch, TrialError, try_on_scratch},
    document::LoadError,
    id::ChunkId,
};
use omamori_merging::{
    hostile::{Attacker, Shape},
    people::{actor, bring, empty, entry},
    siege::{besiege, besiege_with_snapshots, family},
};

use std::collections::BTreeMap;

#[test]
fn forty_thousand_attacks_alter_nothing_and_the_family_goes_on() {
    let report = besiege(20_260_921, 40_000).unwrap();
    println!("{report:?}");
    assert!(report.brought >= 40_000);
    assert!(report.refused > report.said);
}

#[test]
fn ten_thousand_bent_snapshots_bring_nothing_that_nobody_said() {
    let report = besiege_with_snapshots(20_260_921, 10_000).unwrap();
    assert_eq!(report.brought, 10_000);
    assert!(report.refused > 9_000, "{report:?}");
}

/// The newest attested change of an actor proves those before it, and nothing beside them.
#[test]
fn a_change_slipped_into_a_snapshot_beside_the_attested_ones_accuses_nobody() {
    let mut mother = empty().unwrap();
    let mut forger = mother.clone();
    mother.append(&actor(0, 0), &[entry("一", 1)]).unwrap();
    mother.append(&actor(0, 0), &[entry("二", 2)]).unwrap();
    let forged = forger.append(&actor(0, 0), &[entry("嘘", 1)]).unwrap();
    let attested = BTreeMap::from([(actor(0, 0), mother.newest(&actor(0, 0)).unwrap())]);
    let take = |saved: &[u8], attested| {
        let mut fresh = empty().unwrap();
        let outcome = fresh.admit_snapshot(ChunkId::new([1; 32]), saved, attested, &mut Scratch);
        (fresh, outcome)
    };
    assert!(take(&mother.save(), &attested).1.is_ok());
    assert!(matches!(
        take(&forger.save(), &attested).1,
        Err(LoadError::Unattested)
    ));
    let beside = BTreeMap::from([(actor(0, 0), (2, forged.id))]);
    let (fresh, outcome) = take(&mother.save(), &beside);
    assert!(matches!(outcome, Err(LoadError::Unattested)));
    assert!(fresh.statements().is_empty() && fresh.forks().count() == 0);
}

#[test]
fn every_shape_of_attack_is_set_aside_for_a_reason() {
    let (home, known) = family(3).unwrap();
    let mut attacker = Attacker::new(3, &home, &known);
    for shape in Shape::ALL
        .into_iter()
        .filter(|&shape| shape != Shape::Mutant)
    {
        for _ in 0..20 {
            let attack = attacker.attack(shape).unwrap();
            let mut document = home.clone();
            let last = attack.changes.len() - 1;
            let admission = bring(&mut document, attack.changes);
            assert!(admission.applied.len() <= last, "{shape:?} was applied");
            match shape {
                Shape::FollowsTheUnknown => assert_eq!(admission.waiting.len(), 1, "{shape:?}"),
                _ => assert!(
                    !admission.refused.is_empty(),
                    "{shape:?} was not refused: {admission:?}"
                ),
            }
        }
    }
}

/// Otherwise the tests above would prove nothing.
#[test]
fn without_the_validator_the_same_attacks_break_or_alter_the_document() {
    let (home, known) = family(3).unwrap();
    let saved = home.save();
    let mut attacker = Attacker::new(3, &home, &known);
    let mut fate = |shape: Shape| {
        let changes: Vec<_> = attacker
            .attack(shape)
            .unwrap()
            .changes
            .into_iter()
            .map(|change| change.bytes)
            .collect();
        unguarded(&saved, &changes)
    };
    assert_eq!(fate(Shape::HidesTheListBehindAnother), Fate::Altered);
    assert_eq!(fate(Shape::OverwritesAField), Fate::Altered);
    assert_eq!(fate(Shape::DeletesAStatement), Fate::Altered);
    assert_eq!(fate(Shape::LeavesAGap), Fate::Panicked);
    assert_eq!(fate(Shape::FillsWhatIsNotThere), Fate::Panicked);
    assert_eq!(fate(Shape::ForgetsItsOwnPrevious), Fate::Unloadable);
    assert_eq!(fate(Shape::StartsTooLow), Fate::Unloadable);
}

#[test]
fn the_barrier_catches_what_would_stop_the_app_and_prints_nothing() {
    let (home, known) = family(3).unwrap();
    let saved = home.save();
    let mut attacker = Attacker::new(3, &home, &known);
    for shape in [
        Shape::LeavesAGap,
        Shape::FillsWhatIsNotThere,
        Shape::ForgetsItsOwnPrevious,
        Shape::StartsTooLow,
    ] {
        let changes: Vec<_> = attacker
            .attack(shape)
            .unwrap()
            .changes
            .into_iter()
            .map(|change| change.bytes)
            .collect();
        assert_eq!(
            try_on_scratch(&saved, &changes),
            Err(TrialError::Broken),
            "{shape:?}"
        );
    }
    assert_eq!(try_on_scratch(&saved, &[]), Ok(()));
}

#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Panicked,
    Unloadable,
    Altered,
    Unharmed,
}

/// What Automerge alone does with these changes. A statement is altered if it is not what it was before.
fn unguarded(saved: &[u8], changes: &[Vec<u8>]) -> Fate {
    let outcome = std::panic::catch_unwind(|| {
        let mut document = Automerge::load(saved).unwrap();
        let before = statements(&document);
        let changes: Vec<_> = changes
            .iter()
            .map(|bytes| Change::from_bytes(bytes.clone()).unwrap())
            .collect();
        document.apply_changes(changes).unwrap();
        let Ok(loaded) = Automerge::load(&document.save()) else {
            return Fate::Unloadable;
        };
        let after = statements(&loaded);
        if before.iter().all(|statement| after.contains(statement)) {
            Fate::Unharmed
        } else {
            Fate::Altered
        }
    });
    outcome.unwrap_or(Fate::Panicked)
}

fn statements(document: &Automerge) -> Vec<(ObjId, String)> {
    let (_, list) = document.get(ROOT, "statements").unwrap().unwrap();
    document
        .list_range(&list, ..)
        .map(|item| {
            let cells: Vec<_> = document
                .map_range(item.id(), ..)
                .map(|cell| (cell.key, cell.value))
                .collect();
            (item.id(), format!("{cells:?}"))
        })
        .collect()
}
