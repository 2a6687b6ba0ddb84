//! Short names for bytes.

use ring::digest::{Context, SHA256};

/// The first `N` bytes of the SHA-256 of these parts, one after the other.
pub(crate) fn first<'a, const N: usize>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; N] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut first = [0; N];
    first
        .iter_mut()
        .zip(context.finish().as_ref())
        .for_each(|(to, from)| *to = *from);
    first
}

/// The first `length` bytes of the SHA-256 of these parts, one after the other, in hexadecimal.
pub(crate) fn short<'a>(parts: impl IntoIterator<Item = &'a [u8]>, length: usize) -> String {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let hash = context.finish();
    hex::encode(
        hash.as_ref()
            .iter()
            .take(length)
            .copied()
            .collect::<Vec<_>>(),
    )
}
