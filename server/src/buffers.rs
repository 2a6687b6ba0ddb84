//! Memory for request bodies that are still arriving: bounded in all and by network, and counted by what has come, so an
//! announced length holds nothing.

use crate::{
    problem::{Kind, Problem},
    rate::network,
};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Bodies up to this size may use the last quarter: many large bodies leave room for everyday ones.
const SMALL: usize = 64 * 1024;

/// Bytes of bodies held at once.
pub struct Buffers {
    all: usize,
    of_one: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    all: usize,
    by_network: HashMap<IpAddr, usize>,
}

/// What one request holds; given back when dropped.
pub struct Hold<'a> {
    buffers: &'a Buffers,
    network: Option<IpAddr>,
    bytes: usize,
}

impl Buffers {
    /// So many bytes in all, and so many of them for one network.
    pub fn new(all: usize, of_one: usize) -> Self {
        Self {
            all,
            of_one,
            held: Mutex::default(),
        }
    }

    /// Holds nothing yet.
    pub fn hold(&self, address: Option<IpAddr>) -> Hold<'_> {
        Hold {
            buffers: self,
            network: address.map(network),
            bytes: 0,
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hold<'_> {
    /// Holds so many bytes more.
    ///
    /// # Errors
    /// [`Kind::Overloaded`]: they may not be kept.
    pub fn grow(&mut self, more: usize) -> Result<(), Problem> {
        let mut held = self.buffers.held();
        let small = self.bytes.saturating_add(more) <= SMALL;
        let kept_for_small = if small { 0 } else { self.buffers.all / 4 };
        if held.all.saturating_add(more) > self.buffers.all.saturating_sub(kept_for_small) {
            return Err(Kind::Overloaded.into());
        }
        if let Some(network) = self.network {
            let of_one = held.by_network.entry(network).or_default();
            if of_one.saturating_add(more) > self.buffers.of_one {
                return Err(Kind::Overloaded.into());
            }
            *of_one += more;
        }
        held.all += more;
        self.bytes += more;
        Ok(())
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        let mut held = self.buffers.held();
        held.all = held.all.saturating_sub(self.bytes);
        let Some(network) = self.network else { return };
        if let Some(of_one) = held.by_network.get_mut(&network) {
            *of_one = of_one.saturating_sub(self.bytes);
            if *of_one == 0 {
                held.by_network.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn one_network_leaves_room_for_others_and_gives_back_what_it_held() {
        let buffers = Buffers::new(1000, 400);
        let (mut first, mut second) = (buffers.hold(address(1)), buffers.hold(address(1)));
        first.grow(300).unwrap();
        assert_eq!(second.grow(200).unwrap_err().kind(), Kind::Overloaded);
        buffers.hold(address(2)).grow(400).unwrap();
        drop(first);
        second.grow(400).unwrap();
        drop(second);
        assert!(buffers.held().by_network.is_empty());
        assert_eq!(buffers.held().all, 0);
    }

    #[test]
    fn many_large_bodies_leave_room_for_a_small_one() {
        let buffers = Buffers::new(8 * SMALL, usize::MAX);
        let mut large: Vec<_> = (0..4).map(|n| buffers.hold(address(n))).collect();
        let grown = large
            .iter_mut()
            .filter_map(|hold| hold.grow(2 * SMALL).ok());
        assert_eq!(grown.count(), 3);
        buffers.hold(address(9)).grow(SMALL).unwrap();
    }
}
