//! Files and passphrases that are missing, wrong or damaged, and a reader who leaves.

use crate::home::Home;
use std::{fs, process::Stdio};

#[test]
fn passphrases_that_are_missing_or_wrong_say_so() {
    let home = Home::new();
    let file = home.child("rin");
    let wrong = home
        .command(&["--json", "show", &file])
        .env("OMAMORI_PASSPHRASE", "ちがう")
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(5));
    assert!(
        String::from_utf8(wrong.stderr)
            .unwrap()
            .contains("wrong-passphrase")
    );
}

#[test]
fn damaged_foreign_and_missing_files_are_told_apart_and_left_alone() {
    let home = Home::new();
    let (file, other) = (home.child("rin"), home.child("sota"));
    let bytes = fs::read(home.path(&file)).unwrap();
    fs::write(home.path("cut.omamori"), &bytes[..bytes.len() / 2]).unwrap();
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    fs::write(home.path("flipped.omamori"), &flipped).unwrap();
    fs::write(home.path("text.omamori"), "はい").unwrap();

    assert_eq!(
        home.fails(&["show", "cut.omamori"]),
        (4, "truncated".into())
    );
    assert_eq!(
        home.fails(&["show", "flipped.omamori"]),
        (4, "damaged".into())
    );
    assert_eq!(
        home.fails(&["show", "text.omamori"]),
        (4, "not-ours".into())
    );
    assert_eq!(home.fails(&["show", "none.omamori"]), (3, "read".into()));
    assert_eq!(
        home.fails(&["merge", &file, &other]),
        (6, "other-record".into())
    );
    assert_eq!(
        home.fails(&["merge", &file, "flipped.omamori"]),
        (4, "damaged".into())
    );
    assert_eq!(
        home.fails(&["new", "--from", "text.omamori", "--out", "new.omamori"]),
        (4, "not-a-record".into())
    );
    assert_eq!(home.fails(&["new", "--out", &file]), (3, "exists".into()));
    assert_eq!(
        fs::read(home.path(&file)).unwrap(),
        bytes,
        "a failure changes nothing"
    );
}

#[test]
fn a_reader_who_closes_the_pipe_ends_it_quietly() {
    let home = Home::new();
    let file = home.child("aoi");
    let mut child = home
        .command(&["show", &file, "--view", "family"])
        .env("OMAMORI_PASSPHRASE", "ひみつ")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
