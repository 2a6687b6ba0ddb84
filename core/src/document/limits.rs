//! What one statement and one change may be at most. Whoever writes keeps to it, whoever reads insists on it.

/// Bytes of one change.
pub const MAX_CHANGE_BYTES: usize = 1 << 20;
/// Statements in one change.
pub const MAX_STATEMENTS: usize = 4096;
/// Operations in one change: one to begin each statement, one for each of its cells.
pub const MAX_OPERATIONS: usize = 1 << 16;
/// Changes that one change directly follows.
pub const MAX_DEPENDENCIES: usize = 1 << 13;
/// Cells of one statement.
pub const MAX_CELLS: usize = 256;
/// Bytes of one text or list, in UTF-8.
pub const MAX_VALUE_BYTES: usize = 1 << 16;
/// Bytes of a kind or of a field's name, in UTF-8.
pub const MAX_NAME_BYTES: usize = 64;
/// Automerge's operation counter never passes this: its own columns hold 32 bits, and it adds without checking.
pub const MAX_COUNTER: u64 = (1 << 31) - 1;
/// Claimed times lie within this many milliseconds of 1970 (about 8,900 years).
pub const MAX_TIME: i64 = 1 << 48;

/// Operations in a document that somebody else saved: some 400,000 statements, four times what twenty years of daily entries are.
pub const MAX_SAVED_OPERATIONS: usize = 1 << 21;
/// Bytes of such a document, as it comes and with its columns inflated.
pub const MAX_SAVED_BYTES: usize = 1 << 26;

/// Can this be a kind or a field's name?
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_NAME_BYTES && !name.chars().any(char::is_control)
}
