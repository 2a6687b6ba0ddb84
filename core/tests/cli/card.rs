//! `card` and `open`: one QR, and what a stranger's code is.

use crate::home::{CHILDREN, Home, VIEWER, texts};
use std::fs;

#[test]
fn every_sample_child_fits_one_card_with_all_that_a_stranger_must_know() {
    let home = Home::new();
    for name in CHILDREN {
        let file = home.child(name);
        let card = home.json(&[
            "card",
            &file,
            "--viewer",
            VIEWER,
            "--today",
            "2026-11-21",
            "--out",
            "card.png",
        ]);
        assert!(
            card["version"].as_u64().unwrap() <= 22,
            "{name}: version {}",
            card["version"]
        );
        assert_eq!(card["ecc"], "M");
        assert_eq!(&fs::read(home.path("card.png")).unwrap()[1..4], b"PNG");

        let whole = home.json(&["show", &file]);
        let opened = home.json(&["open", card["url"].as_str().unwrap()]);
        for block in [
            "never",
            "now",
            "airway",
            "baseline",
            "avoid",
            "diagnosis",
            "wish",
            "critical-medicine",
        ] {
            assert_eq!(
                texts(&opened["screen"], block),
                texts(&whole["first"], block),
                "{name}: {block}"
            );
        }
        for block in ["never", "now", "airway", "avoid", "diagnosis", "phone"] {
            assert!(
                !texts(&opened["screen"], block).is_empty(),
                "{name}: {block}"
            );
        }
        assert_eq!(opened["screen"]["who"], whole["first"]["who"], "{name}");
        assert_eq!(
            texts(&opened["screen"], "phone")[0],
            texts(&whole["first"], "phone")[0],
            "{name}"
        );
        assert_eq!(opened["printed_on"], "2026-11-21");
        assert_eq!(opened["left_out"], card["left_out"]);
    }
}

#[test]
fn codes_that_are_no_cards_say_what_they_are() {
    let home = Home::new();
    let file = home.child("rin");
    let url = home.json(&["card", &file, "--viewer", VIEWER])["url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        home.fails(&["open", "https://example.com/"]),
        (4, "not-ours".into())
    );
    assert_eq!(
        home.fails(&["open", &url[..url.len() - 17]]),
        (4, "damaged".into())
    );
    assert_eq!(
        home.fails(&["card", &file, "--viewer", "http://plain.example/"]),
        (2, "address".into())
    );
    assert_eq!(
        home.fails(&["card", &file, "--out", "card.gif"]),
        (2, "ending".into())
    );
}
