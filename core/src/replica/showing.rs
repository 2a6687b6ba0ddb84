//! What a record shows: first screen, card, sheet.

use super::Replica;
use crate::{
    card::{self, Card, MakeError},
    paper::Sheet,
    screen::{build::JAPAN, first::FirstScreen, label::Language},
};
use jiff::civil::Date;

impl Replica {
    /// The first screen, with the dates of Japan.
    pub fn first_screen(&self) -> FirstScreen {
        FirstScreen::from_view(self.view(), JAPAN)
    }

    /// A card of the first screen, signed with a key that only this device can derive. `viewer` is the address before the digits, `https://HOST/c#`.
    ///
    /// # Errors
    /// [`MakeError`].
    pub fn card(&self, viewer: &str, printed_on: Date) -> Result<Card, MakeError> {
        card::make(
            &self.first_screen(),
            printed_on,
            self.generation(),
            viewer,
            &self.keys.card_key(),
        )
    }

    /// The sheet of the first screen, with a card on it if one can be made.
    pub fn sheet(&self, viewer: &str, printed_on: Date, language: Language) -> Sheet {
        let card = self.card(viewer, printed_on).ok();
        Sheet::new(
            &self.first_screen(),
            card.as_ref(),
            self.generation(),
            printed_on,
            language,
        )
    }
}
