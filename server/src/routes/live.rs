//! `GET /v1/records/{record}/live`: a WebSocket that carries new entries as they are stored.
//!
//! The client offers the subprotocols `omamori.v1` and `bearer.TOKEN`, because a browser can set no other header. The relay sends
//! binary [`wire::frame`](crate::wire::frame)s, and the text `{"pull":true}` when entries were left out or rights have changed. It wants nothing
//! from the client but pongs.

use super::{Shared, caller};
use crate::{
    config::Limits,
    ledgers::Cell,
    live::{Frame, Listener, Sight},
    problem::{Kind, Problem},
    relay::today,
    token::Caller,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    rt::{
        self,
        time::{Instant, interval_at, sleep_until, timeout},
    },
    web,
};
use actix_ws::{CloseCode, CloseReason, Closed, Message, MessageStream, Session};
use omamori_core::id::DeviceId;
use std::sync::Arc;

const PROTOCOL: &str = "omamori.v1";
/// A client says nothing but pongs.
const MAX_MESSAGE: usize = 4096;

/// Why a line ends. The client reads the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The client went away or stopped answering.
    Gone,
    /// The relay is going away: come back.
    Closing,
    /// The device is not in the record any more.
    Removed,
    /// The token has served long enough: come back with a new one.
    Expired,
    /// The client says what it should not.
    Disturbed,
}

pub(super) async fn listen(
    request: HttpRequest,
    relay: Shared,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let caller = caller(&request, token(&request))?;
    let cell = relay.cell(caller.record).await?;
    let sight = sight(&cell, caller.device)?;
    let (response, session, messages) =
        actix_ws::handle_with_protocols(&request, payload, &[PROTOCOL])
            .map_err(|_| Kind::Malformed)?;
    let listener = relay.hub.listen(caller.record).ok_or(Kind::Overloaded)?;
    let line = Line {
        session,
        sight,
        caller,
        cell,
        limits: relay.limits.clone(),
        relay: relay.clone(),
    };
    rt::spawn(line.run(listener, messages.max_frame_size(MAX_MESSAGE)));
    Ok(response)
}

/// The token among the offered subprotocols.
fn token(request: &HttpRequest) -> Option<&str> {
    let offers = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let mut offers = offers
        .filter_map(|offer| offer.to_str().ok())
        .flat_map(|o| o.split(','));
    offers.find_map(|offer| offer.trim().strip_prefix("bearer."))
}

fn sight(cell: &Cell, device: DeviceId) -> Result<Sight, Kind> {
    Sight::of(device, &*cell.now().ok_or(Kind::NotFound)?, today())
}

struct Line {
    session: Session,
    sight: Sight,
    caller: Caller,
    cell: Arc<Cell>,
    limits: Limits,
    relay: Shared,
}

impl Line {
    async fn run(mut self, mut listener: Listener, mut messages: MessageStream) {
        let end = self.carry(&mut listener, &mut messages).await;
        drop(listener);
        let reason = match end {
            End::Gone => None,
            End::Closing => Some(CloseCode::Restart),
            End::Removed => Some(CloseCode::Policy),
            End::Expired => Some(CloseCode::Other(4001)),
            End::Disturbed => Some(CloseCode::Unsupported),
        };
        let silence = self.limits.live_silence;
        let reason = reason.map(|code| CloseReason {
            code,
            description: None,
        });
        // A reader that takes nothing does not even take this.
        let _ = timeout(silence, self.session.close(reason)).await;
    }

    async fn carry(&mut self, listener: &mut Listener, messages: &mut MessageStream) -> End {
        let silence = self.limits.live_silence;
        let until = Instant::now() + self.limits.live_life;
        let mut heard = Instant::now();
        let mut beat = interval_at(heard + silence / 3, silence / 3);
        loop {
            let sent = tokio::select! {
                frame = listener.frames.recv() => match frame {
                    None => return End::Closing,
                    Some(frame) => self.forward(frame, listener).await,
                },
                message = messages.recv() => match message {
                    Some(Ok(Message::Ping(data))) => {
                        heard = Instant::now();
                        self.send(async |session| session.pong(&data).await).await
                    }
                    Some(Ok(Message::Pong(_))) => {
                        heard = Instant::now();
                        Ok(())
                    }
                    Some(Ok(Message::Close(_))) | None => return End::Gone,
                    Some(Ok(Message::Text(_) | Message::Binary(_) | Message::Continuation(_) | Message::Nop) | Err(_)) => {
                        return End::Disturbed;
                    }
                },
                _ = beat.tick() => {
                    if heard.elapsed() > silence {
                        return End::Gone;
                    }
                    // A grant may have ended by the calendar, without anybody saying anything.
                    match self.look() {
                        Ok(false) => self.send(async |session| session.ping(b"").await).await,
                        Ok(true) => self.tell_to_pull().await,
                        Err(end) => Err(end),
                    }
                },
                () = sleep_until(until) => return End::Expired,
            };
            if let Err(end) = sent {
                return end;
            }
        }
    }

    async fn forward(&mut self, frame: Frame, listener: &mut Listener) -> Result<(), End> {
        let changed = self.look()?;
        if self.sight.covers(&frame.audience) {
            let sent = std::iter::once((frame.seq, frame.audience));
            self.relay.note_access(self.caller, sent);
            self.send(async |session| session.binary(frame.bytes).await)
                .await?;
        }
        if listener.fell_behind() || changed {
            self.tell_to_pull().await?;
        }
        Ok(())
    }

    /// What it may see now. `true`: another thing than before; whoever may suddenly read more has to fetch what was withheld.
    fn look(&mut self) -> Result<bool, End> {
        let now = sight(&self.cell, self.caller.device).map_err(|_| End::Removed)?;
        let changed = now != self.sight;
        self.sight = now;
        Ok(changed)
    }

    async fn tell_to_pull(&mut self) -> Result<(), End> {
        self.send(async |session| session.text(r#"{"pull":true}"#).await)
            .await
    }

    /// Sends, but does not wait for ever on somebody who takes nothing.
    async fn send(
        &mut self,
        message: impl AsyncFnOnce(&mut Session) -> Result<(), Closed>,
    ) -> Result<(), End> {
        match timeout(self.limits.live_silence, message(&mut self.session)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Closed)) | Err(_) => Err(End::Gone),
        }
    }
}
