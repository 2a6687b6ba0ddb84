//! Which fields mean something only together: a dose is nothing without its unit.

/// Fields of a kind of which each changes what the others mean.
const TOGETHER: &[(&str, &[&str])] = &[
    ("weight", &["value", "unit", "measured_on"]),
    ("height", &["value", "unit", "measured_on"]),
    ("medicine", &["dose", "unit", "amount", "preparation"]),
    ("glucose", &["hba1c", "hba1c_on"]),
];

/// The fields that must be said anew with this one, itself included; none if it means something alone.
///
/// One person changes "5 mg" to "7.5", another at the same time to "0.5 mL": said apart, these would be read as 7.5 mL, which
/// nobody prescribed.
pub fn said_together(kind: &str, field: &str) -> &'static [&'static str] {
    TOGETHER
        .iter()
        .find(|(of, fields)| *of == kind && fields.contains(&field))
        .map_or(&[], |(_, fields)| fields)
}
