use super::*;
use crate::{
    kind::{care::Medicine, emergency::Weight},
    statement::Value,
};
use std::collections::BTreeSet;

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::Text((*value).to_owned())))
        .collect()
}

#[test]
fn every_name_is_used_once_and_every_label_is_written_in_both_languages() {
    let mut names = BTreeSet::new();
    for kind in registry() {
        assert!(names.insert(kind.name), "{} is declared twice", kind.name);
        assert!(
            !kind.compartments.is_empty() && !kind.fields.is_empty(),
            "{}",
            kind.name
        );
        assert!(
            !kind.label_ja.is_empty() && !kind.label_en.is_empty(),
            "{}",
            kind.name
        );
        assert!(
            kind.label_en.is_ascii(),
            "{} has no English label",
            kind.name
        );
        let mut of_kind = BTreeSet::new();
        for field in kind.fields {
            let name = format!("{}.{}", kind.name, field.name);
            assert!(of_kind.insert(field.name), "{name} is declared twice");
            assert!(
                !field.label_ja.is_empty() && !field.label_en.is_empty(),
                "{name}"
            );
            assert_eq!(field.hint_ja.is_some(), field.hint_en.is_some(), "{name}");
            assert!(is_english(field.label_en), "{name} has no English label");
            assert!(field.hint_en.is_none_or(|hint| !has_kana(hint)), "{name}");
            if let Form::Choice { choices } = field.form {
                for choice in choices {
                    assert!(
                        is_english(choice.label_en) && !choice.label_ja.is_empty(),
                        "{name}"
                    );
                }
            }
        }
    }
}

fn is_english(label: &str) -> bool {
    label.chars().any(|c| c.is_ascii_alphabetic()) && !has_kana(label)
}

fn has_kana(text: &str) -> bool {
    text.chars().any(|c| ('ぁ'..='ヿ').contains(&c))
}

#[test]
fn every_compartment_can_name_its_authors_and_hold_papers() {
    for name in ["member", "paper"] {
        assert_eq!(
            find(name).map(|kind| kind.compartments),
            Some(Compartment::ALL.as_slice())
        );
    }
    for compartment in Compartment::ALL {
        let own = registry().any(|kind| {
            kind.compartments == [compartment] || kind.compartments.first() == Some(&compartment)
        });
        assert!(own, "{compartment} has no kind of its own");
    }
}

#[test]
fn a_weight_without_its_date_is_missing_a_field() {
    let error = check("weight", &fields(&[("value", "9.0"), ("unit", "kg")])).unwrap_err();
    assert_eq!(
        (error.field.as_str(), error.cause),
        ("measured_on", Cause::Missing)
    );
    assert_eq!(error.to_string(), "weight.measured_on: missing");
}

#[test]
fn a_later_statement_sets_one_field_and_is_checked_for_that_field_alone() {
    let later = fields(&[("value", "9.2")]);
    assert!(check("weight", &later).is_err());
    assert_eq!(check_some("weight", &later), Ok(()));
    let typo = check_some("weight", &fields(&[("value", "9,2")])).unwrap_err();
    assert_eq!(typo.to_string(), "weight.value: not a decimal number");
}

#[test]
fn what_a_newer_app_knows_is_kept() {
    assert_eq!(check("robot-arm", &fields(&[("grip", "soft")])), Ok(()));
    let newer = fields(&[
        ("value", "9.0"),
        ("unit", "kg"),
        ("measured_on", "2026-11"),
        ("scale", "clinic"),
    ]);
    assert_eq!(check("weight", &newer), Ok(()));
    let weight = Weight::from_fields(&newer).unwrap();
    assert_eq!(weight.more.len(), 1);
    assert_eq!(weight.to_fields().unwrap(), newer);
}

#[test]
fn a_value_of_the_wrong_shape_is_named_without_being_quoted() {
    let mut medicine = fields(&[("name", "シルデナフィル"), ("importance", "very")]);
    assert_eq!(
        check("medicine", &medicine).unwrap_err().to_string(),
        "medicine.importance: not one of the choices"
    );
    medicine.insert("importance".into(), Value::Text("never-interrupt".into()));
    medicine.insert("times".into(), Value::Text("8:00".into()));
    assert_eq!(
        check("medicine", &medicine).unwrap_err().to_string(),
        "medicine.times: not a list"
    );
    medicine.insert(
        "times".into(),
        Value::List(vec!["06:00".into(), " ".into()]),
    );
    assert_eq!(
        check("medicine", &medicine).unwrap_err().to_string(),
        "medicine.times: empty"
    );
    medicine.insert("times".into(), Value::List(vec!["06:00".into()]));
    assert_eq!(check("medicine", &medicine), Ok(()));
    assert_eq!(
        Medicine::from_fields(&medicine).unwrap().times.unwrap(),
        ["06:00"]
    );
}

#[test]
fn the_app_gets_every_label_from_one_json_array() {
    let json: serde_json::Value = serde_json::from_str(&registry_json()).unwrap();
    let kinds = json.as_array().unwrap();
    assert_eq!(kinds.len(), registry().count());
    let medicine = kinds
        .iter()
        .find(|kind| kind["name"] == "medicine")
        .unwrap();
    let importance = medicine["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["name"] == "importance")
        .unwrap();
    assert_eq!(importance["form"]["type"], "choice");
    assert_eq!(importance["form"]["choices"][1]["value"], "never-interrupt");
}

#[test]
fn what_is_said_together_is_declared() {
    for (kind, field) in [
        ("medicine", "dose"),
        ("weight", "value"),
        ("height", "unit"),
        ("glucose", "hba1c"),
    ] {
        let together = said_together(kind, field);
        assert!(together.contains(&field));
        assert!(
            together
                .iter()
                .all(|name| find(kind).unwrap().field(name).is_some()),
            "{kind}"
        );
    }
    assert!(
        said_together("medicine", "note").is_empty()
            && said_together("robot-arm", "dose").is_empty()
    );
}
