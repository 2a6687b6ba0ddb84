use super::*;
use crate::{
    barrier::Scratch,
    statement::{Body, FactId, Fields, How, UnixMillis, Value},
};

const DOCTOR: u8 = 1;
const MOTHER: u8 = 2;
const NURSE: u8 = 3;

fn actor(person: u8) -> ActorId {
    ActorId::new([person; 16])
}

fn empty() -> CompartmentDocument {
    CompartmentDocument::begin(&RecordId::new([1; 32]), Compartment::Care).unwrap()
}

fn medicine(name: &str) -> NewStatement {
    about(None, "name", name, &[])
}

/// A statement that sets one field, of a fact or of a new one, in place of others.
fn about(
    fact: Option<StatementId>,
    field: &str,
    value: &str,
    instead: &[StatementId],
) -> NewStatement {
    let supersedes = match instead {
        [] => BTreeMap::new(),
        _ => BTreeMap::from([(field.to_owned(), instead.to_vec())]),
    };
    NewStatement {
        fact: fact.map(FactId::Said),
        kind: "medicine".to_owned(),
        body: Body::Set {
            fields: Fields::from([(field.to_owned(), Value::Text(value.to_owned()))]),
            supersedes,
            again: Vec::new(),
        },
        how: How::default(),
        said_at: UnixMillis(1_790_000_000_000),
    }
}

fn says(
    document: &mut CompartmentDocument,
    person: u8,
    what: NewStatement,
) -> (ForeignChange, StatementId) {
    let own = document.append(&actor(person), &[what]).unwrap();
    let change = ForeignChange {
        from: ChunkId::new([person; 32]),
        actor: actor(person),
        bytes: own.bytes,
    };
    (change, own.statements[0])
}

fn hears(document: &mut CompartmentDocument, changes: &[&ForeignChange]) -> Admission {
    let changes = changes.iter().map(|change| (*change).clone()).collect();
    document.admit(changes, &mut Scratch)
}

/// What is heard, as "fact: value, in place of N".
fn heard(document: &CompartmentDocument) -> Vec<(FactId, String, usize)> {
    let line = |statement: &Statement| {
        let Body::Set {
            fields, supersedes, ..
        } = &statement.body
        else {
            panic!("only values are said here");
        };
        let Some(Value::Text(text)) = fields.values().next() else {
            panic!("only texts are said here");
        };
        let instead = supersedes.values().map(Vec::len).sum();
        (statement.fact.clone(), text.clone(), instead)
    };
    document.statements().iter().map(line).collect()
}

fn texts(document: &CompartmentDocument) -> Vec<String> {
    heard(document)
        .into_iter()
        .map(|(_, text, _)| text)
        .collect()
}

#[test]
fn what_a_nurse_said_after_a_lost_change_is_heard_beside_what_she_replaced() {
    let mut mother = empty();
    let (first, dose) = says(&mut mother, MOTHER, medicine("0.5"));
    let mut nurse = mother.clone();
    let (lost, _) = says(&mut mother, MOTHER, medicine("失われた"));
    hears(&mut nurse, &[&lost]);
    let (late, _) = says(&mut nurse, NURSE, about(Some(dose), "name", "0.6", &[dose]));

    let mut father = empty();
    let admission = hears(&mut father, &[&first, &late]);
    assert_eq!(admission.waiting.len(), 1);
    // Nothing that came shows that she had seen it: until it does, both values stand.
    assert!(heard(&father).iter().all(|(.., instead)| *instead == 0));
    assert_eq!(texts(&father), ["0.5", "0.6"]);
    hears(&mut father, &[&lost]);
    assert_eq!(father.statements(), nurse.statements());
    assert!(father.waiting().next().is_none());
}

#[test]
fn a_father_may_answer_what_still_waits_and_everybody_understands_him() {
    let (mut mother, mut father) = (empty(), empty());
    let (lost, _) = says(&mut mother, MOTHER, medicine("失われた"));
    let (waits, dose) = says(&mut mother, MOTHER, medicine("0.5"));
    hears(&mut father, &[&waits]);
    let (answer, _) = says(
        &mut father,
        NURSE,
        about(Some(dose), "name", "0.6", &[dose]),
    );
    assert_eq!(father.waiting().count(), 1, "his own answer stands");

    let mut aunt = empty();
    hears(&mut aunt, &[&answer, &waits]);
    let mut teacher = empty();
    hears(&mut teacher, &[&lost, &answer, &waits]);
    for phone in [&father, &aunt, &teacher] {
        let replaced: usize = heard(phone).iter().map(|(.., instead)| instead).sum();
        assert_eq!(replaced, 1);
    }
    hears(&mut father, &[&lost]);
    assert_eq!(father.statements(), teacher.statements());
    let loaded =
        CompartmentDocument::load(&RecordId::new([1; 32]), Compartment::Care, &father.save());
    assert_eq!(loaded.unwrap().statements(), father.statements());
}

#[test]
fn who_says_a_waiting_correction_again_speaks_of_the_same_fact_when_its_beginning_comes() {
    let (mut mother, mut doctor, mut father) = (empty(), empty(), empty());
    let (lost, dose) = says(&mut mother, MOTHER, medicine("0.5"));
    hears(&mut doctor, &[&lost]);
    let (waits, _) = says(
        &mut doctor,
        DOCTOR,
        about(Some(dose), "name", "0.6", &[dose]),
    );
    hears(&mut father, &[&waits]);
    assert_eq!(father.waiting().count(), 1);
    let (again, own) = says(
        &mut father,
        NURSE,
        about(Some(dose), "name", "0.6", &[dose]),
    );
    let (corrected, _) = says(&mut father, NURSE, about(Some(dose), "name", "0.7", &[own]));

    let mut aunt = empty();
    hears(&mut aunt, &[&lost, &again, &corrected, &waits]);
    hears(&mut father, &[&lost]);
    assert_eq!(father.statements(), aunt.statements());
    for (fact, text, instead) in heard(&father) {
        assert_eq!(fact, FactId::Said(dose), "{text}");
        assert_eq!(instead, usize::from(text != "0.5"), "{text}");
    }
}

/// A doctor writes two medicines in one place and shows each to somebody else.
fn two_medicines_in_one_place() -> [(CompartmentDocument, ForeignChange, StatementId); 2] {
    let mut branches = ["薬A", "薬B"].map(|name| {
        let mut document = empty();
        let (change, id) = says(&mut document, DOCTOR, medicine(name));
        (document, change, id)
    });
    assert_eq!(branches[0].2, branches[1].2);
    // The smaller hash is heard.
    let hash = |branch: &(CompartmentDocument, ForeignChange, StatementId)| branch.0.heads();
    branches.sort_by_key(hash);
    branches
}

#[test]
fn a_dose_written_for_one_branch_of_a_fork_never_lands_on_the_other() {
    let [(_, heard_branch, id), (mut nurse, other_branch, _)] = two_medicines_in_one_place();
    let (dose, _) = says(&mut nurse, NURSE, about(Some(id), "dose", "3mg", &[]));
    let everything = [&heard_branch, &other_branch, &dose];
    let mut orders = vec![everything.to_vec(), everything.into_iter().rev().collect()];
    orders.push(vec![&dose, &heard_branch, &other_branch]);
    let mut seen = Vec::new();
    for order in orders {
        let mut mother = empty();
        order.iter().for_each(|change| {
            hears(&mut mother, &[change]);
        });
        assert_eq!(mother.statements().len(), 2, "the nurse is heard");
        assert_eq!(mother.displaced().len(), 1, "and the other branch is kept");
        let dose = &mother
            .statements()
            .iter()
            .find(|said| said.id.actor == actor(NURSE));
        assert_ne!(dose.unwrap().fact, FactId::Said(id));
        assert_eq!(dose.unwrap().fact, mother.displaced()[0].fact);
        seen.push(mother.statements().to_vec());
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_dose_is_not_put_on_a_medicine_while_the_one_it_was_written_for_is_held_back() {
    let [(_, shown, id), (mut nurse, _, _)] = two_medicines_in_one_place();
    let (dose, _) = says(&mut nurse, NURSE, about(Some(id), "dose", "3mg", &[]));
    let mut mother = empty();
    hears(&mut mother, &[&shown, &dose]);
    let facts: BTreeSet<FactId> = heard(&mother).into_iter().map(|(fact, ..)| fact).collect();
    assert_eq!(facts.len(), 2);
}

#[test]
fn whoever_followed_the_other_branch_goes_on_under_a_new_session_and_contradicts_nobody() {
    let [(_, heard_branch, _), (mut nurse, _, _)] = two_medicines_in_one_place();
    says(&mut nurse, NURSE, medicine("薬C"));
    hears(&mut nurse, &[&heard_branch]);
    assert!(!nurse.may_continue(&actor(NURSE)));
    let refused = nurse.append(&actor(NURSE), &[medicine("薬D")]);
    assert!(matches!(refused, Err(AppendError::Session)));
    says(&mut nurse, 33, medicine("薬D"));
    assert_eq!(texts(&nurse).len(), 3);
    assert!(nurse.forks().all(|fork| fork.actor == actor(DOCTOR)));
}

#[test]
fn nobody_replaces_what_is_not_said_yet() {
    let (mut mother, mut stranger) = (empty(), empty());
    for _ in 0..12 {
        says(&mut stranger, DOCTOR, medicine("水増し"));
    }
    let guessed = StatementId {
        counter: 3,
        actor: actor(MOTHER),
    };
    says(
        &mut stranger,
        DOCTOR,
        about(Some(guessed), "name", "消す", &[guessed]),
    );
    let (said, id) = says(&mut mother, MOTHER, medicine("0.5"));
    assert_eq!(id, guessed);
    hears(&mut stranger, &[&said]);
    assert!(stranger.waiting().next().is_none());
    assert!(heard(&stranger).iter().all(|(.., instead)| *instead == 0));
}

#[test]
fn a_correction_of_what_waits_lands_on_the_branch_that_was_shown() {
    let mut beginning = empty();
    says(&mut beginning, DOCTOR, medicine("届かない"));
    let branches = ["薬A", "薬B"].map(|name| {
        let mut document = beginning.clone();
        says(&mut document, DOCTOR, medicine(name))
    });
    let id = branches[0].1;
    assert_eq!(id, branches[1].1);
    let mut mother = empty();
    hears(&mut mother, &[&branches[0].0, &branches[1].0]);
    let shown = texts(&mother);
    assert_eq!(shown.len(), 1);
    says(&mut mother, MOTHER, about(Some(id), "name", "薬C", &[id]));
    let corrected = heard(&mother);
    assert!(corrected.contains(&(FactId::Said(id), "薬C".to_owned(), 1)));
    assert_eq!(corrected.len(), 2);
}

#[test]
fn words_that_point_at_their_authors_own_later_ones_mean_the_same_however_they_arrive() {
    let (mut doctor, actor) = (empty(), actor(DOCTOR));
    let ahead = StatementId { counter: 6, actor };
    let mut cells = cells::write(&about(None, "name", "先回り", &[ahead])).unwrap();
    cells::see(&mut cells, &BTreeSet::from([ChangeId::new([7; 32])]));
    let draft = Draft {
        actor,
        sequence: 1,
        start: 3,
        follows: doctor.heads(),
        statements: vec![cells],
    };
    let first = ForeignChange {
        from: ChunkId::new([1; 32]),
        actor,
        bytes: draft.build(&doctor.first).unwrap().raw_bytes().to_vec(),
    };
    hears(&mut doctor, &[&first]);
    let (second, _) = says(&mut doctor, DOCTOR, medicine("後から"));
    let (mut together, mut apart) = (empty(), empty());
    hears(&mut together, &[&first, &second]);
    hears(&mut apart, &[&first]);
    hears(&mut apart, &[&second]);
    assert_eq!(together.statements().len(), 2);
    assert_eq!(together.statements(), apart.statements());
}
