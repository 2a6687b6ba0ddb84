use super::{
    build::JAPAN,
    first::{Block, BlockKind, FirstScreen, Line},
    label::Label,
    source::{Role, Standing},
};
use crate::{
    compartment::Compartment,
    id::{ActorId, DeviceId},
    statement::{FactId, How, StatementId, Value, Way},
    time::UnixMillis,
    view::{Author, FactView, FieldView, Presence, Retraction, Said, ValueView, View},
};

/// 2026-11-18, 23:30 in Tokyo.
const EVENING: i64 = 1_795_012_200_000;
const DAY: i64 = 86_400_000;

fn said(counter: u64, name: &str, role: Role, days: i64) -> Said {
    Said {
        statement: StatementId {
            counter,
            actor: ActorId::new([role as u8; 16]),
        },
        author: Author {
            device: DeviceId::new([role as u8; 32]),
            name: name.into(),
            role,
        },
        at: UnixMillis(EVENING + days * DAY),
        how: How::default(),
        standing: Standing::Plain,
        confirmed_by: vec![],
    }
}

fn mother(counter: u64) -> Said {
    said(counter, "母", Role::Guardian, 0)
}

fn nurse(counter: u64) -> Said {
    said(counter, "訪看 かえで", Role::Nurse, 1)
}

fn value(value: impl Into<Value>, said: Said) -> ValueView {
    ValueView {
        value: value.into(),
        said: vec![said],
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

fn fact(compartment: Compartment, kind: &str, fields: Vec<(&str, Vec<ValueView>)>) -> FactView {
    let fields = fields
        .into_iter()
        .map(|(name, values)| (name.to_owned(), FieldView { values }))
        .collect();
    FactView {
        id: FactId::Only(kind.into()),
        compartment,
        kind: kind.into(),
        fields,
        presence: Presence::Present,
        again: Vec::new(),
    }
}

fn emergency(kind: &str, fields: &[(&str, &str)]) -> FactView {
    let fields = fields
        .iter()
        .map(|&(name, text)| (name, vec![value(text, mother(1))]));
    fact(Compartment::Emergency, kind, fields.collect())
}

fn screen(facts: Vec<FactView>) -> FirstScreen {
    FirstScreen::from_view(&View { facts }, JAPAN)
}

fn block(screen: &FirstScreen, kind: BlockKind) -> Vec<Line> {
    screen
        .blocks
        .iter()
        .filter(|b| b.kind == kind)
        .flat_map(|b| b.lines.clone())
        .collect()
}

fn texts(lines: &[Line]) -> Vec<(String, Vec<String>)> {
    lines
        .iter()
        .map(|l| {
            (
                l.head.clone(),
                l.says.iter().map(|a| a.text.clone()).collect(),
            )
        })
        .collect()
}

#[test]
fn an_empty_record_shows_no_empty_headings() {
    assert_eq!(screen(vec![]).blocks, Vec::<Block>::new());
}

#[test]
fn the_blocks_stand_in_the_order_in_which_a_stranger_reads() {
    let facts = vec![
        emergency("phone", &[("name", "母"), ("number", "03-1")]),
        emergency("diagnosis", &[("name", "てんかん")]),
        emergency(
            "must-never",
            &[("text", "外さない"), ("reason", "息が止まる")],
        ),
        emergency("act-now", &[("sign", "SpO2<90"), ("act", "吸引")]),
    ];
    let screen = screen(facts);
    let order: Vec<_> = screen.blocks.iter().map(|b| b.kind).collect();
    assert_eq!(
        order,
        [
            BlockKind::Never,
            BlockKind::Now,
            BlockKind::Diagnosis,
            BlockKind::Phone
        ]
    );
    assert_eq!(
        block(&screen, BlockKind::Never)[0].says[0].text,
        "外さない（息が止まる）"
    );
    assert_eq!(block(&screen, BlockKind::Now)[0].head, "SpO2<90");
}

#[test]
fn weight_comes_with_its_unit_and_the_day_it_was_measured() {
    let who = screen(vec![emergency(
        "weight",
        &[
            ("value", "9.0"),
            ("unit", "kg"),
            ("measured_on", "2026-11-09"),
        ],
    )])
    .who;
    assert_eq!(who.weight[0].text, "9.0 kg");
    assert_eq!(who.weight[0].source.known_on.as_deref(), Some("2026-11-09"));
}

#[test]
fn a_date_is_the_day_on_the_readers_calendar() {
    let who = screen(vec![emergency("identity", &[("name", "あおい")])]).who;
    assert_eq!(who.name[0].source.on, "2026-11-18");
    assert_eq!(who.record_date, "2026-11-18");
}

#[test]
fn mother_and_nurse_disagree_about_a_setting_and_both_are_shown() {
    let setting = fact(
        Compartment::Emergency,
        "device-setting",
        vec![
            ("device", vec![value("呼吸器", mother(1))]),
            (
                "settings",
                vec![value("RR 24", mother(1)), value("RR 26", nurse(2))],
            ),
        ],
    );
    let lines = block(&screen(vec![setting]), BlockKind::Airway);
    assert_eq!(
        texts(&lines),
        [("呼吸器".into(), vec!["RR 24".into(), "RR 26".into()])]
    );
    let by: Vec<_> = lines[0].says.iter().map(|a| a.source.by.as_str()).collect();
    assert_eq!(by, ["母", "訪看 かえで"]);
    assert!(lines[0].is_contradicted());
}

#[test]
fn a_dose_and_its_unit_in_dispute_are_never_mixed_into_a_third() {
    let medicine = fact(
        Compartment::Care,
        "medicine",
        vec![
            ("name", vec![value("薬", mother(1))]),
            (
                "dose",
                vec![value("0.5", mother(1)), value("500", nurse(2))],
            ),
            ("unit", vec![value("g", mother(1)), value("mg", nurse(2))]),
        ],
    );
    let lines = block(&screen(vec![medicine]), BlockKind::Medicine);
    assert_eq!(
        texts(&lines),
        [("薬".into(), vec!["0.5g".into(), "500mg".into()])]
    );
}

#[test]
fn a_disputed_name_stands_in_each_wording() {
    let medicine = fact(
        Compartment::Care,
        "medicine",
        vec![
            (
                "name",
                vec![
                    value("アスピリン", mother(1)),
                    value("アスピリン腸溶錠", nurse(2)),
                ],
            ),
            ("dose", vec![value("50mg", mother(1))]),
        ],
    );
    let lines = block(&screen(vec![medicine]), BlockKind::Medicine);
    assert_eq!(
        texts(&lines),
        [(
            String::new(),
            vec!["アスピリン 50mg".into(), "アスピリン腸溶錠 50mg".into()]
        )]
    );
}

#[test]
fn what_one_retracted_and_another_said_again_shows_both() {
    let mut allergy = emergency("allergy", &[("substance", "卵"), ("reaction", "発疹")]);
    allergy.presence = Presence::Contested(vec![Retraction {
        reason: "検査で陰性".into(),
        said: nurse(2),
    }]);
    let lines = block(&screen(vec![allergy]), BlockKind::Avoid);
    assert_eq!(lines[0].says[0].text, "卵（発疹）");
    assert_eq!(lines[0].retracted[0].text, "検査で陰性");
    assert_eq!(lines[0].label, Some(Label::Allergy));
}

#[test]
fn what_everybody_retracted_is_not_shown() {
    let mut allergy = emergency("allergy", &[("substance", "卵")]);
    allergy.presence = Presence::Retracted(vec![Retraction {
        reason: "誤り".into(),
        said: mother(2),
    }]);
    assert_eq!(screen(vec![allergy]).blocks, vec![]);
}

#[test]
fn a_line_is_only_as_well_confirmed_as_its_weakest_part() {
    let confirmed = Said {
        standing: Standing::Confirmed,
        confirmed_by: vec![(
            said(9, "主治医 田中", Role::Doctor, 0).author,
            UnixMillis(EVENING),
        )],
        ..mother(1)
    };
    let transcribed = Said {
        standing: Standing::Transcribed,
        how: How {
            way: Way::Transcribed,
            document: Some("処方箋".into()),
            date: Some("2026-11-06".into()),
            by: None,
        },
        ..mother(2)
    };
    let line = |dose: Said| {
        let fields = vec![
            ("name", vec![value("薬", confirmed.clone())]),
            ("dose", vec![value("5mg", dose)]),
            ("when", vec![value("朝", confirmed.clone())]),
        ];
        block(
            &screen(vec![fact(Compartment::Care, "medicine", fields)]),
            BlockKind::Medicine,
        )[0]
        .says[0]
            .source
            .clone()
    };
    assert_eq!(
        line(confirmed.clone()).confirmed_by.as_deref(),
        Some("主治医 田中")
    );
    let weaker = line(transcribed);
    assert_eq!(
        (weaker.standing, weaker.document.as_deref()),
        (Standing::Transcribed, Some("処方箋"))
    );
    assert_eq!(weaker.confirmed_by, None);
}

#[test]
fn a_wish_is_shown_to_strangers_only_when_nobody_says_no() {
    let wish = |shown: Vec<ValueView>| {
        let fields = vec![
            ("text", vec![value("蘇生を優先", mother(1))]),
            ("show_to_strangers", shown),
        ];
        block(
            &screen(vec![fact(Compartment::Emergency, "wish", fields)]),
            BlockKind::Wish,
        )
        .len()
    };
    assert_eq!(wish(vec![value(true, mother(1))]), 1);
    assert_eq!(
        wish(vec![value(true, mother(1)), value(false, nurse(2))]),
        0
    );
    assert_eq!(wish(vec![]), 0);
}

#[test]
fn rescue_medicines_stand_before_those_never_to_interrupt_and_apart_from_routine_ones() {
    let medicine = |name: &str, importance: &str| {
        let mut medicine = emergency("medicine", &[("name", name), ("importance", importance)]);
        medicine.compartment = Compartment::Care;
        medicine
    };
    let screen = screen(vec![
        medicine("ろ", "never-interrupt"),
        medicine("い", "routine"),
        medicine("は", "rescue"),
    ]);
    let names = |kind| {
        block(&screen, kind)
            .into_iter()
            .map(|l| l.head)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(BlockKind::CriticalMedicine), ["は", "ろ"]);
    assert_eq!(names(BlockKind::Medicine), ["い"]);
}

#[test]
fn a_number_keeps_its_hours_and_the_hospital_its_card_number() {
    let phone = emergency(
        "phone",
        &[
            ("name", "こども病院"),
            ("number", "03-1"),
            ("hours", "24h"),
            ("first_at", "night"),
            ("card_number", "A-1"),
        ],
    );
    let lines = block(&screen(vec![phone]), BlockKind::Phone);
    assert_eq!(
        (lines[0].hours.as_str(), lines[0].first_at.as_str()),
        ("24h", "night")
    );
    assert_eq!(
        (lines[1].label, lines[1].says[0].text.as_str()),
        (Some(Label::CardNumber), "A-1")
    );
}

#[test]
fn an_allergy_noted_only_in_daily_care_is_not_missed() {
    let mut care = emergency("allergy", &[("substance", "そば")]);
    care.compartment = Compartment::Care;
    let mut again = emergency("allergy", &[("substance", "卵")]);
    again.compartment = Compartment::Care;
    let lines = block(
        &screen(vec![
            emergency("allergy", &[("substance", "卵")]),
            care,
            again,
        ]),
        BlockKind::Avoid,
    );
    assert_eq!(
        texts(&lines),
        [
            (String::new(), vec!["卵".to_owned()]),
            (String::new(), vec!["そば".to_owned()])
        ]
    );
}
