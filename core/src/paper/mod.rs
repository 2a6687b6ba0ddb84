//! Paper: an A4 sheet of two pages at most, with a card for the wallet to cut out and fold.
//!
//! [`Sheet`] says what stands on it, [`html`] draws it. The app prints the same markup with the same `sheet.css`.

pub mod html;
mod text;
mod wallet;

use crate::{
    card::{Card, LeftOut},
    screen::{
        first::{Block, BlockKind, FirstScreen},
        label::Language,
        wording,
    },
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
pub use wallet::Wallet;

/// Everything that stands on the paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// Language of the labels.
    pub language: Language,
    /// What it says, all of it unless `left_out` says otherwise.
    pub screen: FirstScreen,
    /// Age on the day of printing, if the birth date is known and undisputed.
    pub age: Option<String>,
    /// The day it was printed (`YYYY-MM-DD`).
    pub printed_on: String,
    /// Grows with every statement: of two sheets of one child, the higher one knows more.
    pub generation: u32,
    /// The code; none if the key lines are too long for one.
    pub code: Option<PrintedCode>,
    /// What did not fit on two pages.
    pub left_out: Vec<LeftOut>,
    /// The card to cut out.
    pub wallet: Wallet,
    /// How small it is set, 0 (12 pt) to 4 (8 pt): as large as fits.
    pub density: u8,
}

/// The card's code, printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrintedCode {
    /// A whole SVG image.
    pub svg: String,
    /// What is on the paper and not in the code.
    pub left_out: Vec<LeftOut>,
}

/// A sheet with its markup, for an app that has `sheet.css`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drawn {
    /// What stands on it.
    #[serde(flatten)]
    pub sheet: Sheet,
    /// [`html::body`] of it. Everything that people wrote is escaped in it.
    pub html: String,
}

impl From<Sheet> for Drawn {
    fn from(sheet: Sheet) -> Self {
        Self {
            html: html::body(&sheet),
            sheet,
        }
    }
}

/// The densest setting. Smaller than 8 pt is not read in a moving ambulance.
pub const DENSEST: u8 = 4;

/// Lines of the sheet's width that two pages hold at each density, with the wallet card's place taken off.
const ROOM: [usize; DENSEST as usize + 1] = [54, 74, 86, 98, 112];

impl Sheet {
    /// The sheet of a record, as large as it fits on two pages, by an estimate of its lines.
    ///
    /// Medicines for every day and the rest go first if it does not fit, from their ends, and the sheet says so.
    pub fn new(
        screen: &FirstScreen,
        card: Option<&Card>,
        generation: u32,
        printed_on: Date,
        language: Language,
    ) -> Self {
        let (screen, left_out) = shorten(screen);
        let needed = text::lines(&screen);
        let density = ROOM
            .iter()
            .position(|&room| needed <= room)
            .unwrap_or(usize::from(DENSEST));
        let undisputed = |born: &[crate::screen::first::Alternative]| match born {
            [one] => wording::age(&one.text, printed_on, language),
            _ => None,
        };
        Self {
            language,
            age: undisputed(&screen.who.birth_date),
            printed_on: printed_on.to_string(),
            generation,
            code: card.map(|card| PrintedCode {
                svg: card.code.svg(),
                left_out: card.contents.left_out.clone(),
            }),
            left_out,
            wallet: Wallet::of(&screen, language),
            density: u8::try_from(density).unwrap_or(DENSEST),
            screen,
        }
    }

    /// The same, set smaller; `None` if that would be smaller than can be read.
    pub fn denser(self) -> Option<Self> {
        (self.density < DENSEST).then(|| Self {
            density: self.density + 1,
            ..self
        })
    }
}

/// Leaves out what may go until the estimate fits at the densest setting.
fn shorten(screen: &FirstScreen) -> (FirstScreen, Vec<LeftOut>) {
    let room = ROOM.last().copied().unwrap_or_default();
    let mut screen = screen.clone();
    let mut left_out = Vec::new();
    for kind in [
        BlockKind::Rest,
        BlockKind::Medicine,
        BlockKind::CriticalMedicine,
        BlockKind::Phone,
    ] {
        let mut gone = 0;
        while text::lines(&screen) > room && drop_last(&mut screen.blocks, kind) {
            gone += 1;
        }
        if gone > 0 {
            left_out.push(LeftOut {
                block: kind,
                what: crate::card::What::Lines,
                count: gone,
            });
        }
    }
    (screen, left_out)
}

fn drop_last(blocks: &mut Vec<Block>, kind: BlockKind) -> bool {
    let dropped = blocks
        .iter_mut()
        .find(|b| b.kind == kind)
        .is_some_and(|block| block.lines.pop().is_some());
    blocks.retain(|block| !block.lines.is_empty());
    dropped
}

#[cfg(test)]
mod tests;
