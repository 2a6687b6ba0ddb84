//! The real binary, with real files: a family's way from the first file to paper and back.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected shall stop"
)]

mod card;
mod edit;
mod export;
mod files;
mod glass;
mod grant;
mod home;
mod show;
