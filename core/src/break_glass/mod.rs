//! Break-glass: two officers of a municipality together can read a child's emergency and evacuation pages, one alone cannot.
//!
//! ```text
//! officers' list   COSE_Sign1, context "omamori/1/officers", signed by the municipality
//! package          COSE_Sign1, context "omamori/1/glass-package", signed by somebody of the family who manages both compartments
//! first signature  COSE_Sign1, context "omamori/1/opening", by one officer; goes to the other one with a share
//! opening          COSE_Sign1, context "omamori/1/opening-second", by the other one; holds the package and the first signature
//! ```
//! The family agrees beforehand and for one municipality. Its phone seals the keys of the two compartments under a package key, and
//! splits that for every pair of officers: for each two of them a random pad, one gets the pad, the other the package key XOR the
//! pad. Either half is random by itself. So two of them suffice, without a network, and what one holds says nothing.
//!
//! | step | file |
//! |---|---|
//! | who the officers are | [`municipality`] |
//! | what is sealed for them | [`package`] |
//! | halves for each pair | `shares` |
//! | the first officer agrees, the second opens | [`open`] |
//! | what both signed, for the family to see | [`opening`] |
//!
//! That an end date passes, nobody can enforce against copies: programs of ours refuse after it, and the family sees it.

pub mod municipality;
#[cfg(feature = "record")]
pub mod open;
pub mod opening;
pub mod package;
#[cfg(feature = "record")]
mod shares;
#[cfg(test)]
#[cfg(feature = "record")]
mod tests;

pub use municipality::{ListError, Officer, OfficersList};
#[cfg(feature = "record")]
pub use open::{OpenError, Opened, Reason, Release, Wish};
pub use opening::{ClaimedOpening, Opening, OpeningError};
pub use package::{PackageHeader, Purse, SealedPackage};
