//! `grant`, `revoke`, `consent`: who may see a record.

use crate::home::Home;

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
    let read = home.ok(&["quarantine", &child]);
    assert!(read.contains("entry.situation = 遅い言葉"), "{read}");
    let log = home.ok(&["log", &child]);
    for done in ["grant", "revoke"] {
        let of_the_nurse = |line: &str| line.contains(done) && line.contains("(山田)");
        assert!(log.lines().any(of_the_nurse), "{done}: {log}");
    }
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
fn a_mother_begins_a_compartment_anew_nothing_is_hidden_and_a_nurse_may_not() {
    let home = Home::new();
    let child = home.child("aoi");
    let out = ["--name", "山田", "--out", "nurse.omamori"];
    home.ok(&[&["grant", &child, "--as", "visiting-nurse"], &out[..]].concat());
    let before = home.ok(&["export", &child]);
    let restart = |file: &str| home.fails(&["restart", file, "--compartment", "care"]);
    assert_eq!(restart("nurse.omamori"), (6, "no-right".to_owned()));
    home.ok(&["restart", &child, "--compartment", "care"]);
    assert_eq!(home.ok(&["export", &child]), before);
    let log = home.json(&["log", &child]);
    let last = log.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["what"], &last["in_force"]),
        (&"restart".into(), &true.into())
    );
    home.ok(&["merge", "nurse.omamori", &child]);
    home.ok(&["verify", "nurse.omamori"]);
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

#[test]
fn a_consent_given_on_the_command_line_is_worded_as_in_the_app_and_says_that_copies_stay() {
    let home = Home::new();
    let child = home.child("aoi");
    let grant = |name: &str, consent: &[&str]| {
        let file = format!("{name}.omamori");
        let asked = ["grant", &child, "--as", "day-service", "--name", name];
        home.ok(&[&asked[..], &["--out", &file, "--agreed-by", "母"], consent].concat());
        home.json(&["export", &child, "--compartment", "consents"])
            .to_string()
    };
    let first = grant("himawari", &[]);
    for words in [
        "ふだんの支援と、急なときの対応のため",
        "相手は、上の目的のほかには使いません。",
        "写し・印刷は、相手の手元に残ることがあります。",
        "毎日のケア・薬・機器・指示書: 見るだけ",
        "毎日の共有シート: 見る・書き足す",
        "これまでの病気・手術・入院",
    ] {
        assert!(first.contains(words), "{words}: {first}");
    }
    let second = grant(
        "kaede",
        &["--custody", "施設の棚に", "--withdrawal", "口頭で"],
    );
    for words in ["施設の棚に", "口頭で"] {
        assert!(!first.contains(words) && second.contains(words), "{words}");
    }
}
