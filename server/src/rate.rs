//! How often one address may ask for what needs no token.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Addresses remembered at once.
const ADDRESSES: usize = 50_000;
const MINUTE: Duration = Duration::from_secs(60);

/// So many requests a minute for each address, also all at once.
pub struct Rate {
    per_minute: u32,
    started: Instant,
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

/// Requests used, draining with time; as a moment in the future, so that a drained bucket needs no upkeep.
struct Bucket {
    empty_at: Duration,
}

impl Rate {
    /// A limit.
    pub fn new(per_minute: u32) -> Self {
        Self {
            per_minute: per_minute.max(1),
            started: Instant::now(),
            buckets: Mutex::default(),
        }
    }

    /// May this address ask now? Asking counts.
    pub fn allows(&self, address: IpAddr) -> bool {
        self.allows_at(address, self.started.elapsed())
    }

    fn allows_at(&self, address: IpAddr, now: Duration) -> bool {
        let step = MINUTE / self.per_minute;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= ADDRESSES {
            buckets.retain(|_, bucket| bucket.empty_at > now);
        }
        // Still full of busy addresses: an attack by many. Those already known go on, strangers wait.
        let full = buckets.len() >= ADDRESSES;
        let address = network(address);
        if full && !buckets.contains_key(&address) {
            return false;
        }
        let bucket = buckets.entry(address).or_insert(Bucket { empty_at: now });
        let after = bucket.empty_at.max(now) + step;
        let allowed = after <= now + MINUTE;
        if allowed {
            bucket.empty_at = after;
        }
        allowed
    }
}

/// Households and phones get a whole /64 of IPv6: it counts as one address.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    first_segments(address, 4)
}

/// What a provider gives at most to one customer: a /48 of IPv6.
pub(crate) fn site(address: IpAddr) -> IpAddr {
    first_segments(address, 3)
}

fn first_segments(address: IpAddr, kept: usize) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let mut segments = address.segments();
            for segment in segments.iter_mut().skip(kept) {
                *segment = 0;
            }
            IpAddr::from(segments)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "192.0.2.1";

    fn ask(rate: &Rate, address: &str, seconds: u64) -> bool {
        rate.allows_at(address.parse().unwrap(), Duration::from_secs(seconds))
    }

    #[test]
    fn a_burst_passes_and_then_it_drips() {
        let rate = Rate::new(6);
        assert_eq!((0..8).filter(|_| ask(&rate, HOME, 0)).count(), 6);
        assert!(!ask(&rate, HOME, 9));
        assert!(ask(&rate, HOME, 10));
        assert!(!ask(&rate, HOME, 11));
        assert_eq!((0..8).filter(|_| ask(&rate, HOME, 1000)).count(), 6);
    }

    #[test]
    fn neighbours_do_not_share_but_one_household_does() {
        let rate = Rate::new(1);
        assert!(ask(&rate, HOME, 0));
        assert!(ask(&rate, "192.0.2.2", 0));
        assert!(ask(&rate, "2001:db8::1", 0));
        assert!(!ask(&rate, "2001:db8::ffff", 0));
        assert!(!ask(&rate, "::ffff:192.0.2.1", 0));
    }
}
