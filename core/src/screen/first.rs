//! The first screen for a stranger (design §9): one type, drawn by the app, carried by the card, printed on the sheet.

use super::{label::Label, source::Source};
use serde::{Deserialize, Serialize};

/// Everything a stranger reads first, in the order in which they read it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstScreen {
    /// ① Whose record.
    pub who: Who,
    /// ②–⑨ and what follows, in order, without empty blocks.
    pub blocks: Vec<Block>,
}

/// ① Who.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// Name, as called.
    pub name: Vec<Alternative>,
    /// Reading (ふりがな), if different.
    pub reading: Vec<Alternative>,
    /// `YYYY-MM-DD`. The age is counted by whoever draws.
    pub birth_date: Vec<Alternative>,
    /// 女児, 男児.
    pub sex: Vec<Alternative>,
    /// "9.0 kg"; its measuring date is the `known_on` of its source.
    pub weight: Vec<Alternative>,
    /// Date of the newest statement in the whole screen, local.
    pub record_date: String,
    /// Attachment hash of the photo, lower-case hex. Never on a card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<String>,
}

/// A block: one heading, never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Which.
    pub kind: BlockKind,
    /// Its lines, most important first.
    pub lines: Vec<Line>,
}

/// The blocks in reading order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockKind {
    /// ② Must never. The only red.
    Never,
    /// ③ Now: sign → act. The only amber.
    Now,
    /// ④ Airway, devices, settings.
    Airway,
    /// ⑤ Baseline.
    Baseline,
    /// ⑥ Allergies and procedures to avoid.
    Avoid,
    /// ⑦ Diagnoses.
    Diagnosis,
    /// ⑧ Wishes, if the family shows them.
    Wish,
    /// ⑨ Whom to call, card number.
    Phone,
    /// Below: rescue medicines and those never to interrupt.
    CriticalMedicine,
    /// Below: routine medicines.
    Medicine,
    /// Below: the rest.
    Rest,
}

/// One line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What kind of value it is, where the family wrote no heading: translated by whoever draws.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// The sign (③), the device (④), whom (⑨), the medicine's name; empty if the text stands alone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub head: String,
    /// What it says. More than one: people contradict each other, and all are shown.
    pub says: Vec<Alternative>,
    /// Somebody retracted it while somebody else said it: shown as a contradiction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retracted: Vec<Alternative>,
    /// ⑨ When somebody answers: `24h`, `weekdays 8-18`; empty if nobody said. Whoever draws sorts by the hour.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hours: String,
    /// ⑨ When to call there before anybody else: `day`, `night`; empty if nobody said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub first_at: String,
}

impl BlockKind {
    /// All of them, in reading order.
    pub const ALL: [Self; 11] = [
        Self::Never,
        Self::Now,
        Self::Airway,
        Self::Baseline,
        Self::Avoid,
        Self::Diagnosis,
        Self::Wish,
        Self::Phone,
        Self::CriticalMedicine,
        Self::Medicine,
        Self::Rest,
    ];
}

impl Line {
    /// Do people contradict each other here?
    pub fn is_contradicted(&self) -> bool {
        self.says.len() > 1 || !self.retracted.is_empty()
    }
}

/// One wording, with its source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternative {
    /// The text, units included. For a retraction: its reason.
    pub text: String,
    /// Who says so.
    pub source: Source,
}
