//! The core for browsers. A function here is a conversion and a call; values cross as JSON text or as bytes, and every
//! error is thrown as an `Error` whose message is JSON, `{"code": "kebab-code", "detail": "English sentence"}`.

#[cfg(feature = "vault")]
mod apart;
#[cfg(feature = "vault")]
mod codes;
#[cfg(feature = "vault")]
mod convert;
#[cfg(feature = "vault")]
pub mod distance;
#[cfg(feature = "vault")]
pub mod glass;
#[cfg(feature = "hostile")]
pub mod hostile;
#[cfg(feature = "vault")]
pub mod pairing;
#[cfg(feature = "vault")]
pub mod pin;
#[cfg(feature = "vault")]
pub mod recovery;
mod refusal;
#[cfg(feature = "vault")]
pub mod station;
#[cfg(feature = "vault")]
pub mod trust;
#[cfg(feature = "vault")]
pub mod vault;

#[cfg(feature = "viewer")]
pub mod viewer;
