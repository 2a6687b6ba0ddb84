//! A consent (同意書): a statement of the kind `consent` in the compartment `consents`, and its salted hash in the grant.
//!
//! ```text
//! SHA-256( "omamori/1/consent" ‖ CBOR [ record: 32, [* [name, value]] ] )      names ascending; a value is text, true/false
//!                                                                              or an array of texts
//! ```
//!
//! The statement holds a field [`SALT`] of 16 random bytes as hex. A relay sees the hash in the grant and learns nothing from
//! it: without the salt it cannot even try what the text may be. Whoever reads the compartment can say of each grant whether
//! the text agreed to is still what is shown: a statement never changes, so a hash that fits fits for good.

use crate::{
    cbor::{self, encode},
    cose::sha256,
    id::RecordId,
    statement::{Body, Fields, Statement, Value},
};
use rand_core::CryptoRng;
use std::collections::BTreeMap;

/// The kind of the statement.
pub const KIND: &str = "consent";
/// The field that makes the hash tell nothing.
pub const SALT: &str = "salt";
/// The field that says since when it no longer holds.
pub const WITHDRAWN_ON: &str = "withdrawn_on";

/// SHA-256 of a salted consent: what stands in a grant.
pub type ConsentHash = [u8; 32];

/// The fields of a consent as they are said, with a fresh salt.
pub fn salted(mut fields: Fields, rng: &mut impl CryptoRng) -> Fields {
    let mut salt = [0; 16];
    rng.fill_bytes(&mut salt);
    fields.insert(SALT.to_owned(), Value::Text(hex::encode(salt)));
    fields
}

/// The hash of these fields, salt included.
pub fn hash(record: &RecordId, fields: &Fields) -> ConsentHash {
    use ciborium::Value as Cbor;
    let field = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::Text(text) => Cbor::Text(text.clone()),
            Value::Flag(flag) => Cbor::Bool(*flag),
            Value::List(texts) => cbor::array(texts, |text| Cbor::Text(text.clone())),
        };
        Cbor::Array(vec![Cbor::Text(name.clone()), value])
    };
    let signed = Cbor::Array(vec![
        cbor::bytes(record.as_bytes()),
        cbor::array(fields, field),
    ]);
    sha256(&[b"omamori/1/consent", &encode(&signed)])
}

/// All consents that were ever given here, by their hash: the statements that a grant may name.
pub(crate) fn by_hash<'a>(
    record: &RecordId,
    statements: &'a [Statement],
) -> BTreeMap<ConsentHash, &'a Statement> {
    let given = |statement: &'a Statement| match &statement.body {
        Body::Set { fields, .. } if statement.kind == KIND && fields.contains_key(SALT) => {
            Some((hash(record, fields), statement))
        }
        _ => None,
    };
    statements.iter().filter_map(given).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded::Seeded;

    const RECORD: RecordId = RecordId::new([1; 32]);

    fn fields(to: &str) -> Fields {
        Fields::from([
            ("to".to_owned(), Value::Text(to.to_owned())),
            (
                "scope".to_owned(),
                Value::List(vec!["緊急".to_owned(), "連絡ノート".to_owned()]),
            ),
        ])
    }

    #[test]
    fn two_consents_of_the_same_words_have_hashes_that_nobody_can_compare() {
        let rng = &mut Seeded::new(1);
        let [one, other] = [(); 2].map(|()| hash(&RECORD, &salted(fields("放デイ"), rng)));
        assert_ne!(one, other);
    }

    #[test]
    fn a_word_changed_afterwards_or_another_child_is_another_consent() {
        let given = salted(fields("放デイ"), &mut Seeded::new(1));
        let as_given = hash(&RECORD, &given);
        let mut changed = given.clone();
        changed.insert("purpose".to_owned(), Value::Text("送迎".to_owned()));
        assert_eq!(hash(&RECORD, &given), as_given);
        assert_ne!(hash(&RECORD, &changed), as_given);
        assert_ne!(hash(&RecordId::new([2; 32]), &given), as_given);
    }

    #[test]
    fn moving_a_text_between_list_and_line_does_not_keep_the_hash() {
        let text = |value| hash(&RECORD, &Fields::from([("scope".to_owned(), value)]));
        assert_ne!(
            text(Value::Text("緊急".to_owned())),
            text(Value::List(vec!["緊急".to_owned()]))
        );
    }

    /// Computed independently of this code, from the description above.
    #[test]
    fn the_bytes_of_a_consent_are_frozen() {
        let mut given = fields("ひまわり");
        let salt = "00112233445566778899aabbccddeeff";
        given.insert(SALT.to_owned(), Value::Text(salt.to_owned()));
        assert_eq!(
            hex::encode(hash(&RECORD, &given)),
            "860923d4cabfa222b48939ea94f4c9ac2ce49b7b8e47f9feb088e076fe20e829"
        );
    }
}
