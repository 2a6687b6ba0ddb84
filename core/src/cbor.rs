//! Deterministic CBOR (RFC 8949 §4.2.1): one meaning has one encoding, so a hash names what was said.
//!
//! Written with arrays in a fixed order; read strictly: anything that would be written otherwise is refused.

use ciborium::Value;

/// Bytes that are not what this format writes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// The end is missing.
    #[error("the bytes end too early")]
    Truncated,
    /// More bytes than this structure may have.
    #[error("{size} bytes are more than the {limit} allowed")]
    Oversized {
        /// Bytes found.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Not CBOR, or CBOR written in another than the deterministic way, or with bytes after the end.
    #[error("not deterministic CBOR")]
    NotDeterministic,
    /// CBOR, but not this structure.
    #[error("not the expected structure: {0}")]
    Unexpected(&'static str),
}

/// The one encoding of a value.
pub(crate) fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing into a Vec cannot fail, and every `Value` has an encoding.
    let _infallible = ciborium::into_writer(value, &mut bytes);
    bytes
}

/// The value that these bytes, and no others, encode.
pub(crate) fn decode(bytes: &[u8], limit: usize) -> Result<Value, CborError> {
    if bytes.len() > limit {
        return Err(CborError::Oversized {
            size: bytes.len(),
            limit,
        });
    }
    let value: Value = ciborium::from_reader(bytes).map_err(|error| match error {
        ciborium::de::Error::Io(_) => CborError::Truncated,
        _ => CborError::NotDeterministic,
    })?;
    // Covers trailing bytes, indefinite lengths and long forms at once: encoding again must give the same bytes.
    if encode(&value) == bytes {
        Ok(value)
    } else {
        Err(CborError::NotDeterministic)
    }
}

/// A byte string.
pub(crate) fn bytes(bytes: impl AsRef<[u8]>) -> Value {
    Value::Bytes(bytes.as_ref().to_vec())
}

/// An unsigned number.
pub(crate) fn uint(number: impl Into<u64>) -> Value {
    Value::Integer(number.into().into())
}

/// An array of what the iterator gives.
pub(crate) fn array<T>(items: impl IntoIterator<Item = T>, each: impl FnMut(T) -> Value) -> Value {
    Value::Array(items.into_iter().map(each).collect())
}

/// `null`, or what is there.
pub(crate) fn option<T>(item: Option<T>, each: impl FnOnce(T) -> Value) -> Value {
    item.map_or(Value::Null, each)
}

/// Reads an array item by item; `finish` refuses what was not read.
pub(crate) struct Items(std::vec::IntoIter<Value>);

impl Items {
    /// The items of an array.
    pub(crate) fn of(value: Value) -> Result<Self, CborError> {
        match value {
            Value::Array(items) => Ok(Self(items.into_iter())),
            _ => Err(CborError::Unexpected("an array")),
        }
    }

    /// The items of an encoded array.
    pub(crate) fn decode(bytes: &[u8], limit: usize) -> Result<Self, CborError> {
        Self::of(decode(bytes, limit)?)
    }

    /// The next item, whatever it is.
    pub(crate) fn value(&mut self) -> Result<Value, CborError> {
        self.0.next().ok_or(CborError::Unexpected("one more item"))
    }

    /// A byte string of any length.
    pub(crate) fn blob(&mut self) -> Result<Vec<u8>, CborError> {
        match self.value()? {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(CborError::Unexpected("a byte string")),
        }
    }

    /// A text.
    #[cfg(feature = "record")]
    pub(crate) fn text(&mut self) -> Result<String, CborError> {
        match self.value()? {
            Value::Text(text) => Ok(text),
            _ => Err(CborError::Unexpected("a text")),
        }
    }

    /// A text of at most so many bytes.
    pub(crate) fn text_within(&mut self, limit: usize) -> Result<String, CborError> {
        match self.value()? {
            Value::Text(text) if text.len() <= limit => Ok(text),
            Value::Text(text) => Err(CborError::Oversized {
                size: text.len(),
                limit,
            }),
            _ => Err(CborError::Unexpected("a text")),
        }
    }

    /// A byte string of exactly this length.
    pub(crate) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], CborError> {
        self.blob()?
            .try_into()
            .map_err(|_| CborError::Unexpected("a byte string of another length"))
    }

    /// A byte string of exactly this length, or `null`.
    pub(crate) fn optional<const N: usize>(&mut self) -> Result<Option<[u8; N]>, CborError> {
        match self.value()? {
            Value::Null => Ok(None),
            Value::Bytes(bytes) => bytes
                .try_into()
                .map(Some)
                .map_err(|_| CborError::Unexpected("a byte string of another length")),
            _ => Err(CborError::Unexpected("a byte string or null")),
        }
    }

    /// An unsigned number.
    pub(crate) fn uint(&mut self) -> Result<u64, CborError> {
        number(&self.value()?)
            .and_then(|n| n.try_into().ok())
            .ok_or(CborError::Unexpected("an unsigned number"))
    }

    /// A signed number.
    pub(crate) fn int(&mut self) -> Result<i64, CborError> {
        number(&self.value()?)
            .and_then(|n| n.try_into().ok())
            .ok_or(CborError::Unexpected("a number"))
    }

    /// True or false.
    pub(crate) fn flag(&mut self) -> Result<bool, CborError> {
        self.value()?
            .as_bool()
            .ok_or(CborError::Unexpected("true or false"))
    }

    /// A nested array.
    pub(crate) fn items(&mut self) -> Result<Self, CborError> {
        Self::of(self.value()?)
    }

    /// A nested array, each item read by `each`.
    pub(crate) fn list<T>(
        &mut self,
        limit: usize,
        mut each: impl FnMut(&mut Self) -> Result<T, CborError>,
    ) -> Result<Vec<T>, CborError> {
        let mut items = self.items()?;
        let size = items.0.len();
        if size > limit {
            return Err(CborError::Oversized { size, limit });
        }
        let mut list = Vec::with_capacity(size);
        while items.0.len() > 0 {
            list.push(each(&mut items)?);
        }
        Ok(list)
    }

    /// How many are left.
    pub(crate) fn left(&self) -> usize {
        self.0.len()
    }

    /// Nothing may be left.
    pub(crate) fn finish(mut self) -> Result<(), CborError> {
        match self.0.next() {
            None => Ok(()),
            Some(_) => Err(CborError::Unexpected("no more items")),
        }
    }
}

fn number(value: &Value) -> Option<i128> {
    value.as_integer().map(Into::into)
}

/// Strictly ascending: sorted, and nothing twice. Sets have one encoding.
pub(crate) fn ascending<T: Ord>(items: &[T]) -> Result<(), CborError> {
    if items.is_sorted_by(|a, b| a < b) {
        Ok(())
    } else {
        Err(CborError::Unexpected(
            "items in ascending order, none twice",
        ))
    }
}
