//! Automerge's columns, read without Automerge: total, and bounded before anything is allocated.

use super::{cells::Cell, change::ChangeError, limits, varint};

/// The table before the columns: each one's specification and its length.
pub(super) fn table(rest: &mut &[u8]) -> Option<Vec<(u64, u64)>> {
    let count = varint::take(rest).filter(|&count| count <= 32)?;
    (0..count)
        .map(|_| Some((varint::take(rest)?, varint::take(rest)?)))
        .collect()
}

/// Automerge's run lengths: `n` times a value, `-n` values as they follow, or `0` and a number of nothings.
pub(super) fn run_lengths<'a, T: Clone>(
    mut column: &'a [u8],
    most: usize,
    take_one: impl Fn(&mut &'a [u8]) -> Option<T>,
) -> Result<Vec<Option<T>>, ChangeError> {
    let mut rows = Vec::new();
    while !column.is_empty() {
        let run = varint::take_signed(&mut column).ok_or(ChangeError::NotAChange)?;
        let length = match run {
            0 => varint::take(&mut column).ok_or(ChangeError::NotAChange)?,
            _ => run.unsigned_abs(),
        };
        // Before anything is allocated: a run costs the sender a few bytes whatever its length.
        if length > (most - rows.len()) as u64 {
            return Err(ChangeError::TooLarge);
        }
        match run {
            0 => rows.extend((0..length).map(|_| None)),
            1.. => {
                let value = take_one(&mut column).ok_or(ChangeError::NotAChange)?;
                rows.extend((0..length).map(|_| Some(value.clone())));
            }
            _ => {
                for _ in 0..length {
                    rows.push(Some(take_one(&mut column).ok_or(ChangeError::NotAChange)?));
                }
            }
        }
    }
    Ok(rows)
}

/// Short ones only: one long key, repeated by a run, would cost its sender little and us gigabytes.
pub(super) fn take_key<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let length =
        varint::take(rest).filter(|&length| length <= 1 + limits::MAX_NAME_BYTES as u64)?;
    std::str::from_utf8(varint::take_bytes(rest, length)?).ok()
}

/// A value's type is the low four bits, its length the rest.
pub(super) fn take_value(value_type: u64, values: &mut &[u8]) -> Result<Cell, ChangeError> {
    let mut bytes = varint::take_bytes(values, value_type >> 4).ok_or(ChangeError::NotAChange)?;
    match value_type & 0xf {
        1 => Ok(Cell::Flag(false)),
        2 => Ok(Cell::Flag(true)),
        6 => std::str::from_utf8(bytes)
            .map(|text| Cell::Text(text.to_owned()))
            .map_err(|_| ChangeError::NotAChange),
        7 => Ok(Cell::Bytes(bytes.to_vec())),
        9 => varint::take_signed(&mut bytes)
            .map(Cell::Time)
            .ok_or(ChangeError::NotAChange),
        _ => Err(ChangeError::ValueType),
    }
}
