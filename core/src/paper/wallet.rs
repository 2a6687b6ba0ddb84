//! The card for the wallet: 85.6 × 54 mm twice, folded. One side speaks in letters, the other is the code.

use super::text::width;
use crate::screen::{
    first::{BlockKind, FirstScreen, Line},
    label::{Label, Language},
    wording,
};
use serde::{Deserialize, Serialize};

/// The letters of the card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wallet {
    /// Its lines, most important first.
    pub lines: Vec<WalletLine>,
    /// Set in 8 pt instead of 6.6: there is room.
    pub large: bool,
    /// Lines of "must never", "now" and "avoid" that found no room and stand in the code and on the sheet.
    pub more: usize,
}

/// One line of the card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletLine {
    /// From which block.
    pub kind: BlockKind,
    /// Every wording, with "／" between those that contradict each other.
    pub text: String,
}

/// A size of letters: half-width characters across the card, and lines below the name.
#[derive(Clone, Copy)]
struct Setting {
    across: usize,
    rows: usize,
}

/// 8 pt.
const LARGE: Setting = Setting {
    across: 54,
    rows: 11,
};
/// 6.6 pt.
const SMALL: Setting = Setting {
    across: 66,
    rows: 13,
};

impl Wallet {
    /// What fits, block by block: must never, avoid, first number, now, airway, rescue medicines, diagnoses.
    pub(super) fn of(screen: &FirstScreen, language: Language) -> Self {
        let (large, all) = Self::set(screen, language, LARGE);
        if all {
            Self {
                large: true,
                ..large
            }
        } else {
            Self::set(screen, language, SMALL).0
        }
    }

    /// In letters of one size; and whether everything but medicines and diagnoses fits.
    fn set(screen: &FirstScreen, language: Language, setting: Setting) -> (Self, bool) {
        const ORDER: [BlockKind; 7] = [
            BlockKind::Never,
            BlockKind::Avoid,
            BlockKind::Phone,
            BlockKind::Now,
            BlockKind::Airway,
            BlockKind::CriticalMedicine,
            BlockKind::Diagnosis,
        ];
        let mut wallet = Self {
            lines: Vec::new(),
            more: 0,
            large: false,
        };
        let (mut rows, mut all) = (0, true);
        for kind in ORDER {
            let lines = screen
                .blocks
                .iter()
                .filter(|b| b.kind == kind)
                .flat_map(|b| &b.lines);
            for line in lines.filter(|line| kind != BlockKind::Phone || is_first_number(line)) {
                let text = text(line, language);
                let needs = (width(&text) + 4).div_ceil(setting.across);
                if rows + needs <= setting.rows {
                    rows += needs;
                    wallet.lines.push(WalletLine { kind, text });
                    continue;
                }
                all &= matches!(kind, BlockKind::CriticalMedicine | BlockKind::Diagnosis);
                if matches!(kind, BlockKind::Never | BlockKind::Now | BlockKind::Avoid) {
                    wallet.more += 1;
                }
            }
        }
        wallet.lines.sort_by_key(|line| line.kind);
        (wallet, all)
    }
}

fn is_first_number(line: &Line) -> bool {
    line.label != Some(Label::CardNumber) && !line.first_at.is_empty()
}

fn text(line: &Line, language: Language) -> String {
    let says: Vec<_> = line.says.iter().map(|a| a.text.as_str()).collect();
    let label = line.label.map(|label| label.text(language));
    let head: String = [label.unwrap_or_default(), &line.head]
        .into_iter()
        .filter(|head| !head.is_empty())
        .map(|head| format!("{head}: "))
        .collect();
    let retracted: Vec<_> = line.retracted.iter().map(|a| a.text.as_str()).collect();
    let retracted = match (retracted.is_empty(), language) {
        (true, _) => String::new(),
        (false, Language::Ja) => format!(" ／ 取り消し: {}", retracted.join(" ／ ")),
        (false, Language::En) => format!(" ／ retracted: {}", retracted.join(" ／ ")),
    };
    let hour = wording::first_at(&line.first_at, language);
    let hour = if hour.is_empty() {
        String::new()
    } else {
        format!(" {hour}")
    };
    format!("{head}{}{retracted}{hour}", says.join(" ／ "))
}
