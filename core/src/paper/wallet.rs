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

/// Half-width characters across the card at 6.6 pt.
const ACROSS: usize = 66;
/// Lines below the name.
const ROWS: usize = 13;

impl Wallet {
    /// What fits, block by block: must never, avoid, first number, now, airway, rescue medicines, diagnoses.
    pub(super) fn of(screen: &FirstScreen, language: Language) -> Self {
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
        };
        let mut rows = 0;
        for kind in ORDER {
            let lines = screen
                .blocks
                .iter()
                .filter(|b| b.kind == kind)
                .flat_map(|b| &b.lines);
            for line in lines.filter(|line| kind != BlockKind::Phone || is_first_number(line)) {
                let text = text(line, language);
                let needs = (width(&text) + 4).div_ceil(ACROSS);
                if rows + needs <= ROWS {
                    rows += needs;
                    wallet.lines.push(WalletLine { kind, text });
                } else if matches!(kind, BlockKind::Never | BlockKind::Now | BlockKind::Avoid) {
                    wallet.more += 1;
                }
            }
        }
        wallet.lines.sort_by_key(|line| line.kind);
        wallet
    }
}

fn is_first_number(line: &Line) -> bool {
    line.label != Some(Label::CardNumber) && !line.first_at.is_empty()
}

fn text(line: &Line, language: Language) -> String {
    let says: Vec<_> = line.says.iter().map(|a| a.text.as_str()).collect();
    let head = if line.head.is_empty() {
        String::new()
    } else {
        format!("{}: ", line.head)
    };
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
