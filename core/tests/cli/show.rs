//! `show`, `paper`: a record as its readers see it, on screen and on paper.

use crate::home::{CHILDREN, Home, VIEWER};
use std::fs;

#[test]
fn each_reader_gets_their_view_in_their_language() {
    let home = Home::new();
    let file = home.child("aoi");
    assert!(
        home.ok(&["show", &file, "--view", "nurse"])
            .contains("共有シート")
    );
    assert!(
        home.ok(&["show", &file, "--view", "family"])
            .contains("避難")
    );
    let clinician = home.ok(&["show", &file, "--lang", "en"]);
    assert!(clinician.contains("Must never") && clinician.contains("呼吸器を外さない"));
    assert!(!clinician.contains("避難所は通過のみ"));
}

#[test]
fn paper_is_two_pages_at_most() {
    let home = Home::new();
    for name in CHILDREN {
        let file = home.child(name);
        let output = home.run(&[
            "--json",
            "print",
            &file,
            "--out",
            "sheet.pdf",
            "--viewer",
            VIEWER,
        ]);
        if output.status.code() == Some(7) {
            // No browser here: the way out must work.
            assert!(String::from_utf8_lossy(&output.stderr).contains("sheet.html"));
            home.ok(&["print", &file, "--out", "sheet.html"]);
            continue;
        }
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let pdf = fs::read(home.path("sheet.pdf")).unwrap();
        let pages = pdf
            .windows(12)
            .filter(|w| w.starts_with(b"/Type /Page") && w[11] != b's')
            .count();
        assert!((1..=2).contains(&pages), "{name}: {pages} pages");
    }
}

#[test]
fn without_a_browser_the_way_out_is_named() {
    let home = Home::new();
    let file = home.child("rin");
    let output = home
        .command(&["--json", "print", &file, "--out", "sheet.pdf"])
        .env("OMAMORI_PASSPHRASE", "ひみつ")
        .env("OMAMORI_CHROMIUM", "/nowhere/chromium")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(7));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("no-browser") && error.contains("--out sheet.html"),
        "{error}"
    );
    assert!(!home.path("sheet.pdf").exists());
}
