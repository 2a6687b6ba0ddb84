//! Everything in a record is a statement: said by someone, somehow known, perhaps superseded, never overwritten.

use crate::id::ActorId;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};

pub use crate::time::UnixMillis;

/// Which statement: Automerge's own (counter, actor) of the map that holds it, so it costs nothing to store.
///
/// Written `COUNTER@ACTOR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementId {
    /// Automerge operation counter.
    pub counter: u64,
    /// Automerge actor.
    pub actor: ActorId,
}

/// Which fact a statement is about.
///
/// Most facts are named by their first statement. Of some kinds a child has only one (a name, a weight): these are named by
/// the kind itself, so that two devices that both write it speak about the same fact and a difference becomes visible.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactId {
    /// Named by the statement that began it. Written like a [`StatementId`].
    Said(StatementId),
    /// The only fact of its kind in its compartment. Written `only:KIND`.
    Only(String),
}

/// The value of one field. Decimals are text, because "4.0" and "4" are not the same care taken.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(
    untagged,
    expecting = "expected a text, true or false, or a list of texts"
)]
pub enum Value {
    /// A word, a sentence, a date (ISO 8601) or a decimal number.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// An ordered list of texts, replaced as a whole.
    List(Vec<String>),
}

/// The fields that a statement sets. Names are `snake_case`; unknown names survive an older app.
pub type Fields = BTreeMap<String, Value>;

/// How the author knows. This is their word, not a proof: a transcribed instruction is never a doctor's signature.
#[derive(
    Debug,
    Clone,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct How {
    /// Seen, heard or copied.
    pub way: Way,
    /// Who told it, or who issued the document, in the author's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The document copied from: 「人工呼吸器指示書」.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Date of the document, the talk or the observation (ISO 8601).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

/// The three ways of knowing (design §3).
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Seen or measured by the author.
    #[default]
    Observed,
    /// Told to the author by someone.
    Told,
    /// Copied from a document.
    Transcribed,
}

/// What a statement says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// These fields have these values.
    Set {
        /// The fields and their values.
        fields: Fields,
        /// Per field, the statements whose value the author saw and replaces.
        supersedes: BTreeMap<String, Vec<StatementId>>,
        /// Retractions the author saw and says otherwise: the fact is said again.
        again: Vec<StatementId>,
    },
    /// The fact no longer holds.
    Retract {
        /// Why, in the author's words.
        reason: String,
        /// The statements the author saw. One that is not here stands, and is shown beside the retraction.
        covers: Vec<StatementId>,
    },
    /// The author, who must have the right, confirms exactly this statement. Lapses when it is superseded.
    Confirm {
        /// The statement confirmed.
        target: StatementId,
    },
}

/// Something said, not yet in any document: what an edit becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStatement {
    /// The fact it is about; `None` begins a new one, named by this statement.
    pub fact: Option<FactId>,
    /// Kind of the fact: `must-never`, `medicine`, … Unknown kinds survive an older app.
    pub kind: String,
    /// What it says.
    pub body: Body,
    /// How the author knows.
    pub how: How,
    /// When, by the author's clock.
    pub said_at: UnixMillis,
}

/// A statement as read from a document. Its author is not in it: the actor of its id belongs to a device by attestation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Which.
    pub id: StatementId,
    /// About which fact.
    pub fact: FactId,
    /// Kind of the fact.
    pub kind: String,
    /// What it says.
    pub body: Body,
    /// How the author knows.
    pub how: How,
    /// When, by the author's clock.
    pub said_at: UnixMillis,
}

/// Text that names no statement or fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a statement or fact: {0:?}")]
pub struct ReferenceError(pub String);

impl fmt::Display for StatementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.counter, self.actor)
    }
}

impl FromStr for StatementId {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let refuse = || ReferenceError(text.to_owned());
        let (counter, actor) = text.split_once('@').ok_or_else(refuse)?;
        let id = Self {
            counter: counter.parse().map_err(|_| refuse())?,
            actor: actor.parse().map_err(|_| refuse())?,
        };
        // One spelling per id: "+7@…" and "07@…" would be two names for one statement.
        if id.to_string() == text {
            Ok(id)
        } else {
            Err(refuse())
        }
    }
}

impl fmt::Display for FactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(id) => id.fmt(f),
            Self::Only(kind) => write!(f, "only:{kind}"),
        }
    }
}

impl FromStr for FactId {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        match text.strip_prefix("only:") {
            Some("") => Err(ReferenceError(text.to_owned())),
            Some(kind) => Ok(Self::Only(kind.to_owned())),
            None => text.parse().map(Self::Said),
        }
    }
}

macro_rules! serde_as_text {
    ($($name:ty),*) => { $(
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )* };
}

serde_as_text!(StatementId, FactId);
