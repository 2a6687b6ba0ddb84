//! The emergency record of a child who needs medical care at home.
//!
//! Read the modules in the order in which a fact travels:
//! [`edit`] → [`statement`] → a change of a [`document`], vouched for by an [`attestation`] → sealed [`chunk`] → [`log`] → received
//! by a [`replica`], opened, verified → judged by the [`validator`], tried behind the [`barrier`], merged → [`view`] → [`screen`] /
//! [`paper`] / [`qr`].
//!
//! The core is sans-io: bytes, time and randomness come in as arguments, effects go out as data.

pub mod access;
pub mod break_glass;
pub mod card_notice;
mod cbor;
pub mod compartment;
pub mod cose;
pub mod device;
pub mod id;
pub mod ledger;
pub mod log;
pub mod manual;
pub mod sealed;
mod secret;
#[cfg(all(test, feature = "record"))]
mod seeded;
pub mod time;
pub mod token;

#[cfg(feature = "card")]
pub mod card;
#[cfg(feature = "record")]
pub mod paper;
#[cfg(feature = "card")]
pub mod qr;
#[cfg(feature = "card")]
pub mod screen;

#[cfg(feature = "record")]
pub mod barrier;
#[cfg(feature = "record")]
pub mod consent;
#[cfg(feature = "record")]
pub mod document;
#[cfg(feature = "record")]
pub mod edit;
#[cfg(feature = "record")]
pub mod kind;
#[cfg(feature = "record")]
pub mod open_json;
#[cfg(feature = "record")]
pub mod statement;
#[cfg(feature = "record")]
pub mod validator;
#[cfg(feature = "record")]
pub mod view;

#[cfg(feature = "record")]
pub mod access_log;
#[cfg(feature = "record")]
pub mod attachment;
#[cfg(feature = "record")]
pub mod attestation;
#[cfg(feature = "record")]
pub mod bundle;
#[cfg(feature = "record")]
pub mod chunk;
#[cfg(feature = "record")]
mod content;
#[cfg(feature = "record")]
pub mod epoch;
#[cfg(feature = "record")]
pub mod file;
#[cfg(feature = "record")]
pub mod locker;
#[cfg(feature = "record")]
pub mod organisation;
#[cfg(feature = "record")]
mod padding;
#[cfg(feature = "record")]
pub mod pairing;
#[cfg(feature = "record")]
pub mod pairing_distance;
#[cfg(feature = "record")]
pub mod pairing_organisation;
#[cfg(feature = "record")]
mod passphrase;
#[cfg(feature = "record")]
pub mod pin;
#[cfg(feature = "record")]
pub mod recovery;
#[cfg(feature = "record")]
pub mod replica;
#[cfg(feature = "record")]
pub mod snapshot;
