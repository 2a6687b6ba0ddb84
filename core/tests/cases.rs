//! The four sample children: complete, canonical, and short where a stranger reads.
#![cfg(feature = "record")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing test should stop"
)]

use omamori_core::{
    compartment::Compartment,
    kind,
    open_json::{OpenFact, OpenRecord, OpenStatement, What},
    statement::{Value, Way},
};
use serde_json::json;
use std::{fs, path::PathBuf};

const CHILDREN: [&str; 4] = ["aoi", "haruto", "rin", "sota"];

#[test]
fn each_child_is_written_in_the_one_spelling() {
    for child in CHILDREN {
        let text = read(&format!("{child}.json"));
        let record = OpenRecord::parse(&text).unwrap_or_else(|error| panic!("{child}: {error}"));
        assert!(record.to_json() == text, "{child}.json is not canonical");
    }
}

/// What others read the files by must say the same as our own reader.
#[test]
fn each_child_is_valid_by_the_published_schema() {
    for child in CHILDREN {
        let record = serde_json::from_str(&read(&format!("{child}.json"))).unwrap();
        assert!(is_valid(&record), "{child}");
    }
}

#[test]
fn the_published_schema_refuses_what_the_reader_refuses() {
    let good: serde_json::Value = serde_json::from_str(&read("aoi.json")).unwrap();
    let said = "/facts/0/statements/0";
    for (place, name, wrong) in [
        ("", "version", json!(2)),
        ("", "comment", json!("for nobody")),
        ("/facts/0", "compartment", json!("kitchen")),
        (said, "retract", json!("and set at once")),
        (said, "how", json!({ "way": "guessed" })),
        (&format!("{said}/fields"), "birth_date", json!("2022-9-3")),
        (&format!("{said}/fields"), "sex", json!("girl")),
        (&format!("{said}/fields"), "photo", json!(null)),
    ] {
        let mut bad = good.clone();
        bad.pointer_mut(place)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .insert(name.into(), wrong);
        assert!(
            OpenRecord::parse(&bad.to_string()).is_err(),
            "the reader takes {place}/{name}"
        );
        assert!(!is_valid(&bad), "the schema takes {place}/{name}");
    }
}

/// The checklists were taken line by line from the written cases: a number lost on the way is found here.
#[test]
fn nothing_of_the_written_cases_is_left_out() {
    let mut missing = Vec::new();
    for child in CHILDREN {
        let record = record(child);
        let checklist = read(&format!("checklist/{child}.txt"));
        let lines = checklist.lines().filter(|line| !line.starts_with('#'));
        let mut count = 0;
        for line in lines {
            count += 1;
            if !holds(&record, line) {
                missing.push(format!("{child}: {line}"));
            }
        }
        assert!(count > 60, "{child}: the checklist is cut short");
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn a_made_up_line_is_not_found() {
    let record = record("aoi");
    assert!(!holds(&record, "care medicine: カルボシステイン | 91"));
    assert!(!holds(&record, "care tube: 胃瘻ボタン | 4.0"));
    assert!(!holds(&record, "history event: 退院 | first_visit=true"));
}

#[test]
fn only_declared_kinds_and_fields_are_used() {
    for child in CHILDREN {
        for fact in record(child).facts {
            let kind = kind::find(&fact.kind).unwrap_or_else(|| panic!("{child}: {}", fact.kind));
            for field in values(&fact).map(|(field, _)| field) {
                assert!(
                    kind.field(field).is_some(),
                    "{child}: {}.{field}",
                    fact.kind
                );
            }
        }
    }
}

#[test]
fn two_values_that_nobody_settled_stand_side_by_side() {
    assert_eq!(
        standing("aoi", "tube", "気管カニューレ", "next_change"),
        ["2026-11-23", "2026-11-22"]
    );
    assert_eq!(
        standing("rin", "medicine", "バルプロ酸Na シロップ5%", "amount"),
        ["4.5mL", "4.8mL(240mg)"]
    );
    // Haruto's doctor changed the ratio and his parent saw the old one: no contradiction.
    assert_eq!(
        standing("haruto", "insulin-pump", "超速効型", "carb_ratio"),
        ["朝 1:10、昼 1:13、夕 1:12"]
    );
}

/// Everything is entered by a parent: what a doctor wrote or said is transcribed or told, never more.
#[test]
fn who_knows_what_from_whom_is_said() {
    for child in CHILDREN {
        let known = |way| {
            let record = record(child);
            record
                .facts
                .iter()
                .flat_map(|fact| &fact.statements)
                .filter(|s| s.how.way == way)
                .count()
        };
        assert!(known(Way::Observed) > 20 && known(Way::Told) > 1, "{child}");
        for statement in record(child).facts.iter().flat_map(|fact| &fact.statements) {
            let OpenStatement { how, .. } = statement;
            assert!(
                how.way == Way::Observed || how.by.is_some(),
                "{child}: told by nobody"
            );
            assert!(
                how.way != Way::Transcribed || how.document.is_some() && how.date.is_some(),
                "{child}"
            );
        }
    }
}

/// Design §9: at most 16 lines of 20 full-width characters. Counted are the families' words, without our labels.
#[test]
fn the_first_screen_of_each_child_fits_sixteen_lines() {
    for child in CHILDREN {
        let record = record(child);
        let one_each = |kind, compose: &dyn Fn(&OpenFact) -> String| -> usize {
            emergency(&record, kind)
                .map(|fact| lines(&compose(fact)))
                .sum()
        };
        let joined = |texts: Vec<String>| {
            if texts.is_empty() {
                0
            } else {
                lines(&texts.join("・"))
            }
        };
        let noted = |text, note| {
            move |fact: &OpenFact| match field(fact, note) {
                Some(note) => format!("{}({note})", field(fact, text).unwrap()),
                None => field(fact, text).unwrap(),
            }
        };
        let never = one_each("must-never", &noted("text", "reason"));
        let now = one_each("act-now", &|fact| {
            format!(
                "{}→{}",
                field(fact, "sign").unwrap(),
                field(fact, "act").unwrap()
            )
        });
        let airway = one_each("airway", &noted("text", "spare"))
            + one_each("device-setting", &|fact| {
                format!(
                    "{} {}",
                    field(fact, "device").unwrap(),
                    field(fact, "settings").unwrap()
                )
            });
        let baseline = joined(
            emergency(&record, "baseline")
                .flat_map(|fact| values(fact).map(|(_, value)| written(value)))
                .collect(),
        );
        let avoid = joined(
            emergency(&record, "allergy")
                .map(noted("substance", "reaction"))
                .chain(emergency(&record, "avoid").map(noted("text", "reason")))
                .collect(),
        );
        let diagnoses = joined(
            emergency(&record, "diagnosis")
                .filter_map(|fact| field(fact, "name"))
                .collect(),
        );
        let wish = one_each("wish", &|fact| field(fact, "text").unwrap());
        let budget = [never, now, airway, baseline, avoid, diagnoses, wish];
        let within = [2..=3, 3..=4, 1..=3, 1..=2, 1..=2, 1..=1, 0..=1];
        for (block, (lines, allowed)) in budget.iter().zip(&within).enumerate() {
            assert!(
                allowed.contains(lines),
                "{child}: block {block} has {lines} lines, {budget:?}"
            );
        }
        let who_and_phone = 3;
        assert!(
            budget.iter().sum::<usize>() + who_and_phone <= 16,
            "{child}: {budget:?}"
        );
    }
}

/// Whose number comes first must not be left to chance, by day or by night.
#[test]
fn each_child_has_a_first_number_by_day_and_by_night() {
    for child in CHILDREN {
        for hour in ["day", "night"] {
            let record = record(child);
            let first = emergency(&record, "phone")
                .filter(|fact| field(fact, "first_at").as_deref() == Some(hour));
            assert_eq!(first.count(), 1, "{child} by {hour}");
        }
    }
}

fn is_valid(record: &serde_json::Value) -> bool {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("manual/record.schema.json");
    let schema = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler
        .add_resource("urn:omamori:record:1", schema)
        .unwrap();
    let index = compiler
        .compile("urn:omamori:record:1", &mut schemas)
        .unwrap();
    schemas.validate(record, index).is_ok()
}

/// Full-width lines of 20 that a text fills.
fn lines(text: &str) -> usize {
    let halves: usize = text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum();
    halves.div_ceil(40)
}

fn is_wide(c: char) -> bool {
    !c.is_ascii() && c != '–'
}

fn emergency<'a>(record: &'a OpenRecord, kind: &'a str) -> impl Iterator<Item = &'a OpenFact> {
    let is_it =
        move |fact: &&OpenFact| fact.compartment == Compartment::Emergency && fact.kind == kind;
    record.facts.iter().filter(is_it)
}

/// The values of a field that no other statement superseded.
fn standing(child: &str, kind: &str, first: &str, field: &str) -> Vec<String> {
    let record = record(child);
    let fact = record
        .facts
        .iter()
        .find(|fact| fact.kind == kind && values(fact).any(|(_, value)| written(value) == first))
        .unwrap();
    let set = |statement: &OpenStatement| match &statement.what {
        What::Set { fields, .. } => fields.get(field).map(written),
        What::Retract { .. } => None,
    };
    let superseded = |position: usize| {
        fact.statements
            .iter()
            .any(|statement| match &statement.what {
                What::Set { supersedes, .. } => supersedes
                    .get(field)
                    .is_some_and(|positions| positions.contains(&position)),
                What::Retract { .. } => false,
            })
    };
    let stands = |(position, statement)| set(statement).filter(|_| !superseded(position));
    fact.statements
        .iter()
        .enumerate()
        .filter_map(stands)
        .collect()
}

/// Does one fact hold everything that a line of a checklist asks for?
fn holds(record: &OpenRecord, line: &str) -> bool {
    let (place, wanted) = line
        .split_once(": ")
        .unwrap_or_else(|| panic!("no checklist line: {line}"));
    let (compartment, kind) = place.split_once(' ').unwrap();
    let wanted: Vec<_> = wanted.split(" | ").collect();
    record
        .facts
        .iter()
        .filter(|fact| fact.compartment.name() == compartment && fact.kind == kind)
        .any(|fact| wanted.iter().all(|text| says(fact, text)))
}

fn says(fact: &OpenFact, wanted: &str) -> bool {
    if let Some(source) = wanted.strip_prefix("how:") {
        return fact
            .statements
            .iter()
            .any(|s| serde_json::to_string(&s.how).unwrap().contains(source));
    }
    if let Some(flag) = wanted.strip_suffix("=true") {
        return values(fact).any(|(field, value)| field == flag && *value == Value::Flag(true));
    }
    // A bare number must be a whole value: "5" is not found in "150".
    let is_number = wanted.parse::<f64>().is_ok();
    values(fact).any(|(_, value)| {
        let text = written(value);
        if is_number {
            text == wanted || text.trim_end_matches(['%', '℃']) == wanted
        } else {
            text.contains(wanted)
        }
    })
}

fn values(fact: &OpenFact) -> impl Iterator<Item = (&str, &Value)> {
    fact.statements
        .iter()
        .flat_map(|statement| match &statement.what {
            What::Set { fields, .. } => fields
                .iter()
                .map(|(name, value)| (name.as_str(), value))
                .collect(),
            What::Retract { .. } => Vec::new(),
        })
}

fn field(fact: &OpenFact, name: &str) -> Option<String> {
    values(fact)
        .find(|(field, _)| *field == name)
        .map(|(_, value)| written(value))
}

fn written(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Flag(flag) => flag.to_string(),
        Value::List(items) => items.join("、"),
    }
}

fn record(child: &str) -> OpenRecord {
    OpenRecord::parse(&read(&format!("{child}.json"))).unwrap()
}

fn read(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/cases")
        .join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
