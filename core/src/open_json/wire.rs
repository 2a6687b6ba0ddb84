//! How a statement lies in JSON: flat, with `fields` or with `retract`, never both.

use super::{OpenStatement, Signed, What, moment};
use crate::statement::{Fields, How};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};
use std::{borrow::Cow, collections::BTreeMap};

/// One saying: either it sets `fields`, or it retracts the fact.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wire {
    /// The fields set and their values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fields: Option<Fields>,
    /// Per field, the positions of the earlier statements whose value the author saw and replaces.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    supersedes: BTreeMap<String, Vec<usize>>,
    /// Positions of retractions that the author saw and says otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    again: Vec<usize>,
    /// Why the fact no longer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retract: Option<String>,
    /// Positions of the earlier statements that the retraction covers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    covers: Vec<usize>,
    /// How the author knows.
    how: How,
    /// When it was said, by the author's clock: ISO 8601 with offset, written at +09:00.
    said_at: String,
    /// Who signed it in the record it comes from. Not read: whoever imports signs anew.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "not_read"
    )]
    signed: Option<Signed>,
}

fn not_read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Signed>, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| None)
}

impl From<OpenStatement> for Wire {
    fn from(statement: OpenStatement) -> Self {
        let mut wire = Self {
            fields: None,
            supersedes: BTreeMap::new(),
            again: Vec::new(),
            retract: None,
            covers: Vec::new(),
            how: statement.how,
            said_at: moment::write(statement.said_at),
            signed: statement.signed,
        };
        match statement.what {
            What::Set {
                fields,
                supersedes,
                again,
            } => (wire.fields, wire.supersedes, wire.again) = (Some(fields), supersedes, again),
            What::Retract { reason, covers } => {
                (wire.retract, wire.covers) = (Some(reason), covers);
            }
        }
        wire
    }
}

impl TryFrom<Wire> for OpenStatement {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, &'static str> {
        let said_at =
            moment::read(&wire.said_at).ok_or("said_at is not a moment with its offset")?;
        let what = match (wire.fields, wire.retract) {
            (Some(fields), None) if wire.covers.is_empty() => What::Set {
                fields,
                supersedes: wire.supersedes,
                again: wire.again,
            },
            (None, Some(reason)) if wire.supersedes.is_empty() && wire.again.is_empty() => {
                What::Retract {
                    reason,
                    covers: wire.covers,
                }
            }
            (Some(_), None) => return Err("covers belongs to retract"),
            (None, Some(_)) => return Err("supersedes and again belong to fields"),
            _ => return Err("a statement has either fields or retract"),
        };
        Ok(Self {
            what,
            how: wire.how,
            said_at,
            signed: None,
        })
    }
}

impl JsonSchema for OpenStatement {
    fn schema_name() -> Cow<'static, str> {
        "OpenStatement".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut schema = Wire::json_schema(generator);
        let either = serde_json::json!([{ "required": ["fields"] }, { "required": ["retract"] }]);
        schema.insert("oneOf".to_owned(), either);
        schema
    }
}
