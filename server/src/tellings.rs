//! How many openings a device may tell in a day: a list that one device fills would lose what others did.

use crate::token::Caller;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Devices counted at once, about 10 MB. When one more tells, counting begins anew: nobody is refused because of others, and whoever
/// has so many devices may tell more than a day's.
const DEVICES: usize = if cfg!(test) { 3 } else { 100_000 };

/// Counts of today, since the relay's last start.
pub struct Tellings {
    a_day: u32,
    today: Mutex<Today>,
}

type Today = (u64, HashMap<Caller, u32>);

impl Tellings {
    /// A limit.
    pub fn new(a_day: u32) -> Self {
        Self {
            a_day,
            today: Mutex::default(),
        }
    }

    /// May this device tell so many more? If so, they count. `now`: seconds since 1970.
    pub fn allows(&self, device: Caller, more: usize, now: u64) -> bool {
        let mut today = self.on(now);
        let counted = &mut today.1;
        let before = counted.get(&device).copied().unwrap_or_default();
        let after = before.saturating_add(number(more));
        if after > self.a_day {
            return false;
        }
        if counted.len() >= DEVICES && !counted.contains_key(&device) {
            counted.clear();
        }
        counted.insert(device, after);
        true
    }

    /// So many that counted were not noted.
    pub fn give_back(&self, device: Caller, fewer: usize, now: u64) {
        if let Some(counted) = self.on(now).1.get_mut(&device) {
            *counted = counted.saturating_sub(number(fewer));
        }
    }

    fn on(&self, now: u64) -> MutexGuard<'_, Today> {
        let day = now / 86_400;
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        if today.0 != day {
            *today = (day, HashMap::new());
        }
        today
    }
}

fn number(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use omamori_core::id::{DeviceId, RecordId};

    const DAY: u64 = 86_400;

    fn phone(number: u8) -> Caller {
        Caller {
            record: RecordId::new([1; 32]),
            device: DeviceId::new([number; 32]),
        }
    }

    #[test]
    fn a_phone_that_tells_too_much_waits_for_tomorrow_and_keeps_nobody_else_from_telling() {
        let tellings = Tellings::new(5);
        assert!(tellings.allows(phone(1), 3, DAY));
        assert!(!tellings.allows(phone(1), 3, DAY + 1));
        assert!(tellings.allows(phone(1), 2, DAY + 2));
        assert!(tellings.allows(phone(2), 5, DAY + 3));
        assert!(!tellings.allows(phone(1), 1, 2 * DAY - 1));
        assert!(tellings.allows(phone(1), 5, 2 * DAY));
    }

    #[test]
    fn a_phone_whose_word_was_not_noted_may_say_it_again_the_same_day() {
        let tellings = Tellings::new(5);
        assert!(tellings.allows(phone(1), 5, DAY));
        tellings.give_back(phone(1), 5, DAY);
        assert!(tellings.allows(phone(1), 5, DAY));
        assert!(!tellings.allows(phone(1), 1, DAY));
    }

    #[test]
    fn however_many_phones_tell_in_a_day_the_next_one_may_too() {
        let tellings = Tellings::new(1);
        for number in 1..=5 {
            assert!(tellings.allows(phone(number), 1, DAY), "{number}");
        }
        assert!(!tellings.allows(phone(5), 1, DAY));
    }
}
