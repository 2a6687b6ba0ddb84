//! Identifiers, one newtype each, so that a device can never be passed where a record is meant.
//!
//! All are hashes or random; all are written as lower-case hex.

use std::{fmt, str::FromStr};

/// Text that is not an identifier of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind}: expected {expected} hexadecimal digits")]
pub struct IdError {
    kind: &'static str,
    expected: usize,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $bytes;

            /// The identifier with these bytes.
            pub const fn new(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = IdError;

            fn try_from(bytes: &[u8]) -> Result<Self, IdError> {
                bytes.try_into().map(Self).map_err(|_| IdError { kind: stringify!($name), expected: 2 * $bytes })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let mut bytes = [0; $bytes];
                hex::decode_to_slice(text, &mut bytes)
                    .map(|()| Self(bytes))
                    .map_err(|_| IdError { kind: stringify!($name), expected: 2 * $bytes })
            }
        }

        #[cfg(feature = "card")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        #[cfg(feature = "card")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(
    /// One child's record: SHA-256 of its genesis operation.
    RecordId, 32
);
id!(
    /// One person's key on one device, in one record: SHA-256 of its public keys.
    DeviceId, 32
);
id!(
    /// One person: the id of their first key. A second phone of the same person gets a device id of its own, not this one.
    MemberId, 32
);
id!(
    /// What the relay calls a compartment: random, drawn at genesis, meaningless without the keys.
    CompartmentTag, 16
);
id!(
    /// A sealed chunk: SHA-256 of its signed structure.
    ChunkId, 32
);
id!(
    /// A ledger operation: SHA-256 of its signed structure.
    OperationId, 32
);
id!(
    /// One generation of a compartment's key: its commitment in the ledger.
    EpochId, 32
);
id!(
    /// An Automerge actor: one writing session of one device in one compartment.
    ActorId, 16
);
id!(
    /// A wrapped set of epoch keys for one device: SHA-256 of its signed structure.
    BundleId, 32
);
id!(
    /// A sealed, compacted compartment: SHA-256 of its signed structure.
    SnapshotId, 32
);

id!(
    /// A municipality: SHA-256 of the key that signs the list of its officers.
    MunicipalityId, 32
);
id!(
    /// Keys that two officers can open together: SHA-256 of the signed structure.
    PackageId, 32
);
id!(
    /// Two officers' opening of a record: SHA-256 of the signed structure.
    OpeningId, 32
);

impl From<DeviceId> for MemberId {
    fn from(first_key: DeviceId) -> Self {
        Self::new(*first_key.as_bytes())
    }
}
id!(
    /// One change of one actor in a compartment's document: Automerge's own hash of it.
    ChangeId, 32
);
