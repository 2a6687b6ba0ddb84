//! Where a line comes from: who, when, how they know, and whether a professional's signature stands behind it.

use serde::{Deserialize, Serialize};

/// The part a person has in a child's care, as a manager of the record named it.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// 保護者.
    Guardian,
    /// 医師.
    Doctor,
    /// 訪問看護師.
    Nurse,
    /// 学校看護師・教員.
    School,
    /// 児発・放デイ.
    DayService,
    /// 相談支援専門員・コーディネーター.
    Coordinator,
    /// 市町村.
    Municipality,
    /// 避難所.
    Shelter,
    /// 薬局.
    Pharmacy,
    /// The child.
    Child,
    /// Nobody said.
    #[default]
    Other,
}

/// The three standings that never look alike (design §3).
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// A professional confirmed exactly this under their own signature.
    Confirmed,
    /// Copied from a document by whoever wrote it.
    Transcribed,
    /// A plain entry.
    #[default]
    Plain,
}

/// The source of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Who entered it: 「母」.
    pub by: String,
    /// Their role.
    pub role: Role,
    /// Date of the statement, local (`YYYY-MM-DD`).
    pub on: String,
    /// Confirmed, transcribed or plain.
    pub standing: Standing,
    /// Who confirmed it, if someone did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<String>,
    /// Who told it or issued the document, in the author's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_by: Option<String>,
    /// The document it was copied from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Date of the document, talk or observation (ISO 8601).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_on: Option<String>,
}
