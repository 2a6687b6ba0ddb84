//! The words of the first screen that are ours and not the family's, in both languages.

use super::{
    first::BlockKind,
    source::{Role, Standing},
};
use serde::{Deserialize, Serialize};

/// The language of labels. What people said is never translated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// 日本語.
    #[default]
    Ja,
    /// English.
    En,
}

/// What a value is, where the family wrote no heading of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// Blood oxygen saturation.
    Spo2,
    /// Pulse.
    Pulse,
    /// Breaths per minute.
    Respiration,
    /// Body temperature.
    Temperature,
    /// End-tidal carbon dioxide.
    Etco2,
    /// Consciousness and how the child answers.
    Consciousness,
    /// Anything else of the baseline.
    Other,
    /// Spare tube or cannula, and where it is.
    Spare,
    /// An allergy, where the line beside it is a procedure to avoid.
    Allergy,
    /// A hospital's card number.
    CardNumber,
    /// Height.
    Height,
    /// Blood type.
    BloodType,
}

impl Label {
    /// All of them, in the order of their numbers on a card; new ones are added at the end.
    pub const ALL: [Self; 12] = [
        Self::Spo2,
        Self::Pulse,
        Self::Respiration,
        Self::Temperature,
        Self::Etco2,
        Self::Consciousness,
        Self::Other,
        Self::Spare,
        Self::Allergy,
        Self::CardNumber,
        Self::Height,
        Self::BloodType,
    ];

    /// The word a reader sees.
    pub const fn text(self, language: Language) -> &'static str {
        let (ja, en) = match self {
            Self::Spo2 => ("SpO2", "SpO2"),
            Self::Pulse => ("脈", "Pulse"),
            Self::Respiration => ("呼吸", "Breaths"),
            Self::Temperature => ("体温", "Temp."),
            Self::Etco2 => ("EtCO2", "EtCO2"),
            Self::Consciousness => ("意識", "Consciousness"),
            Self::Other => ("その他", "Other"),
            Self::Spare => ("予備", "Spare"),
            Self::Allergy => ("アレルギー", "Allergy"),
            Self::CardNumber => ("診察券", "Card no."),
            Self::Height => ("身長", "Height"),
            Self::BloodType => ("血液型", "Blood type"),
        };
        language.pick(ja, en)
    }
}

impl Language {
    /// One of two wordings.
    pub const fn pick<T: Copy>(self, ja: T, en: T) -> T {
        match self {
            Self::Ja => ja,
            Self::En => en,
        }
    }
}

impl BlockKind {
    /// The heading a reader sees.
    pub const fn heading(self, language: Language) -> &'static str {
        let (ja, en) = match self {
            Self::Never => ("絶対にしない", "Must never"),
            Self::Now => ("こうなったら、すぐ", "If this, do now"),
            Self::Airway => ("気道・機器・設定", "Airway, devices, settings"),
            Self::Baseline => ("ふだんの値", "Usual values"),
            Self::Avoid => ("アレルギー・避けること", "Allergies, avoid"),
            Self::Diagnosis => ("病名", "Diagnoses"),
            Self::Wish => ("家族の意向", "Family's wishes"),
            Self::Phone => ("連絡先", "Call"),
            Self::CriticalMedicine => ("頓用・切らせない薬", "Rescue, never interrupt"),
            Self::Medicine => ("ふだんの薬", "Routine medicines"),
            Self::Rest => ("そのほか", "More"),
        };
        language.pick(ja, en)
    }

    /// The sign that stands beside the colour, so that nothing hangs on colour alone.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Never => "✕",
            Self::Now => "▶",
            _ => "",
        }
    }
}

impl Role {
    /// The word a reader sees; empty for [`Role::Other`].
    pub const fn text(self, language: Language) -> &'static str {
        let (ja, en) = match self {
            Self::Guardian => ("保護者", "guardian"),
            Self::Doctor => ("医師", "doctor"),
            Self::Nurse => ("訪問看護師", "visiting nurse"),
            Self::School => ("学校", "school"),
            Self::DayService => ("児発・放デイ", "day service"),
            Self::Coordinator => ("相談支援", "coordinator"),
            Self::Municipality => ("市町村", "municipality"),
            Self::Shelter => ("避難所", "shelter"),
            Self::Pharmacy => ("薬局", "pharmacy"),
            Self::Child => ("本人", "the child"),
            Self::Other => ("", ""),
        };
        language.pick(ja, en)
    }
}

impl Standing {
    /// The word a reader sees; a plain entry has none.
    pub const fn text(self, language: Language) -> &'static str {
        let (ja, en) = match self {
            Self::Confirmed => ("署名で確認", "signed confirmation"),
            Self::Transcribed => ("転記", "transcribed"),
            Self::Plain => ("", ""),
        };
        language.pick(ja, en)
    }
}
