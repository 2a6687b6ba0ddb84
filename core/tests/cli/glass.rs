//! Break-glass from files alone.

use crate::home::{Home, texts};

/// Two officers' keys, a town's list, and a child whose mother agreed to it: the file, and the municipality.
fn family_that_agreed(home: &Home) -> (String, String) {
    let child = home.child("aoi");
    for name in ["sato", "suzuki", "town"] {
        let (keys, public) = (format!("{name}.keys"), format!("{name}.public"));
        home.ok(&["glass", "keys", "--out", &keys, "--public", &public]);
    }
    let list = home.json(&[
        "glass",
        "list",
        "--keys",
        "town.keys",
        "--name",
        "みどり市",
        "--officer",
        "佐藤,危機管理課,sato.public",
        "--officer",
        "鈴木,障害福祉課,suzuki.public",
        "--out",
        "town.list",
    ]);
    let town = list["municipality"].as_str().unwrap().to_owned();
    home.ok(&["glass", "consent", &child, "--list", "town.list"]);
    home.ok(&[
        "glass",
        "hand-out",
        &child,
        "--municipality",
        &town,
        "--out",
        "aoi.omamori-glass",
    ]);
    (child, town)
}

fn asks<'a>(keys: &'a str, with: &'a str, out: &'a str) -> Vec<&'a str> {
    let mut arguments = vec!["glass", "ask", "aoi.omamori-glass", "--keys", keys];
    arguments.extend(["--with", with, "--reason", "震度6強", "--out", out]);
    arguments
}

#[test]
fn two_officers_open_from_files_alone_and_the_family_learns_of_it() {
    let home = Home::new();
    let (child, town) = family_that_agreed(&home);
    home.ok(&asks("sato.keys", "鈴木", "ask"));
    let opened = home.json(&[
        "glass",
        "open",
        "aoi.omamori-glass",
        "--keys",
        "suzuki.keys",
        "--release",
        "ask",
        "--out",
        "told.omamori",
    ]);
    assert_eq!(opened["reason"], "震度6強");
    assert!(
        texts(&opened["first_screen"], "never")
            .iter()
            .any(|line| line.contains("呼吸器"))
    );
    let merged = home.json(&["merge", &child, "told.omamori"]);
    assert_eq!(merged["accepted"], 1);
    let status = home.json(&["glass", "status", &child]);
    assert_eq!(status["openings"][0]["reason"], "震度6強");
    assert_eq!(status["openings"][0]["name"], "みどり市");
    assert_eq!(status["consents"][0]["stands"], true);

    let back = ["glass", "withdraw", &child, "--municipality", &town];
    home.ok(&[&back[..], &["--reason", "転居"]].concat());
    let status = home.json(&["glass", "status", &child]);
    assert_eq!(status["consents"][0]["stands"], false);
}

#[test]
fn one_officer_with_all_files_opens_nothing() {
    let home = Home::new();
    family_that_agreed(&home);
    home.ok(&asks("sato.keys", "鈴木", "ask"));
    let open = |keys| {
        home.fails(&[
            "glass",
            "open",
            "aoi.omamori-glass",
            "--keys",
            keys,
            "--release",
            "ask",
            "--out",
            "told.omamori",
        ])
    };
    assert_eq!(open("sato.keys"), (6, "alone".to_owned()));
    assert_eq!(open("town.keys"), (6, "not-for-this".to_owned()));
    assert_eq!(
        home.fails(&asks("sato.keys", "佐藤", "own")),
        (6, "alone".to_owned())
    );
    assert!(!home.path("told.omamori").exists());
    // What officers hold is no record that anybody could open.
    assert_eq!(
        home.fails(&["show", "aoi.omamori-glass"]),
        (5, "no-keys".to_owned())
    );
}
