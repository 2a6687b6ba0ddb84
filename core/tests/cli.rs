//! The real binary, with real files: a family's way from the first file to paper and back.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected shall stop"
)]

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

const CHILDREN: [&str; 4] = ["aoi", "haruto", "rin", "sota"];
const VIEWER: &str = "https://card.omamori.example/c#";

struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments)
            .env("OMAMORI_PASSPHRASE", "ひみつ")
            .output()
            .unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_omamori"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .env_remove("OMAMORI_PASSPHRASE");
        command
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.ok(&[&["--json"], arguments].concat())).unwrap()
    }

    /// The exit code, and the code of the error for programs.
    fn fails(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(&[&["--json"], arguments].concat());
        assert!(!output.status.success(), "{arguments:?} should have failed");
        let error: Value = serde_json::from_slice(&output.stderr).unwrap();
        (
            output.status.code().unwrap(),
            error["error"]["code"].as_str().unwrap().to_owned(),
        )
    }

    fn child(&self, name: &str) -> String {
        let file = format!("{name}.omamori");
        self.ok(&[
            "new",
            "--from",
            case(name).to_str().unwrap(),
            "--out",
            &file,
            "--guardian",
            "母",
        ]);
        file
    }
}

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../tests/cases/{name}.json"))
}

fn texts<'a>(screen: &'a Value, block: &str) -> Vec<&'a str> {
    let blocks = screen["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|b| b["kind"] == block);
    let lines = blocks.flat_map(|b| b["lines"].as_array().unwrap());
    lines
        .flat_map(|l| l["says"].as_array().unwrap())
        .map(|a| a["text"].as_str().unwrap())
        .collect()
}

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

#[test]
fn a_station_is_let_in_its_staff_join_and_leave_and_the_family_is_not_asked_each_time() {
    let home = Home::new();
    let child = home.child("aoi");
    home.ok(&[
        "staff",
        "key",
        "--out",
        "station.key",
        "--public",
        "station.pub",
    ]);
    home.ok(&[
        "grant",
        &child,
        "--as",
        "nursing-station",
        "--organisation-key",
        "station.pub",
        "--name",
        "佐藤",
        "--organisation",
        "ひまわり",
        "--out",
        "sato.omamori",
    ]);
    let joined = home.json(&["staff", "join", "sato.omamori", "--key", "station.key"]);
    let sato = joined["device"].as_str().unwrap();
    home.ok(&[
        "staff",
        "join",
        "sato.omamori",
        "--key",
        "station.key",
        "--name",
        "鈴木",
        "--organisation",
        "ひまわり",
        "--out",
        "suzuki.omamori",
    ]);
    let say = |file: &str, text: &str| {
        let set = format!("log.entry[+].situation={text}");
        let at = "log.entry[+].at=2026-11-21T10:00+09:00";
        home.ok(&["edit", file, "--set", &set, "--set", at]);
    };
    let shown = |text: &str| home.ok(&["export", &child]).contains(text);
    say("sato.omamori", "在職中");
    home.ok(&["merge", "suzuki.omamori", "sato.omamori"]);
    home.ok(&[
        "staff",
        "end",
        "suzuki.omamori",
        "--key",
        "station.key",
        "--device",
        sato,
    ]);
    say("sato.omamori", "退職後");
    home.ok(&["merge", &child, "suzuki.omamori"]);
    home.ok(&["merge", &child, "sato.omamori"]);
    assert!(shown("在職中"));
    let waiting = home.json(&["quarantine", &child]);
    assert_eq!(waiting.as_array().unwrap().len(), 1, "{waiting}");
    assert_eq!(waiting[0]["name"], "佐藤");
    // The mother's next word brings the new key, under which the colleague goes on.
    say(&child, "母");
    home.ok(&["merge", "suzuki.omamori", &child]);
    say("suzuki.omamori", "引き継いだ");
    home.ok(&["merge", &child, "suzuki.omamori"]);
    assert!(shown("引き継いだ"));
    assert_eq!(
        home.fails(&["staff", "join", "suzuki.omamori", "--key", "station.pub"])
            .0,
        6
    );
}

#[test]
fn a_nurse_is_let_in_and_taken_out_and_her_late_words_wait_for_the_mother() {
    let home = Home::new();
    let child = home.child("aoi");
    let granted = home.json(&[
        "grant",
        &child,
        "--as",
        "visiting-nurse",
        "--name",
        "山田",
        "--until",
        "2027-03-31",
        "--out",
        "nurse.omamori",
    ]);
    let hidden: Vec<_> = granted["hidden"].as_array().unwrap().iter().collect();
    assert_eq!(hidden, ["restricted", "consents"]);
    let say = |text: &str| {
        let set = format!("log.entry[+].situation={text}");
        let at = "log.entry[+].at=2026-11-21T10:00+09:00";
        home.ok(&["edit", "nurse.omamori", "--set", &set, "--set", at]);
        home.json(&["merge", &child, "nurse.omamori"])
    };
    let shown = |text: &str| home.ok(&["export", &child]).contains(text);
    say("早い言葉");
    assert!(shown("早い言葉"));
    let grant = granted["grant"].as_str().unwrap();
    home.ok(&["revoke", &child, "--grant", grant]);
    say("遅い言葉");
    let waiting = home.json(&["quarantine", &child]);
    assert_eq!(waiting.as_array().unwrap().len(), 1, "{waiting}");
    assert_eq!(waiting[0]["name"], "山田");
    let chunk = waiting[0]["chunk"].as_str().unwrap();
    home.ok(&["endorse", &child, "--chunk", chunk]);
    assert_eq!(home.json(&["quarantine", &child]), serde_json::json!([]));
    let log = home.json(&["log", &child]);
    let what: Vec<_> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|line| &line["what"])
        .collect();
    assert_eq!(what, ["genesis", "grant", "revoke", "rotate", "endorse"]);
    assert_eq!(log[1]["until"], "2027-03-31");
    assert_eq!(
        home.fails(&["endorse", &child, "--chunk", chunk]),
        (6, "not-quarantined".to_owned())
    );
    assert_eq!(
        home.fails(&[
            "grant",
            &child,
            "--as",
            "nobody",
            "--name",
            "x",
            "--out",
            "x.omamori"
        ]),
        (6, "asked".to_owned())
    );
    assert_eq!(
        home.fails(&["revoke", "nurse.omamori", "--device", &"00".repeat(32)]),
        (6, "invalid-operation".to_owned())
    );
}

#[test]
fn a_consent_given_on_the_command_line_stands_in_the_grant_and_is_marked_when_it_is_taken_back() {
    let home = Home::new();
    let child = home.child("aoi");
    let grant = |name: &str, until: &str, consent: &[&str]| {
        let file = format!("{name}.omamori");
        let asked = ["grant", &child, "--as", "day-service", "--name", name];
        let terms = ["--until", until, "--out", &file];
        home.json(&[&asked[..], &terms, consent].concat())["grant"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let himawari = grant(
        "himawari",
        "2999-03-31",
        &[
            "--agreed-by",
            "母",
            "--purpose",
            "ふだんの支援",
            "--explained-by",
            "相談員",
        ],
    );
    let export = || {
        home.json(&["export", &child, "--compartment", "consents"])
            .to_string()
    };
    for words in ["ふだんの支援", "相談員", "2999-03-31", "salt"] {
        assert!(export().contains(words), "{words}");
    }
    assert!(!export().contains("withdrawn_on"));
    home.ok(&["revoke", &child, "--grant", &himawari]);
    assert!(export().contains("withdrawn_on"), "{}", export());

    let past = grant("kaede", "2020-03-31", &[]);
    let log = home.ok(&["log", &child]);
    let line = log.lines().find(|line| line.contains(&past)).unwrap();
    assert!(
        line.contains("until 2020-03-31 (expired, not closed)"),
        "{line}"
    );
    let told = home.json(&["log", &child]);
    let expired = |line: &&serde_json::Value| line["expired"] == true;
    assert_eq!(told.as_array().unwrap().iter().filter(expired).count(), 1);
    let closed = home.ok(&["revoke", &child, "--grant", &past, "--expired"]);
    assert!(closed.contains("its last day was 2020-03-31"), "{closed}");
    assert!(!home.ok(&["log", &child]).contains("(expired"));
}

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
