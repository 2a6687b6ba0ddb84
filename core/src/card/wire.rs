//! The contents as compact CBOR: positions instead of names, sources once, dates as days before printing.
//!
//! ```text
//! body    = [generation, printed, recorded, [* left], [+ source], lines]
//! printed = integer                     days since 2020-01-01
//! day     = integer / text              days before printing, or what is not a whole date, as written
//! recorded = day
//! left    = block, what, count          integers, flat
//! source  = [role, standing, day said, by, ? confirmed by, ? told by, ? document, ? day known]   null: not said
//! lines   = text                        see `lines.rs`
//! ```
//! Numbers of roles, standings, blocks and labels are their places in the lists of `lines.rs` and below, which only grow.

use super::{Contents, LeftOut, OpenError, What, lines};
use crate::screen::{
    first::{BlockKind, FirstScreen},
    source::{Role, Source, Standing},
};
use ciborium::Value;
use jiff::{
    ToSpan,
    civil::{Date, date},
};
use std::io::Read;

const EPOCH: Date = date(2020, 1, 1);
const ROLES: [Role; 11] = [
    Role::Guardian,
    Role::Doctor,
    Role::Nurse,
    Role::School,
    Role::DayService,
    Role::Coordinator,
    Role::Municipality,
    Role::Shelter,
    Role::Pharmacy,
    Role::Child,
    Role::Other,
];
const STANDINGS: [Standing; 3] = [Standing::Plain, Standing::Transcribed, Standing::Confirmed];

/// Contents as bytes.
pub(super) fn encode(contents: &Contents) -> Vec<u8> {
    let printed = contents.printed_on;
    let screen = &contents.screen;
    let sources = lines::sources(screen);
    let left = contents.left_out.iter().flat_map(|left| {
        [
            place(&BlockKind::ALL, &left.block),
            place(&What::ALL, &left.what),
            Value::from(left.count),
        ]
    });
    let body = Value::Array(vec![
        contents.generation.into(),
        days(EPOCH, printed).into(),
        day(&screen.who.record_date, printed),
        Value::Array(left.collect()),
        Value::Array(sources.iter().map(|s| source(s, printed)).collect()),
        lines::write(screen, &sources).into(),
    ]);
    let mut bytes = Vec::new();
    // Writing into a vector cannot fail.
    let _ = ciborium::into_writer(&body, &mut bytes);
    bytes
}

/// Contents from bytes; what follows the body is not looked at.
///
/// # Errors
/// [`OpenError::Damaged`] if this is not what [`encode`] writes, [`OpenError::Newer`] if it uses a number not yet given a meaning.
pub(super) fn decode(bytes: impl Read) -> Result<Contents, OpenError> {
    let body = ciborium::from_reader(bytes).map_err(|_| OpenError::Damaged)?;
    let mut body = Items::of(body)?;
    let generation = body.number()?.try_into().map_err(|_| OpenError::Damaged)?;
    let printed_on = earlier(
        EPOCH,
        body.number()?.checked_neg().ok_or(OpenError::Damaged)?,
    )?;
    let recorded = body.day(printed_on)?;
    let left_out = left_out(Items::of(body.value()?)?)?;
    let sources = Items::of(body.value()?)?
        .0
        .map(|s| read_source(s, printed_on))
        .collect::<Result<Vec<_>, _>>()?;
    let (mut who, blocks) = lines::read(&body.text()?, &sources)?;
    body.finish()?;
    who.record_date = recorded;
    Ok(Contents {
        screen: FirstScreen { who, blocks },
        printed_on,
        generation,
        left_out,
    })
}

fn left_out(mut items: Items) -> Result<Vec<LeftOut>, OpenError> {
    let mut left_out = Vec::new();
    while items.0.len() > 0 {
        let (block, what) = (items.one_of(&BlockKind::ALL)?, items.one_of(&What::ALL)?);
        left_out.push(LeftOut {
            block,
            what,
            count: items.number()?.try_into().map_err(|_| OpenError::Damaged)?,
        });
    }
    Ok(left_out)
}

fn source(source: &Source, printed: Date) -> Value {
    let optional = |text: &Option<String>| text.as_ref().map_or(Value::Null, |t| t.as_str().into());
    let mut items = vec![
        place(&ROLES, &source.role),
        place(&STANDINGS, &source.standing),
        day(&source.on, printed),
        source.by.as_str().into(),
        optional(&source.confirmed_by),
        optional(&source.told_by),
        optional(&source.document),
        source
            .known_on
            .as_ref()
            .map_or(Value::Null, |known| day(known, printed)),
    ];
    while items.last() == Some(&Value::Null) {
        items.pop();
    }
    Value::Array(items)
}

fn read_source(value: Value, printed: Date) -> Result<Source, OpenError> {
    let mut items = Items::of(value)?;
    let source = Source {
        role: items.one_of(&ROLES)?,
        standing: items.one_of(&STANDINGS)?,
        on: items.day(printed)?,
        by: items.text()?,
        confirmed_by: items.optional(Items::text)?,
        told_by: items.optional(Items::text)?,
        document: items.optional(Items::text)?,
        known_on: items.optional(|items| items.day(printed))?,
    };
    items.finish()?;
    Ok(source)
}

fn place<T: PartialEq>(all: &[T], one: &T) -> Value {
    u64::try_from(all.iter().position(|t| t == one).unwrap_or_default())
        .unwrap_or_default()
        .into()
}

fn day(text: &str, printed: Date) -> Value {
    match text.parse::<Date>() {
        // Only what comes back letter by letter.
        Ok(date) if date.to_string() == text => days(date, printed).into(),
        _ => text.into(),
    }
}

fn days(from: Date, to: Date) -> i64 {
    // Both are within jiff's range, and a span between dates is at most seven million days.
    from.until(to)
        .map(|span| i64::from(span.get_days()))
        .unwrap_or_default()
}

fn earlier(day: Date, days: i64) -> Result<Date, OpenError> {
    // Two million days: more than five thousand years either way, and within jiff's range.
    let days = Some(days)
        .filter(|d| d.unsigned_abs() < 2_000_000)
        .ok_or(OpenError::Damaged)?;
    day.checked_sub(days.days()).map_err(|_| OpenError::Damaged)
}

/// The items of an array, read one by one.
struct Items(std::vec::IntoIter<Value>);

impl Items {
    fn of(value: Value) -> Result<Self, OpenError> {
        value
            .into_array()
            .map(|items| Self(items.into_iter()))
            .map_err(|_| OpenError::Damaged)
    }

    fn value(&mut self) -> Result<Value, OpenError> {
        self.0.next().ok_or(OpenError::Damaged)
    }

    fn number(&mut self) -> Result<i64, OpenError> {
        self.value()?
            .into_integer()
            .ok()
            .and_then(|n| n.try_into().ok())
            .ok_or(OpenError::Damaged)
    }

    fn text(&mut self) -> Result<String, OpenError> {
        self.value()?.into_text().map_err(|_| OpenError::Damaged)
    }

    fn day(&mut self, printed: Date) -> Result<String, OpenError> {
        match self.value()? {
            Value::Text(text) => Ok(text),
            Value::Integer(days) => {
                let days = days.try_into().map_err(|_| OpenError::Damaged)?;
                Ok(earlier(printed, days)?.to_string())
            }
            _ => Err(OpenError::Damaged),
        }
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> Result<T, OpenError> {
        let place = usize::try_from(self.number()?).map_err(|_| OpenError::Damaged)?;
        all.get(place).cloned().ok_or(OpenError::Newer)
    }

    fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, OpenError>,
    ) -> Result<Option<T>, OpenError> {
        match self.0.as_slice().first() {
            None => Ok(None),
            Some(Value::Null) => self.value().map(|_| None),
            Some(_) => read(self).map(Some),
        }
    }

    fn finish(mut self) -> Result<(), OpenError> {
        if self.0.next().is_some() {
            Err(OpenError::Damaged)
        } else {
            Ok(())
        }
    }
}
