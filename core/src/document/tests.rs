use super::*;
use crate::{
    barrier::Scratch,
    statement::{Body, FactId, Fields, How, UnixMillis, Value},
};

fn record() -> RecordId {
    RecordId::new([1; 32])
}

fn empty() -> CompartmentDocument {
    CompartmentDocument::begin(&record(), Compartment::Care).unwrap()
}

fn actor(number: u8) -> ActorId {
    ActorId::new([number; 16])
}

fn medicine(dose: &str) -> NewStatement {
    NewStatement {
        fact: None,
        kind: "medicine".to_owned(),
        body: Body::Set {
            fields: Fields::from([
                ("name".to_owned(), Value::Text("抗てんかん薬".to_owned())),
                ("dose".to_owned(), Value::Text(dose.to_owned())),
                (
                    "times".to_owned(),
                    Value::List(vec!["8:00".to_owned(), "20:00".to_owned()]),
                ),
                ("approved".to_owned(), Value::Flag(true)),
            ]),
            supersedes: [].into(),
            again: Vec::new(),
        },
        how: How::default(),
        said_at: UnixMillis(1_790_000_000_000),
    }
}

fn foreign(actor: ActorId, own: &OwnChange) -> ForeignChange {
    ForeignChange {
        from: ChunkId::new([9; 32]),
        actor,
        bytes: own.bytes.clone(),
    }
}

#[test]
fn two_phones_that_begin_the_same_compartment_begin_with_the_same_bytes() {
    assert_eq!(empty().heads(), empty().heads());
    assert_ne!(
        empty().heads(),
        CompartmentDocument::begin(&record(), Compartment::Log)
            .unwrap()
            .heads()
    );
}

#[test]
fn what_a_mother_says_is_there_after_saving_and_loading() {
    let mut mother = empty();
    mother
        .append(&actor(1), &[medicine("0.5"), medicine("10.0")])
        .unwrap();
    let loaded = CompartmentDocument::load(&record(), Compartment::Care, &mother.save()).unwrap();
    assert_eq!(loaded.statements(), mother.statements());
    assert_eq!(loaded.statements().len(), 2);
    assert_eq!(loaded.heads(), mother.heads());
    assert_eq!(loaded.newest(&actor(1)), mother.newest(&actor(1)));
}

#[test]
fn a_nurse_reads_what_the_mother_said_in_any_order_and_twice() {
    let (mut mother, mut nurse) = (empty(), empty());
    let first = mother.append(&actor(1), &[medicine("0.5")]).unwrap();
    let second = mother.append(&actor(1), &[medicine("10.0")]).unwrap();
    let early = nurse.admit(vec![foreign(actor(1), &second)], &mut Scratch);
    assert_eq!((early.applied, early.waiting), (vec![], vec![second.id]));
    let late = nurse.admit(
        vec![foreign(actor(1), &first), foreign(actor(1), &first)],
        &mut Scratch,
    );
    assert_eq!(late.applied, vec![first.id, second.id]);
    assert_eq!(nurse.statements(), mother.statements());
    assert_eq!(nurse.save(), mother.save());
}

#[test]
fn a_change_in_somebody_elses_name_is_refused() {
    let (mut mother, mut nurse) = (empty(), empty());
    let own = mother.append(&actor(1), &[medicine("0.5")]).unwrap();
    let admission = nurse.admit(vec![foreign(actor(2), &own)], &mut Scratch);
    assert_eq!(
        admission.refused.first().map(|refused| refused.why.clone()),
        Some(Refusal::Actor)
    );
    assert!(nurse.statements().is_empty());
}

#[test]
fn a_snapshot_brings_what_everybody_in_it_said() {
    let (mut mother, mut father) = (empty(), empty());
    let own = mother.append(&actor(1), &[medicine("0.5")]).unwrap();
    let admission = father
        .admit_snapshot(
            ChunkId::new([7; 32]),
            &mother.save(),
            &BTreeMap::from([(actor(1), (1, own.id))]),
            &mut Scratch,
        )
        .unwrap();
    assert_eq!(admission.applied, vec![own.id]);
    assert_eq!(father.statements(), mother.statements());
}

#[test]
fn a_snapshot_with_words_that_nobody_vouches_for_is_refused_whole() {
    let (mut mother, mut nurse, mut father) = (empty(), empty(), empty());
    let own = mother.append(&actor(1), &[medicine("0.5")]).unwrap();
    nurse.admit(vec![foreign(actor(1), &own)], &mut Scratch);
    nurse.append(&actor(2), &[medicine("1.0")]).unwrap();
    mother.append(&actor(1), &[medicine("5.0")]).unwrap();
    let attested = BTreeMap::from([(actor(1), (1, own.id))]);
    // Words of an actor without attestation, then words put after the last attested ones.
    for saved in [nurse.save(), mother.save()] {
        let refused = father.admit_snapshot(ChunkId::new([7; 32]), &saved, &attested, &mut Scratch);
        assert!(matches!(refused, Err(LoadError::Unattested)));
    }
    assert!(father.statements().is_empty());
}

#[test]
fn one_of_two_changes_in_one_place_stands_whichever_came_first() {
    let (mut one, mut other) = (empty(), empty());
    let a = one.append(&actor(1), &[medicine("0.5")]).unwrap();
    let b = other.append(&actor(1), &[medicine("1.0")]).unwrap();
    let after_b = other.append(&actor(2), &[medicine("2.0")]).unwrap();
    let everything = [
        foreign(actor(1), &a),
        foreign(actor(1), &b),
        foreign(actor(2), &after_b),
    ];
    let (mut forwards, mut backwards) = (empty(), empty());
    for change in &everything {
        forwards.admit(vec![change.clone()], &mut Scratch);
    }
    for change in everything.iter().rev() {
        backwards.admit(vec![change.clone()], &mut Scratch);
    }
    assert_eq!(forwards.statements(), backwards.statements());
    assert_eq!(forwards.heads(), backwards.heads());
    assert_eq!(forwards.forks().count(), 1);
    assert!(forwards.forks().eq(backwards.forks()));
}

#[test]
fn bytes_of_another_record_are_not_this_documents() {
    let other = CompartmentDocument::begin(&RecordId::new([2; 32]), Compartment::Care).unwrap();
    assert!(matches!(
        CompartmentDocument::load(&record(), Compartment::Care, &other.save()),
        Err(LoadError::Other)
    ));
    assert!(matches!(
        CompartmentDocument::load(&record(), Compartment::Care, b"nothing"),
        Err(LoadError::Damaged)
    ));
}

/// What `tests/vectors/document.json` freezes: the first change of every compartment, and a change with every kind of cell.
fn vectors() -> serde_json::Value {
    let firsts: serde_json::Map<_, _> = Compartment::ALL
        .into_iter()
        .map(|compartment| {
            let bytes = First::new(&record(), compartment)
                .change()
                .raw_bytes()
                .to_vec();
            (compartment.name().to_owned(), hex::encode(bytes).into())
        })
        .collect();
    let mut document = empty();
    let begun = document.append(&actor(1), &[medicine("0.5")]).unwrap();
    let seen = begun.statements[0];
    let told = How {
        way: crate::statement::Way::Told,
        by: Some("訪問看護師".to_owned()),
        document: None,
        date: Some("2026-09-21".to_owned()),
    };
    let about = |body, fact| NewStatement {
        fact: Some(fact),
        body,
        how: told.clone(),
        ..medicine("")
    };
    let (field, fact) = (
        |value: &str| ("dose".to_owned(), Value::Text(value.to_owned())),
        FactId::Said(seen),
    );
    let set = Body::Set {
        fields: Fields::from([field("0.7")]),
        supersedes: [("dose".to_owned(), vec![seen])].into(),
        again: vec![seen],
    };
    let weight = Body::Set {
        fields: Fields::from([field("9.0")]),
        supersedes: [].into(),
        again: Vec::new(),
    };
    let retract = Body::Retract {
        reason: "中止".to_owned(),
        covers: vec![seen],
    };
    let answer = document
        .append(
            &actor(2),
            &[
                about(set, fact.clone()),
                about(weight, FactId::Only("weight".to_owned())),
                about(retract, fact.clone()),
                about(Body::Confirm { target: seen }, fact),
            ],
        )
        .unwrap();
    serde_json::json!({
        "schema": SCHEMA,
        "record": record().to_string(),
        "first_changes": firsts,
        "changes": [
            { "compartment": "care", "actor": actor(1).to_string(), "bytes": hex::encode(begun.bytes), "id": begun.id.to_string() },
            { "compartment": "care", "actor": actor(2).to_string(), "bytes": hex::encode(answer.bytes), "id": answer.id.to_string() },
        ],
        "statements": document.statements(),
        "late": late_vectors(),
    })
}

/// A change whose predecessor never came, somebody's answer to it, and what is heard of the two.
fn late_vectors() -> serde_json::Value {
    let (mut mother, mut father) = (empty(), empty());
    mother.append(&actor(1), &[medicine("0.5")]).unwrap();
    let waits = mother.append(&actor(1), &[medicine("0.6")]).unwrap();
    father.admit(vec![foreign(actor(1), &waits)], &mut Scratch);
    let seen = waits.statements[0];
    let body = Body::Set {
        fields: Fields::from([("dose".to_owned(), Value::Text("0.7".to_owned()))]),
        supersedes: [("dose".to_owned(), vec![seen])].into(),
        again: Vec::new(),
    };
    let answer = NewStatement {
        fact: Some(FactId::Said(seen)),
        body,
        ..medicine("")
    };
    let answer = father.append(&actor(2), &[answer]).unwrap();
    let change = |number: u8, own: &OwnChange| serde_json::json!({ "compartment": "care", "actor": actor(number).to_string(), "bytes": hex::encode(&own.bytes), "id": own.id.to_string() });
    serde_json::json!({
        "changes": [change(1, &waits), change(2, &answer)],
        "statements": father.statements(),
    })
}

const VECTORS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../tests/vectors/document.json"
);

#[test]
fn the_bytes_of_a_document_are_those_that_were_frozen() {
    let frozen: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(VECTORS).unwrap()).unwrap();
    assert_eq!(frozen, vectors());
    let mut fresh = empty();
    for change in frozen["changes"].as_array().unwrap() {
        let actor = change["actor"].as_str().unwrap().parse().unwrap();
        let bytes = hex::decode(change["bytes"].as_str().unwrap()).unwrap();
        let foreign = ForeignChange {
            from: ChunkId::new([9; 32]),
            actor,
            bytes,
        };
        assert_eq!(fresh.admit(vec![foreign], &mut Scratch).applied.len(), 1);
    }
    assert_eq!(
        serde_json::to_value(fresh.statements()).unwrap(),
        frozen["statements"]
    );
    let mut late = empty();
    for change in frozen["late"]["changes"].as_array().unwrap() {
        let foreign = ForeignChange {
            from: ChunkId::new([9; 32]),
            actor: change["actor"].as_str().unwrap().parse().unwrap(),
            bytes: hex::decode(change["bytes"].as_str().unwrap()).unwrap(),
        };
        late.admit(vec![foreign], &mut Scratch);
    }
    assert_eq!(
        serde_json::to_value(late.statements()).unwrap(),
        frozen["late"]["statements"]
    );
}

/// Run by hand, and only while no record of this schema exists: `cargo test write_document_vectors -- --ignored`.
#[test]
#[ignore = "writes tests/vectors/document.json"]
fn write_document_vectors() {
    let text = serde_json::to_string_pretty(&vectors()).unwrap();
    std::fs::write(VECTORS, text + "\n").unwrap();
}

/// Changes that all claim the first place of one actor.
fn equivocations(number: usize) -> Vec<ForeignChange> {
    (0..number)
        .map(|dose| {
            let own = empty().append(&actor(1), &[medicine(&dose.to_string())]);
            foreign(actor(1), &own.unwrap())
        })
        .collect()
}

#[test]
fn a_thousand_changes_in_one_place_are_a_thousand_proofs_and_not_a_million() {
    let (mut one, changes) = (empty(), equivocations(150));
    one.admit(changes, &mut Scratch);
    assert_eq!(one.forks().count(), 149);
    assert_eq!(one.statements().len(), 1);
}

#[test]
fn a_full_waiting_room_keeps_nobody_out_who_need_not_wait() {
    let (mut mother, mut nurse) = (empty(), empty());
    nurse.admit(equivocations(600), &mut Scratch);
    let said = mother.append(&actor(2), &[medicine("0.5")]).unwrap();
    let admission = nurse.admit(vec![foreign(actor(2), &said)], &mut Scratch);
    assert_eq!(admission.applied, [said.id]);
    assert!(admission.refused.is_empty());
}
