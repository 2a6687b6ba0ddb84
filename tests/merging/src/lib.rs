//! Histories of several devices, honest and hostile, made from a seed alone.
//!
//! No clock, no ambient randomness and nothing native: the same histories run in a browser.

pub mod dice;
pub mod hostile;
pub mod measure;
pub mod people;
pub mod siege;
pub mod simulation;
pub mod story;
