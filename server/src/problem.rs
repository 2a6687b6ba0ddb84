//! Errors as clients see them: `application/problem+json` (RFC 9457) with a stable `type`.
//!
//! `{"type": "urn:omamori:problem:NAME", "title": "…", "status": N, …}`. Clients decide by `type`; titles are for people.

use crate::store::{BatchRefusal, StoreError, writer::WriteError};
use actix_web::{HttpResponse, ResponseError, body::BoxBody, http::StatusCode, http::header};
use serde_json::{Map, Value, json};
use std::fmt;

/// Everything that can go wrong with a request as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request is not what this address takes.
    Malformed,
    /// No token, or one that is not good any more: prove the device again.
    TokenNeeded,
    /// The device may not do this.
    Forbidden,
    /// The device is not in the record any more. It may still hand in what it wrote before.
    Removed,
    /// There is nothing here.
    NotFound,
    /// The address exists, but not for this method.
    MethodNotAllowed,
    /// More bytes than taken at once.
    TooLarge,
    /// More entries than taken at once.
    TooManyEntries,
    /// The body did not arrive in time.
    TooSlow,
    /// Entries cite ledger operations that the relay does not have. `missing` lists them.
    UnknownHeads,
    /// The challenge is too old, was answered before, or the signature does not fit: ask for a new one.
    ChallengeFailed,
    /// Something else is there already.
    AlreadyThere,
    /// Too many requests; `Retry-After` says when to come back.
    TooManyRequests,
    /// The record holds as much as it may.
    RecordFull,
    /// The relay keeps the space it has left for ledger operations and keys. Nothing was stored; these are still taken, alone.
    RelayFull,
    /// The relay's disk is full. Nothing was stored; the same request will work when there is space again.
    StorageFull,
    /// The relay cannot store or read now. Nothing was stored.
    StorageFailed,
    /// Too much work is waiting; come back.
    Overloaded,
    /// The relay is going away; come back.
    ShuttingDown,
}

impl Kind {
    /// The last part of the `type` URN.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TokenNeeded => "token-needed",
            Self::Forbidden => "forbidden",
            Self::Removed => "removed",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::TooLarge => "too-large",
            Self::TooManyEntries => "too-many-entries",
            Self::TooSlow => "too-slow",
            Self::UnknownHeads => "unknown-heads",
            Self::ChallengeFailed => "challenge-failed",
            Self::AlreadyThere => "already-there",
            Self::TooManyRequests => "too-many-requests",
            Self::RecordFull => "record-full",
            Self::RelayFull => "relay-full",
            Self::StorageFull => "storage-full",
            Self::StorageFailed => "storage-failed",
            Self::Overloaded => "overloaded",
            Self::ShuttingDown => "shutting-down",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Malformed => "The request cannot be understood.",
            Self::TokenNeeded => "A valid token is needed.",
            Self::Forbidden => "This device may not do this.",
            Self::Removed => "This device is not in the record any more.",
            Self::NotFound => "There is nothing here.",
            Self::MethodNotAllowed => "This address does not take this method.",
            Self::TooLarge => "The request is larger than allowed.",
            Self::TooManyEntries => "The request holds more entries than allowed.",
            Self::TooSlow => "The request did not arrive in time.",
            Self::UnknownHeads => "Entries follow ledger operations that are not here.",
            Self::ChallengeFailed => "The challenge was not answered well or in time.",
            Self::AlreadyThere => "Something else is there already.",
            Self::TooManyRequests => "Too many requests.",
            Self::RecordFull => "The record holds as much as it may.",
            Self::RelayFull => {
                "The relay is nearly full and only takes changes of who may see what. Nothing was stored."
            }
            Self::StorageFull => "The relay has no space left. Nothing was stored.",
            Self::StorageFailed => "The relay's storage does not work. Nothing was stored.",
            Self::Overloaded => "The relay has too much to do.",
            Self::ShuttingDown => "The relay is shutting down.",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::TokenNeeded => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::Removed | Self::ChallengeFailed => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge | Self::TooManyEntries => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::UnknownHeads | Self::AlreadyThere => StatusCode::CONFLICT,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::RecordFull | Self::RelayFull | Self::StorageFull => {
                StatusCode::INSUFFICIENT_STORAGE
            }
            Self::StorageFailed | Self::Overloaded | Self::ShuttingDown => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// Seconds after which it makes sense to try again.
    const fn retry_after(self) -> Option<u32> {
        match self {
            Self::TooManyRequests => Some(10),
            Self::Overloaded | Self::ShuttingDown => Some(2),
            Self::RelayFull | Self::StorageFull | Self::StorageFailed => Some(30),
            _ => None,
        }
    }

    /// The problem with more to say than its kind.
    pub fn with(self, member: &'static str, value: impl Into<Value>) -> Problem {
        Problem::from(self).with(member, value)
    }
}

/// The URN of a problem or a refusal.
pub fn urn(name: &str) -> String {
    format!("urn:omamori:problem:{name}")
}

/// An error on its way to a client.
#[derive(Debug)]
pub struct Problem {
    kind: Kind,
    more: Map<String, Value>,
}

impl Problem {
    /// Adds a member beside `type`, `title` and `status`.
    pub fn with(mut self, member: &'static str, value: impl Into<Value>) -> Self {
        self.more.insert(member.to_owned(), value.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

impl From<Kind> for Problem {
    fn from(kind: Kind) -> Self {
        Self {
            kind,
            more: Map::new(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Kind::StorageFull.into(),
            StoreError::Closed => Kind::ShuttingDown.into(),
            StoreError::Unflushed
            | StoreError::Foreign
            | StoreError::InUse
            | StoreError::Engine(_) => {
                tracing::error!(%error, "storage");
                Kind::StorageFailed.into()
            }
        }
    }
}

impl From<WriteError> for Problem {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Refused(BatchRefusal::NoSuchRecord) => Kind::NotFound.into(),
            WriteError::Refused(BatchRefusal::RecordFull) => Kind::RecordFull.into(),
            WriteError::Refused(BatchRefusal::RelayFull) => Kind::RelayFull.into(),
            WriteError::Store(error) => error.into(),
            WriteError::Overloaded => Kind::Overloaded.into(),
            WriteError::Closing => Kind::ShuttingDown.into(),
        }
    }
}

impl From<actix_web::error::BlockingError> for Problem {
    fn from(_: actix_web::error::BlockingError) -> Self {
        Kind::ShuttingDown.into()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.kind.status()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut body = self.more.clone();
        body.insert("type".to_owned(), json!(urn(self.kind.name())));
        body.insert("title".to_owned(), json!(self.kind.title()));
        body.insert("status".to_owned(), json!(self.status_code().as_u16()));
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(seconds) = self.kind.retry_after() {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if self.kind == Kind::TokenNeeded {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        response
            .content_type("application/problem+json")
            .body(Value::Object(body).to_string())
    }
}
