//! Randomness that is the same in every run. For histories, never for keys that guard anything.

use crate::dice::Dice;
use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;

pub(super) struct Random<'a>(pub(super) &'a mut Dice);

impl TryRng for Random<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::try_from(self.0.bits() >> 32).unwrap_or_default())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.bits())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for part in bytes.chunks_mut(8) {
            let bits = self.0.bits().to_be_bytes();
            part.iter_mut().zip(bits).for_each(|(to, from)| *to = from);
        }
        Ok(())
    }
}

impl TryCryptoRng for Random<'_> {}

pub(super) fn shuffle<T>(things: &mut [T], dice: &mut Dice) {
    for place in (1..things.len()).rev() {
        things.swap(place, dice.below(place + 1));
    }
}
