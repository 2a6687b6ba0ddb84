//! `edit`, `merge`, `verify`: what people say, apart and together.

use crate::home::{Home, VIEWER, texts};
use serde_json::Value;
use std::fs;

#[test]
fn a_nurse_and_a_mother_write_apart_and_merging_shows_both_values() {
    let home = Home::new();
    let mother = home.child("aoi");
    fs::copy(home.path(&mother), home.path("nurse.omamori")).unwrap();
    home.ok(&[
        "edit",
        &mother,
        "--set",
        "emergency.weight.value=9.1",
        "--set",
        "emergency.weight.measured_on=2026-11-20",
    ]);
    home.ok(&[
        "edit",
        "nurse.omamori",
        "--set",
        "emergency.weight.value=9.3",
        "--how",
        "told",
        "--by",
        "訪看 かえで",
    ]);

    let before = home.json(&["show", &mother])["differences"]
        .as_array()
        .unwrap()
        .len();
    let merged = home.json(&["merge", &mother, "nurse.omamori"]);
    assert_eq!(merged["differences"], before + 1);
    let screen = home.json(&["show", &mother]);
    let weights: Vec<_> = screen["first"]["who"]["weight"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| &w["text"])
        .collect();
    assert_eq!(weights.len(), 2);
    assert!(weights.iter().any(|w| *w == "9.1 kg") && weights.iter().any(|w| *w == "9.3 kg"));

    let card = home.json(&["card", &mother, "--viewer", VIEWER]);
    let opened = home.json(&["open", card["url"].as_str().unwrap()]);
    assert_eq!(
        opened["screen"]["who"]["weight"].as_array().unwrap().len(),
        2,
        "both are on the card"
    );
    home.ok(&["print", &mother, "--out", "sheet.html"]);
    let sheet = fs::read_to_string(home.path("sheet.html")).unwrap();
    assert!(
        sheet.contains("9.1 kg") && sheet.contains("9.3 kg"),
        "both are on paper"
    );

    home.ok(&["edit", &mother, "--set", "emergency.weight.value=9.3"]);
    assert_eq!(
        home.json(&["show", &mother])["differences"]
            .as_array()
            .unwrap()
            .len(),
        before,
        "a person has settled it"
    );
}

#[test]
fn facts_are_begun_set_and_retracted() {
    let home = Home::new();
    home.ok(&["new", "--out", "new.omamori"]);
    let set = [
        "--set",
        "care.medicine[+].name=カルボシステイン",
        "--set",
        "care.medicine[+].dose=90",
        "--set",
        "care.medicine[+].unit=mg",
    ];
    home.ok(&[&["edit", "new.omamori"], set.as_slice()].concat());
    home.ok(&[
        "edit",
        "new.omamori",
        "--set",
        "care.medicine.times=[\"07:00\",\"19:00\"]",
    ]);
    let shown = home.json(&["show", "new.omamori"]);
    assert_eq!(texts(&shown["first"], "medicine"), ["90mg 07:00、19:00"]);

    home.ok(&[
        "edit",
        "new.omamori",
        "--set",
        "care.medicine[+].name=別の薬",
    ]);
    assert_eq!(
        home.fails(&["edit", "new.omamori", "--set", "care.medicine.dose=1"]),
        (6, "path".into())
    );
    home.ok(&["edit", "new.omamori", "--set", "care.medicine[2].dose=2.5"]);
    assert_eq!(
        home.fails(&["edit", "new.omamori", "--set", "emergency.weight.value=九"]),
        (6, "value".into())
    );
    assert_eq!(
        home.fails(&["edit", "new.omamori", "--set", "nowhere.weight.value=9"]),
        (6, "path".into())
    );

    let patch =
        r#"[{"do":"retract","compartment":"emergency","fact":"only:weight","reason":"誤り"}]"#;
    fs::write(home.path("patch.json"), patch).unwrap();
    assert_eq!(
        home.fails(&["edit", "new.omamori", "--patch", "patch.json"]),
        (6, "unknown-fact".into())
    );
    home.ok(&[
        "edit",
        "new.omamori",
        "--set",
        "emergency.weight.value=9.0",
        "--set",
        "emergency.weight.unit=kg",
    ]);
    home.ok(&["edit", "new.omamori", "--patch", "patch.json"]);
    assert_eq!(
        home.json(&["show", "new.omamori"])["first"]["who"]["weight"],
        Value::Array(vec![])
    );
}

#[test]
fn verify_says_who_said_how_much() {
    let home = Home::new();
    let file = home.child("sota");
    let report = home.json(&["verify", &file]);
    assert_eq!(report["intact"], true);
    let device = report["authors"][0]["device"].as_str().unwrap();
    assert_eq!(report["names"][device], "母");
    assert!(
        report["authors"][0]["statements"]["emergency"]
            .as_u64()
            .unwrap()
            > 10
    );
}
