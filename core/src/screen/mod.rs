//! What people look at. The types here are what the app, the card's viewer and the printed sheet all draw.

#[cfg(feature = "record")]
pub mod build;
#[cfg(feature = "record")]
pub mod detail;
pub mod first;
pub mod label;
#[cfg(feature = "record")]
mod phrase;
#[cfg(test)]
pub(crate) mod sample;
pub mod source;
pub mod wording;

#[cfg(all(test, feature = "record"))]
mod tests;
