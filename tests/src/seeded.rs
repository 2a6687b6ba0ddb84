//! Numbers that look random and are the same in every run: a failing test can be run again, and vectors can be frozen.

use rand_core::{TryCryptoRng, TryRng};
use ring::digest::{Context, SHA256};
use std::convert::Infallible;

/// SHA-256 of a seed and a counter. For tests alone.
#[derive(Debug, Clone)]
pub struct Seeded {
    seed: u64,
    counter: u64,
}

impl Seeded {
    /// The numbers of this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, counter: 0 }
    }

    fn block(&mut self) -> [u8; 32] {
        self.counter += 1;
        let mut context = Context::new(&SHA256);
        context.update(b"omamori test randomness");
        context.update(&self.seed.to_be_bytes());
        context.update(&self.counter.to_be_bytes());
        let mut block = [0; 32];
        block.copy_from_slice(context.finish().as_ref());
        block
    }
}

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for part in bytes.chunks_mut(32) {
            let block = self.block();
            part.iter_mut().zip(block).for_each(|(to, from)| *to = from);
        }
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}
