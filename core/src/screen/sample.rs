//! An invented child for tests of card and paper.

use super::{
    first::{Alternative, Block, BlockKind, FirstScreen, Line, Who},
    label::Label,
    source::{Role, Source, Standing},
};

pub(crate) fn by(name: &str, role: Role) -> Source {
    Source {
        by: name.into(),
        role,
        on: "2026-11-20".into(),
        ..Source::default()
    }
}

pub(crate) fn says(text: &str) -> Alternative {
    Alternative {
        text: text.into(),
        source: by("母", Role::Guardian),
    }
}

pub(crate) fn line(head: &str, text: &str) -> Line {
    Line {
        head: head.into(),
        says: vec![says(text)],
        ..Line::default()
    }
}

pub(crate) fn block(kind: BlockKind, lines: Vec<Line>) -> Block {
    Block { kind, lines }
}

/// Characters that no dictionary foresees.
pub(crate) fn rare(seed: u32, length: u32) -> String {
    let scattered =
        (1..=length).map(|n| (seed * 7919 + n * 104_729).wrapping_mul(2_654_435_761) >> 19);
    scattered
        .filter_map(|n| char::from_u32(0x4e00 + n))
        .collect()
}

/// A child with a little of everything, and two people who disagree about a dose and about a retraction.
pub(crate) fn mio() -> FirstScreen {
    let blocks = [
        never_and_now(),
        airway_and_baseline(),
        avoid_and_diagnosis(),
        vec![phones()],
        medicines_and_rest(),
    ];
    FirstScreen {
        who: who(),
        blocks: blocks.into_iter().flatten().collect(),
    }
}

fn who() -> Who {
    let weight = Alternative {
        text: "14.2 kg".into(),
        source: Source {
            known_on: Some("2026-10".into()),
            ..by("母", Role::Guardian)
        },
    };
    Who {
        name: vec![says("みお")],
        birth_date: vec![says("2020-02-29")],
        weight: vec![weight],
        record_date: "2026-11-20".into(),
        ..Who::default()
    }
}

fn never_and_now() -> Vec<Block> {
    let never = vec![
        line("", "夜のマスクを外さない（息が止まる）"),
        line("", "バルプロ酸を使わない"),
    ];
    let now = vec![
        line("SpO2<88", "吸引→マスク→119"),
        line("発作5分", "口腔用液を頬に→119\n時刻を書く"),
    ];
    vec![block(BlockKind::Never, never), block(BlockKind::Now, now)]
}

fn airway_and_baseline() -> Vec<Block> {
    let transcribed = Source {
        standing: Standing::Transcribed,
        document: Some("人工呼吸器指示書".into()),
        known_on: Some("2026-09-01".into()),
        ..by("母", Role::Guardian)
    };
    let ventilator = Line {
        head: "NPPV".into(),
        says: vec![Alternative {
            text: "IPAP 14 / EPAP 5 RR 20".into(),
            source: transcribed,
        }],
        ..Line::default()
    };
    vec![
        block(BlockKind::Airway, vec![ventilator]),
        block(BlockKind::Baseline, vec![labelled(Label::Spo2, "94–97%")]),
    ]
}

fn avoid_and_diagnosis() -> Vec<Block> {
    let egg = Line {
        retracted: vec![by_the_nurse("検査で陰性だった")],
        ..labelled(Label::Allergy, "卵（発疹）")
    };
    let diagnoses = vec![line("", "先天性ミオパチー"), line("", "側弯")];
    vec![
        block(BlockKind::Avoid, vec![egg]),
        block(BlockKind::Diagnosis, diagnoses),
    ]
}

fn phones() -> Block {
    let at = |hours: &str, first_at: &str, whom, number| Line {
        hours: hours.into(),
        first_at: first_at.into(),
        ..line(whom, number)
    };
    let lines = vec![
        at("24h", "night", "市民病院 救急", "03-1234-9876"),
        at("weekdays 9-17", "day", "市民病院 神経", "03-1234-9800"),
        line("祖父", "090-5555-1212"),
    ];
    block(BlockKind::Phone, lines)
}

/// Twenty routine medicines, and one on whose dose two people differ.
fn medicines_and_rest() -> Vec<Block> {
    let critical = Line {
        head: "口腔用液".into(),
        says: vec![says("2.5mg"), by_the_nurse("5mg")],
        ..Line::default()
    };
    let routine = (0..20).map(|n| line(&rare(n, 3), &rare(n + 20, 6)));
    vec![
        block(BlockKind::CriticalMedicine, vec![critical]),
        block(BlockKind::Medicine, routine.collect()),
        block(BlockKind::Rest, vec![labelled(Label::Height, "98 cm")]),
    ]
}

fn labelled(label: Label, text: &str) -> Line {
    Line {
        label: Some(label),
        ..line("", text)
    }
}

fn by_the_nurse(text: &str) -> Alternative {
    Alternative {
        text: text.into(),
        source: by("訪看 さとう", Role::Nurse),
    }
}

/// Without the twenty routine medicines everything fits.
pub(crate) fn small() -> FirstScreen {
    let mut screen = mio();
    screen.blocks.retain(|b| b.kind != BlockKind::Medicine);
    screen
}
