//! What a member may do in a compartment.

/// Each right includes those before it; `read` means the whole history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "card",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
pub enum Right {
    /// Read.
    Read,
    /// Add facts, and supersede only one's own.
    Append,
    /// Supersede what others said.
    Write,
    /// Confirm as a professional.
    Confirm,
    /// Grant, revoke, rotate.
    Manage,
}

impl Right {
    /// All five, weakest first.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::Append,
        Self::Write,
        Self::Confirm,
        Self::Manage,
    ];

    /// Its number in the format.
    pub(crate) const fn code(self) -> u64 {
        match self {
            Self::Read => 0,
            Self::Append => 1,
            Self::Write => 2,
            Self::Confirm => 3,
            Self::Manage => 4,
        }
    }

    /// The right with this number.
    pub(crate) fn from_code(code: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.code() == code)
    }
}
