//! A child out as JSON and in again.

use crate::home::{CHILDREN, Home, case};
use serde_json::Value;
use std::fs;

#[test]
fn every_sample_child_comes_out_as_it_went_in() {
    let home = Home::new();
    for name in CHILDREN {
        let file = home.child(name);
        assert_eq!(
            home.ok(&["export", &file]),
            fs::read_to_string(case(name)).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn an_export_can_say_who_signed_and_nobody_becomes_an_author_by_it() {
    let home = Home::new();
    let file = home.child("aoi");
    let signed = home.ok(&["export", &file, "--authors", "--compartment", "care"]);
    let json: Value = serde_json::from_str(&signed).unwrap();
    let statement = &json["facts"][0]["statements"][0];
    assert_eq!(statement["signed"]["by"]["role"], "guardian");
    assert!(
        statement["signed"].get("confirmed").is_none(),
        "nobody confirmed it"
    );
    fs::write(
        home.path("signed.json"),
        signed.replace("guardian", "doctor"),
    )
    .unwrap();
    home.ok(&["new", "--from", "signed.json", "--out", "copy.omamori"]);
    let again = home.ok(&["export", "copy.omamori", "--authors"]);
    assert!(again.contains(r#""role": "guardian""#) && !again.contains(r#""role": "doctor""#));
}
