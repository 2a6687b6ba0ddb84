//! The shapes a value can have, one editor each. Values travel as text; these types only vouch for their shape.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The shape of a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Form {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    /// A decimal number in half-width digits, exactly as written: "4.0" is not "4".
    Decimal,
    /// A day: `2026-11-18`.
    Date,
    /// A day, a month or a year, as exactly as it is known: `2026-11-18`, `2026-11`, `2026`.
    PartialDate,
    /// A day, and if known the time with its offset: `2026-11-18T10:40+09:00`, `2026-11-17`.
    DateTime,
    /// A time of day: `07:00`.
    Time,
    /// One of a few words.
    Choice {
        /// The words that are stored, with what a reader sees.
        choices: &'static [Choice],
    },
    /// Several lines, each one item.
    List,
    /// Yes or no.
    Flag,
    /// A photo or a scanned paper, named by the hash of its bytes: 64 lower-case hexadecimal digits.
    Attachment,
    /// A telephone number.
    Phone,
}

/// One of the words that a field of [`Form::Choice`] accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What is stored.
    pub value: &'static str,
    /// What a Japanese reader sees.
    pub label_ja: &'static str,
    /// What an English reader sees.
    pub label_en: &'static str,
}

/// A choice, in one line.
pub(super) const fn choice(
    value: &'static str,
    label_ja: &'static str,
    label_en: &'static str,
) -> Choice {
    Choice {
        value,
        label_ja,
        label_en,
    }
}

/// What the JSON Schema lists as allowed words.
pub(super) fn values(choices: &[Choice]) -> Vec<&'static str> {
    choices.iter().map(|choice| choice.value).collect()
}

/// Is this text shaped like that form? Forms that are not text accept nothing here.
pub(super) fn fits(form: Form, text: &str) -> bool {
    match form {
        Form::Text | Form::LongText => !text.trim().is_empty(),
        Form::Decimal => is_decimal(text),
        Form::Date => is_date(text),
        Form::PartialDate => is_date(text) || is_month(text) || is_year(text),
        Form::DateTime => is_date(text) || is_moment(text),
        Form::Time => is_time(text),
        Form::Choice { choices } => choices.iter().any(|choice| choice.value == text),
        Form::Attachment => is_hash(text),
        Form::Phone => is_phone(text),
        Form::List | Form::Flag => false,
    }
}

fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let padded = whole.len() > 1 && whole.starts_with('0');
    !padded && all_digits(whole) && all_digits(fraction)
}

fn is_date(text: &str) -> bool {
    // jiff reads more spellings than this one, so the length is checked too.
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

fn is_month(text: &str) -> bool {
    text.len() == 7 && is_date(&format!("{text}-01"))
}

fn is_year(text: &str) -> bool {
    text.len() == 4 && all_digits(text)
}

fn is_time(text: &str) -> bool {
    text.split_once(':').is_some_and(|(hour, minute)| {
        (is_below(hour, 24) || hour == "24" && minute == "00") && is_below(minute, 60)
    })
}

fn is_moment(text: &str) -> bool {
    let Some((date, rest)) = text.split_once('T') else {
        return false;
    };
    let Some((time, offset)) = rest.split_at_checked(5) else {
        return false;
    };
    let Some((sign, hours)) = offset.split_at_checked(1) else {
        return false;
    };
    is_date(date) && is_time(time) && matches!(sign, "+" | "-") && is_time(hours)
}

fn is_below(two_digits: &str, limit: u8) -> bool {
    two_digits.len() == 2
        && all_digits(two_digits)
        && two_digits.parse().is_ok_and(|n: u8| n < limit)
}

fn is_hash(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn is_phone(text: &str) -> bool {
    let allowed =
        |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '#' | '*' | '(' | ')' | ' ');
    text.chars().all(allowed) && text.chars().any(|c| c.is_ascii_digit())
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A text that has not the shape it should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not shaped like a {0}")]
pub struct Misfit(&'static str);

macro_rules! shaped {
    ($($(#[doc = $doc:literal])* $name:ident => $pattern:literal;)+) => { $(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text as it was written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Misfit;

            fn try_from(text: String) -> Result<Self, Misfit> {
                if fits(Form::$name, &text) { Ok(Self(text)) } else { Err(Misfit(stringify!($name))) }
            }
        }

        impl From<$name> for String {
            fn from(shaped: $name) -> Self {
                shaped.0
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    )+ };
}

shaped! {
    /// See [`Form::Decimal`].
    Decimal => r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$";
    /// See [`Form::Date`].
    Date => "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
    /// See [`Form::PartialDate`].
    PartialDate => "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$";
    /// See [`Form::DateTime`].
    DateTime => "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2})?$";
    /// See [`Form::Time`].
    Time => "^[0-9]{2}:[0-9]{2}$";
    /// See [`Form::Attachment`].
    Attachment => "^[0-9a-f]{64}$";
    /// See [`Form::Phone`].
    Phone => r"^[0-9+#*() -]*[0-9][0-9+#*() -]*$";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_half_width_and_keeps_its_zeros() {
        for good in ["0", "4.0", "0.45", "-1", "1000"] {
            assert!(fits(Form::Decimal, good), "{good}");
        }
        for bad in [
            "", "０.５", "04", ".5", "4.", "1,000", "4〜7", "5mg", "--1", "1e3",
        ] {
            assert!(!fits(Form::Decimal, bad), "{bad}");
        }
    }

    #[test]
    fn a_date_is_as_exact_as_its_form_allows() {
        assert!(fits(Form::Date, "2026-11-18"));
        for bad in [
            "2026-11",
            "2026-02-30",
            "20261118",
            "2026/11/18",
            "2026-11-18T10:40",
        ] {
            assert!(!fits(Form::Date, bad), "{bad}");
        }
        for good in ["2026", "2026-02", "2026-02-28"] {
            assert!(fits(Form::PartialDate, good), "{good}");
        }
        assert!(!fits(Form::PartialDate, "2026-13"));
    }

    #[test]
    fn a_moment_says_its_offset() {
        assert!(fits(Form::DateTime, "2026-11-18T10:40+09:00"));
        assert!(fits(Form::DateTime, "2026-11-17"));
        for bad in [
            "2026-11-18T10:40",
            "2026-11-18 10:40",
            "2026-11-18T10:60+09:00",
            "2026-11-18T1",
        ] {
            assert!(!fits(Form::DateTime, bad), "{bad}");
        }
    }

    #[test]
    fn a_time_has_two_digits_each_and_midnight_may_end_a_day() {
        assert!(fits(Form::Time, "07:00") && fits(Form::Time, "24:00"));
        assert!(
            !fits(Form::Time, "7:00") && !fits(Form::Time, "24:01") && !fits(Form::Time, "12:60")
        );
    }

    #[test]
    fn a_phone_number_has_digits_and_no_words() {
        assert!(fits(Form::Phone, "000-0000-0105") && fits(Form::Phone, "+81 3-0000-0000"));
        assert!(!fits(Form::Phone, "-") && !fits(Form::Phone, "母の携帯"));
    }
}
