//! What people look at. The types here are what the app, the card's viewer and the printed sheet all draw.

pub mod first;
pub mod label;
pub mod source;
