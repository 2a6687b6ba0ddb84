//! Halves of a package key, one for each pair of officers: a random pad for one, the key XOR the pad for the other.
//!
//! Each officer's halves, in the order of the list, are one HPKE-sealed block; the place of the officer itself holds zeros.

use super::municipality::OfficersList;
use crate::{
    bundle::{self, UnwrapError, WrapError},
    device::DeviceKeys,
    epoch::EpochKey,
    id::DeviceId,
    secret::Secret32,
};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// One officer's half, for one other officer. Random by itself.
#[derive(Debug)]
pub(super) struct Half(Secret32);

impl Half {
    pub(super) fn new(bytes: &[u8; 32]) -> Self {
        Self(Secret32::new(bytes))
    }

    pub(super) fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// The key that two halves of one pair give. Of two other halves: some key, which opens nothing.
    pub(super) fn join(&self, other: &Self) -> EpochKey {
        EpochKey::from_bytes(&xor(self.expose(), other.expose()))
    }
}

/// Each officer's sealed block, in the order of the list.
pub(super) fn split(
    key: &EpochKey,
    list: &OfficersList,
    protected: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<Vec<u8>>, WrapError> {
    let count = list.officers().len();
    let mut blocks = vec![Zeroizing::new(vec![[0_u8; 32]; count]); count];
    for first in 0..count {
        for second in first + 1..count {
            let mut pad = Zeroizing::new([0; 32]);
            rng.fill_bytes(pad.as_mut_slice());
            set(&mut blocks, first, second, &pad);
            set(&mut blocks, second, first, &xor(&pad, key.expose()));
        }
    }
    let officers = list.officers().iter().zip(&blocks);
    officers
        .map(|(officer, block)| {
            let plaintext = Zeroizing::new(block.concat());
            let info = info(protected, &officer.keys.id());
            bundle::seal_for(&officer.keys, &info, &plaintext, rng)
        })
        .collect()
}

fn set(blocks: &mut [Zeroizing<Vec<[u8; 32]>>], of: usize, for_whom: usize, half: &[u8; 32]) {
    if let Some(place) = blocks.get_mut(of).and_then(|block| block.get_mut(for_whom)) {
        place.copy_from_slice(half);
    }
}

/// The half that an officer holds for another one.
pub(super) fn half_for(
    keys: &DeviceKeys,
    other: &DeviceId,
    list: &OfficersList,
    shares: &[Vec<u8>],
    protected: &[u8],
) -> Result<Half, UnwrapError> {
    let place_of = |id: &DeviceId| {
        let mut officers = list.officers().iter();
        officers.position(|officer| officer.keys.id() == *id)
    };
    let (Some(own), Some(theirs)) = (place_of(&keys.id()), place_of(other)) else {
        return Err(UnwrapError::NotForThisDevice);
    };
    let sealed = shares.get(own).ok_or(UnwrapError::NotForThisDevice)?;
    let block = bundle::open_for(keys, &info(protected, &keys.id()), sealed)?;
    if own == theirs || block.len() != 32 * list.officers().len() {
        return Err(UnwrapError::NotAuthentic);
    }
    let half = block.as_chunks().0.get(theirs);
    half.map(Half::new).ok_or(UnwrapError::NotAuthentic)
}

fn info(protected: &[u8], officer: &DeviceId) -> Vec<u8> {
    [
        b"omamori/1/glass-share".as_slice(),
        officer.as_bytes(),
        protected,
    ]
    .concat()
}

fn xor(a: &[u8; 32], b: &[u8; 32]) -> Zeroizing<[u8; 32]> {
    let mut both = Zeroizing::new(*a);
    both.iter_mut().zip(b).for_each(|(to, from)| *to ^= from);
    both
}
