//! What a reader is told about a card, in words.

use super::{Contents, LeftOut, What};
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
