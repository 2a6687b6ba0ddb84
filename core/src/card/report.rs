//! What a reader is told about a card, in words.

use super::{Card, Contents, LeftOut, What};
use crate::screen::{first::FirstScreen, label::Language};
use serde::Serialize;

/// An opened card as the app and the command line show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What it says.
    pub screen: FirstScreen,
    /// What it leaves out, a phrase each, in Japanese.
    pub left_out: Vec<String>,
    /// The same in English.
    pub left_out_en: Vec<String>,
    /// Of two cards of one child, the higher one knows more.
    pub generation: u32,
    /// The day it was made (`YYYY-MM-DD`).
    pub printed_on: String,
    /// Unchanged since printed, no more: otherwise it would not have opened.
    pub intact: bool,
    /// Format of the card.
    pub version: u8,
}

impl From<Contents> for Report {
    fn from(contents: Contents) -> Self {
        let left_out = |language| {
            contents
                .left_out
                .iter()
                .map(|left| left.text(language))
                .collect()
        };
        Self {
            left_out: left_out(Language::Ja),
            left_out_en: left_out(Language::En),
            generation: contents.generation,
            printed_on: contents.printed_on.to_string(),
            intact: true,
            version: super::VERSION,
            screen: contents.screen,
        }
    }
}

/// A card as the app and the command line show it to the family that makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Made {
    /// What the code says.
    pub url: String,
    /// Version of the QR code, 1–22.
    pub version: u8,
    /// Its error correction level, always `M`.
    pub ecc: &'static str,
    /// Bytes before they became digits.
    pub bytes: usize,
    /// Of two cards of one child, the higher one knows more.
    pub generation: u32,
    /// What it leaves out, a phrase each, in Japanese.
    pub left_out: Vec<String>,
    /// The same in English.
    pub left_out_en: Vec<String>,
    /// The code as a whole SVG image.
    pub svg: String,
    /// Its rows of modules, without quiet zone; true is dark.
    pub modules: Vec<Vec<bool>>,
}

impl From<Card> for Made {
    fn from(card: Card) -> Self {
        let left_out = |language| {
            card.contents
                .left_out
                .iter()
                .map(|left| left.text(language))
                .collect()
        };
        let (code, size) = (&card.code, card.code.size());
        Self {
            version: code.version(),
            ecc: "M",
            bytes: card.bytes,
            generation: card.contents.generation,
            left_out: left_out(Language::Ja),
            left_out_en: left_out(Language::En),
            svg: code.svg(),
            modules: (0..size)
                .map(|y| (0..size).map(|x| code.is_dark(x, y)).collect())
                .collect(),
            url: card.url,
        }
    }
}

impl LeftOut {
    /// 「ふだんの薬 4件」, "Routine medicines: 4".
    pub fn text(&self, language: Language) -> String {
        let (block, count) = (self.block.heading(language), self.count);
        match (self.what, language) {
            (What::Lines, Language::Ja) => format!("{block} {count}件"),
            (What::Lines, Language::En) => format!("{block}: {count}"),
            (What::Doses, Language::Ja) => format!("{block} {count}件の量と時刻"),
            (What::Doses, Language::En) => format!("{block}: doses and times of {count}"),
            (What::Sources, Language::Ja) => "転記元の書類名・聞いた相手".to_owned(),
            (What::Sources, Language::En) => "Names of documents and informants".to_owned(),
        }
    }

    /// Everything that was left out in one sentence; empty if nothing was.
    pub fn sentence(all: &[Self], language: Language) -> String {
        let texts: Vec<_> = all.iter().map(|left| left.text(language)).collect();
        match (texts.is_empty(), language) {
            (true, _) => String::new(),
            (false, Language::Ja) => format!("このQRに入りきらなかったもの: {}", texts.join("、")),
            (false, Language::En) => format!("Did not fit into this code: {}", texts.join("; ")),
        }
    }
}
