//! Structured logs without content: what was asked for by pattern, how it ended, how long it took. Never an address, a record, a
//! device, a token or a body.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};
use std::time::Instant;
use tracing_subscriber::EnvFilter;

/// Writes JSON lines to standard error; `RUST_LOG` filters them. A second call changes nothing.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // Fails when a test or an embedding program has its own already.
    let _ = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
}

/// Logs one request.
///
/// # Errors
/// Whatever the request ends with.
pub async fn log(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let method = request.method().clone();
    // The pattern of the route: the address itself holds ids.
    let route = request.match_pattern().unwrap_or_else(|| "app".to_owned());
    let outcome = next.call(request).await;
    let status = match &outcome {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    if status.is_server_error() {
        tracing::warn!(%method, route, status = status.as_u16(), micros, "request");
    } else {
        tracing::info!(%method, route, status = status.as_u16(), micros, "request");
    }
    outcome
}
