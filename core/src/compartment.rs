//! The nine compartments of a record: each one document with its own key, because a key is the only border that holds offline.

use std::{fmt, str::FromStr};

/// A part of the record that is shared or withheld as a whole (design §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "card",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
#[cfg_attr(feature = "record", derive(schemars::JsonSchema))]
pub enum Compartment {
    /// What a stranger must know in the first minute.
    Emergency,
    /// Daily care, devices, medicines, instruction sheets (指示書).
    Care,
    /// Evacuation plan, power, what to carry (個別避難計画).
    Evacuation,
    /// The lifelong course: first visits, operations, admissions (生涯史).
    History,
    /// The child as a person, family, wishes.
    Life,
    /// Advance care planning and what the family shows to few.
    Restricted,
    /// Contacts and supporters.
    People,
    /// The shared sheet (共有シート): dated entries.
    Log,
    /// Consents and who is who.
    Consents,
}

impl Compartment {
    /// All nine, in the order of the design.
    pub const ALL: [Self; 9] = [
        Self::Emergency,
        Self::Care,
        Self::Evacuation,
        Self::History,
        Self::Life,
        Self::Restricted,
        Self::People,
        Self::Log,
        Self::Consents,
    ];

    /// Its name in files and formats.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Care => "care",
            Self::Evacuation => "evacuation",
            Self::History => "history",
            Self::Life => "life",
            Self::Restricted => "restricted",
            Self::People => "people",
            Self::Log => "log",
            Self::Consents => "consents",
        }
    }
}

impl fmt::Display for Compartment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no compartment's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no compartment is called {0:?}")]
pub struct UnknownCompartment(pub String);

impl FromStr for Compartment {
    type Err = UnknownCompartment;

    fn from_str(name: &str) -> Result<Self, UnknownCompartment> {
        Self::ALL
            .into_iter()
            .find(|c| c.name() == name)
            .ok_or_else(|| UnknownCompartment(name.to_owned()))
    }
}
