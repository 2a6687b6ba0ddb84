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
    let nurse = || by("訪看 さとう", Role::Nurse);
    let transcribed = Source {
        standing: Standing::Transcribed,
        document: Some("人工呼吸器指示書".into()),
        known_on: Some("2026-09-01".into()),
        ..by("母", Role::Guardian)
    };
    FirstScreen {
        who: Who {
            name: vec![says("みお")],
            birth_date: vec![says("2020-02-29")],
            weight: vec![Alternative {
                text: "14.2 kg".into(),
                source: Source {
                    known_on: Some("2026-10".into()),
                    ..by("母", Role::Guardian)
                },
            }],
            record_date: "2026-11-20".into(),
            ..Who::default()
        },
        blocks: vec![
            block(
                BlockKind::Never,
                vec![
                    line("", "夜のマスクを外さない（息が止まる）"),
                    line("", "バルプロ酸を使わない"),
                ],
            ),
            block(
                BlockKind::Now,
                vec![
                    line("SpO2<88", "吸引→マスク→119"),
                    line("発作5分", "口腔用液を頬に→119\n時刻を書く"),
                ],
            ),
            block(
                BlockKind::Airway,
                vec![Line {
                    head: "NPPV".into(),
                    says: vec![Alternative {
                        text: "IPAP 14 / EPAP 5 RR 20".into(),
                        source: transcribed,
                    }],
                    ..Line::default()
                }],
            ),
            block(
                BlockKind::Baseline,
                vec![Line {
                    label: Some(Label::Spo2),
                    ..line("", "94–97%")
                }],
            ),
            block(
                BlockKind::Avoid,
                vec![Line {
                    label: Some(Label::Allergy),
                    retracted: vec![Alternative {
                        text: "検査で陰性だった".into(),
                        source: nurse(),
                    }],
                    ..line("", "卵（発疹）")
                }],
            ),
            block(
                BlockKind::Diagnosis,
                vec![line("", "先天性ミオパチー"), line("", "側弯")],
            ),
            block(
                BlockKind::Phone,
                vec![
                    Line {
                        hours: "24h".into(),
                        first_at: "night".into(),
                        ..line("市民病院 救急", "03-1234-9876")
                    },
                    Line {
                        hours: "weekdays 9-17".into(),
                        first_at: "day".into(),
                        ..line("市民病院 神経", "03-1234-9800")
                    },
                    line("祖父", "090-5555-1212"),
                ],
            ),
            block(
                BlockKind::CriticalMedicine,
                vec![Line {
                    head: "口腔用液".into(),
                    says: vec![
                        says("2.5mg"),
                        Alternative {
                            text: "5mg".into(),
                            source: nurse(),
                        },
                    ],
                    ..Line::default()
                }],
            ),
            block(
                BlockKind::Medicine,
                (0..20)
                    .map(|n| line(&rare(n, 3), &rare(n + 20, 6)))
                    .collect(),
            ),
            block(
                BlockKind::Rest,
                vec![Line {
                    label: Some(Label::Height),
                    ..line("", "98 cm")
                }],
            ),
        ],
    }
}

/// Without the twenty routine medicines everything fits.
pub(crate) fn small() -> FirstScreen {
    let mut screen = mio();
    screen.blocks.retain(|b| b.kind != BlockKind::Medicine);
    screen
}
