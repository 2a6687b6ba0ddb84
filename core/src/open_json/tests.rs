use super::*;
use crate::{
    id::{ActorId, DeviceId},
    screen::source::Role,
    statement::{Body, FactId, NewStatement, Statement, Value, Way},
    view::Author,
};
use proptest::prelude::*;

/// The child's next cannula change, as nurse and mother said it without seeing each other; then the doctor's sheet came.
const CANNULA: &str = r#"{
  "format": "omamori-record",
  "version": 1,
  "facts": [
    {
      "compartment": "care",
      "kind": "tube",
      "statements": [
        {
          "fields": { "name": "気管カニューレ", "next_change": "2026-11-23" },
          "how": { "way": "told", "by": "訪看 かえで", "date": "2026-11-18" },
          "said_at": "2026-11-18T10:40:00+09:00"
        },
        {
          "fields": { "next_change": "2026-11-22" },
          "how": { "way": "observed" },
          "said_at": "2026-11-18T11:05:00+09:00"
        },
        {
          "fields": { "next_change": "2026-11-24" },
          "supersedes": { "next_change": [0, 1] },
          "how": { "way": "transcribed", "document": "指示書", "date": "2026-11-19" },
          "said_at": "2026-11-19T09:00:00+09:00"
        },
        {
          "retract": "カニューレを抜いた",
          "covers": [0, 1, 2],
          "how": { "way": "observed" },
          "said_at": "2026-12-01T09:00:00.250+09:00"
        }
      ]
    }
  ]
}"#;

/// A record in memory: names statements like a document would.
#[derive(Default)]
struct Memory(BTreeMap<Compartment, Vec<Statement>>, u64);

impl Memory {
    fn append(&mut self, compartment: Compartment, new: Vec<NewStatement>) -> Vec<StatementId> {
        let said = new.into_iter().map(|new| {
            self.1 += 1;
            let id = StatementId {
                counter: self.1,
                actor: ActorId::new([7; 16]),
            };
            let NewStatement {
                fact,
                kind,
                body,
                how,
                said_at,
            } = new;
            Statement {
                id,
                fact: fact.unwrap_or(FactId::Said(id)),
                kind,
                body,
                how,
                said_at,
            }
        });
        let said: Vec<_> = said.collect();
        let names = said.iter().map(|statement| statement.id).collect();
        self.0.entry(compartment).or_default().extend(said);
        names
    }

    fn documents(&self) -> Vec<(Compartment, &[Statement])> {
        self.0
            .iter()
            .map(|(c, said)| (*c, said.as_slice()))
            .collect()
    }
}

fn imported(record: &OpenRecord) -> Memory {
    let mut memory = Memory::default();
    record
        .say(|compartment, new| Ok::<_, ()>(memory.append(compartment, new)))
        .unwrap();
    memory
}

#[test]
fn a_contradiction_its_end_and_a_retraction_survive_import_and_export() {
    let record = OpenRecord::parse(CANNULA).unwrap();
    let memory = imported(&record);
    assert_eq!(memory.0[&Compartment::Care].len(), 4);
    assert_eq!(OpenRecord::tell(&memory.documents()), record);
}

#[test]
fn there_is_one_spelling() {
    let once = OpenRecord::parse(CANNULA).unwrap().to_json();
    let otherwise = CANNULA
        .replace("[0, 1, 2]", "[2, 1, 0, 1]")
        .replace("10:40:00+09:00", "01:40:00Z")
        .replace(r#""kind": "tube","#, r#""kind": "tube", "only": false,"#);
    assert_eq!(OpenRecord::parse(&otherwise).unwrap().to_json(), once);
    assert_eq!(OpenRecord::parse(&once).unwrap().to_json(), once);
}

#[test]
fn facts_of_a_compartment_can_leave_alone() {
    let both = format!(
        "{},{}",
        fact("emergency", "allergy", r#"{"substance":"卵"}"#),
        fact("care", "medicine", r#"{"name":"鉄"}"#)
    );
    let record = OpenRecord::parse(&document(&both)).unwrap();
    assert_eq!(record.facts[0].compartment, Compartment::Emergency);
    let care = record.within(&[Compartment::Care]);
    assert_eq!(care.facts.len(), 1);
    assert_eq!(care.facts[0].kind, "medicine");
}

#[test]
fn what_a_newer_app_knows_comes_back_as_it_was() {
    let newer = fact(
        "life",
        "robot-pet",
        r#"{"name":"ポチ","tricks":["お手"],"awake":true}"#,
    )
    .replacen(r#""kind""#, r#""only":true,"kind""#, 1);
    let record = OpenRecord::parse(&document(&newer)).unwrap();
    let memory = imported(&record);
    assert_eq!(
        memory.0[&Compartment::Life][0].fact,
        FactId::Only("robot-pet".into())
    );
    assert_eq!(OpenRecord::tell(&memory.documents()), record);
}

#[test]
fn who_signed_is_told_and_never_believed() {
    let memory = imported(&OpenRecord::parse(CANNULA).unwrap());
    let by = doctor("主治医");
    let signed = |_: Compartment, _: &StatementId| {
        let confirmed = Vec::new();
        Some(Signatures {
            by: by.clone(),
            confirmed,
        })
    };
    let told = OpenRecord::tell_signed(&memory.documents(), signed).to_json();
    assert!(told.contains(r#""role": "doctor""#) && told.contains("主治医"));
    let read = OpenRecord::parse(&told).unwrap();
    assert_eq!(read, OpenRecord::parse(CANNULA).unwrap());
}

#[test]
fn a_signed_confirmation_is_told_with_its_statement_and_not_said_by_an_importer() {
    let mut memory = imported(&OpenRecord::parse(CANNULA).unwrap());
    let target = memory.0[&Compartment::Care][2].id;
    let fact = memory.0[&Compartment::Care][0].fact.clone();
    memory.append(
        Compartment::Care,
        vec![NewStatement {
            fact: Some(fact),
            kind: "tube".into(),
            body: Body::Confirm { target },
            how: How::default(),
            said_at: UnixMillis(0),
        }],
    );
    let by = doctor("");
    let signed = |_: Compartment, name: &StatementId| {
        let confirmed = (*name == target).then(|| (by.clone(), UnixMillis(0)));
        Some(Signatures {
            by: by.clone(),
            confirmed: confirmed.into_iter().collect(),
        })
    };
    let told = OpenRecord::tell_signed(&memory.documents(), signed);
    let signed: Vec<_> = told.facts[0]
        .statements
        .iter()
        .filter_map(|s| s.signed.as_ref())
        .collect();
    assert_eq!(
        signed.iter().map(|s| s.confirmed.len()).collect::<Vec<_>>(),
        [0, 0, 1, 0]
    );
    assert_eq!(
        OpenRecord::tell(&memory.documents()),
        OpenRecord::parse(CANNULA).unwrap()
    );
}

#[test]
fn an_error_names_its_place_and_not_its_content() {
    let name = r#"{"name":"あおい","birth_date":"2022-9-3"}"#;
    for (facts, expected) in [
        (
            fact("emergency", "identity", name),
            "facts[0].statements[0].fields.birth_date: not a date",
        ),
        (
            fact("emergency", "identity", r#"{"name":"あおい"}"#),
            "facts[0].statements[0].fields.birth_date: missing",
        ),
        (
            fact("care", "medicine", r#"{"name":null}"#),
            "facts[0].statements[0].fields.name: expected a text, true or false, or a list of texts",
        ),
        (
            fact("log", "medicine", r#"{"name":"鉄"}"#),
            r#"facts[0].kind: "medicine" belongs to care"#,
        ),
        (
            fact("kitchen", "medicine", r#"{"name":"鉄"}"#),
            "facts[0].compartment: unknown variant `kitchen`",
        ),
        (
            fact("life", "x", "{}").replace(r#""fields":{},"#, ""),
            "facts[0].statements[0]: a statement has either fields or retract",
        ),
        (
            fact("life", "x", r#"{}, "covers":[0]"#),
            "facts[0].statements[0]: covers belongs to retract",
        ),
        (
            fact("life", "x", r#"{}, "again":[0]"#),
            "facts[0].statements[0].again[0]: refers to no earlier statement",
        ),
        (
            fact("life", "x", "{}").replace("2026-11-18T10:40:00+09:00", "2026-11-18"),
            "facts[0].statements[0]: said_at is not a moment",
        ),
        (
            fact("life", "x", "{}").replace(r#""way""#, r#""date":"yesterday","way""#),
            "facts[0].statements[0].how.date: not a date",
        ),
        (
            fact("life", "x", "{}").replace(r#""how""#, r#""hwo":1,"how""#),
            "facts[0].statements[0].hwo: unknown field `hwo`",
        ),
        (
            r#"{"compartment":"life","kind":"x","statements":[]}"#.into(),
            "facts[0].statements: has no statement",
        ),
        (
            format!("{0},{0}", fact("emergency", "height", r#"{"value":"88"}"#)),
            r#"facts[1]: a child has only one "height"; it is at facts[0]"#,
        ),
    ] {
        let error = OpenRecord::parse(&document(&facts))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(expected), "{error}\nexpected {expected}");
    }
}

#[test]
fn a_document_that_is_none_is_refused() {
    for text in [
        "",
        "[]",
        "{",
        r#"{"format":"fhir"}"#,
        &(document("") + "x"),
        &document("").replace("1", "2"),
    ] {
        assert!(OpenRecord::parse(text).is_err(), "{text}");
    }
    let newer = OpenRecord::parse(&document("").replace("1", "2"))
        .unwrap_err()
        .to_string();
    assert!(
        newer.starts_with("version: version 2 is not known"),
        "{newer}"
    );
}

#[test]
fn a_record_that_answers_with_too_few_names_stops_the_import() {
    let record = OpenRecord::parse(CANNULA).unwrap();
    let stopped = record.say(|_, _| Ok::<_, ()>(Vec::new()));
    assert_eq!(stopped, Err(SayError::Miscounted { given: 1, named: 0 }));
}

proptest! {
    #[test]
    fn whatever_was_said_comes_back(record in records()) {
        prop_assert_eq!(&OpenRecord::read(&record.to_json()).unwrap(), &record);
        prop_assert_eq!(&OpenRecord::tell(&imported(&record).documents()), &record);
    }

    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}") {
        let _ = OpenRecord::parse(&text);
    }
}

fn doctor(name: &str) -> Author {
    Author {
        device: DeviceId::new([9; 32]),
        name: name.into(),
        role: Role::Doctor,
    }
}

fn document(facts: &str) -> String {
    format!(r#"{{"format":"omamori-record","version":1,"facts":[{facts}]}}"#)
}

fn fact(compartment: &str, kind: &str, fields: &str) -> String {
    format!(
        r#"{{"compartment":"{compartment}","kind":"{kind}","statements":[{{"fields":{fields},"how":{{"way":"observed"}},"said_at":"2026-11-18T10:40:00+09:00"}}]}}"#
    )
}

fn records() -> impl Strategy<Value = OpenRecord> {
    prop::collection::vec(open_fact(), 0..6).prop_map(|facts| {
        let mut seen = std::collections::BTreeSet::new();
        let unique =
            |fact: &OpenFact| !fact.is_only() || seen.insert((fact.compartment, fact.kind.clone()));
        OpenRecord::new(facts.into_iter().filter(unique).collect())
    })
}

fn open_fact() -> impl Strategy<Value = OpenFact> {
    let compartment = prop::sample::select(Compartment::ALL.to_vec());
    let kind = prop::sample::select(vec!["weight", "tube", "entry", "robot-pet"]);
    let only = prop::option::of(any::<bool>());
    (
        compartment,
        kind,
        only,
        prop::collection::vec(open_statement(), 1..5),
    )
        .prop_map(|(compartment, kind, only, mut statements)| {
            for (position, statement) in statements.iter_mut().enumerate() {
                statement.what.keep_earlier(position);
            }
            OpenFact {
                compartment,
                kind: kind.into(),
                only,
                statements,
            }
        })
}

fn open_statement() -> impl Strategy<Value = OpenStatement> {
    let references = || prop::collection::vec(0_usize..4, 0..3);
    let value = prop_oneof![
        ".{0,8}".prop_map(Value::Text),
        any::<bool>().prop_map(Value::Flag),
        prop::collection::vec(".{0,4}", 0..3).prop_map(Value::List),
    ];
    let fields = prop::collection::btree_map("[a-c]", value, 0..3);
    let set = (
        fields,
        prop::collection::btree_map("[a-c]", references(), 0..2),
        references(),
    )
        .prop_map(|(fields, supersedes, again)| What::Set {
            fields,
            supersedes,
            again,
        });
    let retract =
        (".{0,8}", references()).prop_map(|(reason, covers)| What::Retract { reason, covers });
    let how = (
        prop::option::of(".{0,4}"),
        prop::sample::select(vec![Way::Observed, Way::Told, Way::Transcribed]),
    )
        .prop_map(|(by, way)| How {
            way,
            by,
            ..How::default()
        });
    (prop_oneof![3 => set, 1 => retract], how, any::<i64>()).prop_map(|(what, how, at)| {
        OpenStatement {
            what,
            how,
            said_at: UnixMillis(at),
            signed: None,
        }
    })
}

impl What {
    fn keep_earlier(&mut self, position: usize) {
        let earlier = |references: &mut Vec<usize>| references.retain(|r| *r < position);
        match self {
            Self::Set {
                supersedes, again, ..
            } => {
                supersedes.values_mut().for_each(earlier);
                earlier(again);
            }
            Self::Retract { covers, .. } => earlier(covers),
        }
    }
}
