//! So many requests are worked on at once, and nobody takes all the turns: they are counted by network, and taken only when
//! everything a request needs is there, so whoever sends slowly holds none.

use crate::{
    problem::{Kind, Problem},
    rate::network,
};
use actix_web::rt::time::timeout;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{Semaphore, SemaphorePermit};

/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Turns to do something that costs time and memory.
pub struct Turns {
    all: Semaphore,
    of_one: usize,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// A turn; given back when dropped.
pub struct Turn<'a> {
    turns: &'a Turns,
    address: Option<IpAddr>,
    _permit: SemaphorePermit<'a>,
}

impl Turns {
    /// So many turns at once, and so many of them for one network.
    pub fn new(all: usize, of_one: usize) -> Self {
        Self {
            all: Semaphore::new(all),
            of_one,
            taken: Mutex::default(),
        }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// [`Kind::Overloaded`] if none comes in time or the network has all it may have; [`Kind::ShuttingDown`].
    pub async fn take(&self, address: Option<IpAddr>) -> Result<Turn<'_>, Problem> {
        let seat = Seat::sit(self, address.map(network))?;
        let permit = match timeout(PATIENCE, self.all.acquire()).await {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) => return Err(Kind::ShuttingDown.into()),
            Err(_) => return Err(Kind::Overloaded.into()),
        };
        Ok(Turn {
            turns: self,
            address: seat.keep(),
            _permit: permit,
        })
    }

    /// No more turns: who waits is told.
    pub fn close(&self) {
        self.all.close();
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self, address: IpAddr) {
        let mut taken = self.taken();
        if let Some(count) = taken.get_mut(&address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(&address);
            }
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(address) = self.address {
            self.turns.give_back(address);
        }
    }
}

/// One of a network's places while it waits: given back also if the request is dropped meanwhile.
struct Seat<'a> {
    turns: &'a Turns,
    address: Option<IpAddr>,
}

impl<'a> Seat<'a> {
    fn sit(turns: &'a Turns, address: Option<IpAddr>) -> Result<Self, Problem> {
        if let Some(address) = address {
            let mut taken = turns.taken();
            let count = taken.entry(address).or_default();
            if *count >= turns.of_one {
                return Err(Kind::Overloaded.into());
            }
            *count += 1;
        }
        Ok(Self { turns, address })
    }

    /// The place goes on in a [`Turn`].
    fn keep(mut self) -> Option<IpAddr> {
        self.address.take()
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        if let Some(address) = self.address {
            self.turns.give_back(address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    #[actix_web::test]
    async fn one_address_leaves_turns_for_others() {
        let turns = Turns::new(3, 2);
        let (first, _second) = (turns.take(address(1)).await, turns.take(address(1)).await);
        let refused = turns.take(address(1)).await.map(drop).unwrap_err();
        assert_eq!(refused.kind(), Kind::Overloaded);
        let _other = turns.take(address(2)).await.unwrap();
        drop(first);
        turns.take(address(1)).await.unwrap();
        assert_eq!(turns.taken().len(), 2);
    }

    #[actix_web::test]
    async fn all_addresses_of_one_household_count_as_one() {
        let turns = Turns::new(3, 2);
        let from = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        let _first = turns.take(from("2001:db8:0:7::1")).await.unwrap();
        let _second = turns.take(from("2001:db8:0:7:ffff::2")).await.unwrap();
        let refused = turns.take(from("2001:db8:0:7::3")).await.map(drop);
        assert_eq!(refused.unwrap_err().kind(), Kind::Overloaded);
        turns.take(from("2001:db8:0:8::1")).await.unwrap();
    }

    #[actix_web::test]
    async fn whoever_waits_while_the_relay_closes_is_told() {
        let turns = Turns::new(1, 9);
        let _first = turns.take(address(1)).await.unwrap();
        turns.close();
        let refused = turns.take(address(2)).await.map(drop).unwrap_err();
        assert_eq!(refused.kind(), Kind::ShuttingDown);
        assert_eq!(turns.taken().len(), 1);
    }
}
