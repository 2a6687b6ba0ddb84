//! Random histories of two to five devices. Whatever happens, in whatever order it becomes known: everybody sees the same, and
//! nothing that was ever said is lost.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that should not be"
)]

use omamori_core::{
    barrier::Scratch,
    document::{Admission, CompartmentDocument, ForeignChange},
    id::{ActorId, ChunkId},
    statement::{Body, Statement, StatementId},
    validator::Refusal,
    view::{Presence, history},
};
use omamori_merging::{
    dice::Dice,
    people::{COMPARTMENT, Family, RECORD, bring, empty, view},
    story::{Deed, Story, fields},
};
use proptest::{collection::vec, prelude::*, test_runner::FileFailurePersistence};
use std::collections::{BTreeMap, BTreeSet, HashSet};

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => Just(Deed::Add),
        2 => any::<u8>().prop_map(Deed::Weigh),
        5 => any::<(u8, u8)>().prop_map(|(fact, value)| Deed::Set(fact, value)),
        1 => any::<u8>().prop_map(Deed::Clear),
        3 => any::<u8>().prop_map(Deed::Retract),
        3 => any::<u8>().prop_map(Deed::SayAgain),
        1 => any::<u8>().prop_map(Deed::Confirm),
        4 => any::<u8>().prop_map(Deed::Hear),
        1 => Just(Deed::Restore),
    ]
}

fn story() -> impl Strategy<Value = Story> {
    story_of(deed())
}

/// Among them one who forges.
fn story_with_forgers() -> impl Strategy<Value = Story> {
    story_of(prop_oneof![6 => deed(), 1 => Just(Deed::Forge)])
}

fn story_of(deed: impl Strategy<Value = Deed>) -> impl Strategy<Value = Story> {
    (2..=5_u8, vec((any::<u8>(), deed), 1..60)).prop_map(|(people, deeds)| {
        let mut story = Story::new(people).unwrap();
        for (person, deed) in deeds {
            story.happens(person, deed).unwrap();
        }
        story
    })
}

/// The same changes in an order of their own, in pieces, some of them twice.
fn shuffled(changes: &[ForeignChange], seed: u64) -> CompartmentDocument {
    let mut dice = Dice::new(seed);
    let mut changes = changes.to_vec();
    for index in (1..changes.len()).rev() {
        changes.swap(index, dice.below(index + 1));
    }
    let mut document = empty().unwrap();
    while !changes.is_empty() {
        let piece = changes.split_off(changes.len() - changes.len().min(1 + dice.below(8)));
        if dice.once_in(3) {
            changes.splice(0..0, piece.first().cloned());
        }
        assert!(only_forgeries(bring(&mut document, piece)));
        if dice.once_in(12) {
            break;
        }
    }
    assert!(only_forgeries(bring(&mut document, changes)));
    document
}

fn only_forgeries(admission: Admission) -> bool {
    admission
        .refused
        .iter()
        .all(|refused| matches!(refused.why, Refusal::Equivocation { .. }))
}

fn ids<'a>(statements: impl IntoIterator<Item = &'a Statement>) -> BTreeSet<StatementId> {
    statements
        .into_iter()
        .map(|statement| statement.id)
        .collect()
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 96,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        rng_seed: proptest::test_runner::RngSeed::Fixed(20_260_921),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn everybody_who_heard_everything_sees_the_same(mut story in story()) {
        story.everybody_hears_everything().unwrap();
        for pair in story.phones.windows(2) {
            prop_assert_eq!(pair[0].document.statements(), pair[1].document.statements());
            prop_assert_eq!(view(&pair[0].document), view(&pair[1].document));
            prop_assert_eq!(pair[0].document.heads(), pair[1].document.heads());
        }
    }

    #[test]
    fn the_order_of_arrival_changes_nothing(story in story(), seed: u64) {
        let (one, other) = (shuffled(&story.changes, seed), shuffled(&story.changes, !seed));
        prop_assert_eq!(one.statements(), other.statements());
        prop_assert_eq!(view(&one), view(&other));
        prop_assert_eq!(one.heads(), other.heads());
    }

    #[test]
    fn every_statement_ever_said_can_be_found_in_a_history(mut story in story()) {
        story.everybody_hears_everything().unwrap();
        let document = &story.phones[0].document;
        prop_assert_eq!(ids(document.statements()), story.said.iter().map(|said| said.id).collect::<BTreeSet<_>>());
        let everything = [(COMPARTMENT, document.statements())];
        let found: BTreeSet<StatementId> = document
            .statements()
            .iter()
            .map(|statement| &statement.fact)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .flat_map(|fact| history(&everything, &Family, COMPARTMENT, fact))
            .map(|told| told.statement.id)
            .collect();
        prop_assert_eq!(found, ids(document.statements()));
    }

    #[test]
    fn a_value_disappears_only_if_somebody_with_the_right_replaced_or_retracted_it(mut story in story()) {
        story.everybody_hears_everything().unwrap();
        let document = &story.phones[0].document;
        let stands = view(document);
        for statement in document.statements() {
            let Body::Set { fields, .. } = &statement.body else { continue };
            for (field, value) in fields {
                let shown = stands.find(COMPARTMENT, &statement.fact).and_then(|fact| fact.fields.get(field)).is_some_and(
                    |field| field.values.iter().any(|shown| {
                        shown.value == *value && shown.said.iter().any(|said| said.statement == statement.id)
                    }),
                );
                prop_assert_eq!(shown, !was_taken(document.statements(), statement, field), "{} of {}", field, statement.id);
            }
        }
    }

    #[test]
    fn a_fact_is_gone_only_if_everything_that_stands_of_it_was_seen_by_who_retracted_it(mut story in story()) {
        story.everybody_hears_everything().unwrap();
        let document = &story.phones[0].document;
        for fact in view(document).facts {
            let Presence::Retracted(retractions) = &fact.presence else { continue };
            let covered: HashSet<StatementId> = document
                .statements()
                .iter()
                .filter(|statement| retractions.iter().any(|retraction| retraction.said.statement == statement.id))
                .flat_map(|statement| match &statement.body {
                    Body::Retract { covers, .. } => covers.clone(),
                    _ => Vec::new(),
                })
                .collect();
            let shown = fact.fields.values().flat_map(|field| &field.values).flat_map(|value| &value.said);
            for said in shown {
                prop_assert!(covered.contains(&said.statement));
            }
        }
    }

    #[test]
    fn a_snapshot_says_the_same_as_the_changes(mut story in story()) {
        story.everybody_hears_everything().unwrap();
        let document = &story.phones[0].document;
        let attested: BTreeMap<ActorId, _> =
            document.actors().into_iter().filter_map(|actor| Some((actor, document.newest(&actor)?))).collect();
        let mut fresh = empty().unwrap();
        let admission = fresh.admit_snapshot(ChunkId::new([1; 32]), &document.save(), &attested, &mut Scratch).unwrap();
        prop_assert!(admission.refused.is_empty() && admission.waiting.is_empty());
        prop_assert_eq!(fresh.statements(), document.statements());
        prop_assert_eq!(fresh.heads(), document.heads());
    }

    #[test]
    fn a_phone_that_was_switched_off_goes_on_where_it_was(story in story()) {
        for phone in &story.phones {
            let loaded = CompartmentDocument::load(&RECORD, COMPARTMENT, &phone.document.save()).unwrap();
            prop_assert_eq!(loaded.statements(), phone.document.statements());
            prop_assert_eq!(loaded.heads(), phone.document.heads());
            prop_assert_eq!(loaded.actors(), phone.document.actors());
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whoever_forges_is_found_out_and_everybody_agrees_on_what_stands(story in story_with_forgers(), seed: u64) {
        let (one, other) = (shuffled(&story.changes, seed), shuffled(&story.changes, !seed));
        prop_assert_eq!(one.statements(), other.statements());
        prop_assert_eq!(one.heads(), other.heads());
        prop_assert_eq!(view(&one), view(&other));
        prop_assert_eq!(accused(&one), accused(&other));
        let places: BTreeSet<_> = story.changes.iter().map(|change| claim(&one, change)).collect();
        let forged = places.len() < story.changes.iter().map(|change| &change.bytes).collect::<BTreeSet<_>>().len();
        prop_assert_eq!(one.forks().count() > 0, forged);
    }
}

proptest! {
    #![proptest_config(config())]

    /// Any chunk may be the one that never comes.
    #[test]
    fn whatever_never_came_what_came_is_heard(story in story_with_forgers(), lost: u64, seed: u64) {
        let mut dice = Dice::new(lost);
        let came: Vec<ForeignChange> = story.changes.iter().filter(|_| !dice.once_in(4)).cloned().collect();
        let (one, other) = (shuffled(&came, seed), shuffled(&came, !seed));
        prop_assert_eq!(one.statements(), other.statements());
        prop_assert_eq!(one.displaced(), other.displaced());
        prop_assert_eq!(view(&one), view(&other));
        let honest: BTreeSet<StatementId> = story
            .said
            .iter()
            .filter(|said| !story.phones[said.by].forged && came.contains(&story.changes[said.change]))
            .map(|said| said.id)
            .collect();
        let heard = ids(one.statements());
        prop_assert!(honest.is_subset(&heard), "{:?} are not heard", honest.difference(&heard));
    }

    /// However much was lost before: once everything is there, everybody sees what those see who lost nothing.
    #[test]
    fn what_came_late_changes_nothing_in_the_end(story in story_with_forgers(), lost: u64, seed: u64) {
        let mut dice = Dice::new(lost);
        let (late, early): (Vec<_>, Vec<_>) = story.changes.iter().cloned().partition(|_| dice.once_in(3));
        let mut one = shuffled(&early, seed);
        prop_assert!(only_forgeries(bring(&mut one, late)));
        let other = shuffled(&story.changes, !seed);
        prop_assert_eq!(one.statements(), other.statements());
        prop_assert_eq!(view(&one), view(&other));
    }

    /// Nobody refers to what they cannot have seen: an answer to one branch of a fork never lands on the other.
    #[test]
    fn an_answer_lands_on_nothing_that_its_author_had_not_seen(story in story_with_forgers(), seed: u64) {
        let document = shuffled(&story.changes, seed);
        for statement in document.statements() {
            let Body::Set { supersedes, .. } = &statement.body else { continue };
            for target in supersedes.values().flatten() {
                let known = document.statements().iter().chain(document.displaced());
                let replaced = known.filter(|other| other.id == *target).find_map(fields).unwrap();
                let mut sayings = story.said.iter().filter(|said| said.id == statement.id);
                prop_assert!(sayings.any(|said| said.seen.contains(replaced)), "{} replaces {} unseen", statement.id, target);
            }
        }
    }
}

fn accused(document: &CompartmentDocument) -> BTreeSet<ActorId> {
    document.forks().map(|fork| fork.actor).collect()
}

fn claim(document: &CompartmentDocument, change: &ForeignChange) -> (ActorId, u64) {
    (change.actor, document.claims(change).unwrap().0)
}

/// The rule once more, in the plainest way: somebody who may replaces it, or takes back their own.
fn was_taken(statements: &[Statement], target: &Statement, field: &str) -> bool {
    let person = |statement: &Statement| statement.id.actor.as_bytes()[0];
    let may = |by: &Statement| Family::may_write(person(by)) || person(by) == person(target);
    let replaced = |by: &Statement| match &by.body {
        Body::Set { supersedes, .. } => supersedes
            .get(field)
            .is_some_and(|seen| seen.contains(&target.id)),
        Body::Retract { covers, .. } => {
            // Somebody who may only add, of a fact in which others have a say.
            !Family::may_write(person(by))
                && covers.contains(&target.id)
                && statements.iter().any(|other| {
                    is_said(other) && other.fact == by.fact && person(other) != person(by)
                })
                && !answered(statements, by)
        }
        Body::Confirm { .. } => false,
    };
    statements
        .iter()
        .any(|by| by.fact == target.fact && may(by) && replaced(by))
}

fn is_said(statement: &Statement) -> bool {
    !matches!(statement.body, Body::Confirm { .. })
}

fn answered(statements: &[Statement], retraction: &Statement) -> bool {
    let person = |statement: &Statement| statement.id.actor.as_bytes()[0];
    statements.iter().any(|by| match &by.body {
        Body::Set { again, .. } => {
            again.contains(&retraction.id)
                && (Family::may_write(person(by)) || person(by) == person(retraction))
        }
        _ => false,
    })
}

/// The row of deeds that every example below begins with: the first person begins a fact, the second hears of it.
fn known_to_both() -> Story {
    let mut story = Story::new(2).unwrap();
    story.happens(0, Deed::Add).unwrap();
    story.happens(1, Deed::Hear(0)).unwrap();
    story
}

fn outcome(mut story: Story) -> Presence {
    story.everybody_hears_everything().unwrap();
    let stands = view(&story.phones[0].document);
    assert_eq!(stands, view(&story.phones[1].document));
    assert_eq!(stands.facts.len(), 1);
    stands.facts[0].presence.clone()
}

#[test]
fn a_retraction_against_an_edit_made_apart_is_contested() {
    let mut story = known_to_both();
    story.happens(0, Deed::Retract(0)).unwrap();
    story.happens(1, Deed::Set(0, 2)).unwrap();
    assert!(matches!(outcome(story), Presence::Contested(_)));
}

#[test]
fn the_same_fact_written_by_two_apart_is_one_fact_with_both_values() {
    let mut story = Story::new(2).unwrap();
    story.happens(0, Deed::Weigh(0)).unwrap();
    story.happens(1, Deed::Weigh(1)).unwrap();
    story.everybody_hears_everything().unwrap();
    let stands = view(&story.phones[1].document);
    assert_eq!(stands.facts.len(), 1);
    assert_eq!(stands.facts[0].fields["value"].values.len(), 2);
}

#[test]
fn retracted_by_two_apart_and_said_again_by_one_of_them_is_contested_until_the_other_agrees() {
    let mut story = known_to_both();
    story.happens(0, Deed::Retract(0)).unwrap();
    story.happens(1, Deed::Retract(0)).unwrap();
    story.happens(0, Deed::SayAgain(0)).unwrap();
    assert!(matches!(outcome(story.clone()), Presence::Contested(_)));
    story.happens(0, Deed::Hear(1)).unwrap();
    story.happens(0, Deed::SayAgain(0)).unwrap();
    assert_eq!(outcome(story), Presence::Present);
}

#[test]
fn a_restored_backup_writes_on_under_a_new_actor_and_loses_nothing() {
    let mut story = known_to_both();
    story.happens(0, Deed::Restore).unwrap();
    story.happens(0, Deed::Add).unwrap();
    story.happens(0, Deed::Restore).unwrap();
    story.happens(0, Deed::Set(0, 3)).unwrap();
    story.everybody_hears_everything().unwrap();
    assert_eq!(view(&story.phones[1].document).facts.len(), 2);
    assert_eq!(story.phones[1].document.forks().count(), 0);
    assert_eq!(story.phones[1].document.actors().len(), 3);
}
